"""Memory of a learner that never stops, over a million steps: `python -m benchmarks.endless`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import typer

import ranvier as rv
from benchmarks.measure import machine
from benchmarks.session import settings
from ranvier.core import atomic_path
from ranvier.learn import Learner, losses
from ranvier.report._style import SERIES, figure_style, new_figure

DOCS = Path(__file__).resolve().parent.parent / "docs"
AHEAD = 5
STATM = Path("/proc/self/statm")


def signal(steps: int) -> np.ndarray:
    """A rhythm whose period wanders between 20 and 40 steps, once in 200,000 steps; and noise."""
    at = np.arange(steps + AHEAD)
    period = 30 + 10 * np.sin(2 * np.pi * at / 200_000)
    noise = np.random.default_rng(0).normal(0, 0.02, len(at))
    return (np.sin(np.cumsum(2 * np.pi / period)) + noise).astype(np.float32)[:, None]


def resident_bytes() -> int:
    """Memory of this process that lies in main memory, as Linux counts it.

    Raises:
        OSError: a system that does not tell.
    """
    if not STATM.exists():
        raise OSError(f"{STATM} is not there; resident memory is measured on Linux only.")
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(steps: int, stretch: int, units: int) -> list[dict[str, Any]]:
    """One learner, always on: after every stretch, its memory and its error.

    Args:
        steps: in all, a multiple of the stretch.
        stretch: steps between two looks.
        units: of the recurrent layer.
    """
    network = rv.chain(1, rv.recurrent(rv.SNU.soft(units)), rv.Readout(1), key=jax.random.key(0))
    learner = Learner(network, losses.squared_error, optax.adam(3e-3))
    values, rows = signal(steps), []
    for start in range(0, steps, stretch):
        target = values[start + AHEAD : start + AHEAD + stretch]
        given = jnp.asarray(values[start : start + stretch]), jnp.asarray(target)
        said = np.asarray(learner.run(*given))
        rows.append(
            {
                "steps": learner.steps,
                "resident_bytes": resident_bytes(),
                "learner_bytes": sum(leaf.nbytes for leaf in jax.tree.leaves(learner.state.moving)),
                "error": float(np.sqrt(np.square(said - target).mean())),
            }
        )
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Resident memory after a tenth of the steps and at the end, and its growth between.

    Args:
        rows: as `measure` gives them.

    Example:
        >>> rows = [{"steps": n, "resident_bytes": 5e6 + 2 * n} for n in range(100, 1100, 100)]
        >>> {name: round(value, 6) for name, value in summary(rows).items()}
        {'first_MB': 5.0002, 'last_MB': 5.002, 'bytes_per_step': 2.0}
    """
    late = [row for row in rows if row["steps"] >= rows[-1]["steps"] / 10]
    at, held = ([row[name] for row in late] for name in ("steps", "resident_bytes"))
    return {
        "first_MB": held[0] / 1e6,
        "last_MB": held[-1] / 1e6,
        "bytes_per_step": float(np.polyfit(at, held, 1)[0]),
    }


def draw(result: dict[str, Any], path: Path) -> None:
    """Memory and error over the steps."""
    rows = result["rows"]
    steps = [row["steps"] / 1e6 for row in rows]
    with figure_style():
        figure = new_figure(6.2, "Memory stays where it is while the learner goes on learning")
        memory, error = figure.subplots(2, 1, sharex=True)
        held = [row["resident_bytes"] / 1e6 for row in rows]
        memory.plot(steps, held, color=SERIES[0], linewidth=2.4)
        memory.set(ylabel="memory of the process (MB)", ylim=(0, 1.25 * max(held)))
        error.plot(steps, [row["error"] for row in rows], color=SERIES[1], linewidth=2.4)
        error.set(ylabel="error (r.m.s.)", xlabel="steps learned (millions)")
        error.set(ylim=(0, None), xlim=(0, None))
        figure.savefig(path, dpi=110)


def sentence(result: dict[str, Any]) -> str:
    """What was found, in words.

    Args:
        result: what this program recorded.
    """
    found, rows = summary(result["rows"]), result["rows"]
    (held,) = {row["learner_bytes"] for row in rows}
    return (
        f"States and traces take {held:,} bytes at every step. Over {rows[-1]['steps']:,} steps, "
        f"in {result['seconds']:.0f} s of processor time, the memory of the whole process went "
        f"from {found['first_MB']:.1f} MB after a tenth of them to {found['last_MB']:.1f} MB at "
        f"the end; the line through all points between rises by {found['bytes_per_step']:.2f} "
        "bytes per step."
    )


def main(
    steps: Annotated[int, typer.Option(min=10, help="Steps to learn from.")] = 1_000_000,
    stretch: Annotated[int, typer.Option(min=1, help="Steps between two looks.")] = 10_000,
    units: Annotated[int, typer.Option(min=1, help="Of the recurrent layer.")] = 40,
    record: Annotated[Path, typer.Option(help="Where to write every look.")] = DOCS
    / "results"
    / "endless.json",
    figure: Annotated[Path, typer.Option(help="Where to draw them.")] = DOCS
    / "assets"
    / "endless.png",
) -> None:
    """Learn, write the record and the figure, say what was found."""
    if steps % stretch:
        raise typer.BadParameter(f"{steps} steps are no whole number of stretches of {stretch}.")
    began = time.process_time()
    rows = measure(steps, stretch, units)
    result = {
        "machine": machine(1, settings(1)),
        "units": units,
        "seconds": round(time.process_time() - began, 1),
        "rows": rows,
    }
    with atomic_path(record) as path:
        path.write_text(json.dumps(result, indent=1) + "\n")
    draw(result, figure)
    print(sentence(result))


if __name__ == "__main__":
    typer.run(main)
