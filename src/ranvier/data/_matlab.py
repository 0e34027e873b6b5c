"""Numbers and cells of numbers out of a MATLAB 5 file, with every length checked before use.

Own reader, because a damaged file can bring a compiled one down and the interpreter with it.
Layout: "MAT-File Format", The MathWorks, level 5.
"""

import itertools
import math
import struct
import zlib
from collections.abc import Iterator

import numpy as np

_NUMBERS = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
_MATRIX, _COMPRESSED = 14, 15
_CELL, _NUMERIC_CLASSES = 1, range(6, 16)
_CLASSES = {1: "cell array", 2: "structure", 3: "object", 4: "text", 5: "sparse matrix"}
_HEADER = 128

Value = np.ndarray | list | str


def read_matlab(content: bytes) -> dict[str, Value]:
    """The variables of a MATLAB 5 file: arrays, lists for cells, words for what is neither.

    Args:
        content: the whole file.

    Returns:
        Name to value; cells are lists in column order.

    Raises:
        ValueError: the content is cut short, damaged or of another format.

    Example:
        >>> import io
        >>> from scipy.io import savemat
        >>> stream = io.BytesIO()
        >>> savemat(stream, {"ramp": np.arange(3), "word": "abc"})
        >>> read_matlab(stream.getvalue())
        {'ramp': array([[0, 1, 2]]), 'word': 'text'}
    """
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if len(content) < _HEADER or order is None:
        raise ValueError(f"its first {_HEADER} bytes are no MATLAB 5 header")
    if struct.unpack(order + "H", content[124:126])[0] != 0x0100:
        raise ValueError("it is of another version than MATLAB 5; save it with -v6 or -v7")
    variables = {}
    for kind, data in _elements(content[_HEADER:], order):
        if kind == _COMPRESSED:
            try:
                kind, data = next(_elements(zlib.decompress(data), order), (0, b""))
            except zlib.error as error:
                raise ValueError(f"a compressed variable is damaged ({error})") from error
        if kind == _MATRIX:
            name, value = _matrix(data, order, cells=True)
            variables[name] = value
    return variables


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Type and content of one element after the other; short elements hold both in one word."""
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            raise ValueError("it ends within the head of an element")
        kind, size = struct.unpack_from(order + "II", data, at)
        begin = at + 8
        if kind >> 16:
            kind, size, begin = kind & 0xFFFF, kind >> 16, at + 4
            if size > 4:
                raise ValueError(f"a short element claims {size} bytes")
        if size > len(data) - begin:
            raise ValueError(f"an element claims {size} bytes of the {len(data) - begin} left")
        yield kind, data[begin : begin + size]
        padded = size if kind == _COMPRESSED else -(-size // 8) * 8
        at = at + 8 if begin == at + 4 else begin + padded


def _matrix(data: bytes, order: str, *, cells: bool) -> tuple[str, Value]:
    if not data:
        return "", np.zeros((0, 0))
    elements = _elements(data, order)
    head = list(itertools.islice(elements, 3))
    if len(head) < 3 or len(head[0][1]) < 4:
        raise ValueError("a variable ends before its values")
    flags, shape = _numbers(*head[0], order), _numbers(*head[1], order)
    name, kind = head[2][1].decode("latin-1"), int(flags[0]) & 0xFF
    shape = tuple(int(n) for n in shape)
    if len(shape) < 2 or min(shape) < 0:
        raise ValueError(f"variable {name!r} has the shape {shape}")
    if kind == _CELL and cells:
        held = [_matrix(inner, order, cells=False)[1] for _, inner in elements]
        if len(held) != math.prod(shape):
            raise ValueError(f"cell array {name!r} of shape {shape} holds {len(held)} cells")
        return name, held
    if kind not in _NUMERIC_CLASSES:
        return name, _CLASSES.get(kind, f"variable of class {kind}")
    values = _numbers(*next(elements, (0, b"")), order)
    if values.size != math.prod(shape):
        raise ValueError(f"array {name!r} of shape {shape} holds {values.size} values")
    return name, values.reshape(shape, order="F")


def _numbers(kind: int, data: bytes, order: str) -> np.ndarray:
    if kind not in _NUMBERS:
        raise ValueError(f"an element of type {kind} stands where numbers should")
    dtype = np.dtype(order + _NUMBERS[kind])
    if len(data) % dtype.itemsize:
        raise ValueError(f"{len(data)} bytes are no whole number of {dtype.itemsize}-byte values")
    return np.frombuffer(data, dtype).astype(dtype.newbyteorder("="))
