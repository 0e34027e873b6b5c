"""Spikes by their times: who fired when."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike


class SpikeTimes(NamedTuple):
    """The spikes of each example, in the order of time.

    Attributes:
        times_ms: `[B, S]`; infinite behind the last spike.
        units: who fired, `[B, S]`; anything where there is no spike.

    Example:
        See `ordered_spikes`.
    """

    times_ms: Float[Array, "batch spikes"]
    units: Int[Array, "batch spikes"]


def ordered_spikes(times_ms: Float[Array, "batch units ..."]) -> SpikeTimes:
    """Spikes in order, from the times of each unit; derivatives pass.

    Args:
        times_ms: `[B, units]`, or `[B, units, spikes]`; infinite where there is none, as
            `encode.latency` gives them.

    Raises:
        ValueError: times without an axis of examples and one of units, or without any unit.

    Example:
        >>> ordered_spikes(jnp.array([[7.0, jnp.inf, 3.0]]))
        SpikeTimes(times_ms=Array([[ 3., 7., inf]], dtype=float32),
                   units=Array([[2, 0, 1]], dtype=int32))
    """
    times = jnp.asarray(times_ms)
    if times.ndim not in (2, 3) or 0 in times.shape[1:]:
        raise ValueError(
            f"ordered_spikes: got times of shape {times.shape}, expected [B, units] or "
            "[B, units, spikes] with at least one unit."
        )
    per_unit = times.shape[2] if times.ndim == 3 else 1
    flat = times.reshape(len(times), -1)
    order = jnp.argsort(flat, axis=1)
    return SpikeTimes(jnp.take_along_axis(flat, order, 1), order // per_unit)


def times_of_trains(trains: ArrayLike, *, time_step_ms: float) -> SpikeTimes:
    r"""The spikes of trains on a grid: a spike in step $k$ is one at $k \Delta$.

    Args:
        trains: a spike is what is not zero, `[T, B, units]`; not traced by JAX.
        time_step_ms: $\Delta$.

    Raises:
        ValueError: trains of another shape, values that are neither 0 nor 1, or a step that is
            not positive.

    Example:
        >>> trains = np.zeros((5, 1, 2))
        >>> trains[3, 0, 1] = 1
        >>> times_of_trains(trains, time_step_ms=0.5).times_ms
        Array([[1.5]], dtype=float32)
    """
    spikes = np.asarray(trains)
    if spikes.ndim != 3 or not set(np.unique(spikes)) <= {0, 1} or not time_step_ms > 0:
        raise ValueError(
            f"times_of_trains: got an array of shape {spikes.shape} with values "
            f"{np.unique(spikes)[:4]} and steps of {time_step_ms} ms; expected 0 and 1, "
            "[T, B, units], and a positive step."
        )
    found = [np.nonzero(spikes[:, example]) for example in range(spikes.shape[1])]
    room = max([1, *(len(steps) for steps, _ in found)])
    times = np.full((len(found), room), np.inf)
    units = np.zeros((len(found), room), int)
    for row, (steps, who) in enumerate(found):
        times[row, : len(steps)], units[row, : len(who)] = steps * time_step_ms, who
    return SpikeTimes(jnp.asarray(times, float), jnp.asarray(units))


def first_spikes(
    spikes: SpikeTimes, units: int, *, otherwise_ms: float | Float[Array, "batch units"]
) -> Float[Array, "batch units"]:
    """When each unit fired first; derivatives pass.

    Args:
        spikes: of a layer.
        units: how many it has.
        otherwise_ms: the time of those that did not fire. A number is moved by nothing, and what
            is silent then stays so; a time that falls as the largest potential rises, such as
            `60 + 10 * (1 - fired.highest)`, moves silent units towards their threshold.

    Example:
        >>> spikes = ordered_spikes(jnp.array([[7.0, jnp.inf, 3.0]]))
        >>> first_spikes(spikes, 3, otherwise_ms=20.0)
        Array([[ 7., 20., 3.]], dtype=float32)
    """
    own = spikes.units[..., None] == jnp.arange(units)
    first = jnp.where(own, spikes.times_ms[..., None], jnp.inf).min(1)
    return jnp.where(jnp.isfinite(first), first, otherwise_ms)


def spike_counts(spikes: SpikeTimes, units: int) -> Int[Array, "batch units"]:
    """How often each unit fired.

    Args:
        spikes: of a layer.
        units: how many it has.

    Example:
        >>> spike_counts(ordered_spikes(jnp.array([[7.0, jnp.inf, 3.0]])), 3)
        Array([[1, 0, 1]], dtype=int32)
    """
    own = spikes.units[..., None] == jnp.arange(units)
    return (own & jnp.isfinite(spikes.times_ms)[..., None]).sum(1)
