"""The commands. Anything heavy is imported inside the command that needs it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ranvier.cli._approaches import approaches
from ranvier.cli._codes import codes
from ranvier.cli._compare import compare
from ranvier.cli._convert import convert
from ranvier.cli._correlation import correlation_detector
from ranvier.cli._deploy import deploy
from ranvier.cli._drtp import drtp
from ranvier.cli._events import events
from ranvier.cli._forgetting import forgetting
from ranvier.cli._hardware import (
    binary_2t2r,
    chorales_on_pcm,
    digits_on_rram,
    fault_panorama,
    pcm_rbm,
)
from ranvier.cli._morphic import morphic_digits
from ranvier.cli._neurons import experiments as small_experiments
from ranvier.cli._neurons import show
from ranvier.cli._nir import nir
from ranvier.cli._odin import odin_rank_order, odin_sdsp_digits
from ranvier.cli._reckon import reckon_cue
from ranvier.cli._reckon_recordings import reckon_recordings
from ranvier.cli._recognition import recognition
from ranvier.cli._runs import experiments
from ranvier.cli._shared import LATEST, plain_errors
from ranvier.cli._single_spike import single_spike
from ranvier.cli._spike_times import spike_times
from ranvier.cli._spoon import spoon_digits

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="ranvier: neuromorphic computing, from a neuron's equation to the chip that carries it.",
)
app.add_typer(experiments, name="run")
experiments.command("spike-times")(spike_times)
experiments.command("forgetting")(forgetting)
experiments.command("drtp")(drtp)
experiments.command("approaches")(approaches)
experiments.command("codes")(codes)
experiments.command("single-spike")(single_spike)
experiments.command("chorales-on-pcm")(chorales_on_pcm)
experiments.command("digits-on-rram")(digits_on_rram)
experiments.command("binary-2t2r")(binary_2t2r)
experiments.command("pcm-rbm")(pcm_rbm)
experiments.command("fault-panorama")(fault_panorama)
experiments.command("correlation-detector")(correlation_detector)
experiments.command("odin-rank-order")(odin_rank_order)
experiments.command("odin-sdsp-digits")(odin_sdsp_digits)
experiments.command("reckon-cue")(reckon_cue)
experiments.command("spoon-digits")(spoon_digits)
experiments.command("morphic-digits")(morphic_digits)
for name, command in {**small_experiments, **recognition, **reckon_recordings}.items():
    experiments.command(name)(command)
app.add_typer(show, name="show")
app.add_typer(compare, name="compare")
app.command("convert")(convert)
app.command("deploy")(deploy)
app.add_typer(nir, name="nir")
app.add_typer(events, name="events")


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
    """Show what there is by name: experiments, neurons, rules, codes, devices, chips and data."""
    from ranvier.apps import catalogue as experiments_known
    from ranvier.apps import pictures
    from ranvier.data import catalogue as data_sets
    from ranvier.data.events import catalogue as event_formats
    from ranvier.encode import catalogue as codes_known
    from ranvier.hardware.chips import catalogue as chips
    from ranvier.hardware.devices import catalogue as devices
    from ranvier.hardware.devices import pulsed
    from ranvier.learn.rules import catalogue as rules
    from ranvier.neurons import catalogue as neurons

    kinds = (neurons, rules, codes_known, devices, pulsed, chips, data_sets, event_formats)
    families = (experiments_known, pictures, *kinds)
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
