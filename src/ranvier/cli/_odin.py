"""The commands of digits on the learning chip ODIN."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import FirstSeed, Preset
from ranvier.cli._shared import Folder, Json, Resume, Setting

Data = Annotated[str | None, typer.Option(help="mnist, fashion-mnist or optical-digits.")]
Judge = Annotated[str | None, typer.Option(help="By test or validation images.")]
Judged = Annotated[int | None, typer.Option(help="Images to judge by, at most.")]
Images = Annotated[int | None, typer.Option(help="Learned, each shown once.")]
Threshold = Annotated[int | None, typer.Option(help="Of the neurons when they answer, 1 to 255.")]
Deskew = Annotated[bool | None, typer.Option(help="Whether slanted digits are set upright.")]
Chips = Annotated[
    int | None, typer.Option(help="Chips with first weights and an order of their own.")
]


def odin_sdsp_digits(
    data: Data = None,
    judge: Judge = None,
    judged: Judged = None,
    images: Images = None,
    spikes: Annotated[
        int | None, typer.Option(help="Of an image, at most, brightest pixel first.")
    ] = None,
    threshold: Threshold = None,
    deskew: Deskew = None,
    seeds: Chips = None,
    first_seed: FirstSeed = None,
    preset: Preset = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """The chip ODIN learns digits by its own synapses, bit for bit."""
    given = {
        "data": data,
        "judge": judge,
        "judged": judged,
        "images": images,
        "spikes": spikes,
        "threshold": threshold,
        "deskew": deskew,
        "seeds": seeds,
        "first_seed": first_seed,
        "preset": preset,
    }
    from ranvier.apps import odin_sdsp_digits as experiment

    work = Work("run odin-sdsp-digits", experiment, _show, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def odin_rank_order(
    code: Annotated[
        list[str] | None,
        typer.Option(help="brightest, shuffled, darkest or rate; repeat for several."),
    ] = None,
    rate_spikes: Annotated[
        float | None, typer.Option(help="Of the brightest pixel, in the mean, by the rate code.")
    ] = None,
    data: Data = None,
    judge: Judge = None,
    judged: Judged = None,
    images: Images = None,
    spikes: Annotated[
        int | None, typer.Option(help="Pixels that spike, at most, the brightest ones.")
    ] = None,
    threshold: Threshold = None,
    deskew: Deskew = None,
    seeds: Chips = None,
    first_seed: FirstSeed = None,
    preset: Preset = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Digits on ODIN by the order of spikes, without it, against it, and by rates."""
    given = {
        "codes": tuple(code) if code else None,
        "rate_spikes": rate_spikes,
        "data": data,
        "judge": judge,
        "judged": judged,
        "images": images,
        "spikes": spikes,
        "threshold": threshold,
        "deskew": deskew,
        "seeds": seeds,
        "first_seed": first_seed,
        "preset": preset,
    }
    from ranvier.apps import odin_rank_order as experiment

    work = Work("run odin-rank-order", experiment, _show_codes, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="right answers (%)", title_justify="left")
    headings = ("chip", "first spike", "number of spikes", "input spikes", "nJ, ten", "nJ, 256")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "chip" else "right")
    for name, chip in result["chips"].items():
        table.add_row(
            name,
            f"{chip['accuracy']:.2f}",
            f"{chip['counted']['accuracy']:.2f}",
            f"{chip['input_spikes']:.1f}",
            f"{chip['nanojoule']['single']:.2f}",
            f"{chip['nanojoule']['rows']:.0f}",
        )
    console = Console()
    console.print(table)
    mean, known = result["summary"]["accuracy"]["mean"], result["published"]
    console.print(
        f"mean {mean:.2f} %; published {known['accuracy']:g} % and {known['nanojoule']:g} nJ"
    )
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _show_codes(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="right answers (%) by the first spike", title_justify="left")
    for heading in ("code", "learned so", "learned brightest first", "input spikes", "nJ, ten"):
        table.add_column(heading, justify="left" if heading == "code" else "right")
    for code, found in result["summary"].items():
        own, ranked = found["own"], found["ranked"]
        table.add_row(
            code,
            f"{own['accuracy']['mean']:.2f}",
            f"{ranked['accuracy']['mean']:.2f}",
            f"{own['input_spikes']['mean']:.1f}",
            f"{own['nanojoule']['single']['mean']:.2f}",
        )
    console = Console()
    console.print(table)
    known = result["published"]
    console.print(
        f"published, by rank order: {known['accuracy']:g} % and {known['nanojoule']:g} nJ"
    )
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
