"""A reader of idx files: one array of any shape, big-endian, behind a short header."""

import gzip
import os
import struct
import zlib
from math import prod
from pathlib import Path

import numpy as np

_KINDS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP = b"\x1f\x8b"


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an idx file, compressed with gzip or not.

    The header is two zero bytes, a code for the kind of number, the number of axes, and the
    length of each axis as four bytes; the numbers follow, the last axis fastest.

    Args:
        path: the file.

    Returns:
        The array, in the byte order of this machine.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is cut short, damaged, longer than its header says, or no idx file.

    Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "three.idx"
        >>> _ = file.write_bytes(bytes([0, 0, 0x08, 1, 0, 0, 0, 3, 7, 8, 9]))
        >>> read_idx(file)
        array([7, 8, 9], dtype=uint8)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file; expected an idx file. Check the path.")
    content = path.read_bytes()
    try:
        return _array(_plain(content))
    except ValueError as error:
        raise ValueError(
            f"{path} ({len(content)} bytes) cannot be read as an idx file: {error}. Fetch it anew."
        ) from error


def _plain(content: bytes) -> bytes:
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile, struct.error) as error:
        raise ValueError(f"its compressed content is cut short or damaged ({error})") from error


def _array(content: bytes) -> np.ndarray:
    if len(content) < 4:
        raise ValueError(f"it holds {len(content)} bytes, expected a header of at least 4")
    first, second, code, axes = content[:4]
    if first or second or code not in _KINDS:
        known = ", ".join(f"0x{kind:02X}" for kind in _KINDS)
        raise ValueError(
            f"it begins with {content[:4].hex(' ')}, expected 00 00, one of {known}, and the "
            "number of axes"
        )
    begin = 4 + 4 * axes
    if axes == 0 or len(content) < begin:
        raise ValueError(
            f"its header names {axes} axes and has {len(content) - 4} bytes for their lengths, "
            "expected at least one axis and four bytes for each"
        )
    shape = struct.unpack(f">{axes}I", content[4:begin])
    kind = np.dtype(_KINDS[code])
    wanted = prod(shape) * kind.itemsize
    if len(content) - begin != wanted:
        raise ValueError(
            f"its header promises {' x '.join(map(str, shape))} numbers, {wanted} bytes; "
            f"{len(content) - begin} follow"
        )
    return np.frombuffer(content, kind, offset=begin).reshape(shape).astype(kind.newbyteorder("="))
