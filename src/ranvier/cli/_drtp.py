"""The command that compares DRTP on the networks of its publication."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._runs import Epochs, FirstSeed, Preset, Seeds
from ranvier.cli._shared import Folder, Json, Resume, Setting


def drtp(
    network: Annotated[
        list[str] | None,
        typer.Option(help="regression, classification, mnist-500 ...; repeat for several."),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(help="bp, fa, dfa, sdfa, drtp or shallow; repeat for several."),
    ] = None,
    learn: Annotated[
        int | None, typer.Option(help="Examples to learn from; 0 for all that there are.")
    ] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per update.")] = None,
    learning_rate: Annotated[
        list[float] | None, typer.Option(help="With several, each rule takes its best.")
    ] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """DRTP, FA, DFA, sDFA and BP on the tasks and networks of DRTP's publication."""
    given = {
        "networks": tuple(network) if network else None,
        "rules": tuple(rule) if rule else None,
        "learn": learn,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rates": tuple(learning_rate) if learning_rate else None,
    }
    from ranvier.apps import drtp as experiment

    work = Work("run drtp", experiment, _show, {})
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="test error, per cent; of the regression, per cent of the variance")
    rules = list(result["settings"]["rules"])
    for name in ("network", *rules):
        table.add_column(name, justify="left" if name == "network" else "right")
    for name, network in result["networks"].items():
        errors = (
            f"{100 - row['test_accuracy']:.2f}"
            + (
                ""
                if row["test_accuracy_spread"] is None
                else f" ± {row['test_accuracy_spread']:.2f}"
            )
            for row in network["summary"]
        )
        table.add_row(name, *errors)
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
