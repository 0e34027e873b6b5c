"""Commands for networks in the Neuromorphic Intermediate Representation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ranvier.cli._shared import Json, plain_errors

if TYPE_CHECKING:
    from ranvier.convert.nir import FromNIR

nir = typer.Typer(no_args_is_help=True, help="Look into NIR files and prove what they do.")

File = Annotated[Path, typer.Argument(help="A .nir file.")]
Step = Annotated[float | None, typer.Option(help="Length of a time step, in ms.")]
Unit = Annotated[str | None, typer.Option(help="Of times in the file: s, ms or steps.")]
Reset = Annotated[str | None, typer.Option(help="zero or subtract.")]
ResetTime = Annotated[str | None, typer.Option(help="at_spike, next_carry or next_update.")]
Discretisation = Annotated[str | None, typer.Option(help="exact or euler.")]
Repair = Annotated[
    list[str] | None, typer.Option(help="What to put right: rename. Repeat for several.")
]


@nir.command()
def info(
    file: File,
    repair: Repair = None,
    as_json: Json = False,
) -> None:
    """Show the nodes and edges of a file, and what it does not say."""
    with plain_errors():
        from ranvier.convert.nir import inspect_nir

        found = inspect_nir(file, repair=repair or ())
        rows = {
            name: {
                "kind": node.kind,
                "gives": list(found.graph.shapes[name]),
                "to": [two for one, two in found.graph.edges if one == name],
            }
            for name, node in _in_order(found.graph)
        }
        if as_json:
            told = {
                "input": list(found.graph.shapes["input"]),
                "nodes": rows,
                "unsaid": found.unsaid,
                "repairs": list(found.graph.repairs),
            }
            typer.echo(json.dumps(told, indent=1))
            return
        from rich.console import Console
        from rich.table import Table

        table = Table("node", "kind", "gives", "leads to", title=str(file), title_justify="left")
        first = ", ".join(two for one, two in found.graph.edges if one == "input")
        table.add_row("input", "", str(found.graph.shapes["input"]), first)
        for name, row in rows.items():
            shape = str(tuple(row["gives"]))
            table.add_row(name, row["kind"], shape, ", ".join(row["to"]))
        console = Console()
        console.print(table)
        for repaired in found.graph.repairs:
            console.print(f"repaired: {repaired}", highlight=False)
        if found.unsaid:
            options = " ".join(f"--{name.replace('_', '-')} ..." for name in found.unsaid)
            console.print(
                f"The file does not say: {', '.join(found.unsaid)}. To run it, give {options}",
                highlight=False,
            )


def _in_order(graph: Any) -> list[tuple[str, Any]]:
    """The nodes as activity reaches them."""
    order, front = ["input"], ["input"]
    while front:
        front = [two for one in front for two in sorted(_after(graph, one)) if two not in order]
        order += dict.fromkeys(front)
    return [(name, graph.nodes[name]) for name in order if name in graph.nodes]


def _after(graph: Any, name: str) -> set[str]:
    return {two for one, two in graph.edges if one == name}


@nir.command()
def check(
    file: File,
    time_step_ms: Step = None,
    time_unit: Unit = None,
    reset: Reset = None,
    reset_time: ResetTime = None,
    discretisation: Discretisation = None,
    repair: Repair = None,
    steps: Annotated[int, typer.Option(min=1, help="Time steps to run.")] = 200,
    rate: Annotated[float, typer.Option(help="Spikes per input and step.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Draws the input.")] = 0,
    target: Annotated[
        Path | None, typer.Option("--write", help="Write the file anew, with its meaning.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a file as it was meant, beside itself written anew and read without its metadata."""
    with plain_errors():
        from ranvier.convert.nir import read_nir

        read = read_nir(
            file,
            time_step_ms=time_step_ms,
            time_unit=time_unit,
            reset=reset,
            reset_time=reset_time,
            discretisation=discretisation,
            repair=repair or (),
        )
        proof = _certified(read, _step(read), steps, rate, seed, target)
        if as_json:
            told = {
                "spikes": proof.spikes,
                "lost": proof.lost,
                "added": proof.added,
                "portable": proof.portable,
                "layers": [layer._asdict() for layer in proof.layers],
                "bare": [layer._asdict() for layer in proof.bare],
                "notes": [*read.repairs, *proof.notes],
                "seed": seed,
            }
            typer.echo(json.dumps(told, indent=1))
            return
        _show(proof, read.repairs)


def _step(read: "FromNIR") -> float | None:
    """The time step of a network, if it has one at all."""
    return next((m.time_step_ms for m in read.meaning.values()), None)


def _certified(
    read: "FromNIR",
    step_ms: float | None,
    steps: int,
    rate: float,
    seed: int,
    target: Path | None,
) -> Any:
    """The network beside what it becomes, on random spikes."""
    import jax
    import jax.numpy as jnp

    from ranvier.convert.nir import certify, to_nir, write_nir

    shape = (steps, 4, *read.model.in_shape)
    example = jax.random.bernoulli(jax.random.key(seed), rate, shape).astype(jnp.float32)
    if target is not None:
        return write_nir(read.model, target, example=example, time_step_ms=step_ms)
    return certify(read.model, to_nir(read.model, time_step_ms=step_ms), example)


def _show(proof: Any, repairs: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    title = f"{proof.spikes} spikes in {proof.steps} steps of {proof.examples} examples"
    table = Table(title=title, title_justify="left")
    for column in ("neuron", "spikes", "read", "lost", "added", "first difference", "membrane"):
        numeric = column not in ("neuron", "read")
        table.add_column(column, justify="right" if numeric else "left")
    for how, layers in (("as meant", proof.layers), ("bare", proof.bare)):
        for layer in layers:
            first = "never" if layer.first_step is None else f"step {layer.first_step}"
            table.add_row(
                layer.name,
                str(layer.spikes),
                how,
                str(layer.lost),
                str(layer.added),
                first,
                f"{layer.membrane:.2g}",
            )
    console.print(table)
    for note in (*repairs, *proof.notes):
        console.print(f"note: {note}", highlight=False)
