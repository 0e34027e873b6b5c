"""The command of the ReckOn chip's cue task."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import Epochs, FirstSeed, Preset
from ranvier.cli._shared import Folder, Json, Resume, Setting


def reckon_cue(
    data: Annotated[
        str | None, typer.Option(help="shipped (with the chip) or generated trials.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="To train and to test, if they are generated.")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="At the start: shipped, or drawn for every seed.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Chips with random seeds, beside the shipped one.")
    ] = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    fresh: Annotated[
        int | None, typer.Option(help="Generated trials that chips are judged by in the end.")
    ] = None,
    preset: Preset = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """The ReckOn chip learns which side had more cues, bit for bit."""
    given = {
        "data": data,
        "trials": trials,
        "weights": weights,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "fresh": fresh,
        "preset": preset,
    }
    from ranvier.apps import reckon_cue as experiment

    work = Work("run reckon-cue", experiment, _show, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="right answers by epoch", title_justify="left")
    for heading in ("chip", "while training", "in the test", "fresh trials (%)"):
        table.add_column(heading, justify="left" if heading == "chip" else "right")
    for name, chip in result["chips"].items():
        hits = (" ".join(map(str, chip[f"{part}_hits"])) for part in ("training", "test"))
        table.add_row(name, *hits, f"{chip['fresh_accuracy']:.1f}")
    console = Console()
    console.print(table)
    hardware, known = result["hardware"], result["published"]
    if hardware:
        equal = "equal" if hardware["equal"] else "not equal"
        console.print(f"{equal} to the hardware description over {hardware['epochs']} epochs")
    console.print(f"published for the chip: {known['accuracy']:g} %, in an evaluation of its own")
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
