"""The commands about files of events: `events info` and `events convert`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ranvier.cli._shared import Json, plain_errors

if TYPE_CHECKING:
    from ranvier.data.events import Account, Events, Statistics

events = typer.Typer(no_args_is_help=True, help="Look at files of events, and convert them.")

Repair = Annotated[
    list[str] | None,
    typer.Option(help="What may be mended: cut, crop or hold; repeat for several."),
]


@events.command("info")
def info(
    file: Annotated[Path, typer.Argument(help="A file of events.")],
    format: Annotated[str | None, typer.Option(help="Its format; recognised if not given.")] = None,
    repair: Repair = None,
    as_json: Json = False,
) -> None:
    """Format, sensor, count, duration, rate, polarity, bounding box, and what was skipped."""
    with plain_errors():
        from ranvier.data.events import catalogue, recognise, statistics, stream

        form = recognise(file) if format is None else catalogue[format]()
        with _progress(as_json) as moved:
            pieces = _watched(stream(file, format=form, repair=repair or ()), moved)
            found = statistics(pieces)
        account = pieces.account
    told = _told(form.name, found, account)
    if as_json:
        typer.echo(json.dumps(told))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=str(file.name), title_justify="left", box=None, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in _rows(told):
        table.add_row(name, value)
    Console().print(table)


@events.command("convert")
def convert(
    file: Annotated[Path, typer.Argument(help="The file that is read.")],
    target: Annotated[Path, typer.Argument(help="The file that is written.")],
    to: Annotated[
        str | None, typer.Option("--to", help="Format of the target; by its suffix if not given.")
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="Format of the source; recognised if not given.")
    ] = None,
    repair: Repair = None,
) -> None:
    """Write the events of one file to another, in memory that does not grow with the file."""
    with plain_errors():
        from ranvier.data.events import convert

        count = 0
        account: Any = None

        with _progress() as moved:

            def report(part: "Events") -> None:
                nonlocal count, account
                count += len(part)
                account = part.account if account is None else account + part.account
                moved(count)

            omitted = convert(
                file,
                target,
                from_format=format,
                to_format=to,
                repair=repair or (),
                report=report,
            )
    typer.echo(f"{count:,} events: {target}")
    for line in [*_account_lines(account), *omitted]:
        typer.echo(line)


class _watched:
    """Pieces that report how many events have passed, and keep the last account."""

    def __init__(self, pieces: Any, moved: Any) -> None:
        self.pieces, self.moved = pieces, moved
        self.account: Any = None

    def __iter__(self) -> Any:
        count = 0
        for piece in self.pieces:
            count += len(piece)
            self.account = piece.account if self.account is None else self.account + piece.account
            self.moved(count)
            yield piece


class _progress:
    """A line that counts events, on the terminal alone."""

    def __init__(self, quiet: bool = False) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.completed:,.0f} events"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )

    def __enter__(self) -> Any:
        self.bar.start()
        self.task = self.bar.add_task("events", total=None)
        return lambda count: self.bar.update(self.task, completed=count)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def _told(form: str, found: "Statistics", account: "Account") -> dict[str, Any]:
    return {
        "format": form,
        "width": found.width,
        "height": found.height,
        "events": found.count,
        "first_us": found.first_us,
        "last_us": found.last_us,
        "duration_us": found.duration_us,
        "rate_hz": found.rate_hz,
        "on_fraction": found.on_fraction,
        "bounding_box": found.bounding_box,
        "skipped": dict(account.skipped),
        "repaired": dict(account.repaired),
    }


def _rows(told: dict[str, Any]) -> list[tuple[str, str]]:
    def known(value: Any, text: str) -> str:
        return "unknown" if value is None else text

    from ranvier.data.events import catalogue

    sensor = known(told["width"], f"{told['width']} x {told['height']}")
    rows = [
        ("format", f"{told['format']} ({catalogue.summary(told['format'])})"),
        ("sensor", sensor),
        ("events", f"{told['events']:,}"),
    ]
    if told["events"]:
        left, top, right, bottom = told["bounding_box"]
        rows += [
            ("time", f"{told['first_us']:,} to {told['last_us']:,} us"),
            ("duration", f"{told['duration_us'] / 1e6:.6g} s"),
            ("rate", known(told["rate_hz"], f"{told['rate_hz'] or 0:.4g} events per second")),
            ("ON", f"{told['on_fraction']:.1%}"),
            ("bounding box", f"x {left} to {right}, y {top} to {bottom}"),
        ]
    for kind in ("skipped", "repaired"):
        rows += [(kind, f"{count:,} {what}") for what, count in told[kind].items()]
    return rows


def _account_lines(account: Any) -> list[str]:
    if account is None:
        return []
    return [
        f"{kind}: {count:,} {what}"
        for kind, found in (("skipped", account.skipped), ("repaired", account.repaired))
        for what, count in found.items()
    ]
