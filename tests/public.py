"""What the package makes public, to hold the tables to it."""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import jax

import ranvier

# The floors and rooms in which a neuron, a synapse or a cell may live.
ROOMS = ("convert", "hardware", "learn", "nets", "neurons", "synapses")


@functools.cache
def public(base: type) -> frozenset[type]:
    """Every class of this kind that some package hands out, the kind itself included."""
    return frozenset(
        member
        for name in _packages()
        for member in vars(importlib.import_module(name)).values()
        if inspect.isclass(member) and issubclass(member, base)
    )


def _packages() -> Iterator[str]:
    yield "ranvier.core"
    for room in ROOMS:
        yield f"ranvier.{room}"
        folder = [f"{ranvier.__path__[0]}/{room}"]
        for found in pkgutil.walk_packages(folder, f"ranvier.{room}."):
            if "._" not in found.name:
                yield found.name


def kinds_in(module: Any) -> set[type]:
    """The classes of all parts of a module."""
    found: set[type] = set()
    jax.tree.leaves(module, is_leaf=lambda part: found.add(type(part)) is not None)
    return found
