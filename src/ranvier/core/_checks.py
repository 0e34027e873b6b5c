"""What constructors check at the border, in the same words everywhere."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.core import Tracer

from ranvier.core._errors import nearest

# What most parameters are; a constructor that looks at them alone takes microseconds.
_PLAIN = (float, int)
_NO_NUMBERS = (str, bool, tuple, type(None))


class Entry(NamedTuple):
    """One number of a parameter, and where in it: `"[2]"`, or nothing of a single number.

    Example:
        >>> Entry("[2]", -1.0).at
        '[2]'
    """

    at: str
    value: Any


def known(*values: Any) -> bool:
    """Whether all are numbers, which are constants; arrays learn.

    Args:
        *values: parameters.

    Example:
        >>> import jax.numpy as jnp
        >>> known(1.0, 2), known(1.0, jnp.ones(2))
        (True, False)
    """
    return all(isinstance(value, (int, float, np.number)) for value in values)


def concrete(*values: Any) -> list[Any] | None:
    """The numbers in all of them as they are now; `None` if some cannot be looked at.

    Within a transformation of JAX (`jit`, `vmap`, `grad`) an array has no numbers yet, and an
    array of several processes is not here as a whole.

    Args:
        *values: numbers and arrays of numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> concrete(1.0, jnp.ones(2))
        [1.0, array([1., 1.], dtype=float32)]
        >>> jax.jit(lambda x: x if concrete(x) is None else -x)(2.0)
        Array(2., dtype=float32, weak_type=True)
    """
    found = []
    for value in values:
        if isinstance(value, jax.Array):
            if isinstance(value, Tracer) or not value.is_fully_addressable:
                return None
            value = np.asarray(value)
        elif not (known(value) or isinstance(value, np.ndarray)):
            return None
        found.append(value)
    return found


def broken(holds: Callable[..., Any], *values: Any) -> list[Entry] | None:
    """The first entries of all values for which something does not hold; `None` if it holds.

    Args:
        holds: from the values, as numbers or NumPy arrays, to what must be true entry by entry.
        *values: parameters that broadcast against each other; tracers are not looked at.

    Example:
        >>> import jax.numpy as jnp
        >>> broken(lambda low, high: low < high, jnp.array([1.0, 3.0]), 2.0)
        [Entry(at='[1]', value=3.0), Entry(at='', value=2.0)]
    """
    if all(type(value) in _PLAIN for value in values) and holds(*values):
        return None
    numbers = concrete(*values)
    if numbers is None:
        return None
    right = np.asarray(holds(*numbers))
    if right.all():
        return None
    place = np.argwhere(~right)[0].tolist()
    return [_entry(number, place) for number in numbers]


def _entry(value: Any, place: list[int]) -> Entry:
    """What broadcasts to this place."""
    axes = np.shape(value)
    if not axes:
        return Entry("", value)
    own = [0 if size == 1 else at for size, at in zip(axes, place[-len(axes) :], strict=True)]
    return Entry(f"[{', '.join(map(str, own))}]", value[tuple(own)])


def finite(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first number that is infinite or none at all.

    Args:
        owner: who is built, for the message.
        **values: numbers and arrays; what is neither, and tracers, are not looked at.

    Example:
        >>> finite("LIF", resistance=float("nan"))
        Traceback (most recent call last):
        ...
        ValueError: LIF: resistance is nan, expected a finite number.
    """
    for name, value in values.items():
        if type(value) in _NO_NUMBERS:
            continue
        if found := broken(_is_finite, value):
            raise ValueError(
                f"{owner}: {name}{found[0].at} is {found[0].value}, expected a finite number."
            )


def _is_finite(value: Any) -> Any:
    return math.isfinite(value) if type(value) in _PLAIN else np.isfinite(value)


def positive(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first number that is not more than zero, or infinite.

    Args:
        owner: who is built, for the message.
        **values: numbers and arrays, of which every entry is looked at; tracers are not.

    Example:
        >>> positive("LIF", time_step_ms=0)
        Traceback (most recent call last):
        ...
        ValueError: LIF: time_step_ms is 0, expected more than 0.
        >>> positive("LIF", tau_membrane_ms=np.array([20.0, -5.0]))
        Traceback (most recent call last):
        ...
        ValueError: LIF: tau_membrane_ms[1] is -5.0, expected more than 0.
    """
    positive_or_infinite(owner, **values)
    finite(owner, **values)


def positive_or_infinite(owner: str, **values: Any) -> None:
    """As `positive`, where infinity is a number like any other: for ever, or without a bound.

    Args:
        owner: who is built, for the message.
        **values: numbers and arrays, of which every entry is looked at; tracers are not.

    Example:
        >>> positive_or_infinite("Endurance", pulses=float("inf"))
    """
    for name, value in values.items():
        if found := broken(lambda value: value > 0, value):
            raise ValueError(
                f"{owner}: {name}{found[0].at} is {found[0].value}, expected more than 0."
            )


def between(owner: str, low: float, high: float, **values: Any) -> None:
    """Raise a `ValueError` that names the first number outside of two bounds.

    Args:
        owner: who is built, for the message.
        low, high: the bounds, both allowed.
        **values: numbers and arrays, of which every entry is looked at; tracers are not.

    Example:
        >>> between("SNU", 0, 1, decay=np.array([0.5, 1.5]))
        Traceback (most recent call last):
        ...
        ValueError: SNU: decay[1] is 1.5, expected 0 to 1.
    """
    for name, value in values.items():
        if found := broken(lambda value: (low <= value) & (value <= high), value):
            raise ValueError(
                f"{owner}: {name}{found[0].at} is {found[0].value}, expected {low} to {high}."
            )


def ascending(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first number that is not below the next.

    Args:
        owner: who is built, for the message.
        **values: in the order in which they must rise; tracers are not looked at.

    Example:
        >>> ascending("QuadraticIF", reset_mV=40.0, peak_mV=30.0)
        Traceback (most recent call last):
        ...
        ValueError: QuadraticIF: reset_mV is 40.0, expected less than peak_mV = 30.0.
    """
    for (low, below), (high, above) in pairwise(values.items()):
        if found := broken(lambda below, above: below < above, below, above):
            one, two = found
            raise ValueError(
                f"{owner}: {low}{one.at} is {one.value}, expected less than {high}{two.at} = "
                f"{two.value}."
            )


def one_of(owner: str, name: str, value: Any, options: Iterable[str]) -> None:
    """Raise a `ValueError` that names the nearest option if `value` is none of them.

    Args:
        owner: who is built, for the message.
        name: of the choice.
        value: what was chosen.
        options: what can be.

    Example:
        >>> one_of("LIF", "reset", "nil", ("zero", "subtract"))
        Traceback (most recent call last):
        ...
        ValueError: LIF: reset is 'nil'. Known: subtract, zero.
    """
    if value not in options:
        raise ValueError(f"{owner}: {name} is {value!r}. {nearest(value, options)}")
