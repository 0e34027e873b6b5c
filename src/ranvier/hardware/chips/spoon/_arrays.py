"""The chip's inner steps over whole arrays, for where Numba is not installed."""

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips.spoon._registers import GENERATOR

Array = NDArray[np.int32]


def add_events(
    events: NDArray[np.uint8], window: int, turned: Array, sums: Array, seen: NDArray, kept: Array
) -> tuple[int, int]:
    """Add every first event of a pixel, with its value, times the kernels to what they reach.

    Args:
        events: row, column and time, `[events, 3]`.
        window: from which times are taken.
        turned: kernels, turned around along rows and columns, `[size, size, channels]`.
        sums: accumulators, `[rows, columns, channels]`, changed.
        seen: whether a pixel had its event, `[rows, columns]`, changed.
        kept: accumulators after every event, or no rows.

    Returns:
        How many events were dropped, and how many additions the others took.
    """
    size = turned.shape[0]
    dropped = taken = 0
    for number, (row, column, time) in enumerate(events.tolist()):
        if seen[row, column]:
            dropped += 1
        else:
            seen[row, column] = True
            top, left = row - size + 1, column - size + 1
            rows = slice(max(top, 0), min(row + 1, sums.shape[0]))
            columns = slice(max(left, 0), min(column + 1, sums.shape[1]))
            reached = sums[rows, columns]
            reached += (window - time) * turned[
                rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
            ]
            taken += reached.size
        if len(kept):
            kept[number] = sums
    return dropped, taken


def pooled(sums: Array, bias: Array, pool: int, shift: int, top: int) -> Array:
    """The largest of every patch, with bias, shifted and cut to 0 and `top`, in one row."""
    rows, columns = (n // pool * pool for n in sums.shape[:2])
    patches = sums[:rows, :columns].reshape(rows // pool, pool, columns // pool, pool, -1)
    return np.clip((patches.max((1, 3)) + bias) >> shift, 0, top).ravel()


def weighted(x: Array, one: int, weights: Array) -> Array:
    """Weighted sums; the last weights are those of an input that is always `one`."""
    return one * weights[-1] + x @ weights[:-1]


def learn(
    x: Array,
    one: int,
    signal: Array,
    shift: int,
    limit: int,
    weights: Array,
    generator: Array,
    table: Array,
) -> int:
    """Move weights by signal times activity, rounded at random; how many became others.

    The generator is clocked for every sixteen weights whose input is not zero.
    """
    width, words = weights.shape[1], GENERATOR.words
    clocks = -(-width // words)
    active = np.flatnonzero(np.append(x, one))
    drawn = np.zeros((len(active) * clocks, words), np.int32)
    register = int(generator[0])
    for clock in drawn:
        row = table[0, register & 255] ^ table[1, register >> 8 & 255]
        row = row ^ table[2, register >> 16 & 255] ^ table[3, register >> 24]
        clock[:], register = row[:-1], int(row[-1])
    generator[0] = register
    chance = drawn.reshape(len(active), -1)[:, :width] & ((1 << shift) - 1)
    before = weights[active]
    steps = (np.append(x, np.int32(one))[active, None] * signal + chance) >> shift
    after = np.clip(before + steps, -limit, limit)
    weights[active] = after
    return int(np.count_nonzero(after != before))
