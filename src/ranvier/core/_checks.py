"""What constructors check at the border, in the same words everywhere."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from ranvier.core._errors import nearest


def known(*values: Any) -> bool:
    """Whether all are numbers; arrays learn, so nothing is known of them.

    Args:
        *values: parameters.

    Example:
        >>> import jax.numpy as jnp
        >>> known(1.0, 2), known(1.0, jnp.ones(2))
        (True, False)
    """
    return all(isinstance(value, (int, float)) for value in values)


def positive(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first number that is not more than zero.

    Args:
        owner: who is built, for the message.
        **values: what is checked; an array, which learns, is not looked at.

    Example:
        >>> positive("LIF", time_step_ms=0)
        Traceback (most recent call last):
        ...
        ValueError: LIF: time_step_ms is 0, expected more than 0.
    """
    for name, value in values.items():
        if known(value) and not value > 0:
            raise ValueError(f"{owner}: {name} is {value}, expected more than 0.")


def ascending(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first number that is not below the next.

    Args:
        owner: who is built, for the message.
        **values: in the order in which they must rise; arrays are not looked at.

    Example:
        >>> ascending("QuadraticIF", reset_mV=40.0, peak_mV=30.0)
        Traceback (most recent call last):
        ...
        ValueError: QuadraticIF: reset_mV is 40.0, expected less than peak_mV = 30.0.
    """
    for (low, below), (high, above) in pairwise(values.items()):
        if known(below, above) and not below < above:
            raise ValueError(f"{owner}: {low} is {below}, expected less than {high} = {above}.")


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
