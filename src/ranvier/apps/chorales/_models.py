"""The networks of the chorale experiment: one hidden layer and a linear readout."""

import inspect
from typing import Any

import equinox as eqx
import jax

from ranvier.apps._choices import GATED
from ranvier.apps.chorales._settings import Settings
from ranvier.core import Cell
from ranvier.nets import chain, recurrent
from ranvier.neurons import Readout
from ranvier.neurons import catalogue as neurons
from ranvier.synapses import Dropout


def _unit(name: str, size: int, settings: Settings) -> Any:
    kind = neurons[name]
    taken = inspect.signature(kind).parameters
    unit = kind(size, **{s: getattr(settings, s) for s in ("decay", "threshold") if s in taken})
    return recurrent(unit) if settings.recurrent or name in GATED else unit


def _network(name: str, width: int, size: int, settings: Settings, seed: int) -> Cell:
    parts = _unit(name, size, settings), Readout(width)
    model = chain(width, *parts, key=jax.random.key(seed))
    if not settings.dropout:
        return model
    return eqx.tree_at(
        lambda m: m.layers[1].synapses["dendrite"],
        model,
        replace_fn=lambda synapse: Dropout(synapse, settings.dropout),
    )


def _count(name: str, width: int, size: int, settings: Settings) -> int:
    shapes = jax.eval_shape(lambda: _arrays(_network(name, width, size, settings, 0)))
    return sum(leaf.size for leaf in jax.tree.leaves(shapes))


def _arrays(model: Cell) -> Any:
    return eqx.filter(model, eqx.is_inexact_array)


def matched_size(name: str, width: int, settings: Settings) -> int:
    """Hidden units with which a network comes closest to the SNU's count of parameters.

    Args:
        name: the neuron.
        width: keys of the piano.
        settings: the SNU network it is measured against.

    Example:
        >>> matched_size("snu", 88, Settings()), matched_size("lstm", 88, Settings())
        (150, 43)
    """
    if name not in GATED:
        return settings.size
    target = _count("snu", width, settings.size, settings)
    low, high = 1, settings.size
    while low < high:
        middle = (low + high) // 2
        if _count(name, width, middle, settings) < target:
            low = middle + 1
        else:
            high = middle
    return min(
        (max(low - 1, 1), low), key=lambda size: abs(_count(name, width, size, settings) - target)
    )


def network(name: str, width: int, settings: Settings, seed: int) -> Cell:
    """The network of one neuron, its weights drawn from a seed.

    Args:
        name: the neuron.
        width: keys of the piano.
        settings: size, recurrence, decay and threshold.
        seed: draws the weights; the same for every rule, so that all start alike.

    Example:
        >>> from ranvier.nets import parameter_count
        >>> model = network("ssnu", 88, Settings(size=10), 0)
        >>> parameter_count(model)
        1858
    """
    return _network(name, width, matched_size(name, width, settings), settings, seed)
