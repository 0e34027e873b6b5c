"""The commands. Anything heavy is imported inside the command that needs it."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from ranvier.cli._compare import compare
from ranvier.cli._neurons import experiments as small_experiments
from ranvier.cli._neurons import show
from ranvier.cli._shared import LATEST, new_folder, pairs_of, plain_errors, point_latest

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="ranvier: neuromorphic computing, from a neuron's equation to the chip that carries it.",
)
experiments = typer.Typer(
    no_args_is_help=True, help="Train, measure and report: one command per experiment."
)
app.add_typer(experiments, name="run")
for name, command in small_experiments.items():
    experiments.command(name)(command)
app.add_typer(show, name="show")
app.add_typer(compare, name="compare")


def _version(asked: bool) -> None:
    if asked:
        import importlib.metadata

        typer.echo(importlib.metadata.version("ranvier"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None: ...


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print names as JSON.")] = False,
) -> None:
    """Show experiments, pictures, neurons, rules and data sets."""
    from ranvier.apps import catalogue as experiments_known
    from ranvier.apps import pictures
    from ranvier.data import catalogue as data_sets
    from ranvier.learn.rules import catalogue as rules
    from ranvier.neurons import catalogue as neurons

    families = (experiments_known, pictures, neurons, rules, data_sets)
    if as_json:
        typer.echo(json.dumps({f.kind: {n: f.summary(n) for n in f} for f in families}, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for family in families:
        table = Table(title=f"{family.kind}s", title_justify="left", box=None, show_header=False)
        table.add_column(style="bold", min_width=18)
        table.add_column()
        for name in family:
            table.add_row(name, family.summary(name))
        console.print(table, "")


@experiments.command("chorales")
def chorales(
    neuron: Annotated[
        list[str] | None, typer.Option(help="Hidden unit; repeat for several.")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option(help="Learning rule; repeat for several.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="Data set: see `ranvier list`.")] = None,
    preset: Annotated[str | None, typer.Option(help="Named settings to start from.")] = None,
    size: Annotated[int | None, typer.Option(help="Hidden units.")] = None,
    recurrent: Annotated[
        bool | None, typer.Option(help="Feed the hidden layer's output back.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="How many seeds.")] = None,
    first_seed: Annotated[int | None, typer.Option(help="The first of them.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data, at most.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Chorales per update.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of the optimiser.")] = None,
    optimiser: Annotated[str | None, typer.Option(help="adam or sgd.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="Any other setting, as name=value.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run goes; a new one under runs/ if not given.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run (the latest).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result alone.")] = False,
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

    work = _Work("chorales", experiment, _show, {"reading": _reading()})
    _launch(work, given, setting or [], folder, resume, as_json)


@experiments.command("digits")
def digits(
    neuron: Annotated[
        list[str] | None, typer.Option(help="Unit of every layer; repeat for several networks.")
    ] = None,
    layers: Annotated[int | None, typer.Option(help="Layers, the output included.")] = None,
    size: Annotated[int | None, typer.Option(help="Units of every hidden layer.")] = None,
    steps: Annotated[int | None, typer.Option(help="Time steps per digit.")] = None,
    data: Annotated[str | None, typer.Option(help="mnist or fashion-mnist.")] = None,
    preset: Annotated[str | None, typer.Option(help="Named settings to start from.")] = None,
    seeds: Annotated[int | None, typer.Option(help="How many seeds.")] = None,
    first_seed: Annotated[int | None, typer.Option(help="The first of them.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data, at most.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Digits per update.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Of the optimiser.")] = None,
    optimiser: Annotated[str | None, typer.Option(help="adam, rmsprop or sgd.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="Any other setting, as name=value.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run goes; a new one under runs/ if not given.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run (the latest).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result alone.")] = False,
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

    work = _Work("digits", experiment, _show_digits, {})
    _launch(work, given, setting or [], folder, resume, as_json)


class _Work(NamedTuple):
    """An experiment, how its result is shown, and what only its own `run` takes."""

    name: str
    experiment: Any
    show: Callable[[dict[str, Any], Path], None]
    options: dict[str, Any]


def _launch(
    work: _Work,
    given: dict[str, Any],
    setting: list[str],
    folder: Path | None,
    resume: bool,
    as_json: bool,
) -> None:
    """Run an experiment in its folder: begun or resumed, interrupted or shown."""
    chosen = {option: value for option, value in given.items() if value is not None}
    with plain_errors():
        chosen.update(pairs_of(setting))
        if resume:
            folder = folder or LATEST
            settings = work.experiment.settings_of(folder)
            if chosen:
                settings = work.experiment.build(**chosen)
        else:
            settings = work.experiment.build(**chosen)
            folder = folder or new_folder(work.name)
        point_latest(folder)
        _compilation_cache()
        try:
            result = work.experiment.run(
                folder, settings, resume=resume, progress=_progress, **work.options
            )
        except KeyboardInterrupt:
            again = f"ranvier run {work.name} --resume --folder {folder}"
            typer.echo(f"ranvier: interrupted; go on with: {again}", err=True)
            raise typer.Exit(130) from None
        if as_json:
            typer.echo(json.dumps(result))
            return
        work.show(result, folder)


def _compilation_cache() -> None:
    """Keep compiled programs between runs."""
    import jax
    import platformdirs

    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        cache = Path(platformdirs.user_cache_dir("ranvier")) / "jax"
        jax.config.update("jax_compilation_cache_dir", str(cache))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def _progress(title: str, epochs: int) -> Any:
    from ranvier.learn import show_progress

    return show_progress(title, epochs)


def _reading() -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        if sys.stderr.isatty() and (done % 20 == 0 or done == total):
            end = "\n" if done == total else "\r"
            typer.echo(f"reading chorales: {done}/{total}{end}", err=True, nl=False)

    return show


def _show(result: dict[str, Any], folder: Path) -> None:
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


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="A finished run, such as runs/latest.")] = LATEST,
) -> None:
    """Draw a run's report anew from its recorded results."""
    with plain_errors():
        path = folder / "result.json"
        if not path.exists():
            raise FileNotFoundError(
                f"{folder} holds no finished run: there is no result.json in it."
            )
        from ranvier.apps import reports

        name = json.loads(path.read_text())["experiment"]
        typer.echo(str(reports[name](folder)))
