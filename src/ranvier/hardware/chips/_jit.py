"""Loops compiled by Numba where it is installed; the same functions in Python where it is not."""

import importlib.util
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def installed() -> bool:
    """Whether Numba is there."""
    return importlib.util.find_spec("numba") is not None


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function compiled when it is first called, or the function itself without Numba."""
    try:
        import numba
    except ImportError:
        return function
    return numba.njit(cache=True, nogil=True)(function)
