"""Several short steps of integration within one step of a neuron."""

import math
from collections.abc import Callable
from typing import TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array

_State = TypeVar("_State")


def substeps(
    advance: Callable[[_State], tuple[_State, Array]], state: _State, count: int
) -> tuple[_State, Array]:
    """Advance `count` times; a spike in any of them is a spike.

    Args:
        advance: one short step, state to new state and spike.
        state: where it starts.
        count: how many short steps.

    Returns:
        The last state, and the largest of the spikes.

    Example:
        >>> at = jnp.zeros(())
        >>> substeps(lambda s: (s + 1, (s == 1).astype(s.dtype)), at, 3)
        (Array(3., dtype=float32), Array(1., dtype=float32))
    """
    state, y = advance(state)
    if count == 1:
        return state, y

    def body(carry: tuple[_State, Array], _: None) -> tuple[tuple[_State, Array], None]:
        state, y = carry
        state, fired = advance(state)
        return (state, jnp.maximum(y, fired)), None

    return jax.lax.scan(body, (state, y), None, length=count - 1)[0]


def check_substeps(owner: str, time_step_ns: float, count: int, bound_ns: float) -> None:
    """Raise a `ValueError` if the short step is longer than an Euler step may be.

    Args:
        owner: how the error calls the neuron.
        time_step_ns: the neuron's step.
        count: short steps in it.
        bound_ns: longest Euler step that does not overshoot.

    Example:
        >>> check_substeps("VO2Neuron", 1000.0, 2, 168.0)
        Traceback (most recent call last):
        ...
        ValueError: VO2Neuron: an Euler step of 500 ns (time_step_ns / substeps) overshoots beyond
        168 ns. Take substeps=6 or more.
    """
    if not (isinstance(count, int) and count >= 1):
        raise ValueError(f"{owner}: substeps is {count!r}, expected a whole number, 1 or more.")
    if time_step_ns / count > bound_ns:
        raise ValueError(
            f"{owner}: an Euler step of {time_step_ns / count:.4g} ns (time_step_ns / substeps) "
            f"overshoots beyond {bound_ns:.4g} ns. Take "
            f"substeps={math.ceil(time_step_ns / bound_ns)} or more."
        )
