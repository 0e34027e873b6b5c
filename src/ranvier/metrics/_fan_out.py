"""How many connections leave each unit: counted one by one, at edges and behind zeros too."""

from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from ranvier.core import Synapse
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
)
from ranvier.synapses._around import Around

CONNECTIONS = (Block, Convolution, Dense, Embedding, LearnedDelay, Sparse, TransposedConvolution)
"""Synapses that bring a weight per pair of units, or share one among such pairs."""

_UNIT_BY_UNIT = (Bias, Scale, LayerNormalisation, ThresholdNormalisation)


def weights_of(synapse: Synapse) -> NDArray:
    """The weights as they are kept, shared ones once.

    Args:
        synapse: one of `CONNECTIONS`.

    Example:
        >>> weights_of(Sparse([0, 1], [0, 0], in_size=2, out_size=1, weight=0.5)).tolist()
        [0.5, 0.5]
    """
    if isinstance(synapse, TransposedConvolution):
        synapse = synapse.convolution
    weight = np.asarray(synapse.weight)  # pyright: ignore[reportAttributeAccessIssue]
    return np.broadcast_to(weight, synapse.pre.shape) if isinstance(synapse, Sparse) else weight


def fan_out(synapse: Synapse, *, effective: bool) -> NDArray[np.int64]:
    """Connections that leave each presynaptic unit, all of them or those with a weight but zero.

    Strides, padding, dilation and groups count: a unit at the edge of an image reaches fewer
    others than one in the middle, and one between strides may reach none. Of an `Embedding`, a
    unit is a word.

    Args:
        synapse: one of `CONNECTIONS`.
        effective: leave out weights of zero.

    Returns:
        `[in_size]`, in the order of the units, the last axis fastest.

    Example:
        >>> import jax.numpy as jnp
        >>> edges = Convolution(jnp.ones((3, 1, 2)), (5,), stride=2, padding=1)
        >>> fan_out(edges, effective=False).tolist()
        [2, 4, 2, 4, 2]
    """
    there = weights_of(synapse) != 0
    if not effective:
        there = np.ones_like(there)
    if isinstance(synapse, Block):
        return there.sum(axis=1).ravel()
    if isinstance(synapse, Sparse):
        return np.bincount(np.asarray(synapse.pre)[there], minlength=synapse.in_size)
    if isinstance(synapse, Convolution):
        return _reached(synapse, there, back=True)
    if isinstance(synapse, TransposedConvolution):
        return _reached(synapse.convolution, there, back=False)
    return there.sum(axis=0)


def _reached(convolution: Convolution, there: NDArray, *, back: bool) -> NDArray[np.int64]:
    """A convolution of ones, or its transpose; whole numbers are exact in float32 up to 2^24."""
    ones = eqx.tree_at(lambda c: c.weight, convolution, jnp.asarray(there, jnp.float32))
    if back:
        like = jax.ShapeDtypeStruct(ones.in_shape, jnp.float32)
        (found,) = jax.linear_transpose(ones, like)(jnp.ones(ones.shape, jnp.float32))
    else:
        found = ones(jnp.ones(ones.in_shape, jnp.float32))
    return np.rint(np.ravel(found)).astype(np.int64)


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
    """
    if isinstance(synapse, CONNECTIONS):
        yield name, synapse, activity
    elif isinstance(synapse, Delayed):
        # What arrives, not what is sent: what is still on its way at the end has cost nothing.
        waiting = Delayed(
            OneToOne(synapse.in_shape), np.asarray(synapse.steps).reshape(synapse.in_shape)
        )
        yield from connections(synapse.synapse, _given(waiting, activity), name)
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
