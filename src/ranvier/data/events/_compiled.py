"""Loops of decoders as Numba compiles them, where it is installed and a file is worth it."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable

from ranvier.data.events._source import Columns, Source

# Loading compiled code takes as long as NumPy needs for about so many bytes, in one file or many.
LEAST_BYTES = 8_000_000
_decoded_bytes = 0


def decoder(name: str, source: Source) -> Callable[..., Columns] | None:
    """A compiled decoder for this file, or `None` where NumPy shall do it."""
    global _decoded_bytes
    _decoded_bytes += source.size
    if _decoded_bytes < LEAST_BYTES or not _installed():
        return None
    from ranvier.data.events import _loops

    return _loops.DECODERS[name](source)


@functools.cache
def _installed() -> bool:
    return importlib.util.find_spec("numba") is not None
