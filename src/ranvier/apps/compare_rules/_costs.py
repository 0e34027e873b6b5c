"""What a rule costs in memory and time, and how that grows with units and steps."""

import math
import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ranvier.apps.compare_rules._gradients import RANDOM
from ranvier.apps.compare_rules._settings import Settings, network
from ranvier.core import Batch
from ranvier.learn import Rule, losses

ORDERS: dict[str, tuple[str, str]] = {
    "bptt": ("T n", "n²"),
    "event-prop": ("T n", "n²"),
    "truncated-bptt": ("w n", "n²"),
    "e-prop-3": ("n²", "n²"),
    "rtrl": ("n³", "n⁴"),
    "uoro": ("n²", "n²"),
    "kf-rtrl": ("n²", "n³"),
    "ok-rtrl": ("r n²", "r n³"),
    "rflo": ("n²", "n²"),
    "e-prop": ("n²", "n²"),
    "e-prop-random": ("n²", "n²"),
    "e-prop-reckon": ("n", "n²"),
    "ostl": ("n²", "n²"),
    "ostl-with-h": ("n³", "n⁴"),
    "snap-1": ("n²", "n²"),
    "osttp": ("n²", "n²"),
    "super-spike": ("n²", "n²"),
}
"""Memory and time per step, as published: of traces, or of the states that BPTT stores."""

_TURNS, _ENOUGH_SECONDS = 5, 2.0
"""Repeats of a measurement; fewer, but two, where they take longer than that together."""

_UPPER = 4
"""Powers are fitted to the sizes from the largest down to this part of it."""


def measure(settings: Settings, rule: str, make: Callable[..., Rule]) -> list[dict[str, Any]]:
    """Scratch memory and time per step of one gradient, batch 1, inputs as wide as the layer.

    Time is the least of a few repeats: on a CPU that of the processor, which other work on the
    machine moves little, and on an accelerator that of the clock.

    Args:
        settings: of the comparison; its `sizes` at the first of its `lengths`, and its `lengths`
            at the first of its `sizes`.
        rule: its name.
        make: the rule's maker.

    Returns:
        One row per point, memory as the compiler reports it.
    """
    points = [(n, settings.lengths[0]) for n in settings.sizes]
    points += [(settings.sizes[0], t) for t in settings.lengths[1:]]
    rows = []
    for units, steps in points:
        model = network(settings, units, 4, 0, units)
        random = np.random.default_rng(0)
        batch = Batch(
            jnp.asarray(random.random((steps, 1, units)) < 0.2, jnp.float32),
            jnp.broadcast_to(jnp.eye(4)[0], (steps, 1, 4)),
            jnp.ones((steps, 1)),
        )
        key = jax.random.key(0) if rule in RANDOM else None
        program = eqx.filter_jit(make(losses.categorical)).lower(model, batch, key).compile()
        memory = program.compiled.memory_analysis()

        def gradient(program=program, given=(model, batch, key)) -> None:
            jax.block_until_ready(program(*given))

        rows.append(
            {
                "rule": rule,
                "units": units,
                "steps": steps,
                "bytes": int(memory.temp_size_in_bytes),
                "seconds_per_step": least_time(gradient) / steps,
            }
        )
    return rows


def least_time(work: Callable[[], None]) -> float:
    """Seconds that some work takes when least disturbed, after a first time that is not counted.

    Args:
        work: is done when it returns.
    """
    clock = time.process_time if jax.default_backend() == "cpu" else time.perf_counter
    work()
    taken: list[float] = []
    while len(taken) < 2 or (len(taken) < _TURNS and sum(taken) < _ENOUGH_SECONDS):
        began = clock()
        work()
        taken.append(clock() - began)
    return min(taken)


def power(sizes: list[float], values: list[float]) -> dict[str, float | None] | None:
    """The power of growth over the upper sizes: small ones are ruled by overheads.

    Args:
        sizes: those below a quarter of the largest are left out.
        values: what grows with them.

    Returns:
        `power`, by least squares in logarithms, and its standard `error`, which needs three
        points; `None` where nothing can be fitted.

    Example:
        >>> power([4, 8, 16, 32], [9.0, 1.0, 4.0, 16.0])
        {'power': 2.0, 'error': 0.0}
    """
    largest = max(sizes, default=0)
    points = [
        (math.log(size), math.log(value))
        for size, value in zip(sizes, values, strict=True)
        if _UPPER * size >= largest and value > 0
    ]
    x, y = np.array(points).reshape(-1, 2).T
    if len(set(x)) < 2:
        return None
    x, y = x - x.mean(), y - y.mean()
    slope = float(x @ y / (x @ x))
    free = len(x) - 2
    error = math.sqrt(float(np.square(y - slope * x).sum()) / free / float(x @ x)) if free else None
    return {"power": round(slope, 12), "error": None if error is None else round(error, 12)}


def growth(rows: list[dict[str, Any]], rule: str) -> dict[str, Any]:
    """How memory and time per step of a rule grow with units and with steps: see `power`."""
    own = [row for row in rows if row["rule"] == rule]
    if not own:
        return {}
    least = {axis: min(row[axis] for row in own) for axis in ("units", "steps")}
    found = {}
    for axis, other in (("units", "steps"), ("steps", "units")):
        line = [row for row in own if row[other] == least[other]]
        for what in ("bytes", "seconds_per_step"):
            found[f"{what} by {axis}"] = power(
                [row[axis] for row in line], [row[what] for row in line]
            )
    return found


POWERS = {
    "memory, power of n": "bytes by units",
    "memory, of T": "bytes by steps",
    "time per step, of n": "seconds_per_step by units",
    "time per step, of T": "seconds_per_step by steps",
}
"""Headings of a table, and what of `growth` stands below."""


def power_cells(rule: str, found: dict[str, Any]) -> list[str]:
    """A row of that table: the rule, its powers with their errors, and those published.

    Args:
        rule: its name.
        found: what `growth` gives.

    Example:
        >>> power_cells("uoro", {"bytes by units": {"power": 2.0, "error": 0.013}})
        ['uoro', '2.00 ± 0.01', '', '', '', 'n²', 'n²']
    """

    def shown(fitted: dict[str, float | None] | None) -> str:
        if fitted is None:
            return ""
        error = fitted["error"]
        # Adding zero takes the sign from a rounded -0.
        value = f"{round(fitted['power'] or 0.0, 2) + 0.0:.2f}"
        return value if error is None else f"{value} ± {error:.2f}"

    cells = [shown(found.get(name)) for name in POWERS.values()]
    return [rule, *cells, *ORDERS.get(rule, ("", ""))]
