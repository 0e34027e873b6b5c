"""The weights of a Keras file, layer by layer, in the spellings of all versions."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ranvier.convert.files._operations import numbers

_KERAS_1 = {"W": "kernel", "b": "bias", "running_mean": "moving_mean"}
# What Keras 1 called so was the variance all the same.
_KERAS_1 |= {"running_std": "moving_variance"}
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")


class Scope(NamedTuple):
    """A layer within the models that hold it.

    Attributes:
        names: of the models from without to within, and of the layer.
        groups: the same as a `.keras` file counts them, by class.
    """

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def within(self, name: str, group: str) -> "Scope":
        """The scope of a layer of this model."""
        return Scope((*self.names, name), (*self.groups, group))


class Weights:
    """The arrays of one layer, taken by name, or in their order where a file has numbers alone."""

    def __init__(self, found: Mapping[str, Any], *, numbered: bool = False) -> None:
        self.found, self.numbered, self.taken = found, numbered, 0

    def take(self, *names: str) -> np.ndarray:
        """The array under one of the names, or the next one."""
        if self.numbered:
            names, self.taken = (str(self.taken),), self.taken + 1
        for name in names:
            if name in self.found:
                return numbers(self.found[name], name if not self.numbered else f"array {name}")
        raise ValueError(
            f"its {names[0]!r} is missing; the file has {sorted(self.found) or 'no weights'} for "
            "it. Save the whole model again, after it was built and trained."
        )


Lookup = Callable[[Scope], Weights]


def named_weights(tree: Mapping[str, Any]) -> Lookup:
    """Weights as HDF5 files of all versions hold them: a group per layer of the model."""

    def lookup(scope: Scope) -> Weights:
        outer, *inner = scope.names
        group = tree.get(outer, {})
        leaves = [leaf for leaf in _leaves(group) if not isinstance(leaf[1], str)]
        if inner:
            # Layers of a model within share the group of that model.
            leaves = [leaf for leaf in leaves if leaf[0][-2:-1] == (inner[-1],)]
            exact = [leaf for leaf in leaves if _holds(leaf[0][:-1], inner)]
            leaves = exact or leaves
        found = {}
        for path, values in leaves:
            name = _plain(path[-1], scope.names[-1])
            if name in found:
                raise ValueError(
                    f"the file has several arrays {name!r} for layers of this name. Give the "
                    "layers names of their own and save the model again."
                )
            found[name] = values
        return Weights(found)

    return lookup


def numbered_weights(tree: Mapping[str, Any]) -> Lookup:
    """Weights as a `.keras` file holds them: groups counted by class, arrays by number."""

    def lookup(scope: Scope) -> Weights:
        group: Any = tree
        for name in scope.groups:
            held = [group[c] for c in _CONTAINERS if isinstance(group, dict) and c in group]
            group = next((h[name] for h in held if isinstance(h, dict) and name in h), {})
        found = group.get("vars", {}) if isinstance(group, dict) else {}
        return Weights(found if isinstance(found, dict) else {}, numbered=True)

    return lookup


def counted(kinds: Sequence[str]) -> list[str]:
    """How a `.keras` file calls the groups of layers of these classes."""
    seen: dict[str, int] = {}
    groups = []
    for kind in kinds:
        name = re.sub(r"\W+", "", kind)
        name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
        name = re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
        number = seen[name] = seen.get(name, -1) + 1
        groups.append(f"{name}_{number}" if number else name)
    return groups


def unjoined(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Groups within groups, where names were joined by backslashes."""
    made: dict[str, Any] = {}
    for name, value in tree.items():
        value = unjoined(value) if isinstance(value, Mapping) else value
        *outer, last = [part for part in name.split("\\") if part] or [name]
        place = made
        for part in outer:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise ValueError(f"the weights have both values and a group under {part!r}.")
        if isinstance(place.get(last), dict) and isinstance(value, dict):
            place[last].update(value)
        else:
            place[last] = value
    return made


def _leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from _leaves(value, (*path, name))
    elif path:
        yield path, tree


def _holds(path: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a path names all that are wanted, in their order."""
    rest = iter(path)
    return all(name in rest for name in wanted)


def _plain(name: str, layer: str) -> str:
    """The name of an array without its version's decorations."""
    name = name.partition(":")[0]
    for old, new in _KERAS_1.items():
        if name == f"{layer}_{old}":
            return new
    return name.removeprefix(f"{layer}_")
