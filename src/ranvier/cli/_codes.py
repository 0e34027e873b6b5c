"""The command that compares codes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import FirstSeed, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting


def codes(
    code: Annotated[
        list[str] | None, typer.Option(help="Of pictures; repeat for several; all if not given.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="mnist or fashion-mnist.")] = None,
    spikes: Annotated[
        list[int] | None, typer.Option(help="Per picture; repeat for several.")
    ] = None,
    shown: Annotated[
        int | None, typer.Option(help="Spikes at which noise and pictures are shown.")
    ] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Bits of codes, and digits read from equal numbers of spikes."""
    given = {
        "codes": tuple(code) if code else None,
        "data": data,
        "spikes": tuple(spikes) if spikes else None,
        "shown": shown,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
    }
    from ranvier.apps import codes as experiment

    work = Work("run codes", experiment, _show, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    spikes = result["settings"]["spikes"]
    table = Table(title="accuracy (%) over spikes per picture, mean over seeds")
    table.add_column("code")
    for count in spikes:
        table.add_column(str(count), justify="right")
    for name, found in result["codes"].items():
        columns = zip(*found["accuracy"], strict=True)
        table.add_row(name, *(f"{sum(column) / len(column):.1f}" for column in columns))
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
