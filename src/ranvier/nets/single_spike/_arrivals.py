"""Spikes in the order in which they arrive."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Int


class Arrivals(NamedTuple):
    """The spikes that reach a layer, in order of time.

    Attributes:
        order: which input each of them is from, `[..., arriving]`.
        times: when it arrives, rising, in steps, `[..., arriving]`.

    Example:
        See `arrivals`.
    """

    order: Int[Array, "... arriving"]
    times: Int[Array, "... arriving"]


def arrivals(times: Int[Array, "... inputs"], last: int) -> Arrivals:
    """Sort spikes by time; those at the same time by the number of their input.

    Args:
        times: in steps, `0..last`.
        last: the last step, in which stand those that do not fire.

    Raises:
        ValueError: so many inputs and steps that their product is no 32-bit number.

    Example:
        >>> arrivals(jnp.array([4, 0, 4, 9]), 9)
        Arrivals(order=Array([1, 0, 2, 3], dtype=int32), times=Array([0, 4, 4, 9], dtype=int32))
    """
    times = jnp.asarray(times)
    inputs = times.shape[-1]
    if (last + 1) * inputs >= 2**31:
        raise ValueError(
            f"arrivals: {inputs} inputs at {last + 1} steps are more than 32 bits can number. "
            "Take fewer steps."
        )
    # One number for time and input, which sorts several times faster than a pair.
    packed = jnp.sort(times.astype(jnp.int32) * inputs + jnp.arange(inputs, dtype=jnp.int32))
    return Arrivals(packed % inputs, packed // inputs)
