"""The command that learns tasks one after another."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import FirstSeed, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting


def forgetting(
    rule: Annotated[
        list[str] | None,
        typer.Option(
            help="How errors reach hidden layers: bp, fa, dfa, sdfa, drtp, ifa or shallow; with "
            "+grapes or +local-grapes; with :mean, :over-mean or :shuffled. Repeat for several."
        ),
    ] = None,
    stream: Annotated[
        str | None, typer.Option(help="permuted, split-domain or split-class.")
    ] = None,
    tasks: Annotated[int | None, typer.Option(help="How many are learned in a row.")] = None,
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist or optical-digits.")
    ] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data of a task.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per update.")] = None,
    learning_rate: Annotated[
        list[float] | None, typer.Option(help="With several, each rule takes its best.")
    ] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Permuted or split images learned task after task: what is kept of the first ones."""
    given = {
        "rules": tuple(rule) if rule else None,
        "stream": stream,
        "tasks": tasks,
        "data": data,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rates": tuple(learning_rate) if learning_rate else None,
    }
    from ranvier.apps import forgetting as experiment

    work = Work("run forgetting", experiment, _show, {})
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="accuracy on the test images of all tasks, per cent, at the end")
    for name in ("rule", "learning rate", "just learned", "average", "forgetting"):
        table.add_column(name, justify="left" if name == "rule" else "right")
    for row in result["summary"]:
        scores = (row[name] for name in ("learned_accuracy", "average_accuracy", "forgetting"))
        table.add_row(
            row["rule"],
            f"{row['learning_rate']:g}",
            *(_written(score["mean"], score["spread"]) for score in scores),
        )
    apart = Table(title="points of average accuracy, seed by seed; standard error of the mean")
    for name in ("rule", "minus", "difference"):
        apart.add_column(name, justify="right" if name == "difference" else "left")
    for row in result["differences"]:
        score = row["average_accuracy"]
        apart.add_row(row["rule"], row["against"], _written(*score.values()))
    console = Console()
    console.print(table)
    if result["differences"]:
        console.print(apart)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _written(mean: float, spread: float | None) -> str:
    return f"{mean:.2f}" + ("" if spread is None else f" ± {spread:.2f}")
