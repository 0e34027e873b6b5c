"""Global heaps of HDF5 files, which are looked through before the library of HDF5 follows them."""

import contextlib
import functools
import mmap
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

_SETTLED_NS = 2_000_000_000


class _Bytes(Protocol):
    """What bytes and a file mapped to memory have in common."""

    def find(self, sub: bytes, start: int = ..., /) -> int: ...
    def __len__(self) -> int: ...
    def __getitem__(self, key: slice, /) -> bytes: ...


def damaged_heap(file: str | os.PathLike[str] | bytes) -> int | None:
    """Where the first global heap of an HDF5 file begins whose objects do not add up.

    Rows of different lengths and texts lie in such heaps, one object after the other, each with
    its size before it. A wrong size keeps the library of HDF5 busy for ever, so that who reads
    files of others asks this first. The heaps are found by the four letters that they begin with;
    nothing of the file is followed. A file that has not changed is looked through once.

    Args:
        file: the file, or its content.

    Returns:
        The place in bytes, or `None` where all heaps are whole.

    Raises:
        OSError: the file cannot be read.

    Example:
        >>> heap = b"GCOL" + bytes([1, 0, 0, 0]) + (48).to_bytes(8, "little")
        >>> one = bytes([1, 0, 1, 0, 0, 0, 0, 0]) + (5).to_bytes(8, "little") + b"words..."
        >>> longer = one.replace(b"\\x05", b"\\xff")
        >>> damaged_heap(heap + one + bytes(8)), damaged_heap(heap + longer + bytes(8))
        (None, 0)

    Source: The HDF Group, "HDF5 file format specification 3.0", section III.E.
    """
    if isinstance(file, bytes):
        return _first_damaged(file)
    found = Path(file).stat()
    # A file is known by its times only once they are too old for another change to have the same.
    if time.time_ns() - max(found.st_ctime_ns, found.st_mtime_ns) < _SETTLED_NS:
        return _looked_through(os.path.abspath(file))
    return _remembered(
        os.path.abspath(file), found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )


def heap_objects(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """The objects of all global heaps of an HDF5 file, in their order, as far as they are whole.

    Args:
        path: the file.

    Raises:
        OSError: the file cannot be read.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "heap.h5"
        >>> heap = b"GCOL" + bytes([1, 0, 0, 0]) + (48).to_bytes(8, "little")
        >>> one = bytes([1, 0, 1, 0, 0, 0, 0, 0]) + (5).to_bytes(8, "little") + b"words..."
        >>> _ = file.write_bytes(heap + one + bytes(8))
        >>> list(heap_objects(file))
        [b'words']
    """
    with _mapped(path) as raw:
        for start in _heaps(raw):
            for place, size in _objects(raw, start)[0]:
                yield raw[place : place + size]


@functools.lru_cache(maxsize=64)
def _remembered(path: str, *_known_by: int) -> int | None:
    return _looked_through(path)


def _looked_through(path: str) -> int | None:
    with _mapped(path) as raw:
        return _first_damaged(raw)


@contextlib.contextmanager
def _mapped(path: str | os.PathLike[str]) -> Iterator[_Bytes]:
    with open(path, "rb") as opened:
        if not os.fstat(opened.fileno()).st_size:  # Nothing cannot be mapped.
            yield b""
            return
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            yield raw


def _first_damaged(raw: _Bytes) -> int | None:
    return next((start for start in _heaps(raw) if not _objects(raw, start)[1]), None)


def _heaps(raw: _Bytes) -> Iterator[int]:
    """Where global heaps begin."""
    signature = b"GCOL\x01\x00\x00\x00"
    start = raw.find(signature)
    while 0 <= start <= len(raw) - 16:
        yield start
        start = raw.find(signature, start + 4)


def _objects(raw: _Bytes, start: int) -> tuple[list[tuple[int, int]], bool]:
    """Place and size of the objects of a heap, and whether they fill it to its end."""
    end = start + struct.unpack("<Q", raw[start + 8 : start + 16])[0]
    found, place = [], start + 16
    while place + 16 <= min(end, len(raw)):
        index, size = struct.unpack("<H6xQ", raw[place : place + 16])
        if index == 0:  # What is free, its own header included, is the last one.
            return found, size == end - place and end <= len(raw)
        if size > end - place - 16:
            return found, False
        found.append((place + 16, size))
        place += 16 + -(-size // 8) * 8
    return found, place <= end <= len(raw)
