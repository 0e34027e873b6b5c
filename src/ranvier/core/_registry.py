"""Names for the open families (neurons, rules, experiments), as the command line knows them."""

import importlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from ranvier.core._errors import nearest


class Entry(NamedTuple):
    """Where a registered thing lives, and one line about it."""

    target: str
    summary: str


class Registry:
    """A family of named things, imported only when asked for.

    Args:
        kind: what the family is called in messages, such as `"neuron"`.
        entries: name to `(target, summary)`, the target as `"package.module:attribute"`.

    Example:
        >>> shapes = Registry("shape", {"root": ("math:sqrt", "square root")})
        >>> shapes["root"](4.0)
        2.0
        >>> shapes["rot"]
        Traceback (most recent call last):
        ...
        ValueError: no shape is called 'rot'. Did you mean 'root'? Known: root.
    """

    def __init__(self, kind: str, entries: dict[str, tuple[str, str]]) -> None:
        self.kind = kind
        self._entries = {name: Entry(*entry) for name, entry in entries.items()}

    def __getitem__(self, name: str) -> Any:
        """The thing called `name`; a `ValueError` with the nearest name where there is none."""
        self.check(name)
        module, attribute = self._entries[name].target.split(":")
        value: Any = importlib.import_module(module)
        for part in attribute.split("."):
            value = getattr(value, part)
        return value

    def check(self, name: str) -> None:
        """Raise a `ValueError` that names the nearest entry if `name` is unknown."""
        if name not in self._entries:
            raise ValueError(f"no {self.kind} is called {name!r}. {nearest(name, self._entries)}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def summary(self, name: str) -> str:
        """One line about the entry `name`."""
        return self._entries[name].summary
