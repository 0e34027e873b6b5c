"""The command that trains in spike time."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import FirstSeed, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting


def spike_times(
    data: Annotated[
        str | None,
        typer.Option(help="mnist, fashion-mnist, optical-digits, cifar10 or cifar10-lossy."),
    ] = None,
    hidden: Annotated[
        list[int] | None, typer.Option(help="Units of a hidden layer; repeat for several.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Of training.")] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Learning by the times of single spikes, beside the twin of rectified units."""
    given = {
        "data": data,
        "hidden": tuple(hidden) if hidden else None,
        "epochs": epochs,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
    }
    from ranvier.apps import spike_times as experiment

    launch(Work("run spike-times", experiment, _show, {}), given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("seed", title_justify="left", title="training in spike time")
    for heading in ("twin (%)", "spiking (%)", "apart after an epoch", "spikes per neuron"):
        table.add_column(heading, justify="right")
    for number, one in enumerate(result["seeds"], start=result["settings"]["first_seed"]):
        table.add_row(
            str(number),
            f"{one['rectified']['accuracy']:.2f}",
            f"{one['spiking']['accuracy']:.2f}",
            f"{one['apart_after_one_epoch']:.1e}",
            f"{one['spikes_per_neuron']:.3f}",
        )
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
