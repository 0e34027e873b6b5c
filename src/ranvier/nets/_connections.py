"""The connections that activity passes through: taken out of what surrounds them."""

from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ranvier.core import Synapse, mapped
from ranvier.synapses import (
    Bias,
    Block,
    Convolution,
    Delayed,
    Dense,
    Embedding,
    LayerNormalisation,
    LearnedDelay,
    OneToOne,
    Scale,
    Series,
    Sparse,
    ThresholdNormalisation,
    TransposedConvolution,
    Trinary,
)
from ranvier.synapses._around import Around

CONNECTIONS = (Block, Convolution, Dense, Embedding, LearnedDelay, Sparse, TransposedConvolution)
"""Synapses that bring a weight per pair of units, or share one among such pairs."""

_UNIT_BY_UNIT = (Bias, Scale, LayerNormalisation, ThresholdNormalisation)


def connections(synapse: Synapse, activity: Any, name: str) -> Iterator[tuple[str, Synapse, Any]]:
    """The connections that activity passes through, by name, and what enters each.

    Args:
        synapse: any synapse.
        activity: what enters it, `[T, ..., *in_shape]`.
        name: how the synapse is called.

    Yields:
        Name, synapse and what enters it. What has no weights of its own between pairs of units
        (pooling, bias, scale, normalisation, lateral inhibition) is passed through.

    Raises:
        TypeError: a synapse that learns and whose connections are not known here.

    Example:
        >>> from ranvier.synapses import SumPooling
        >>> pooling = SumPooling((4, 1), 2)
        >>> row = Series(pooling, Convolution(jnp.ones((2, 1, 3)), (2,)))
        >>> [(name, x.shape) for name, _, x in connections(row, jnp.ones((5, 4, 1)), "here")]
        [('here[1]', (5, 2, 1))]
    """
    if isinstance(synapse, CONNECTIONS):
        yield name, synapse, activity
    elif isinstance(synapse, Delayed):
        # What arrives, not what is sent: what is still on its way at the end has cost nothing.
        waiting = Delayed(
            OneToOne(synapse.in_shape), np.asarray(synapse.steps).reshape(synapse.in_shape)
        )
        yield from connections(synapse.synapse, _given(waiting, activity), name)
    elif isinstance(synapse, Trinary):
        yield name, synapse.plain, activity
    elif isinstance(synapse, Around):
        yield from connections(synapse.synapse, activity, name)
    elif isinstance(synapse, Series):
        last = max((n for n, part in enumerate(synapse.synapses) if _connects(part)), default=-1)
        for number, part in enumerate(synapse.synapses[: last + 1]):
            yield from connections(part, activity, f"{name}[{number}]")
            if number < last:
                activity = _given(part, activity)
    elif _connects(synapse):
        raise TypeError(
            f"{name}: how many connections a {type(synapse).__name__} has is not known; expected "
            f"{', '.join(kind.__name__ for kind in CONNECTIONS)}, alone, in a Series or within "
            "another synapse."
        )


def all_connections(cell: Any) -> list[tuple[str, Synapse]]:
    """The connections of a network, by name; those that carry errors back are not among them.

    Args:
        cell: a network, a layer or a synapse.

    Example:
        >>> import ranvier as rv
        >>> net = rv.chain(4, rv.recurrent(rv.SNU(3)), rv.Readout(2), key=jax.random.key(0))
        >>> for name, synapse in all_connections(net):
        ...     print(name, synapse.weight.shape)
        layers[0].synapses["dendrite"] (3, 4)
        layers[0].recurrent["dendrite"] (3, 3)
        layers[1].synapses["dendrite"] (2, 3)
    """
    found: list[tuple[str, Synapse]] = []

    def met(part: Synapse, name: str) -> Synapse:
        if isinstance(part, Around):
            found.extend((name, inner) for _, inner in all_connections(part.synapse))
        else:
            found.append((name, part))
        return part

    mapped(cell, (Around, *CONNECTIONS), met)
    return found


def _connects(synapse: Synapse) -> bool:
    """Whether there are connections within, of a kind that is known or not."""
    if isinstance(synapse, Around):
        return _connects(synapse.synapse)
    if isinstance(synapse, Series):
        return any(_connects(part) for part in synapse.synapses)
    learns = any(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(synapse))
    return isinstance(synapse, CONNECTIONS) or (learns and not isinstance(synapse, _UNIT_BY_UNIT))


def _given(synapse: Synapse, activity: Any) -> Any:
    """What a synapse gives over all of time, noiseless."""
    activity = jnp.asarray(activity)
    leading = activity.shape[1 : activity.ndim - len(synapse.in_shape)]
    return synapse.over_time(synapse.init(leading), activity)[1]
