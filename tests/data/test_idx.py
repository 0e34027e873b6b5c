"""An idx file comes back as it was written; a file that is not one says what is wrong."""

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ranvier.data import read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def written(array: np.ndarray) -> bytes:
    code = CODES[array.dtype.str[1:]]
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def put(content: bytes) -> Path:
    path = Path(tempfile.mkdtemp()) / "some.idx"
    path.write_bytes(content)
    return path


shapes = arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)
anything = st.sampled_from(sorted(CODES)).flatmap(lambda kind: arrays.arrays(kind, shapes))


@settings(deadline=None, max_examples=60)
@given(array=anything, compressed=st.booleans())
def test_what_is_written_is_read(array, compressed):
    content = written(array)
    found = read_idx(put(gzip.compress(content) if compressed else content))
    assert found.dtype == array.dtype and found.dtype.isnative and found.shape == array.shape
    assert found.tobytes() == array.tobytes()
    assert found.flags.writeable


@settings(deadline=None, max_examples=60)
@given(array=anything, cut=st.floats(0, 1, exclude_max=True), compressed=st.booleans())
def test_a_truncated_file_is_refused(array, cut, compressed):
    content = gzip.compress(written(array)) if compressed else written(array)
    path = put(content[: int(cut * len(content))])
    with pytest.raises(
        ValueError, match=r"some\.idx \(\d+ bytes\) cannot be read .* Fetch it anew"
    ):
        read_idx(path)


@settings(deadline=None, max_examples=60)
@given(content=st.binary(max_size=40))
def test_other_files_are_refused_or_read_by_the_rules(content):
    """Nothing but a ValueError, whatever the bytes; what is read agrees with its header."""
    try:
        found = read_idx(put(content))
    except ValueError as error:
        assert "cannot be read as an idx file" in str(error)
    else:
        assert written(found) == content


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds 0 bytes, expected a header"),
        (bytes([0, 1, 8, 1, 0, 0, 0, 0]), "begins with 00 01 08 01, expected 00 00"),
        (bytes([0, 0, 10, 1, 0, 0, 0, 0]), "begins with 00 00 0a 01, .*one of 0x08"),
        (bytes([0, 0, 8, 0]), "names 0 axes"),
        (bytes([0, 0, 8, 3, 0, 0, 0, 1]), "names 3 axes and has 4 bytes"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 2, 7]), "promises 2 numbers, 2 bytes; 1 follow"),
        (bytes([0, 0, 8, 1, 0, 0, 0, 1, 7, 7]), "promises 1 numbers, 1 bytes; 2 follow"),
        (bytes([0, 0, 14, 2]) + b"\xff" * 8, "promises 4294967295 x 4294967295 numbers"),
        (gzip.compress(bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]), mtime=0)[:-9], "cut short or damaged"),
        (b"\x1f\x8b\x00nonsense", "cut short or damaged"),
    ],
)
def test_the_error_says_what_is_wrong(content, words):
    with pytest.raises(ValueError, match=words):
        read_idx(put(content))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not a file"):
        read_idx(tmp_path / "nothing")
