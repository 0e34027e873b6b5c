"""The commands in which recordings are recognised: one per data set, with the same options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import Epochs, FirstSeed, LearningRate, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting

if TYPE_CHECKING:
    from collections.abc import Callable

_ABOUT = {
    "spoken-digits": "Spiking networks recognise spoken digits, beside a gated one.",
    "speech-commands": "Spiking networks recognise speech commands, beside a gated one.",
    "braille": "Spiking networks read Braille with a fingertip, beside a gated one.",
}


def _command(data: str) -> "Callable[..., None]":
    """The command of one data set."""

    def command(
        neuron: Annotated[
            list[str] | None, typer.Option(help="Hidden unit; repeat for several networks.")
        ] = None,
        split: Annotated[str | None, typer.Option(help="published or strangers.")] = None,
        size: Annotated[int | None, typer.Option(help="Units of a hidden layer.")] = None,
        layers: Annotated[int | None, typer.Option(help="Hidden layers.")] = None,
        preset: Preset = None,
        seeds: Seeds = None,
        first_seed: FirstSeed = None,
        epochs: Epochs = None,
        batch_size: Annotated[int | None, typer.Option(help="Recordings per update.")] = None,
        learning_rate: LearningRate = None,
        setting: Setting = None,
        folder: Folder = None,
        resume: Resume = False,
        as_json: Json = False,
    ) -> None:
        given = {
            "neurons": tuple(neuron) if neuron else None,
            "split": split,
            "size": size,
            "layers": layers,
            "preset": preset,
            "seeds": seeds,
            "first_seed": first_seed,
            "epochs": epochs,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
        }
        from ranvier.apps import recognition as experiment

        work = Work(f"run {data}", experiment, _show, {})
        # What is resumed keeps its own data set.
        chosen = given if resume else {**given, "data": data}
        launch(work, chosen, setting, folder, resume, as_json)

    command.__doc__ = _ABOUT[data]
    return command


recognition = {data: _command(data) for data in _ABOUT}


def _show(result: dict[str, Any], folder: Path) -> None:
    """Print the scores and where the report is."""
    from rich.console import Console
    from rich.table import Table

    held_out = result["models"][0]["held_out"]
    if len({model["held_out"] for model in result["models"]}) > 1:
        held_out = "another part for each seed"
    console = Console()
    table = Table(title=f"{result['experiment']}: judged by {held_out}", title_justify="left")
    for column in ("network", "parameters", "valid (%)", "test (%)", "published", "hidden spikes"):
        table.add_column(column, justify="left" if column == "network" else "right")
    for row in result["summary"]:
        spread = row["test_accuracy_spread"]
        table.add_row(
            row["neuron"],
            f"{row['parameters']:,}",
            f"{row['valid_accuracy']:.2f}",
            f"{row['test_accuracy']:.2f}" + ("" if spread is None else f" ± {spread:.2f}"),
            "" if row["published"] is None else f"{row['published']:.1f}",
            "" if row["hidden_spikes"] is None else f"{row['hidden_spikes']:.0f}",
        )
    console.print(table)
    console.print(f"report: {folder / 'report.html'}", highlight=False, soft_wrap=True)
