"""The command of networks whose units fire at most once."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import Epochs, FirstSeed, LearningRate, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting


def single_spike(
    method: Annotated[str | None, typer.Option(help="s4nn or mostafa.")] = None,
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist or optical-digits.")
    ] = None,
    preset: Preset = None,
    examples: Annotated[
        int | None, typer.Option(help="Training images to learn from; 0 for all.")
    ] = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per update (mostafa).")] = None,
    learning_rate: LearningRate = None,
    average: Annotated[
        float | None,
        typer.Option(help="Judge a moving average of the weights, of which so much remains."),
    ] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Digits in one spike per unit: the first output to fire is the answer."""
    given = {
        "method": method,
        "data": data,
        "preset": preset,
        "examples": examples,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "average": average,
    }
    from ranvier.apps import single_spike as experiment

    work = Work("run single-spike", experiment, _show, {})
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    summary, unit = result["summary"], result["time"]["unit"]
    table = Table(title="accuracy, per cent, at the best validation epoch", title_justify="left")
    for name in ("valid", "test", "test, ties right", "published", f"latency ({unit})"):
        table.add_column(name, justify="right")
    spread, known = summary["test_accuracy_spread"], result["published"]
    table.add_row(
        f"{summary['valid_accuracy']:.2f}",
        f"{summary['test_accuracy']:.2f}" + ("" if spread is None else f" ± {spread:.2f}"),
        f"{summary['test_accuracy_of_ties']:.2f}",
        f"{known['accuracy']:g}" if known else "",
        "" if summary["latency"] is None else f"{summary['latency']:.3g}",
    )
    spikes = Table(title="spikes per image", title_justify="left")
    for name in ("layer", "units", "fired", "before the decision"):
        spikes.add_column(name, justify="left" if name == "layer" else "right")
    for layer, row in summary["spikes"].items():
        numbers = (f"{row['units']:.0f}", f"{row['fired']:.1f}", f"{row['before_decision']:.1f}")
        spikes.add_row(layer, *numbers)
    console = Console()
    console.print(table, spikes)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
