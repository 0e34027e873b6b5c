"""The command of the SPOON chip's digits."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import Epochs, FirstSeed, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting


def spoon_digits(
    data: Annotated[str | None, typer.Option(help="mnist, n-mnist or optical-digits.")] = None,
    images: Annotated[
        int | None, typer.Option(help="To learn from, the first ones; 0 for all.")
    ] = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    rate_hidden: Annotated[
        int | None, typer.Option(help="Learning rate of the hidden layer, as a right shift.")
    ] = None,
    rate_output: Annotated[
        int | None, typer.Option(help="Learning rate of the output layer, as a right shift.")
    ] = None,
    preset: Preset = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """The SPOON chip reads digits, deployed and by learning on its own."""
    given = {
        "data": data,
        "images": images,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "rate_hidden": rate_hidden,
        "rate_output": rate_output,
        "preset": preset,
    }
    from ranvier.apps import spoon_digits as experiment

    work = Work("run spoon-digits", experiment, _show, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="test digits right (%)", title_justify="left")
    table.add_column("network")
    table.add_column("in the end", justify="right")
    off_chip, summary, known = result["off_chip"], result["summary"], result["published"]
    stages = {
        "float": "off the chip, in numbers",
        "rounded": "the same, rounded",
        "trained_rounded": "trained on with rounding",
        "chip": "that one on the chip",
    }
    for stage, name in stages.items():
        table.add_row(name, f"{off_chip['accuracy'][stage]:.2f}")
    for name, chip in result["chips"].items():
        table.add_row(f"on the chip, {name}", f"{chip['test_accuracy'][-1]:.2f}")
    console = Console()
    console.print(table)
    console.print(f"{off_chip['differing']} digits answered otherwise than by the rounded network")
    console.print(
        f"{summary['gap']:.2f} points between off and on the chip; published for all of MNIST: "
        f"{known['off_chip']:g} and {known['on_chip']:g} %"
    )
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
