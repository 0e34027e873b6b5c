"""Damaged heaps of HDF5 files: refused, or read, and never a wait without end."""

import json
import subprocess
import sys

import numpy as np
import pytest

from ranvier.core import heap_objects
from ranvier.data.events import Events, read, recordings, write_recordings

h5py = pytest.importorskip("h5py", reason="h5py reads HDF5")

# Runs by itself, since the library of HDF5 cannot be stopped from within Python.
CHILD = """
import json, sys
from pathlib import Path
from ranvier.data.events import SpikesHdf5, read, recordings

path, told = Path(sys.argv[1]), []
whole, places = path.read_bytes(), json.loads(sys.argv[2])
for place in places:
    for size in json.loads(sys.argv[3]):
        damaged = bytearray(whole)
        damaged[place : place + 8] = size.to_bytes(8, "little")
        path.write_bytes(damaged)
        for attempt in (
            lambda: [len(one) for one in recordings(path)],
            lambda: len(read(path, format=SpikesHdf5(sample=3))),
        ):
            try:
                told.append(attempt())
            except ValueError as error:
                told.append(str(error))
print(json.dumps(told))
"""
SIZES = [0, 1, 8, 24, 4000, 4096, 10**6, 2**63, 2**64 - 1, 2**64 - 8, 2**64 - 16]


def written(path) -> list[int]:
    """A file of twelve recordings, and where the sizes of the objects of its heaps stand."""
    rng = np.random.default_rng(0)
    spikes = [
        Events(np.sort(rng.integers(0, 10**6, n)), rng.integers(0, 700, n), [0] * n, [1] * n)
        for n in rng.integers(1, 40, 12)
    ]
    write_recordings(path, spikes, labels=range(12))
    content, places, start = path.read_bytes(), [], 0
    for one in heap_objects(path):
        start = content.index(one, start)
        places.append(start - 8)
        assert content[start - 8 : start] == len(one).to_bytes(8, "little")
        start += len(one)
    return places


def test_damage_to_any_object_of_a_heap_is_refused_or_read(tmp_path):
    path = tmp_path / "digits.h5"
    places = written(path)
    assert len(places) == 2 * 12
    known = [len(one) for one in recordings(path)]
    told = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), json.dumps(places), json.dumps(SIZES)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    results = json.loads(told.stdout)
    assert len(results) == 2 * len(places) * len(SIZES)
    refused = [one for one in results if isinstance(one, str)]
    assert all("digits.h5 cannot be read" in one for one in refused)
    assert sum("heap of rows at byte" in one for one in refused) > len(results) // 2
    # A size that rounds to the same place of the next object changes nothing.
    assert all(one in (known, known[3]) for one in results if not isinstance(one, str))


def test_a_heap_that_says_nothing_of_its_size(tmp_path):
    path = tmp_path / "digits.h5"
    written(path)
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    content[heap + 8 : heap + 16] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"digits.h5 .*heap of rows at byte {heap} does not add"):
        recordings(path)
    with pytest.raises(ValueError, match=rf"digits.h5 .*heap of rows at byte {heap} does not add"):
        read(path)


@pytest.mark.parametrize("chunks", [None, (5,)])
def test_a_row_said_to_be_larger_than_the_file_takes_no_memory(tmp_path, chunks):
    path = tmp_path / "digits.h5"
    with h5py.File(path, "w") as file:
        for name, kind in (("times", "<f2"), ("units", "<i8")):
            made = file.create_dataset(
                f"spikes/{name}", (12,), dtype=h5py.vlen_dtype(np.dtype(kind)), chunks=chunks
            )
            for number in range(12):
                made[number] = np.arange(number + 1)
    assert [len(one) for one in recordings(path)] == list(range(1, 13))
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL").to_bytes(8, "little")
    reference = content.index((7).to_bytes(4, "little") + heap)
    content[reference + 3] = 0x80
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"digits.h5 .*row 6 of 'spikes/times' is said to hold"):
        recordings(path)[6]
    assert len(recordings(path)[5]) == 6
