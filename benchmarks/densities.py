"""Where skipping zeros and half precision pay: `python -m benchmarks.densities`.

One layer's two products, `current = z W^T` and the weights' gradient `dW = g^T z`, as dense
products in single and in half precision and by events, over the share of z that is not zero.
"""

from __future__ import annotations

import functools
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.measure import machine
from benchmarks.session import settings
from ranvier.core import atomic_path
from ranvier.report._labels import EndLabel, label_ends
from ranvier.report._style import MUTED, SERIES, figure_style, new_figure
from ranvier.synapses import Dense, EventDriven

SHAPES = ((12_800, 700, 256), (2_000, 784, 256), (6_400, 1024, 1024))
SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
FORMS = ("dense, single", "dense, half", "events")
PRODUCTS = ("current", "weights' gradient")
DOCS = Path(__file__).resolve().parent.parent / "docs"


def forms(name: str) -> dict[str, Callable[..., Any]]:
    """The current and the weights' gradient in one form, as functions of weights, z and g."""
    kind = jnp.bfloat16 if name == "dense, half" else jnp.float32

    def current(weight: Any, z: Any) -> Any:
        dense = Dense(weight.astype(kind))
        return EventDriven(dense, 1.0)(z) if name == "events" else dense(z)

    def gradient(weight: Any, z: Any, g: Any) -> Any:
        return jax.vjp(lambda w: current(w, z), weight)[1](g)[0]

    return {PRODUCTS[0]: jax.jit(lambda w, z, g: current(w, z)), PRODUCTS[1]: jax.jit(gradient)}


def arrays(shape: tuple[int, int, int], share: float) -> tuple[Any, Any, Any]:
    """Weights, spikes and a gradient."""
    rows, wide, narrow = shape
    random = np.random.default_rng(0)
    weight = random.standard_normal((narrow, wide), dtype=np.float32)
    spikes = (random.random((rows, wide), dtype=np.float32) < share).astype(np.float32)
    return tuple(
        jnp.asarray(a) for a in (weight, spikes, random.standard_normal((rows, narrow), np.float32))
    )


def measure(rounds: int, report: Callable[[str], None]) -> list[dict[str, Any]]:
    """Every form in turn, round after round, at every shape and share."""
    found = []
    for shape in SHAPES:
        made = {form: forms(form) for form in FORMS}
        for share in SHARES:
            given = arrays(shape, share)
            report(f"{' x '.join(map(str, shape))}, {100 * share:g} %")
            for product in PRODUCTS:
                calls = {f: functools.partial(made[f][product], *given) for f in FORMS}
                seconds: dict[str, list[float]] = {form: [] for form in FORMS}
                for _ in range(rounds + 2):
                    for form, call in calls.items():
                        began = time.perf_counter()
                        jax.block_until_ready(call())
                        seconds[form].append(time.perf_counter() - began)
                found.append(
                    {
                        "shape": list(shape),
                        "share": share,
                        "product": product,
                        "seconds": {f: statistics.median(s[2:]) for f, s in seconds.items()},
                    }
                )
    return found


def crossing(points: list[dict[str, Any]], form: str) -> float:
    """Share up to which a form beats the dense product in single precision, between points.

    Example:
        >>> times = [(0.1, 1.0), (0.2, 3.0)]
        >>> at = lambda s, t: {"share": s, "seconds": {"dense, single": 2.0, "events": t}}
        >>> round(crossing([at(*pair) for pair in times], "events"), 3)
        0.15
    """
    before = None
    for point in points:
        gap = point["seconds"][form] - point["seconds"][FORMS[0]]
        if gap > 0:
            if before is None:
                return 0.0
            share, last = before
            return share + (point["share"] - share) * last / (last - gap)
        before = point["share"], gap
    return 1.0


def draw(result: dict[str, Any], path: Path) -> None:
    """Time against density, one panel per product, for the first shape."""
    with figure_style():
        drawn = new_figure(6.4, title(result))
        panels = drawn.subplots(2, 1, sharex=True)
        for panel, product in zip(panels, PRODUCTS, strict=True):
            points = select(result, SHAPES[0], product)
            shares = [100 * point["share"] for point in points]
            ends = []
            for form, colour in zip(FORMS, (MUTED, SERIES[0], SERIES[1]), strict=True):
                times = [1e3 * point["seconds"][form] for point in points]
                panel.plot(shares, times, "o-", color=colour, linewidth=2.4)
                ends.append(EndLabel(form, times[-1], colour, "normal"))
            panel.set(xscale="log", ylabel=f"{product}, ms")
            panel.set_xticks(shares, [f"{share:g}" for share in shares])
            panel.minorticks_off()
            panel.set_ylim(bottom=0)
            label_ends(panel, ends)
        panels[-1].set_xlabel("activity that is not zero, %")
        drawn.savefig(path, dpi=110)


def title(result: dict[str, Any]) -> str:
    """Where events win, at the first shape."""
    limits = [100 * crossing(select(result, SHAPES[0], p), "events") for p in PRODUCTS]
    return (
        f"Following events is faster than the dense product below {limits[0]:.0f} % of activity, "
        f"for the weights' gradient below {limits[1]:.0f} %"
    )


def select(
    result: dict[str, Any], shape: tuple[int, int, int], product: str
) -> list[dict[str, Any]]:
    """The points of one shape and product, by share."""
    return [p for p in result["points"] if tuple(p["shape"]) == shape and p["product"] == product]


HEADINGS = ("rows x in x out", "product", *FORMS, "events win below", "half precision wins")


def rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """Milliseconds at 5 % of activity, and where each form wins."""
    found = []
    for shape in SHAPES:
        for product in PRODUCTS:
            points = select(result, shape, product)
            at = next(p for p in points if p["share"] == 0.05)["seconds"]
            times = (f"{1e3 * at[form]:.2f}" for form in FORMS)
            limit = f"{100 * crossing(points, 'events'):.0f} %"
            half = "yes" if at["dense, half"] < at["dense, single"] else "no"
            found.append((" x ".join(map(str, shape)), product, *times, limit, half))
    return found


def table(result: dict[str, Any]) -> Table:
    """The rows for the terminal."""
    shown = Table(title="one layer's products; ms at 5 % of activity that is not zero")
    for heading in HEADINGS:
        shown.add_column(heading)
    for row in rows(result):
        shown.add_row(*row)
    return shown


def main(
    rounds: Annotated[int, typer.Option(min=3, help="Repeats of every form.")] = 15,
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = DOCS
    / "results"
    / "densities.json",
) -> None:
    """Measure, write the record and the figure, print the table."""
    console = Console()
    with console.status("starting") as status:
        points = measure(rounds, status.update)
    threads = os.cpu_count() or 1
    result = {"machine": machine(threads, settings(threads)), "rounds": rounds, "points": points}
    with atomic_path(record) as path:
        path.write_text(json.dumps(result, indent=1) + "\n")
    draw(result, DOCS / "assets" / "densities.png")
    console.print(table(result))


if __name__ == "__main__":
    typer.run(main)
