"""The MATLAB reader agrees with SciPy on whole files and never falls over a damaged one."""

import io
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from ranvier.data._matlab import read_matlab

DATA = os.environ.get("RANVIER_DATA")


def saved(variables: dict, *, compress: bool = False) -> bytes:
    stream = io.BytesIO()
    savemat(stream, variables, do_compression=compress)
    return stream.getvalue()


def cells(*held) -> np.ndarray:
    array = np.empty((1, len(held)), object)
    for i, value in enumerate(held):
        array[0, i] = value
    return array


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8", ">f8", "bool"]
)
def test_every_type_of_number(dtype, compress):
    array = (np.arange(15).reshape(3, 5) % 2).astype(dtype)
    got = read_matlab(saved({"a": array, "longer_name_than_four": array.T}, compress=compress))
    np.testing.assert_array_equal(got["a"], array)
    np.testing.assert_array_equal(got["longer_name_than_four"], array.T)


@pytest.mark.parametrize("compress", [False, True])
def test_cells_empty_arrays_and_what_is_neither(compress):
    content = saved(
        {
            "c": cells(np.eye(2), np.zeros((0, 0)), "words", cells(np.eye(2))),
            "s": {"field": 1.0},
            "nan": np.array([[np.nan, -np.inf]]),
            "cube": np.arange(24.0).reshape(2, 3, 4),
        },
        compress=compress,
    )
    got = read_matlab(content)
    np.testing.assert_array_equal(got["c"][0], np.eye(2))
    assert got["c"][1].size == 0
    assert got["c"][2:] == ["text", "cell array"] and got["s"] == "structure"
    np.testing.assert_array_equal(got["nan"], [[np.nan, -np.inf]])
    np.testing.assert_array_equal(got["cube"], np.arange(24.0).reshape(2, 3, 4))


def test_the_other_byte_order():
    def element(kind: int, data: bytes) -> bytes:
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    body = (
        element(6, struct.pack(">II", 6, 0))
        + element(5, struct.pack(">ii", 1, 2))
        + element(1, b"x")
        + element(9, struct.pack(">dd", 0.5, 7.0))
    )
    content = bytes(124) + struct.pack(">H", 0x0100) + b"MI" + element(14, body)
    np.testing.assert_array_equal(read_matlab(content)["x"], [[0.5, 7.0]])


@pytest.mark.skipif(not DATA, reason="RANVIER_DATA is not set")
@pytest.mark.parametrize("name", ["JSB_Chorales", "Nottingham", "Piano_midi"])
def test_published_files_as_scipy_reads_them(name):
    path = Path(str(DATA)) / "pianoroll" / f"{name}.mat"
    if not path.is_file():
        pytest.skip(f"RANVIER_DATA holds no pianoroll/{name}.mat")
    got, expected = read_matlab(path.read_bytes()), loadmat(path)
    for variable in ("traindata", "validdata", "testdata"):
        assert len(got[variable]) == expected[variable].size
        for a, b in zip(got[variable], expected[variable].ravel(), strict=True):
            np.testing.assert_array_equal(a, b)


@settings(max_examples=300, deadline=None)
@given(
    compress=st.booleans(),
    damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=5),
    kept=st.floats(0, 1),
)
def test_a_damaged_file_gives_values_or_a_value_error(compress, damage, kept):
    content = bytearray(saved({"c": cells(np.eye(3), np.ones((2, 5))), "a": np.eye(4)}))
    for place, byte in damage:
        content[int(place * len(content))] = byte
    try:
        variables = read_matlab(bytes(content[: int(kept * len(content))]))
    except ValueError as error:
        assert str(error)
    else:
        assert all(isinstance(name, str) for name in variables)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no MATLAB 5 header"),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM", "save it with -v6 or -v7"),
        (saved({"a": np.eye(4)})[:-9], "claims .* bytes of the"),
        (saved({"a": np.eye(4)}) + b"\x0e\0\0", "ends within the head"),
        (
            saved({"a": np.eye(4)}, compress=True)[:-30] + bytes(30),
            "compressed variable is damaged",
        ),
    ],
)
def test_damage_is_named(content, words):
    with pytest.raises(ValueError, match=words):
        read_matlab(content)
