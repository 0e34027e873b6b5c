"""Rows and columns of a crossbar for inputs and units."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Placement(NamedTuple):
    """Where inputs and units lie.

    Attributes:
        excites, inhibits: rows of the inputs, -1 for none, `[n_in]`.
        units: per layer, neurons that are copies of each other, `[copies, n]`; -1 for no copy.
        used: slots.
    """

    excites: NDArray[np.int64]
    inhibits: NDArray[np.int64]
    units: tuple[NDArray[np.int64], ...]
    used: int


def placed(weights: Sequence[NDArray[np.int64]], signed: bool) -> Placement:
    """Slots for inputs and units.

    A row carries one sign where synapses have none: an input with both gets two rows, and a unit
    that has both behind it is there twice. A single layer without a loop leaves its columns to
    the inputs' rows.

    Args:
        weights: of the layers, `[n_in, n]`.
        signed: whether synapses have a sign.
    """
    free = 0

    def rows(weight: NDArray) -> NDArray[np.int64]:
        nonlocal free
        wanted = np.stack([(weight > 0).any(1), (weight < 0).any(1)])
        if signed:
            wanted = wanted.any(0, keepdims=True)
        taken = np.full(wanted.shape, -1)
        for kind, unit in zip(*np.nonzero(wanted), strict=True):
            taken[kind, unit] = free
            free += 1
        return taken

    inputs = rows(weights[0])
    if signed:
        inputs = np.concatenate([inputs, np.full_like(inputs, -1)])
    units = []
    for behind in weights[1:]:
        own = rows(behind)
        alone = (own < 0).all(0)
        own[0, alone] = np.arange(free, free + alone.sum())
        free += int(alone.sum())
        units.append(own)
    outputs = weights[-1].shape[1]
    if len(weights) == 1:
        units.append(np.arange(outputs)[None])
        free = max(free, outputs)
    else:
        units.append(np.arange(free, free + outputs)[None])
        free += outputs
    return Placement(inputs[0], inputs[1], tuple(units), free)
