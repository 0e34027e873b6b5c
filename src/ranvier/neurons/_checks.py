"""What constructors of neurons check at the border, in the same words."""

from collections.abc import Iterable
from typing import Any

from ranvier.core import nearest


def positive(owner: str, **values: Any) -> None:
    """Raise a `ValueError` that names the first number that is not more than zero.

    Arrays learn and are not looked at.

    Example:
        >>> positive("LIF", time_step_ms=0)
        Traceback (most recent call last):
        ...
        ValueError: LIF: time_step_ms is 0, expected more than 0.
    """
    for name, value in values.items():
        if isinstance(value, (int, float)) and not value > 0:
            raise ValueError(f"{owner}: {name} is {value}, expected more than 0.")


def one_of(owner: str, name: str, value: Any, options: Iterable[str]) -> None:
    """Raise a `ValueError` that names the nearest option if `value` is none of them.

    Example:
        >>> one_of("LIF", "reset", "nil", ("zero", "subtract"))
        Traceback (most recent call last):
        ...
        ValueError: LIF: reset is 'nil'. Known: subtract, zero.
    """
    if value not in options:
        raise ValueError(f"{owner}: {name} is {value!r}. {nearest(value, options)}")


def euler_step(owner: str, time_step_ms: float, remedy: str, **time_constants_ms: Any) -> None:
    """Raise a `ValueError` if an Euler step is longer than a time constant that is a number.

    Example:
        >>> euler_step("LIF", 3.0, "discretisation='exact'", tau_membrane_ms=2.0)
        Traceback (most recent call last):
        ...
        ValueError: LIF: an Euler step of 3.0 ms is longer than tau_membrane_ms = 2.0 ms, so it
        would overshoot. Take a shorter step or discretisation='exact'.
    """
    for name, value in time_constants_ms.items():
        if isinstance(value, (int, float)) and time_step_ms > value:
            raise ValueError(
                f"{owner}: an Euler step of {time_step_ms} ms is longer than {name} = {value} ms, "
                f"so it would overshoot. Take a shorter step or {remedy}."
            )


def below(owner: str, **values: Any) -> None:
    """Raise a `ValueError` unless the first of two numbers is below the second.

    Example:
        >>> below("LIF", reset_potential=1.0, threshold=1.0)
        Traceback (most recent call last):
        ...
        ValueError: LIF: reset_potential is 1.0, expected less than threshold = 1.0, or the
        neuron would fire at every step.
    """
    (lower, low), (upper, high) = values.items()
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and not low < high:
        raise ValueError(
            f"{owner}: {lower} is {low}, expected less than {upper} = {high}, or the neuron would "
            "fire at every step."
        )
