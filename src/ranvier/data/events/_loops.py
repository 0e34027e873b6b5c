"""Decoders as Numba compiles them; the same numbers as NumPy's, word by word."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from ranvier.data.events import _evt2, _evt3
from ranvier.data.events._source import Columns, Source

# State between blocks: upper time, lower time, offset of wraps, row, base, polarity of the base,
# events that came too early, the farthest column.
HIGH, LOW, OFFSET, ROW, BASE, BASE_P, EARLY, FARTHEST = range(8)


def _fresh() -> np.ndarray:
    return np.array([-1, 0, 0, -1, -1, 0, 0, 0])


@numba.njit(cache=True)
def _evt2_words(words: Any, state: Any, counts: Any, t: Any, x: Any, y: Any, p: Any) -> int:
    high, offset, n = state[0], state[2], 0
    now = (high + offset) << 6
    for word in words:
        kind = word >> 28
        if kind <= 1:
            if high < 0:
                state[6] += 1
                continue
            t[n] = now + (word >> 22 & 63)
            x[n] = word >> 11 & 2047
            y[n] = word & 2047
            p[n] = kind
            n += 1
        elif kind == 8:
            upper = np.int64(word & 0xFFFFFFF)
            if upper < high - (1 << 27):
                offset += 1 << 28
            high = upper
            now = (high + offset) << 6
        else:
            counts[kind] += 1
    state[0], state[2] = high, offset
    return n


@numba.njit(cache=True)
def _evt21_words(
    words: Any, bits: Any, state: Any, counts: Any, t: Any, x: Any, y: Any, p: Any
) -> int:
    high, offset, n = state[0], state[2], 0
    now = (high + offset) << 6
    for k in range(len(words)):
        word, left = words[k], bits[k]
        kind = word >> 28
        if kind <= 1:
            when, row, column = now + (word >> 22 & 63), word & 2047, word >> 11 & 2047
            while left:
                if left & 1:
                    if high < 0:
                        state[6] += 1
                    else:
                        t[n], x[n], y[n], p[n] = when, column, row, kind
                        n += 1
                left >>= 1
                column += 1
        elif kind == 8:
            upper = np.int64(word & 0xFFFFFFF)
            if upper < high - (1 << 27):
                offset += 1 << 28
            high = upper
            now = (high + offset) << 6
        else:
            counts[kind] += 1
    state[0], state[2] = high, offset
    return n


@numba.njit(cache=True)
def _evt3_words(words: Any, state: Any, counts: Any, t: Any, x: Any, y: Any, p: Any) -> int:
    high, low, offset, row, base, base_p = (
        state[0],
        state[1],
        state[2],
        state[3],
        state[4],
        state[5],
    )
    early, farthest, n = state[6], state[7], 0
    now = ((high + offset) << 12) + low
    for word in words:
        kind, value = word >> 12, np.int64(word & 4095)
        if kind == 2:
            if high < 0 or row < 0:
                early += 1
                continue
            t[n], x[n], y[n], p[n] = now, value & 2047, row, value >> 11
            n += 1
        elif kind == 0:
            row = value & 2047
        elif kind == 3:
            base, base_p = value & 2047, value >> 11
        elif kind == 4 or kind == 5:
            left = value if kind == 4 else value & 255
            known = high >= 0 and row >= 0 and base >= 0
            column = base
            while left:
                if left & 1:
                    if known:
                        t[n], x[n], y[n], p[n] = now, column & 32767, row, base_p
                        farthest = max(farthest, column)
                        n += 1
                    else:
                        early += 1
                left >>= 1
                column += 1
            if base >= 0:
                base += 12 if kind == 4 else 8
        elif kind == 6:
            low = value
            now = ((high + offset) << 12) + low
        elif kind == 8:
            if value < high - 2048:
                offset += 4096
            if value != high:
                low = 0
            high = value
            now = ((high + offset) << 12) + low
        else:
            counts[kind] += 1
    state[0], state[1], state[2], state[3], state[4], state[5] = (
        high,
        low,
        offset,
        row,
        base,
        base_p,
    )
    state[6], state[7] = early, farthest
    return n


class _Evt2:
    def __init__(self, source: Source) -> None:
        self.source, self.state = source, _fresh()

    def __call__(self, words: np.ndarray) -> Columns:
        columns, counts = self.source.room(len(words)), np.zeros(16, np.int64)
        count = _evt2_words(words, self.state, counts, *columns)
        _evt2.count_kinds(self.source, counts)
        _early(self.source, self.state, "events before the first time")
        return columns.part(0, count)


class _Evt21:
    def __init__(self, source: Source) -> None:
        self.source, self.state = source, _fresh()

    def __call__(self, high: np.ndarray, low: np.ndarray) -> Columns:
        columns = self.source.room(int(np.bitwise_count(low).sum()))
        counts = np.zeros(16, np.int64)
        count = _evt21_words(high, low, self.state, counts, *columns)
        _evt2.count_kinds(self.source, counts)
        _early(self.source, self.state, "events before the first time")
        return columns.part(0, count)


class _Evt3:
    def __init__(self, source: Source) -> None:
        self.source, self.state = source, _fresh()

    def __call__(self, words: np.ndarray) -> Columns:
        columns, counts = (
            self.source.room(12 * len(words), likely=len(words)),
            np.zeros(16, np.int64),
        )
        count = _evt3_words(words, self.state, counts, *columns)
        _evt3.count_others(self.source, counts)
        _early(self.source, self.state, "events before the first time, row or base")
        _evt3.refuse_column(int(self.state[FARTHEST]))
        return columns.part(0, count)


def _early(source: Source, state: np.ndarray, what: str) -> None:
    source.skip(what, int(state[EARLY]))
    state[EARLY] = 0


DECODERS: dict[str, Any] = {"evt2": _Evt2, "evt21": _Evt21, "evt3": _Evt3}
