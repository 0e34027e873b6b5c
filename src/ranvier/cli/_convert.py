"""The command that converts a network."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ranvier.cli._launch import Work, launch, parts_done
from ranvier.cli._runs import FirstSeed, Preset
from ranvier.cli._shared import Folder, Json, Resume, Setting


def convert(
    model: Annotated[
        str | None, typer.Argument(help="File of a network: Keras, ONNX, or weights.")
    ] = None,
    to: Annotated[str | None, typer.Option(help="ttfs or rate.")] = None,
    data: Annotated[
        str | None,
        typer.Option(help="mnist, fashion-mnist, optical-digits, cifar10 or cifar10-lossy."),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(help="Layers of weights without a structure: 'conv relu average:2 ...'."),
    ] = None,
    in_shape: Annotated[
        list[int] | None,
        typer.Option(help="Axes of one example in the file's order; repeat, one for each."),
    ] = None,
    low: Annotated[float | None, typer.Option(help="What a black pixel is to the network.")] = None,
    high: Annotated[float | None, typer.Option(help="What a white pixel is to it.")] = None,
    mapping: Annotated[str | None, typer.Option(help="identity or alpha.")] = None,
    report: Annotated[
        bool,
        typer.Option(
            "--report/--no-report", help="Write the page, or leave it to `ranvier report`."
        ),
    ] = True,
    preset: Preset = None,
    first_seed: FirstSeed = None,
    setting: Setting = None,
    folder: Folder = None,
    resume: Resume = False,
    as_json: Json = False,
) -> None:
    """Turn a network of rectified units into a spiking one, and prove it."""
    given = {
        "model": model,
        "to": to,
        "data": data,
        "layout": layout,
        "in_shape": tuple(in_shape) if in_shape else None,
        "low": low,
        "high": high,
        "mapping": mapping,
        "preset": preset,
        "first_seed": first_seed,
    }
    from ranvier.apps import conversion as experiment

    work = Work("convert", experiment, _show, {"report": report}, parts_done)
    launch(work, given, setting, folder, resume, as_json)


def _show(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    if result["settings"]["to"] == "rate":
        _show_rates(result, folder)
        return
    proof = result["certificate"]
    table = Table("layer", title_justify="left", title=result["settings"]["model"])
    for heading in ("neurons", "spikes per neuron", "window", "beyond it"):
        table.add_column(heading, justify="right")
    for layer in result["layers"]:
        table.add_row(
            layer["name"],
            str(layer["neurons"]),
            f"{layer['spikes'] / layer['neurons'] / proof['samples']:.4f}",
            f"{layer['window']:.3f}",
            str(layer["beyond"]),
        )
    console = Console()
    console.print(table)
    console.print(
        f"{proof['agreeing']} of {proof['samples']} test images get the same class; largest logit "
        f"error {proof['largest_logit_error']:.2g}; {result['accuracy']:.2f} % right"
    )
    console.print(
        f"{proof['spikes_per_neuron']:.4f} spikes per neuron, latency {proof['latency']:.3g} time "
        f"constants"
    )
    for one in proof["differing"][:5]:
        console.print(f"image {one['sample']}: {one['spiking']} for {one['source']}: {one['why']}")
    _tell_where(console, result, folder)


def _show_rates(result: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    proof = result["certificate"]
    samples, steps = proof["samples"], len(proof["right"])
    table = Table("steps", title_justify="left", title=result["settings"]["model"])
    table.add_column("right (%)", justify="right")
    table.add_column("same class (%)", justify="right")
    for at in sorted({2**k for k in range(steps.bit_length())} | {steps}):
        shares = (100 * proof[name][at - 1] / samples for name in ("right", "agreeing"))
        table.add_row(str(at), *(f"{share:.2f}" for share in shares))
    console = Console()
    console.print(table)
    console.print(
        f"source: {100 * proof['source_right'] / samples:.2f} % right; "
        f"{proof['spikes_per_neuron']:.2f} spikes per neuron"
    )
    _tell_where(console, result, folder)


def _tell_where(console: Any, result: dict[str, Any], folder: Path) -> None:
    page = folder / "report.html"
    where = f"report: {page}" if page.exists() else f"for a report: ranvier report {folder}"
    console.print(f"{result['seconds']:.0f} s; {where}")
