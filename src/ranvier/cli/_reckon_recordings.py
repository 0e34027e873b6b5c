"""The commands in which the ReckOn chip learns recordings: one per sense, with the same options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import Epochs, FirstSeed, Preset
from ranvier.cli._shared import Folder, Json, Resume, Setting

if TYPE_CHECKING:
    from collections.abc import Callable

_ABOUT = {
    "reckon-braille": "The ReckOn chip learns Braille letters, bit for bit.",
    "reckon-spoken-digits": "The ReckOn chip learns spoken digits, bit for bit.",
}
_DATA = {"reckon-braille": "braille", "reckon-spoken-digits": "spoken-digits"}


def _command(name: str) -> "Callable[..., None]":
    """The command of one sense."""

    def command(
        data: Annotated[
            str | None, typer.Option(help="braille; or spoken-digits or heidelberg-digits.")
        ] = None,
        split: Annotated[str | None, typer.Option(help="published or strangers.")] = None,
        classes: Annotated[
            list[str] | None, typer.Option(help="Class that is learned; repeat, 16 at most.")
        ] = None,
        neurons: Annotated[int | None, typer.Option(help="Recurrent ones, even.")] = None,
        seeds: Annotated[int | None, typer.Option(help="Chips.")] = None,
        first_seed: FirstSeed = None,
        epochs: Epochs = None,
        beside: Annotated[
            list[str] | None,
            typer.Option(help="e-prop-reckon or bptt, in floating point; repeat for both."),
        ] = None,
        preset: Preset = None,
        setting: Setting = None,
        folder: Folder = None,
        resume: Resume = False,
        as_json: Json = False,
    ) -> None:
        given = {
            "data": data,
            "split": split,
            "classes": tuple(classes) if classes else None,
            "neurons": neurons,
            "seeds": seeds,
            "first_seed": first_seed,
            "epochs": epochs,
            "beside": tuple(beside) if beside else None,
            "preset": preset,
        }
        from ranvier.apps import reckon_recordings as experiment

        work = Work(f"run {name}", experiment, _show, {}, parts_done)
        # What is resumed keeps its own data set.
        chosen = given if resume else {**given, "data": data or _DATA[name]}
        launch(work, chosen, setting, folder, resume, as_json)

    command.__doc__ = _ABOUT[name]
    return command


reckon_recordings = {name: _command(name) for name in _ABOUT}


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"judged by {result['held_out']}", title_justify="left")
    for heading in ("", "seeds", "test (%)", "spikes per neuron", "energy (nJ)", "power (uW)"):
        table.add_column(heading, justify="right" if heading else "left")
    summary, neurons = result["summary"], result["settings"]["neurons"]
    table.add_row(
        "ReckOn",
        str(summary["seeds"]),
        _apart(summary),
        f"{summary['spikes_per_neuron']:.1f}",
        f"{summary['energy_nJ']:.0f}",
        f"{summary['power_uW']:.2f}",
    )
    for rule, one in result["beside"].items():
        active = f"{one['spikes'] / neurons:.1f}"
        table.add_row(f"{rule}, floating point", str(one["seeds"]), _apart(one), active, "", "")
    console = Console()
    console.print(table)
    for one in result["neighbours"]:
        console.print(f"published nearby: {one['accuracy']:g} % ({one['what']})")
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")


def _apart(one: dict[str, Any]) -> str:
    return f"{one['mean']:.1f}" + ("" if one["spread"] is None else f" ± {one['spread']:.1f}")
