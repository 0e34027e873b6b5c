"""The command that puts a network on a chip."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import Epochs, Preset
from ranvier.cli._shared import Folder, Json, Resume, Setting


def deploy(
    model: Annotated[
        str | None,
        typer.Argument(help="File of a network: .safetensors of a deployment, or .nir."),
    ] = None,
    chip: Annotated[str | None, typer.Option(help="odin, tiny-odin or reckon.")] = None,
    data: Annotated[str | None, typer.Option(help="optical-digits or mnist.")] = None,
    side: Annotated[int | None, typer.Option(help="Pixels a side that images get.")] = None,
    steps: Annotated[int | None, typer.Option(help="Time steps per image.")] = None,
    hidden: Annotated[
        list[int] | None, typer.Option(help="Units of a hidden layer; repeat for several.")
    ] = None,
    epochs: Epochs = None,
    loop_epochs: Annotated[
        int | None, typer.Option(help="Then, with the chip in the loop.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Draws weights, spikes and order.")] = None,
    preset: Preset = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Put a trained network on a digital chip, bit for bit, with a certificate."""
    given = {
        "model": model,
        "chip": chip,
        "data": data,
        "side": side,
        "steps": steps,
        "hidden": tuple(hidden) if hidden else None,
        "epochs": epochs,
        "loop_epochs": loop_epochs,
        "seed": seed,
        "preset": preset,
    }
    from ranvier.apps import deployment as experiment

    launch(Work("deploy", experiment, _show, {}), given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("training", title=f"on {result['settings']['chip']}", title_justify="left")
    for heading in ("network (%)", "chip (%)", "same answer", "spikes", "on the chip"):
        table.add_column(heading, justify="right")
    for name, one in result["stages"].items():
        table.add_row(
            name,
            f"{one['before']:.2f}",
            f"{one['after']:.2f}",
            f"{one['agreeing']} of {one['samples']}",
            *(f"{sum(layer[key] for layer in one['layers']):.1f}" for key in ("before", "after")),
        )
    console = Console()
    console.print(table)
    last = next(reversed(result["stages"].values()))
    for line in last["roundings"]:
        error = "" if line["error"] is None else f", {100 * line['error']:.2g} % off"
        console.print(f"{line['layer']}, {line['quantity']}: {line['held_as']}{error}")
    if last["cost"]:
        each = last["cost"]["picojoule"] / last["samples"] / 1e3
        console.print(f"an estimated {each:.3g} nJ per image, synaptic operations alone")
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
