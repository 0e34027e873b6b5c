"""Products that skip zeros, compiled by Numba and called by XLA on the CPU."""

import ctypes
from typing import Any

import jax
import numba
import numpy as np
from numba import carray, types
from numba.extending import intrinsic

# XLA hands a call frame: a C structure of which these are the places, in words of 8 bytes. They
# are those of version 0.3 of its interface (xla/ffi/api/c_api.h), kept for later versions.
_VERSION = (0, 3)
_EXTENSION, _STAGE, _ARGUMENTS, _RESULTS = 1, 4, 9, 14
_DATA, _LENGTHS = 3, 5
_METADATA, _EXECUTE = 1, 3
# Rows whose events are put in order of columns at once: they and their gradients stay in cache.
_BLOCK = 512


@intrinsic
def _pointer(typing: Any, address: Any, kind: Any) -> Any:
    """An address as a pointer to numbers of a kind."""
    pointer = types.CPointer(kind.dtype)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(types.intp, kind), generate


@numba.njit
def _matrix(buffer: Any, kind: Any) -> Any:
    """A buffer of the call frame as a matrix."""
    words = carray(_pointer(buffer, numba.int64), 6)
    lengths = carray(_pointer(words[_LENGTHS], numba.int64), 2)
    return carray(_pointer(words[_DATA], kind), (lengths[0], lengths[1]))


@numba.njit
def _describe(extension: Any) -> None:
    """Tell XLA the version of the interface, should it ask."""
    if carray(_pointer(extension, numba.int32), 3)[2] != _METADATA:
        return
    metadata = carray(_pointer(extension, numba.int64), 4)[3]
    version = carray(_pointer(metadata, numba.int32), 8)
    version[6], version[7] = _VERSION


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
def _forward(x: Any, weight: Any, current: Any) -> None:
    """`current = x @ weight`, `[R, I]` by `[I, O]`."""
    which, factor = np.empty(x.shape[1] + 1, np.int64), np.empty(x.shape[1] + 1, x.dtype)
    for r in range(x.shape[0]):
        events = 0
        for i in range(x.shape[1]):
            # Without a branch: what is zero is written over by the next.
            which[events] = i
            factor[events] = x[r, i]
            events += x[r, i] != 0
        current[r, :] = 0
        _add_rows(current[r], weight, which, factor, 0, events)


@numba.njit(fastmath={"contract"})
def _outer(x: Any, g: Any, product: Any) -> None:
    """`product = x.T @ g`, `[R, I]` and `[R, O]` to `[I, O]`."""
    rows, columns = x.shape
    which, factor = np.empty(_BLOCK * columns, np.int64), np.empty(_BLOCK * columns, x.dtype)
    start, place = np.empty(columns + 1, np.int64), np.empty(columns, np.int64)
    product[:, :] = 0
    for first in range(0, rows, _BLOCK):
        last = min(first + _BLOCK, rows)
        start[:] = 0
        for r in range(first, last):
            for i in range(columns):
                start[i + 1] += x[r, i] != 0
        for i in range(columns):
            start[i + 1] += start[i]
            place[i] = start[i]
        for r in range(first, last):
            for i in range(columns):
                if x[r, i] != 0:
                    which[place[i]] = r
                    factor[place[i]] = x[r, i]
                    place[i] += 1
        for i in range(columns):
            _add_rows(product[i], g, which, factor, start[i], start[i + 1])


def _handler(body: Any, kind: Any) -> Any:
    """A function that XLA can call with a frame of two matrices and one result."""

    @numba.cfunc(types.intp(types.intp))
    def call(frame: Any) -> int:
        words = carray(_pointer(frame, numba.int64), 15)
        if words[_EXTENSION] != 0:
            _describe(words[_EXTENSION])
        elif words[_STAGE] & 0xFFFFFFFF == _EXECUTE:
            given = carray(_pointer(words[_ARGUMENTS], numba.int64), 2)
            wanted = carray(_pointer(words[_RESULTS], numba.int64), 1)
            body(_matrix(given[0], kind), _matrix(given[1], kind), _matrix(wanted[0], kind))
        return 0

    return call


_BODIES = {"forward": _forward, "outer": _outer}
_KINDS = {"float32": numba.float32, "float64": numba.float64}
_registered: dict[str, Any] = {}


def target(product: str, dtype: Any) -> str:
    """The name under which XLA knows a product; compiled and registered when first asked for.

    Args:
        product: "forward", `x @ weight`, or "outer", `x.T @ g`.
        dtype: single or double precision.
    """
    kind = np.dtype(dtype).name
    name = f"ranvier_events_{product}_{kind}"
    if name not in _registered:
        handler = _handler(_BODIES[product], _KINDS[kind])
        capsule = ctypes.pythonapi.PyCapsule_New
        capsule.restype = ctypes.py_object
        capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        jax.ffi.register_ffi_target(name, capsule(handler.address, None, None), platform="cpu")
        _registered[name] = handler
    return name
