"""OSTL against backpropagation through time, both ours: `python -m benchmarks.online_time`."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import typer
from jax.flatten_util import ravel_pytree
from rich.console import Console
from rich.table import Table

import ranvier as rv
from benchmarks.measure import machine
from benchmarks.session import settings
from ranvier.core import Batch, atomic_path
from ranvier.learn import bptt, losses, online
from ranvier.learn.eligibility import local
from ranvier.learn.rules import reckon_e_prop

DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "online_time.json"
UNITS: dict[str, Callable[[int], Any]] = {
    "sSNU": lambda n: rv.SNU.soft(n),
    "sSNU, recurrent": lambda n: rv.recurrent(rv.SNU.soft(n)),
    "LIF, recurrent": lambda n: rv.recurrent(rv.LIF(n, reset="subtract")),
}
RULES = {
    "BPTT": bptt(losses.squared_error),
    "OSTL": online(losses.squared_error, eligibility=local()),
    "OSTL, chunks of 32": online(losses.squared_error, eligibility=local(), chunk=32),
    "OSTL, chunks of 64": online(losses.squared_error, eligibility=local(), chunk=64),
    "traces per unit": reckon_e_prop(losses.squared_error),
}
COLUMNS = ("network", "units", "batch", "rule", "µs per step", "times BPTT", "memory, MB", "cosine")


def problem(kind: str, units: int, batch: int, steps: int) -> tuple[Any, Batch]:
    """A network of as many inputs as units, ten answers, and sparse spikes to learn from."""
    keys = jr.split(jr.key(0), 3)
    model = rv.chain(units, UNITS[kind](units), rv.Readout(10), key=keys[0])
    spikes = jr.bernoulli(keys[1], 0.1, (steps, batch, units)).astype(jnp.float32)
    target = jr.normal(keys[2], (steps, batch, 10))
    return model, Batch(spikes, target, jnp.ones((steps, batch)))


def measured(
    kind: str, units: int, batch: int, steps: int, rounds: int
) -> Iterator[dict[str, Any]]:
    """Every rule on one network, in turn, round after round: processor time, memory, direction."""
    model, data = problem(kind, units, batch, steps)
    programs, found = {}, {}
    for name, rule in RULES.items():
        compiled = eqx.filter_jit(lambda m, d, r=rule: r(m, d, None)[1]).lower(model, data)
        programs[name] = compiled.compile()
        hidden = jax.block_until_ready(programs[name](model, data)).layers[0]
        found[name] = ravel_pytree(eqx.filter(hidden, eqx.is_inexact_array))[0]
    taken: dict[str, list[float]] = {name: [] for name in RULES}
    for _ in range(rounds):
        for name, program in programs.items():
            begun = time.process_time()
            jax.block_until_ready(program(model, data))
            taken[name].append((time.process_time() - begun) / steps)
    exact = found["BPTT"]
    for name, gradient in found.items():
        held = programs[name].compiled.memory_analysis()
        yield {
            "network": kind,
            "units": units,
            "batch": batch,
            "steps": steps,
            "rule": name,
            "seconds_per_step": taken[name],
            "times_bptt": statistics.median(
                one / other for one, other in zip(taken[name], taken["BPTT"], strict=True)
            ),
            "bytes": held.temp_size_in_bytes,
            "cosine": float(gradient @ exact / jnp.linalg.norm(gradient) / jnp.linalg.norm(exact)),
        }


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """A row of the table.

    Example:
        >>> row = {"network": "sSNU", "units": 64, "batch": 1, "rule": "OSTL", "bytes": 2e6,
        ...        "seconds_per_step": [3e-6, 5e-6, 4e-6], "times_bptt": 1.25, "cosine": 1.0}
        >>> cells(row)
        ('sSNU', '64', '1', 'OSTL', '4.0', '1.25', '2.0', '1.0000')
    """
    return (
        row["network"],
        str(row["units"]),
        str(row["batch"]),
        row["rule"],
        f"{statistics.median(row['seconds_per_step']) * 1e6:.1f}",
        f"{row['times_bptt']:.2f}",
        f"{row['bytes'] / 1e6:.1f}",
        f"{row['cosine']:.4f}",
    )


def main(
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of every network.")] = 7,
    steps: Annotated[int, typer.Option(min=1, help="Of a sequence.")] = 1000,
    units: Annotated[list[int] | None, typer.Option(help="Layer sizes.")] = None,
    batch: Annotated[list[int] | None, typer.Option(help="Examples.")] = None,
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = DEFAULT,
) -> None:
    """Measure, write the record, print the table."""
    console = Console()
    rows: list[dict[str, Any]] = []
    with console.status("") as status:
        for kind in UNITS:
            for count in units or (128, 256):
                for examples in batch or (1, 16):
                    status.update(f"{kind}, {count} units, batch {examples}")
                    rows.extend(measured(kind, count, examples, steps, rounds))
    result = {"machine": machine(1, settings(1)), "rounds": rounds, "rows": rows}
    with atomic_path(record) as path:
        path.write_text(json.dumps(result, indent=1) + "\n")
    table = Table(*COLUMNS, title=f"{steps} steps, processor time")
    for row in rows:
        table.add_row(*cells(row))
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
