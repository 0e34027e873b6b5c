"""The chip's inner steps number by number, as Numba compiles them; the bits of `_arrays`."""

import numpy as np

from ranvier.hardware.chips._jit import jit


@jit
def add_events(events, window, turned, sums, seen, kept):
    """As `_arrays.add_events`."""
    size, channels = turned.shape[0], turned.shape[2]
    dropped = taken = 0
    for e in range(events.shape[0]):
        row, column = int(events[e, 0]), int(events[e, 1])
        if seen[row, column]:
            dropped += 1
        else:
            seen[row, column] = True
            value = np.int32(window - int(events[e, 2]))
            top, left = row - size + 1, column - size + 1
            for r in range(max(top, 0), min(row + 1, sums.shape[0])):
                for c in range(max(left, 0), min(column + 1, sums.shape[1])):
                    for k in range(channels):
                        sums[r, c, k] += value * turned[r - top, c - left, k]
                    taken += channels
        if kept.shape[0]:
            for r in range(sums.shape[0]):
                for c in range(sums.shape[1]):
                    for k in range(channels):
                        kept[e, r, c, k] = sums[r, c, k]
    return dropped, taken


@jit
def pooled(sums, bias, pool, shift, top):
    """As `_arrays.pooled`."""
    rows, columns, channels = sums.shape[0] // pool, sums.shape[1] // pool, sums.shape[2]
    out = np.zeros(rows * columns * channels, np.int32)
    for r in range(rows):
        for c in range(columns):
            for k in range(channels):
                largest = sums[r * pool, c * pool, k]
                for i in range(pool):
                    for j in range(pool):
                        largest = max(largest, sums[r * pool + i, c * pool + j, k])
                shifted = (largest + bias[k]) >> shift
                out[(r * columns + c) * channels + k] = min(max(shifted, 0), top)
    return out


@jit
def weighted(x, one, weights):
    """As `_arrays.weighted`."""
    inputs, width = weights.shape[0] - 1, weights.shape[1]
    total = np.zeros(width, np.int32)
    for n in range(width):
        total[n] = one * weights[inputs, n]
    for i in range(inputs):
        value = x[i]
        if value != 0:
            for n in range(width):
                total[n] += value * weights[i, n]
    return total


@jit
def learn(x, one, signal, shift, limit, weights, generator, table):
    """As `_arrays.learn`."""
    inputs, width, words = weights.shape[0] - 1, weights.shape[1], table.shape[2] - 1
    mask, most, down = np.int32((1 << shift) - 1), np.int32(limit), np.int32(shift)
    register, changed = int(generator[0]), 0
    for i in range(inputs + 1):
        value = np.int32(one) if i == inputs else x[i]
        if value == 0:
            continue
        for begin in range(0, width, words):
            first, second = table[0, register & 255], table[1, register >> 8 & 255]
            third, last = table[2, register >> 16 & 255], table[3, register >> 24]
            for n in range(min(words, width - begin)):
                word = first[n] ^ second[n] ^ third[n] ^ last[n]
                step = (signal[begin + n] * value + (word & mask)) >> down
                before = weights[i, begin + n]
                after = min(max(before + step, -most), most)
                changed += after != before
                weights[i, begin + n] = after
            register = int(first[words] ^ second[words] ^ third[words] ^ last[words])
    generator[0] = register
    return changed
