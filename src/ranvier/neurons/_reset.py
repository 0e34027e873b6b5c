"""Threshold and reset of integrate-and-fire neurons."""

from collections.abc import Callable
from typing import Literal

import jax
from jaxtyping import Array

from ranvier.neurons._parameters import plus
from ranvier.neurons.surrogates import Spike

Reset = Literal["zero", "subtract"]
ResetTime = Literal["at_spike", "next_carry", "next_update"]

RESETS = ("zero", "subtract")
RESET_TIMES = ("at_spike", "next_carry", "next_update")


def fire(
    v: Array,
    y: Array,
    update: Callable[[Array], Array],
    threshold: float | Array,
    reset: Reset,
    reset_time: ResetTime,
    h: Spike,
    *,
    detach: bool = False,
    reset_potential: float | Array = 0.0,
) -> tuple[Array, Array]:
    """One step of a membrane: update, threshold, and the reset when it is due.

    Args:
        v: the membrane, `[..., *units]`.
        y: the last output.
        update: the membrane without a threshold, from the carried to the new value.
        threshold: of the membrane.
        reset: to the reset potential, or by subtraction of its distance from the threshold.
        reset_time: at the spike, or at the next step before or after the update.
        h: surrogate spike.
        detach: whether derivatives take the reset for a constant.
        reset_potential: where `"zero"` resets to.

    Returns:
        The new membrane and output.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons.surrogates import tanh_derivative
        >>> v, y = jnp.array(0.75), jnp.array(0.0)
        >>> fire(v, y, lambda v: v + 0.5, 1.0, "subtract", "at_spike", tanh_derivative())
        (Array(0.25, dtype=float32), Array(1., dtype=float32))
    """

    def after_reset(v: Array, y: Array) -> Array:
        if detach:
            y = jax.lax.stop_gradient(y)
        if reset == "zero":
            return plus(v * (1 - y), reset_potential, y)
        return v - plus(threshold, reset_potential, -1.0) * y

    if reset_time == "next_carry":
        v = after_reset(v, y)
    v = update(v)
    if reset_time == "next_update":
        v = after_reset(v, y)
    y = h(v - threshold)
    if reset_time == "at_spike":
        v = after_reset(v, y)
    return v, y
