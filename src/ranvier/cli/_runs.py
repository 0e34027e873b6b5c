"""The commands that train and judge: one per experiment."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch
from ranvier.cli._shared import Folder, Json, Resume, Setting

experiments = typer.Typer(
    no_args_is_help=True, help="Train, measure and report: one command per experiment."
)

Preset = Annotated[str | None, typer.Option(help="Named settings to start from.")]
Seeds = Annotated[int | None, typer.Option(help="How many seeds.")]
FirstSeed = Annotated[int | None, typer.Option(help="The first of them.")]
Epochs = Annotated[int | None, typer.Option(help="Passes over the data, at most.")]
LearningRate = Annotated[float | None, typer.Option(help="Of the optimiser.")]


@experiments.command("ambrogio-cell")
def ambrogio_cell(
    way: Annotated[
        list[str] | None,
        typer.Option(help="float, pair, fixed or inverted; repeat for several."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist or optical-digits.")
    ] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per update.")] = None,
    learning_rate: Annotated[
        list[float] | None, typer.Option(help="With several, each way takes its best.")
    ] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Learning in capacitors, keeping in phase-change memory, beside numbers and pairs alone."""
    given = {
        "ways": tuple(way) if way else None,
        "data": data,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rates": tuple(learning_rate) if learning_rate else None,
    }
    from ranvier.apps import ambrogio_cell as experiment

    work = Work("run ambrogio-cell", experiment, _show_ambrogio_cell, {})
    launch(work, given, setting, folder, resume, as_json)


@experiments.command("chorales")
def chorales(
    neuron: Annotated[
        list[str] | None, typer.Option(help="Hidden unit; repeat for several.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="Learning rule; repeat for several.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Data set: see `ranvier list`.")] = None,
    preset: Preset = None,
    size: Annotated[int | None, typer.Option(help="Hidden units.")] = None,
    recurrent: Annotated[
        bool | None, typer.Option(help="Feed the hidden layer's output back.")
    ] = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Chorales per update.")] = None,
    learning_rate: LearningRate = None,
    optimiser: Annotated[str | None, typer.Option(help="adam or sgd.")] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Spiking neural units learn Bach, by backpropagation and online, side by side."""
    given = {
        "neurons": tuple(neuron) if neuron else None,
        "rules": tuple(rule) if rule else None,
        "data": data,
        "preset": preset,
        "size": size,
        "recurrent": recurrent,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "optimiser": optimiser,
    }
    from ranvier.apps import chorales as experiment

    work = Work("run chorales", experiment, _show_chorales, {"reading": _reading()})
    launch(work, given, setting, folder, resume, as_json)


@experiments.command("digits")
def digits(
    neuron: Annotated[
        list[str] | None, typer.Option(help="Unit of every layer; repeat for several networks.")
    ] = None,
    layers: Annotated[int | None, typer.Option(help="Layers, the output included.")] = None,
    size: Annotated[int | None, typer.Option(help="Units of every hidden layer.")] = None,
    steps: Annotated[int | None, typer.Option(help="Time steps per digit.")] = None,
    data: Annotated[str | None, typer.Option(help="mnist or fashion-mnist.")] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Digits per update.")] = None,
    learning_rate: LearningRate = None,
    optimiser: Annotated[str | None, typer.Option(help="adam, rmsprop or sgd.")] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Spiking units read rate-coded digits, with and without lateral inhibition."""
    given = {
        "neurons": tuple(neuron) if neuron else None,
        "layers": layers,
        "size": size,
        "steps": steps,
        "data": data,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "optimiser": optimiser,
    }
    from ranvier.apps import digits as experiment

    work = Work("run digits", experiment, _show_digits, {})
    launch(work, given, setting, folder, resume, as_json)


@experiments.command("feedback")
def feedback(
    rule: Annotated[
        list[str] | None,
        typer.Option(
            help="How errors reach hidden layers: bp, fa, dfa, sdfa, drtp, ifa or shallow; with "
            "+grapes or +local-grapes; with :mean, :over-mean or :shuffled. Repeat for several."
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="mnist, fashion-mnist or optical-digits.")
    ] = None,
    preset: Preset = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Images per update.")] = None,
    learning_rate: Annotated[
        list[float] | None, typer.Option(help="With several, each rule takes its best.")
    ] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Still images learned with fixed random feedback and GRAPES, beside backpropagation."""
    given = {
        "rules": tuple(rule) if rule else None,
        "data": data,
        "preset": preset,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rates": tuple(learning_rate) if learning_rate else None,
    }
    from ranvier.apps import feedback as experiment

    work = Work("run feedback", experiment, _show_feedback, {})
    launch(work, given, setting, folder, resume, as_json)


@experiments.command("language")
def language(
    neuron: Annotated[
        list[str] | None, typer.Option(help="Hidden unit; repeat for several networks.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="penn-treebank, wikitext-2, or a folder with train.txt, valid.txt and test.txt."
        ),
    ] = None,
    preset: Preset = None,
    size: Annotated[int | None, typer.Option(help="Hidden units, and numbers per word.")] = None,
    recurrent: Annotated[
        bool | None, typer.Option(help="Feed the hidden layer's output back.")
    ] = None,
    tied: Annotated[
        bool | None, typer.Option(help="Give a word the same numbers at input and output.")
    ] = None,
    seeds: Seeds = None,
    first_seed: FirstSeed = None,
    epochs: Epochs = None,
    batch_size: Annotated[int | None, typer.Option(help="Places read at once.")] = None,
    learning_rate: LearningRate = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Spiking neural units foretell the next word of a text."""
    given = {
        "neurons": tuple(neuron) if neuron else None,
        "data": data,
        "preset": preset,
        "size": size,
        "recurrent": recurrent,
        "tied": tied,
        "seeds": seeds,
        "first_seed": first_seed,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    from ranvier.apps import language as experiment

    work = Work("run language", experiment, _show_language, {})
    launch(work, given, setting, folder, resume, as_json)


def _reading() -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and (done % 20 == 0 or done == total):
            end = "\n" if done == total else "\r"
            typer.echo(f"reading chorales: {done}/{total}{end}", err=True, nl=False)

    return show


def _show_chorales(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="test NLL, nats per time step, at the best validation epoch")
    for name in ("neuron", "rule", "units", "parameters", "valid NLL", "test NLL", "published*"):
        table.add_column(name, justify="left" if name in ("neuron", "rule") else "right")
    for row in result["summary"]:
        spread = row["test_nll_spread"]
        score = f"{row['test_nll']:.4f}" + (f" ± {spread:.4f}" if spread is not None else "")
        table.add_row(
            row["neuron"],
            row["rule"],
            str(row["hidden_units"]),
            str(row["parameters"]),
            "" if row["valid_nll"] is None else f"{row['valid_nll']:.4f}",
            score,
            "" if row["published"] is None else f"{row['published']:.2f}",
        )
    for name, value in result["baselines"].items():
        table.add_row(name, "", "", "", "", f"{value:.4f}", "", style="dim")
    console = Console()
    console.print(table)
    console.print("*JSB chorales, Boulanger-Lewandowski split", style="dim")
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _show_digits(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    def written(value: float | None, decimals: int) -> str:
        return "" if value is None else f"{value:.{decimals}f}"

    table = Table(title="accuracy on the test set, per cent, at the best validation epoch")
    for name in ("network", "parameters", "valid", "test", "published", "hidden spikes per digit"):
        table.add_column(name, justify="left" if name == "network" else "right")
    for row in result["summary"]:
        spread = row["test_accuracy_spread"]
        table.add_row(
            row["neuron"],
            str(row["parameters"]),
            written(row["valid_accuracy"], 2),
            written(row["test_accuracy"], 2) + ("" if spread is None else f" ± {spread:.2f}"),
            written(row["published"], 2),
            written(row["hidden_spikes"], 1),
        )
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _show_ambrogio_cell(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="accuracy (%)")
    for name in ("weights", "learning rate", "valid", "test"):
        table.add_column(name, justify="left" if name == "weights" else "right")
    for row in result["summary"]:
        spread = row["test_accuracy_spread"]
        table.add_row(
            row["way"],
            f"{row['learning_rate']:g}",
            f"{row['valid_accuracy']:.2f}",
            f"{row['test_accuracy']:.2f}" + ("" if spread is None else f" ± {spread:.2f}"),
        )
    console = Console()
    console.print(table)
    published = result["published"]
    console.print(
        f"published for MNIST: {published['mnist_test_accuracy']:g} % ({published['source']})"
    )
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _show_feedback(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    angles = list(dict.fromkeys(a for row in result["summary"] for a in row["angles"]))
    angles = [what for what in angles if what.startswith("error")]
    table = Table(title="accuracy (%), and degrees between the errors of hidden layers and BP's")
    for name in ("rule", "learning rate", "valid", "test", *angles):
        table.add_column(name, justify="left" if name == "rule" else "right")
    for row in result["summary"]:
        spread = row["test_accuracy_spread"]
        table.add_row(
            row["rule"],
            f"{row['learning_rate']:g}",
            f"{row['valid_accuracy']:.2f}",
            f"{row['test_accuracy']:.2f}" + ("" if spread is None else f" ± {spread:.2f}"),
            *(f"{row['angles'][what]:.0f}" for what in angles),
        )
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _show_language(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="perplexity per word, at the best validation epoch")
    for name in ("network", "parameters", "valid", "test", "published"):
        table.add_column(name, justify="left" if name == "network" else "right")
    for row in result["summary"]:
        spread = row["test_perplexity_spread"]
        table.add_row(
            row["neuron"],
            str(row["parameters"]),
            f"{row['valid_perplexity']:.1f}",
            f"{row['test_perplexity']:.1f}" + ("" if spread is None else f" ± {spread:.1f}"),
            "" if row["published"] is None else f"{row['published']:.1f}",
        )
    for name, value in result["baselines"].items():
        table.add_row(name, "", "", f"{value:.1f}", "", style="dim")
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
