"""What a neuron may be given as a parameter, and what relates one parameter to another."""

from itertools import pairwise
from typing import Any

import jax
from jaxtyping import Array, Float

from ranvier.core import Neuron, zeros
from ranvier.neurons._checks import positive

# A number is a constant; an array, one value per unit, learns.
Parameter = float | Float[Array, "*units"]


def starting(neuron: Neuron, batch: tuple[int, ...], value: Parameter) -> Array:
    """A state variable at the start, `[*batch, *units]`, where nothing has been learned yet.

    No derivative passes: online rules begin without a trace, and so backpropagation ends here.

    Example:
        >>> from ranvier.neurons import QuadraticIF
        >>> starting(QuadraticIF(2), (3,), -65.0).shape
        (3, 2)
    """
    return zeros(neuron, batch) + jax.lax.stop_gradient(value)


def known(*values: Any) -> bool:
    """Whether all are numbers; arrays learn, so nothing is known of them.

    Example:
        >>> import jax.numpy as jnp
        >>> known(1.0, 2), known(1.0, jnp.ones(2))
        (True, False)
    """
    return all(isinstance(value, (int, float)) for value in values)


def ascending(owner: str, **values: Parameter) -> None:
    """Raise a `ValueError` that names the first number that is not below the next.

    Example:
        >>> ascending("QuadraticIF", reset_mV=40.0, peak_mV=30.0)
        Traceback (most recent call last):
        ...
        ValueError: QuadraticIF: reset_mV is 40.0, expected less than peak_mV = 30.0.
    """
    for (low, below), (high, above) in pairwise(values.items()):
        if known(below, above) and not below < above:
            raise ValueError(f"{owner}: {low} is {below}, expected less than {high} = {above}.")


def stable_step(owner: str, time_step_ms: float, **bounds_ms: Parameter) -> None:
    """Raise a `ValueError` if an Euler step is not positive or beyond a bound, which is named.

    Example:
        >>> stable_step("AdEx", 30.0, membrane=20.0)
        Traceback (most recent call last):
        ...
        ValueError: AdEx: an Euler step of 30.0 ms is beyond the stability bound of the membrane,
        20 ms. Take a shorter step.
    """
    positive(owner, time_step_ms=time_step_ms)
    for name, bound_ms in bounds_ms.items():
        if known(bound_ms) and time_step_ms > bound_ms:
            raise ValueError(
                f"{owner}: an Euler step of {time_step_ms} ms is beyond the stability bound of "
                f"the {name.replace('_', ' ')}, {bound_ms:.4g} ms. Take a shorter step."
            )
