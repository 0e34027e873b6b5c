"""Loops compiled by Numba where it is installed; the same functions in Python where it is not."""

from collections.abc import Callable
from typing import Any


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function compiled when it is first called, or the function itself without Numba."""
    try:
        import numba
    except ImportError:
        return function
    return numba.njit(cache=True, nogil=True)(function)
