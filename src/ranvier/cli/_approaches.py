"""The command that compares approaches to spiking networks."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import Epochs, FirstSeed, LearningRate, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting


def approaches(
    approach: Annotated[
        list[str] | None,
        typer.Option(
            help="rates, qcfs, qcfs-signed, ttfs, soft-lif, trinary, single-spike (dense) or snu; "
            "repeat for several."
        ),
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option(help="dense or convolutional; repeat for both.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist or optical-digits.")
    ] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per update.")] = None,
    learning_rate: LearningRate = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Ways to a spiking network, on the same layers and images: accuracy, latency, energy."""
    given = {
        "approaches": tuple(approach) if approach else None,
        "networks": tuple(network) if network else None,
        "data": data,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    from ranvier.apps import approaches as experiment

    work = Work("run approaches", experiment, _show, {})
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    """Print the table and where the report is."""
    from rich.console import Console
    from rich.table import Table

    def written(value: float | None, decimals: int = 2) -> str:
        return "" if value is None else f"{value:,.{decimals}f}"

    console = Console()
    numbers = ("test", "source", "latency", "near from", "spikes", "operations", "nJ")
    for network in dict.fromkeys(row["network"] for row in result["summary"]):
        table = Table(title=f"{network} network, per image", title_justify="left")
        table.add_column("approach")
        for name in numbers:
            table.add_column(name, justify="right")
        for row in result["summary"]:
            if row["network"] != network:
                continue
            spread = row["accuracy_spread"]
            table.add_row(
                row["approach"],
                written(row["accuracy"]) + ("" if spread is None else f" ± {spread:.2f}"),
                written(row["source_accuracy"]),
                row["latency"].replace(" time constants", " tau"),
                written(row["first_near"], 0),
                written(row["spikes_per_neuron"]),
                written(row["accumulates"] + row["macs"], 0),
                written(row["energy_nJ"]["32-bit arithmetic"], 0),
            )
        console.print(table)
    console.print("test, source: accuracy (%); spikes: per neuron", style="dim")
    console.print("nJ: 32-bit arithmetic, estimated", style="dim")
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
