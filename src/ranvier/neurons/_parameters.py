"""What a neuron may be given as a parameter, and what relates one parameter to another."""

from typing import Any

import jax
from jaxtyping import Array, Float

from ranvier.core import Neuron, broken, known, positive, zeros

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


def stable_step(owner: str, time_step_ms: float, remedy: str = "", **bounds_ms: Parameter) -> None:
    """Raise a `ValueError` if an Euler step is not positive or overshoots a bound, which is named.

    Args:
        owner: who is built, for the message.
        time_step_ms: the step.
        remedy: what would help beside a shorter step.
        **bounds_ms: what the step may not exceed, in every entry; tracers are not looked at.

    Example:
        >>> stable_step("LIF", 3.0, "discretisation='exact'", membrane=2.0)
        Traceback (most recent call last):
        ...
        ValueError: LIF: an Euler step of 3.0 ms is beyond the stability bound of the membrane,
        2 ms. Take a shorter step or discretisation='exact'.
    """
    positive(owner, time_step_ms=time_step_ms)
    remedy = f" or {remedy}" if remedy else ""
    for name, bound_ms in bounds_ms.items():
        if found := broken(lambda bound_ms: time_step_ms <= bound_ms, bound_ms):
            where = f"{name.replace('_', ' ')}{found[0].at and ' of unit ' + found[0].at}"
            raise ValueError(
                f"{owner}: an Euler step of {time_step_ms} ms is beyond the stability bound of "
                f"the {where}, {found[0].value:.4g} ms. Take a shorter step{remedy}."
            )


def plus(value: Any, addend: Parameter, factor: Any = 1.0) -> Any:
    """A value plus a factor times a parameter; the value itself where the parameter is zero.

    Args:
        value: what it is added to.
        addend: the parameter.
        factor: what multiplies it.

    Example:
        >>> plus(2.0, 0.0), plus(2.0, 0.5, -1.0)
        (2.0, 1.5)
    """
    return value if known(addend) and addend == 0 else value + factor * addend


def times(gain: Parameter, value: Any) -> Any:
    """A parameter times a value; the value itself where the parameter is one.

    Args:
        gain: the parameter.
        value: what it multiplies.

    Example:
        >>> times(1.0, 2.0), times(0.5, 2.0)
        (2.0, 1.0)
    """
    return value if known(gain) and gain == 1 else gain * value
