"""What a file says of a layer, checked as it is taken."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ranvier.core import nearest


class Settings:
    """Names and values of a layer's description; several names may mean the same.

    Args:
        values: as they were parsed.
        what: how errors call the description.
    """

    def __init__(self, values: Any, what: str = "the description of the layer") -> None:
        if not isinstance(values, Mapping):
            raise ValueError(f"{what} is {_short(values)}, expected names with values.")
        self.values, self.what = values, what

    def get(self, *names: str, default: Any = None) -> Any:
        """The value under the first of the names that is there."""
        return next((self.values[name] for name in names if name in self.values), default)

    def list(self, *names: str) -> list[Any]:
        """Several values, none if it is not said."""
        value = self.get(*names, default=[])
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{self.what} has {names[0]} = {_short(value)}, expected a list.")
        return list(value)

    def text(self, *names: str, default: str = "") -> str:
        """A word."""
        value = self.get(*names, default=default)
        if not isinstance(value, str):
            raise ValueError(f"{self.what} has {names[0]} = {_short(value)}, expected a word.")
        return value

    def one_of(self, *names: str, options: tuple[str, ...]) -> str:
        """One of the words that are known; the first if it is not said."""
        value = self.text(*names, default=options[0])
        if value not in options:
            raise ValueError(f"{names[0]} is {value!r}. {nearest(value, options)}")
        return value

    def flag(self, *names: str, default: bool) -> bool:
        """Yes or no."""
        value = self.get(*names, default=default)
        if not isinstance(value, (bool, int)):
            raise ValueError(f"{self.what} has {names[0]} = {_short(value)}, expected yes or no.")
        return bool(value)

    def number(self, *names: str, default: float | None = None) -> float:
        """A number."""
        value = self.get(*names, default=default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{self.what} has {names[0]} = {_short(value)}, expected a number.")
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{self.what} has a {names[0]} beyond all numbers.") from None

    def numbers(self, name: str, default: float | None = None) -> np.ndarray:
        """Numbers in any shape."""
        value = self.get(name, default=default)
        try:
            return np.asarray(value, float)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"{self.what} has {name} = {_short(value)}, expected numbers."
            ) from None

    def whole(self, *names: str, axes: int, default: Any = None) -> tuple[int, ...]:
        """Whole numbers, one per axis; one number stands for all axes."""
        value = self.get(*names, default=default)
        value = default if value is None else value
        found = list(value) if isinstance(value, (list, tuple)) else [value] * axes
        if len(found) != axes or not all(is_whole(v) for v in found):
            raise ValueError(
                f"{self.what} has {names[0]} = {_short(value)}, expected a whole number for each "
                f"of {axes} axes."
            )
        return tuple(found)

    def inner(self, name: str) -> "Settings":
        """A description within."""
        return Settings(self.get(name, default={}), f"{name!r} of {self.what}")


def is_whole(value: Any) -> bool:
    """Whether it is a whole number that a size may be."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
