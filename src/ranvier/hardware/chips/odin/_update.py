"""Neurons in a row of the array, updated one after the other or all at once: the same bits."""

from typing import Any

import numpy as np

from ranvier.hardware.chips.odin._izhikevich import izhikevich_update
from ranvier.hardware.chips.odin._lif import lif_update


def update_one_by_one(
    chip: Any,
    state: Any,
    first: int,
    last: int,
    weights: Any,
    inhibitory: int,
    reference: int,
    burst_ends_at: int,
    words: Any,
) -> None:
    """Update neurons `first` to `last`; event words come to `words`. For Numba."""
    for i in range(first, last):
        p, s = chip.parameters[i], state.neurons[i]
        if chip.is_lif[i]:
            word, flags = lif_update(p, s, weights[i], inhibitory, reference)
        else:
            ends = np.int64(i == burst_ends_at)
            word, flags = izhikevich_update(p, s, weights[i], inhibitory, reference, ends)
        words[i] = word
        state.flags[i] = flags


def update_together(
    chip: Any,
    state: Any,
    first: int,
    last: int,
    weights: Any,
    inhibitory: int,
    reference: int,
    burst_ends_at: int,
    words: Any,
) -> None:
    """The same, for NumPy: all neurons of a model at once, one neuron in Python's own numbers."""
    if last - first == 1:
        p, s = chip.parameters[first].tolist(), state.neurons[first].tolist()
        weight, ends = int(weights[first]), int(first == burst_ends_at)
        if chip.is_lif[first]:
            word, flags = lif_update(p, s, weight, int(inhibitory), int(reference))
        else:
            word, flags = izhikevich_update(p, s, weight, int(inhibitory), int(reference), ends)
        state.neurons[first], words[first], state.flags[first] = s, word, flags
        return
    models = chip.is_lif[first:last]
    for model in (0, 1):
        rows = first + np.flatnonzero(models == model)
        if not len(rows):
            continue
        p, s = chip.parameters[rows].T, state.neurons[rows].T
        if model:
            word, flags = lif_update(p, s, weights[rows], inhibitory, reference)
        else:
            ends = (rows == burst_ends_at).astype(np.int64)
            word, flags = izhikevich_update(p, s, weights[rows], inhibitory, reference, ends)
        state.neurons[rows] = s.T
        words[rows] = word
        state.flags[rows] = flags
