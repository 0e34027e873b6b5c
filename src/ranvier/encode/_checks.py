"""What encoders check of numbers before they become spikes."""

import math
import numbers
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array


def numbers_of(owner: str, values: Any, *, hint: str = "Convert them.") -> Array:
    """Values as an array of floating-point numbers; whole numbers are refused.

    Args:
        owner: who asks, for the message.
        values: of any shape.
        hint: what to do about whole numbers.

    Raises:
        TypeError: values that are not floating-point numbers.

    Example:
        >>> numbers_of("rate", [0.5]).shape
        (1,)
    """
    values = jnp.asarray(values)
    if not jnp.issubdtype(values.dtype, jnp.floating):
        raise TypeError(
            f"{owner}: the values are of type {values.dtype}; expected floating-point numbers. "
            f"{hint}"
        )
    return values


def within(owner: str, name: str, values: Array, low: float, high: float, remedy: str) -> None:
    """Raise a `ValueError` that names the first value outside `low..high`, or not a number.

    Inside a compiled function values are not known and nothing is checked.

    Args:
        owner: who asks.
        name: of the values.
        values: of any shape.
        low, high: both allowed.
        remedy: what to do, a sentence.

    Example:
        >>> within("phase", "values", jnp.array([0.2, 1.5]), 0, 1, "Scale them.")
        Traceback (most recent call last):
        ...
        ValueError: phase: values contain 1.5, expected 0 to 1. Scale them.
    """
    if isinstance(values, Tracer):
        return
    known = np.asarray(values)
    wrong = ~((known >= low) & (known <= high))
    if wrong.any():
        raise ValueError(
            f"{owner}: {name} contain {known[wrong].flat[0]:g}, expected "
            + (f"{low:g} to {high:g}" if high < math.inf else f"at least {low:g}, and finite")
            + f". {remedy}"
        )


def at_least(owner: str, name: str, value: Any, least: int) -> None:
    """Raise a `ValueError` unless `value` is a whole number of at least `least`.

    Args:
        owner: who asks.
        name: of the number.
        value: what was given.
        least: the smallest that works.

    Example:
        >>> at_least("phase", "bits", 0, 1)
        Traceback (most recent call last):
        ...
        ValueError: phase: bits is 0, expected a whole number of at least 1.
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{owner}: {name} is {value!r}, expected a whole number of at least {least}."
        )


def above_zero(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first that is no finite number above zero.

    Args:
        owner: who asks.
        **values: what is checked.

    Example:
        >>> above_zero("latency", window_ms=-1.0)
        Traceback (most recent call last):
        ...
        ValueError: latency: window_ms is -1.0, expected a finite number above 0.
    """
    for name, value in values.items():
        if not isinstance(value, numbers.Real) or not 0 < float(value) < math.inf:
            raise ValueError(f"{owner}: {name} is {value!r}, expected a finite number above 0.")


def not_below_zero(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first that is no finite number of at least zero.

    Args:
        owner: who asks.
        **values: what is checked.

    Example:
        >>> not_below_zero("camera", leak_hz=-0.1)
        Traceback (most recent call last):
        ...
        ValueError: camera: leak_hz is -0.1, expected a finite number of at least 0.
    """
    for name, value in values.items():
        if not isinstance(value, numbers.Real) or not 0 <= float(value) < math.inf:
            raise ValueError(
                f"{owner}: {name} is {value!r}, expected a finite number of at least 0."
            )


def has_time(owner: str, values: Any, steps: int = 1) -> None:
    """Raise a `ValueError` unless the first axis, time, has at least `steps` steps.

    Args:
        owner: who asks.
        values: an array.
        steps: the fewest that work.

    Example:
        >>> has_time("sigma_delta", jnp.zeros(()))
        Traceback (most recent call last):
        ...
        ValueError: sigma_delta: the signal has shape (), expected [time, ...] with at least 1 step.
    """
    if values.ndim < 1 or values.shape[0] < steps:
        raise ValueError(
            f"{owner}: the signal has shape {values.shape}, expected [time, ...] with at least "
            f"{steps} step{'s' * (steps > 1)}."
        )
