"""The command that finds correlated streams."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import Preset
from ranvier.cli._shared import Folder, Json, Resume, Setting


def correlation_detector(
    synapses: Annotated[
        list[str] | None,
        typer.Option(help="float, pair, single or overlap; repeat for several."),
    ] = None,
    streams: Annotated[int | None, typer.Option(help="Inputs of a neuron.")] = None,
    group: Annotated[int | None, typer.Option(help="Streams that are correlated.")] = None,
    groups: Annotated[
        list[int] | None,
        typer.Option(help="Streams of one group for the layer; repeat, in falling order."),
    ] = None,
    correlation: Annotated[
        float | None, typer.Option(help="Within the group, where one run is shown.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Of time.")] = None,
    arrays: Annotated[
        int | None, typer.Option(help="Of synapses, with streams and noise of their own.")
    ] = None,
    preset: Preset = None,
    seed: Annotated[int | None, typer.Option(help="Draws everything.")] = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Correlated streams, found by phase-change neurons with plastic synapses."""
    given = {
        "synapses": tuple(synapses) if synapses else None,
        "streams": streams,
        "group": group,
        "groups": tuple(groups) if groups else None,
        "correlation": correlation,
        "steps": steps,
        "arrays": arrays,
        "preset": preset,
        "seed": seed,
    }
    from ranvier.apps import correlation_detector as experiment

    work = Work("run correlation-detector", experiment, _show, {}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    settings = result["settings"]
    at = settings["correlations"].index(settings["correlation"])
    table = Table(title=f"d' at a correlation of {settings['correlation']:g}, over arrays")
    for heading in ("synapses", "median", "10 to 90 %", "found from", "groups told apart (%)"):
        table.add_column(heading, justify="left" if heading == "synapses" else "right")
    for name, kind in result["kinds"].items():
        low, middle, high = kind["d_prime"][at]
        least = kind["smallest_detected"]
        table.add_row(
            name,
            f"{middle:.2f}",
            f"{low:.2f} to {high:.2f}",
            "nowhere" if least is None else f"{least:g}",
            f"{100 * kind['groups']['specialised']:.0f}",
        )
    console = Console()
    console.print(table)
    console.print(f"{result['seconds']:.0f} s; report: {folder / 'report.html'}")
