"""The axes of units, as a user may write them."""

import operator

import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import known


def as_shape(shape: int | tuple[int, ...]) -> tuple[int, ...]:
    """An int becomes one axis; every axis must be positive.

    Raises:
        ValueError: an axis that is not a positive whole number.

    Example:
        >>> as_shape(3), as_shape((2, 4))
        ((3,), (2, 4))
    """
    try:
        axes = tuple(map(operator.index, shape if isinstance(shape, (tuple, list)) else (shape,)))
    except TypeError:
        axes = ()
    if not axes or min(axes) < 1:
        raise ValueError(f"the shape of a neuron is {shape!r}, expected positive whole numbers.")
    return axes


def per_unit(value: float | Array, shape: tuple[int, ...], name: str) -> float | Array:
    """A number becomes a constant; an array, which learns, must fit the units.

    Args:
        value: a number or an array.
        shape: the units of the neuron.
        name: how the error calls it, such as `"SNU: decay"`.

    Raises:
        ValueError: an array whose axes are not the last ones of the units.

    Example:
        >>> per_unit(2, (3,), "SNU: decay")
        2.0
    """
    if known(value):
        return float(value)
    array = jnp.asarray(value)
    if array.shape != shape[len(shape) - array.ndim :]:
        raise ValueError(
            f"{name} has shape {array.shape}, expected {shape}, one number per unit, or () for "
            "one that all units share."
        )
    return array
