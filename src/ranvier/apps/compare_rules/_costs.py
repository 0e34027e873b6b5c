"""What a rule costs in memory and time, and how that grows with units and steps."""

import statistics
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

_TURNS = 5


def measure(settings: Settings, rule: str, make: Callable[..., Rule]) -> list[dict[str, Any]]:
    """Scratch memory and time per step of one gradient, batch 1, inputs as wide as the layer.

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
        jax.block_until_ready(program(model, batch, key))
        seconds = []
        for _ in range(_TURNS):
            began = time.perf_counter()
            jax.block_until_ready(program(model, batch, key))
            seconds.append(time.perf_counter() - began)
        rows.append(
            {
                "rule": rule,
                "units": units,
                "steps": steps,
                "bytes": int(memory.temp_size_in_bytes),
                "seconds_per_step": statistics.median(seconds) / steps,
            }
        )
    return rows


def exponent(sizes: list[float], values: list[float]) -> float | None:
    """The power of growth between the largest two sizes: small ones are ruled by overheads.

    Example:
        >>> exponent([8, 16, 32], [1.0, 5.0, 40.0])
        3.0
    """
    points = sorted(zip(sizes, values, strict=True))[-2:]
    (one, first), (two, second) = points[0], points[-1]
    if one == two or min(first, second) <= 0:
        return None
    return float(np.log(second / first) / np.log(two / one))


def growth(rows: list[dict[str, Any]], rule: str) -> dict[str, float | None]:
    """How memory and time per step of a rule grow with units and with steps, as powers."""
    own = [row for row in rows if row["rule"] == rule]
    if not own:
        return {}
    least = {axis: min(row[axis] for row in own) for axis in ("units", "steps")}
    found = {}
    for axis, other in (("units", "steps"), ("steps", "units")):
        line = [row for row in own if row[other] == least[other]]
        for what in ("bytes", "seconds_per_step"):
            found[f"{what} by {axis}"] = exponent(
                [row[axis] for row in line], [row[what] for row in line]
            )
    return found
