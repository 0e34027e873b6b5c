"""The neurons and synapses that an event reaches, one by one or together: the same bits."""

from typing import Any

import numpy as np

from ranvier.hardware.chips._generators import Generator
from ranvier.hardware.chips.morphic._state import CHANGES, DRAWS
from ranvier.hardware.chips.odin._lif import lif_update

# x^25 + x^3 + 1 as in ReckOn, unfolded to 16 bits for each of 32 synapses.
GENERATOR = Generator(25, 3, 512, (0, 1, 2, *range(-22, 0)), 16)
AT_ONCE = GENERATOR.words


def update_one_by_one(
    chip: Any,
    state: Any,
    core: int,
    first: int,
    last: int,
    weights: Any,
    inhibitory: int,
    reference: int,
    words: Any,
) -> None:
    """Update neurons `first` to `last` of a core; event words come to `words`. For Numba."""
    for i in range(first, last):
        p, s = chip.parameters[core, i], state.neurons[core, i]
        word, flags = lif_update(p, s, weights[i], inhibitory, reference)
        words[i] = word
        state.flags[core, i] = flags


def update_together(
    chip: Any,
    state: Any,
    core: int,
    first: int,
    last: int,
    weights: Any,
    inhibitory: int,
    reference: int,
    words: Any,
) -> None:
    """The same, for NumPy."""
    p, s = chip.parameters[core, first:last].T, state.neurons[core, first:last].T
    word, flags = lif_update(p, s, weights[first:last], inhibitory, reference)
    words[first:last] = word
    state.flags[core, first:last] = flags


def learn_one_by_one(chip: Any, state: Any, core: int, line: int, last: int) -> None:
    """Synapses of a line move at random where flags let them. For Numba."""
    row, flags, tables = state.synapses[core, line], state.flags[core], chip.tables
    drawn = np.zeros(AT_ONCE + 1, np.int64)
    up, down, bits = chip.learning[core, 0], chip.learning[core, 1], chip.learning[core, 2]
    for first in range(0, last, AT_ONCE):
        if not flags[first : first + AT_ONCE].any():
            continue
        register = state.random[core]
        drawn[:] = 0
        for place in range(len(tables)):
            drawn ^= tables[place, register >> 8 * place & 255]
        state.random[core] = drawn[AT_ONCE]
        state.counts[DRAWS] += 1
        for j in range(AT_ONCE):
            i = first + j
            r = drawn[j] & bits
            if flags[i] & 1 and row[i] == 0 and r < up:
                row[i] = 1
                state.counts[CHANGES] += 1
            elif flags[i] & 2 and row[i] == 1 and r < down:
                row[i] = 0
                state.counts[CHANGES] += 1


def learn_together(chip: Any, state: Any, core: int, line: int, last: int) -> None:
    """The same, for NumPy."""
    up, down, bits = chip.learning[core]
    for first in range(0, last, AT_ONCE):
        block = slice(first, first + AT_ONCE)
        flags, row = state.flags[core, block], state.synapses[core, line, block]
        if not flags.any():
            continue
        numbers, state.random[core] = GENERATOR.draw(int(state.random[core]))
        r = np.array(numbers) & bits
        rises = (flags & 1 == 1) & (row == 0) & (r < up)
        falls = (flags & 2 == 2) & (row == 1) & (r < down)
        state.counts[DRAWS] += 1
        state.counts[CHANGES] += rises.sum() + falls.sum()
        row += rises
        row -= falls
