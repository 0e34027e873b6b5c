"""Products that skip zeros, as Numba compiles them."""

from typing import Any

import numba
import numpy as np

# Rows whose events are put in order of columns at once: they and their gradients stay in cache.
_BLOCK = 512


@numba.njit(fastmath={"contract"}, inline="always")
def _add_rows(total: Any, rows: Any, which: Any, factor: Any, begin: int, end: int) -> None:
    """`total += factor[k] * rows[which[k]]` for k from begin to end, eight rows at a time."""
    k = begin
    while k + 8 <= end:
        a, b, c, d = rows[which[k]], rows[which[k + 1]], rows[which[k + 2]], rows[which[k + 3]]
        e, f, g, h = rows[which[k + 4]], rows[which[k + 5]], rows[which[k + 6]], rows[which[k + 7]]
        p, q, r, s = factor[k], factor[k + 1], factor[k + 2], factor[k + 3]
        t, u, v, w = factor[k + 4], factor[k + 5], factor[k + 6], factor[k + 7]
        for o in range(total.shape[0]):
            total[o] += ((p * a[o] + q * b[o]) + (r * c[o] + s * d[o])) + (
                (t * e[o] + u * f[o]) + (v * g[o] + w * h[o])
            )
        k += 8
    while k < end:
        row, p = rows[which[k]], factor[k]
        for o in range(total.shape[0]):
            total[o] += p * row[o]
        k += 1


@numba.njit(fastmath={"contract"})
def forward(x: Any, weight: Any, plan: Any, current: Any, begin: int, end: int) -> None:
    """Rows of `current = x @ weight`, `[R, I]` by `[I, O]`."""
    which, factor = np.empty(x.shape[1] + 1, np.int64), np.empty(x.shape[1] + 1, x.dtype)
    for r in range(begin, end):
        events = 0
        for i in range(x.shape[1]):
            # Without a branch: what is zero is written over by the next.
            which[events] = i
            factor[events] = x[r, i]
            events += x[r, i] != 0
        current[r, :] = 0
        _add_rows(current[r], weight, which, factor, 0, events)


@numba.njit(fastmath={"contract"})
def outer(x: Any, g: Any, plan: Any, product: Any, begin: int, end: int) -> None:
    """Rows of `product = x.T @ g`, `[R, I]` and `[R, O]` to `[I, O]`."""
    rows, columns = x.shape[0], end - begin
    which, factor = np.empty(_BLOCK * columns, np.int64), np.empty(_BLOCK * columns, x.dtype)
    start, place = np.empty(columns + 1, np.int64), np.empty(columns, np.int64)
    product[begin:end] = 0
    for first in range(0, rows, _BLOCK):
        last = min(first + _BLOCK, rows)
        start[:] = 0
        for r in range(first, last):
            row = x[r, begin:end]
            for i in range(columns):
                start[i + 1] += row[i] != 0
        for i in range(columns):
            start[i + 1] += start[i]
            place[i] = start[i]
        for r in range(first, last):
            row = x[r, begin:end]
            for i in range(columns):
                if row[i] != 0:
                    which[place[i]] = r
                    factor[place[i]] = row[i]
                    place[i] += 1
        for i in range(columns):
            _add_rows(product[begin + i], g, which, factor, start[i], start[i + 1])


@numba.njit(fastmath={"contract"}, inline="always")
def _events(row: Any, which: Any, factor: Any, before: Any) -> None:
    """The events of a row, and how many there are before each unit."""
    events = 0
    for i in range(row.shape[0]):
        before[i], which[events], factor[events] = events, i, row[i]
        events += row[i] != 0
    before[row.shape[0]] = events


@numba.njit(fastmath={"contract"})
def windows_forward(x: Any, weight: Any, plan: Any, current: Any, begin: int, end: int) -> None:
    """Rows of a convolution, `[N, I]` by `[K, C]` to `[N, windows C]`, `plan` as of `runs`."""
    units, (entries, channels) = x.shape[1], weight.shape
    which, factor = np.empty(units + 1, np.int64), np.empty(units + 1, x.dtype)
    seen, value = np.empty(entries, np.int64), np.empty(entries, x.dtype)
    before = np.empty(units + 1, np.int64)
    for r in range(begin, end):
        _events(x[r], which, factor, before)
        for q in range(plan.shape[0]):
            events = 0
            for j in range(0, plan.shape[1], 3):
                first, length = plan[q, j], plan[q, j + 1]
                entry = plan[q, j + 2] - first
                for e in range(before[first], before[first + length]):
                    seen[events], value[events] = which[e] + entry, factor[e]
                    events += 1
            total = current[r, q * channels : (q + 1) * channels]
            total[:] = 0
            _add_rows(total, weight, seen, value, 0, events)


@numba.njit(fastmath={"contract"})
def windows_outer(x: Any, g: Any, plan: Any, product: Any, begin: int, end: int) -> None:
    """Rows of a convolution's weight gradient, `[N, I]` and `[N, windows C]` to `[K, C]`."""
    units, channels = x.shape[1], product.shape[1]
    which, factor = np.empty(units + 1, np.int64), np.empty(units + 1, x.dtype)
    before = np.empty(units + 1, np.int64)
    product[begin:end] = 0
    for r in range(x.shape[0]):
        _events(x[r], which, factor, before)
        for q in range(plan.shape[0]):
            given = g[r, q * channels : (q + 1) * channels]
            for j in range(0, plan.shape[1], 3):
                entry = plan[q, j + 2] - plan[q, j]
                # Of the run, what meets the entries asked for.
                first = max(plan[q, j], begin - entry)
                last = min(plan[q, j] + plan[q, j + 1], end - entry)
                if first >= last:
                    continue
                for e in range(before[first], before[last]):
                    row, p = product[which[e] + entry], factor[e]
                    for o in range(channels):
                        row[o] += p * given[o]


# With how many pieces per thread: every piece of an outer product goes through all of `g`.
PRODUCTS = {
    "forward": (forward, 8),
    "outer": (outer, 1),
    "windows_forward": (windows_forward, 8),
    "windows_outer": (windows_outer, 1),
}
