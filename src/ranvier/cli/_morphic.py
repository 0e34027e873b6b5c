"""The command of the digits on MorphIC."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import Epochs, FirstSeed, Preset
from ranvier.cli._shared import Folder, Json, Resume, Setting


def morphic_digits(
    data: Annotated[str | None, typer.Option(help="mnist or optical-digits.")] = None,
    hidden: Annotated[
        int | None, typer.Option(help="Hidden neurons of the network in one core.")
    ] = None,
    epochs: Epochs = None,
    members: Annotated[
        list[int] | None,
        typer.Option(help="Neurons per class that learn on the chip; repeat for several."),
    ] = None,
    images: Annotated[int | None, typer.Option(help="To learn from on the chip.")] = None,
    passes: Annotated[int | None, typer.Option(help="Over them.")] = None,
    bits: Annotated[
        int | None, typer.Option(help="N of the probability P / 2^N of a transition.")
    ] = None,
    move: Annotated[int | None, typer.Option(help="P of it.")] = None,
    moves: Annotated[
        list[int] | None, typer.Option(help="Further P, over one pass; repeat for several.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Networks of every kind.")] = None,
    first_seed: FirstSeed = None,
    judged: Annotated[
        int | None, typer.Option(help="Test images that the chip reads; 0 for all.")
    ] = None,
    preset: Preset = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """MorphIC reads digits, with weights from outside and with weights that it learns."""
    given = {
        "data": data,
        "hidden": hidden,
        "epochs": epochs,
        "members": members or None,
        "images": images,
        "passes": passes,
        "bits": bits,
        "move": move,
        "moves": moves or None,
        "seeds": seeds,
        "first_seed": first_seed,
        "judged": judged,
        "preset": preset,
    }
    from ranvier.apps import morphic_digits as experiment

    work = Work("run morphic-digits", experiment, _show, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="digits on MorphIC", title_justify="left")
    for heading in ("network", "chip (%)", "software (%)", "energy of an image (uJ)"):
        table.add_column(heading, justify="left" if heading == "network" else "right")
    for name, part in result["off_chip"].items():
        accuracy, energy = part["accuracy"], part["per_image"]["energy_uJ"]
        software = f"{part['software_accuracy']:.1f}"
        table.add_row(f"trained outside, {name}", f"{accuracy:.1f}", software, f"{energy:.2f}")
    for name, part in result["on_chip"].items():
        energy = part["reading"]["energy_uJ"]
        table.add_row(f"learned, {name}", f"{part['accuracy'][-1]:.1f}", "", f"{energy:.2f}")
    console = Console()
    console.print(table)
    known = result["published"]
    console.print(f"published for ODIN: {known['odin_accuracy']:g} %; for MorphIC: none was found")
    console.print("energy: at a remembered price, not verified")
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
