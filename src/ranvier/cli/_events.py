"""The commands about files of events: `events info`, `events convert` and `events play`."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ranvier.cli._shared import Json, plain_errors

if TYPE_CHECKING:
    from ranvier.data.events import Account, Events, Statistics

events = typer.Typer(no_args_is_help=True, help="Look at files of events, convert and play them.")

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


@events.command("play")
def play(
    file: Annotated[Path, typer.Argument(help="A file of events.")],
    target: Annotated[
        list[Path] | None,
        typer.Option(help="A picture (.png) or a film (.gif); repeat for both. Both by default."),
    ] = None,
    start_ms: Annotated[float, typer.Option(help="Where to begin, from the first event.")] = 0.0,
    duration_ms: Annotated[float, typer.Option(help="How much to show, at most.")] = 10_000.0,
    frame_ms: Annotated[
        float | None, typer.Option(help="Time of a frame; about a hundredth of all if not given.")
    ] = None,
    slower: Annotated[
        float | None,
        typer.Option(help="How much slower than life the film is; so that it takes two seconds."),
    ] = None,
    denoise_ms: Annotated[
        float | None, typer.Option(help="Leave out events that no neighbour foretold in this time.")
    ] = None,
    format: Annotated[str | None, typer.Option(help="Its format; recognised if not given.")] = None,
    repair: Repair = None,
) -> None:
    """Draw moments of a recording beside its rate, and let it run as a film."""
    with plain_errors():
        from ranvier.data.events import stream

        for wrong in (t for t in target or [] if t.suffix not in (".png", ".gif")):
            raise ValueError(f"--target got {wrong}, expected a name that ends in .png or .gif.")
        if not all(one is None or one > 0 for one in (duration_ms, frame_ms, slower)):
            raise ValueError("--duration-ms, --frame-ms and --slower take more than 0.")
        with _progress() as moved:
            part = _window(stream(file, format=format, repair=repair or ()), start_ms, duration_ms)
            moved(len(part))
        if not len(part):
            raise ValueError(f"{file} holds no event from {start_ms:g} ms on, as far as asked for.")
        targets = target or [Path(f"{file.stem}.png"), Path(f"{file.stem}.gif")]
        for line in _played(part, targets, start_ms, frame_ms, slower, denoise_ms):
            typer.echo(line)


def _window(pieces: Any, start_ms: float, duration_ms: float) -> "Events":
    """The events of a stretch of time; what comes after is not read."""
    from ranvier.data.events import concatenate

    kept: list[Any] = []
    begin = None
    for piece in pieces:
        if begin is None and len(piece):
            begin = int(piece.t[0]) + round(1000 * start_ms)
        if begin is None:
            continue
        end = begin + round(1000 * duration_ms)
        kept.append(piece.between(begin, end))
        if len(piece) and piece.t[-1] >= end:
            break
    if not kept:
        raise ValueError("the file holds no events.")
    return concatenate(kept)


def _played(
    part: Any,
    targets: list[Path],
    start_ms: float,
    frame_ms: float | None,
    slower: float | None,
    denoise_ms: float | None,
) -> list[str]:
    """Write the pictures and films that were asked for; what they are, a line for each."""
    from ranvier.encode.events import denoise

    shape = (part.height or int(part.y.max()) + 1, part.width or int(part.x.max()) + 1)
    if denoise_ms is not None:
        part = denoise(part, 1000 * denoise_ms, shape=shape)
        if not len(part):
            raise ValueError("no event is left; take a longer time for --denoise-ms.")
    told = []
    for path in targets:
        if path.suffix == ".png":
            _draw(part, path, shape, start_ms, frame_ms)
            told.append(str(path))
        elif shape[0] > 1:
            told.append(f"{path}: {_film(part, path, shape, start_ms, frame_ms, slower)}")
    return told


def _draw(
    part: Any, path: Path, shape: tuple[int, int], start_ms: float, frame_ms: float | None
) -> None:
    """A few moments and the rate. All events are in them: a moment is as long as it takes."""
    import numpy as np

    from ranvier.core import atomic_path
    from ranvier.encode.events import frames_of_time
    from ranvier.report import event_sheet

    length_us, one_row = part.duration_us + 1, shape[0] == 1
    frame_us = 1000 * frame_ms if frame_ms else max(length_us / (100 if one_row else 12), 1.0)
    frames = frames_of_time(part, frame_us, shape=shape)
    counts, edges = np.histogram(part.t - part.t[0], 200)
    rate = counts / np.diff(edges) * 1e6
    middle = start_ms + (edges[:-1] + edges[1:]) / 2000
    # A row of channels over time is one picture; a plane is one per moment.
    shown = frames[:, 0].swapaxes(0, 1)[None] if one_row else frames
    times = [start_ms + k * frame_us / 1000 for k in range(len(shown))]
    title = f"{part.name.split('/')[-1]}: {len(part):,} events in {length_us / 1e6:.3g} s"
    figure = event_sheet(shown, times, rate, middle, title=title)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150)


def _film(
    part: Any,
    path: Path,
    shape: tuple[int, int],
    start_ms: float,
    frame_ms: float | None,
    slower: float | None,
) -> str:
    """A film whose frames say their time and how slow it is; that in words."""
    from ranvier.core import atomic_path
    from ranvier.encode.events import frames_of_time
    from ranvier.report import event_film, film_pace

    length_ms = (part.duration_us + 1) / 1000
    pace = film_pace(length_ms, frame_ms=frame_ms, slower=slower)
    frames = frames_of_time(part, 1000 * pace.frame_ms, shape=shape)
    speed = "as fast as life"
    if round(pace.slower, 2) != 1:
        slow = pace.slower > 1
        factor = pace.slower if slow else 1 / pace.slower
        speed = f"{factor:.3g} times {'slower' if slow else 'faster'} than life"
    digits = max(0, 1 - math.floor(math.log10(pace.frame_ms)))
    captions = [
        f"{start_ms + k * pace.frame_ms:.{digits}f} ms, {speed}" for k in range(len(frames))
    ]
    with atomic_path(path) as temporary:
        event_film(frames, temporary, frame_ms=pace.shown_ms, captions=captions)
    return f"{len(frames)} frames of {pace.frame_ms:.3g} ms, {speed}"


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
