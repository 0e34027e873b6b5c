"""What the commands share: plain errors, settings as they are typed, folders of runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

RUNS = Path("runs")
LATEST = RUNS / "latest"

Setting = Annotated[list[str] | None, typer.Option(help="Any other setting, as name=value.")]
Folder = Annotated[
    Path | None, typer.Option(help="Where the run goes; a new one under runs/ if not given.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with an interrupted run (the latest).")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result alone.")]


@contextmanager
def plain_errors() -> Iterator[None]:
    """Errors that a user can mend end in one sentence and exit code 2, without a traceback."""
    try:
        yield
    except typer.Exit:  # A RuntimeError to Python; an exit code of our own to us.
        raise
    except (ValueError, OSError, RuntimeError, FloatingPointError, ImportError) as error:
        typer.echo(f"ranvier: {error}", err=True)
        raise typer.Exit(2) from error


def pairs_of(written: list[str]) -> dict[str, Any]:
    """Settings typed as name=value; a value that is JSON is read as such."""
    pairs = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--setting got {text!r}, expected name=value.")
        try:
            pairs[name] = json.loads(value)
        except json.JSONDecodeError:
            pairs[name] = value
    return pairs


def new_folder(name: str) -> Path:
    """A folder below `runs` with the time in its name."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")[:-3]
    return RUNS / f"{name}-{stamp}"


def point_latest(folder: Path) -> None:
    """Make `runs/latest` name this run, where the run lies in `runs`."""
    if folder.parent != RUNS or folder == LATEST:
        return
    RUNS.mkdir(parents=True, exist_ok=True)
    link = RUNS / f".latest-{folder.name}"
    link.symlink_to(folder.name)
    link.replace(LATEST)
