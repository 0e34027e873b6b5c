"""How many connections leave each unit: counted one by one, at edges and behind zeros too."""

import numpy as np
from numpy.typing import NDArray

from ranvier.core import Synapse
from ranvier.synapses import Block, Convolution, Sparse, TransposedConvolution


def weights_of(synapse: Synapse) -> NDArray:
    """The weights as they are kept, shared ones once.

    Args:
        synapse: one that `ranvier.nets.CONNECTIONS` lists.

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
        synapse: one that `ranvier.nets.CONNECTIONS` lists.
        effective: leave out weights of zero.

    Returns:
        `[in_size]`, in the order of the units, the last axis fastest.

    Example:
        >>> edges = Convolution(np.ones((3, 1, 2)), (5,), stride=2, padding=1)
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
        # Channels of the input, each of which reaches the channels of its own group.
        parts = np.split(there, synapse.groups, axis=-1)
        per_entry = np.concatenate([part.sum(-1) for part in parts], axis=-1)
        return _over_places(per_entry, synapse, forth=True)
    if isinstance(synapse, TransposedConvolution):
        return _over_places(there.sum(-2), synapse.convolution, forth=False)
    return there.sum(axis=0)


def _over_places(per_entry: NDArray, convolution: Convolution, *, forth: bool) -> NDArray[np.int64]:
    """Sum `[*kernel, channels]` over the entries that meet a unit at each place."""
    laid = convolution.windows
    for axis, entries in enumerate(laid.size):
        window = np.arange(laid.out_space[axis])[:, None]
        seen = window * laid.stride[axis] + np.arange(entries) * laid.dilation[axis]
        seen -= laid.padding[axis][0]
        # [places, entries]: how many windows see a place, or whether a window sees any.
        if forth:
            met = (seen == np.arange(laid.space[axis])[:, None, None]).sum(1)
        else:
            met = ((seen >= 0) & (seen < laid.space[axis])).astype(np.int64)
        per_entry = np.tensordot(per_entry, met, axes=(0, 1))
    return np.moveaxis(per_entry, 0, -1).ravel()
