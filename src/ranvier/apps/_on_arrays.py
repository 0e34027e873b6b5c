"""A trained network on many memory arrays, through time."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array

from ranvier.core import Batch, Cell
from ranvier.hardware import compensate, drift, program
from ranvier.hardware.crossbar import arrays, matrix
from ranvier.hardware.devices import Device
from ranvier.learn import losses
from ranvier.nets import record

DAY = 86_400.0
SINCE_PROGRAMMING_S = (25.0, 60.0, 600.0, 3600.0, DAY, 4 * DAY, 30 * DAY, 365 * DAY)
FOUR_DAYS = SINCE_PROGRAMMING_S.index(4 * DAY)

Judge = Callable[[Cell, Any], dict[str, Array]]


class Aged(NamedTuple):
    """What became of a network on many arrays.

    Attributes:
        seconds: since programming, `[times]`.
        scores: measure to `[times, arrays]`, as the arrays are.
        compensated: the same with one digital factor per tile.
    """

    seconds: np.ndarray
    scores: dict[str, np.ndarray]
    compensated: dict[str, np.ndarray]


def aged(
    model: Cell,
    judge: Judge,
    data: Any,
    device: Device,
    *,
    count: int,
    seed: int,
    seconds: Sequence[float] = SINCE_PROGRAMMING_S,
    **onto: Any,
) -> Aged:
    """Judge a network on many arrays at many times since programming.

    Args:
        model: a trained network.
        judge: `(model, data) -> measures`, numbers by name; compiled.
        data: what is judged on.
        device: the memory.
        count: of arrays.
        seed: draws them; the same arrays are looked at again at every time.
        seconds: since programming, none before the device's reference time.
        **onto: what `program` takes beside.
    """
    keys = jr.split(jr.key(seed), count)
    found = []
    for number, time in enumerate(seconds):
        since = jnp.asarray(time - device.reference_seconds, float)
        scores = _judged(model, judge, data, device, onto, keys, since, jnp.asarray(number))
        found.append(jax.tree.map(np.asarray, scores))
    plain, good = (
        {name: np.stack([pair[part][name] for pair in found]) for name in found[0][part]}
        for part in (0, 1)
    )
    return Aged(np.asarray(seconds), plain, good)


@eqx.filter_jit
def _judged(
    model: Cell,
    judge: Judge,
    data: Any,
    device: Device,
    onto: dict[str, Any],
    keys: Array,
    since: Array,
    number: Array,
) -> Any:
    def one(key: Array) -> Any:
        programming, reading = jr.split(key)
        fresh = program(model, device, key=programming, **onto)
        later = drift(fresh, since, key=jr.fold_in(reading, number))
        return judge(later, data), judge(compensate(later), data)

    return jax.lax.map(one, keys)


def chord_judge(model: Cell, batches: Sequence[Batch]) -> dict[str, Array]:
    """Negative log-likelihood in nats per time step, and mean output of the hidden layer.

    Args:
        model: a network of a hidden layer and a readout.
        batches: of chorales.
    """
    nll, active, steps = jnp.zeros(()), jnp.zeros(()), 0.0
    for batch in batches:
        hidden, output = record(model, batch.x)
        nll = nll + (losses.bernoulli(output.y, batch.target) * batch.mask).sum()
        active = active + (hidden.y.mean(axis=-1) * batch.mask).sum()
        steps = steps + batch.mask.sum()
    return {"nll": nll / steps, "active": active / steps}


def weights_over_time(
    model: Cell, device: Device, *, seed: int, seconds: Sequence[float], **onto: Any
) -> dict[str, np.ndarray]:
    """Weights of one array as read at some times, and compensated, in units of a full conductance.

    Args:
        model: a trained network.
        device: the memory.
        seed: draws the devices.
        seconds: since programming.
        **onto: what `program` takes beside.

    Returns:
        `"target"`, `"read"` and `"compensated"`, the latter two `[times, weights]`, all arrays of
        the network one after another.
    """
    programming, reading = jr.split(jr.key(seed))
    fresh = program(model, device, key=programming, **onto)

    def flat(network: Cell) -> np.ndarray:
        parts = [
            np.ravel(np.asarray(matrix(array.synapse) / array.scale[:, None]))
            for array in arrays(network)
        ]
        return np.concatenate(parts)

    asked = np.concatenate(
        [np.ravel(np.asarray(a.target / a.scale[:, None])) for a in arrays(fresh)]
    )
    read, good = [], []
    for number, time in enumerate(seconds):
        later = drift(fresh, time - device.reference_seconds, key=jr.fold_in(reading, number))
        read.append(flat(later))
        good.append(flat(compensate(later)))
    return {"target": asked, "read": np.stack(read), "compensated": np.stack(good)}
