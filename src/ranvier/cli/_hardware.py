"""The commands that put networks onto devices."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import Epochs, FirstSeed, LearningRate, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting

Device = Annotated[str | None, typer.Option(help="The memory: see `ranvier list`.")]
Arrays = Annotated[int | None, typer.Option(help="On how many arrays a network is judged.")]


def chorales_on_pcm(
    training: Annotated[
        list[str] | None,
        typer.Option(help="plain, noise-aware or in-the-loop; repeat for several."),
    ] = None,
    data: Annotated[str | None, typer.Option(help="Data set: see `ranvier list`.")] = None,
    device: Device = None,
    arrays: Arrays = None,
    preset: Preset = None,
    size: Annotated[int | None, typer.Option(help="Hidden units.")] = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Chorales per update.")] = None,
    learning_rate: LearningRate = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Chorales with the weights on memory devices, from seconds to a year."""
    given = {
        "trainings": tuple(training) if training else None,
        "data": data,
        "device": device,
        "arrays": arrays,
        "preset": preset,
        "size": size,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    from ranvier.apps import chorales_on_pcm as experiment

    work = Work("run chorales-on-pcm", experiment, _show_chorales, {})
    launch(work, given, setting, folder, resume, as_json)


def _show_chorales(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = {25.0: "25 s", 4 * 86_400.0: "4 days", 365 * 86_400.0: "1 year"}
    at = [result["seconds_since_programming"].index(seconds) for seconds in shown]
    table = Table(title="test NLL, nats per time step, mean and spread over arrays")
    for name in ("training", "compensated", "floating point", *shown.values()):
        words = name in ("training", "compensated")
        table.add_column(name, justify="left" if words else "right")
    for model in result["models"]:
        for what, said in (("compensated", "yes"), ("drifted", "no")):
            nll = model[what]["nll"]
            table.add_row(
                f"{model['training']}, seed {model['seed']}",
                said,
                f"{model['floating_point_nll']:.3f}",
                *(f"{nll['mean'][i]:.3f} ± {nll['spread'][i]:.3f}" for i in at),
            )
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
