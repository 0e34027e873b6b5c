"""Global heaps of HDF5: what is whole, and what is not."""

import os
import time

import pytest

from ranvier.core import damaged_heap, heap_objects


def heap(*objects: bytes, free: int = 24) -> bytes:
    """A heap of objects, and what is free behind them."""
    body = b""
    for number, one in enumerate(objects, 1):
        body += number.to_bytes(8, "little") + len(one).to_bytes(8, "little")
        body += one + bytes(-len(one) % 8)
    if free >= 16:
        body += bytes(8) + free.to_bytes(8, "little")
        body += bytes(free - 16)
    else:
        body += bytes(free)
    return b"GCOL\x01\0\0\0" + (16 + len(body)).to_bytes(8, "little") + body


@pytest.mark.parametrize("free", [0, 8, 16, 24, 400])
def test_whole_heaps(free, tmp_path):
    content = b"before" + heap(b"one", b"", b"eight by", free=free) + heap(b"four", free=free)
    assert damaged_heap(content) is None
    (tmp_path / "a.h5").write_bytes(content)
    assert list(heap_objects(tmp_path / "a.h5")) == [b"one", b"", b"eight by", b"four"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole.replace(b"\x03\0\0\0\0\0\0\0one", b"\xff\0\0\0\0\0\0\0one"),
        lambda whole: whole.replace(b"\x18" + bytes(7), b"\x10" + bytes(7)),
        lambda whole: whole[:8] + bytes(8) + whole[16:],
        lambda whole: whole[:8] + b"\xff" * 8 + whole[16:],
    ],
)
def test_damaged_heaps(damage):
    assert damaged_heap(b"sound" + damage(heap(b"one", b"two"))) == 5


def test_nothing_and_no_heap(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"")
    assert damaged_heap(tmp_path / "a.h5") is None
    assert list(heap_objects(tmp_path / "a.h5")) == []
    assert damaged_heap(b"GCOL\x01\0\0\0") is None
    with pytest.raises(FileNotFoundError):
        damaged_heap(tmp_path / "none.h5")


def test_a_file_is_looked_through_once_and_again_when_it_has_changed(tmp_path, monkeypatch):
    path = tmp_path / "a.h5"
    path.write_bytes(heap(b"one"))
    monkeypatch.setattr(time, "time_ns", lambda: path.stat().st_ctime_ns + 10**10)
    seen = []
    opened = open

    def watched(name, *rest, **more):
        seen.append(str(name))
        return opened(name, *rest, **more)

    monkeypatch.setattr("builtins.open", watched)
    for _ in range(3):
        assert damaged_heap(path) is None
    assert seen == [str(path)]
    path.write_bytes(heap(b"other")[:-1])
    assert damaged_heap(path) == 0


def test_a_file_that_has_just_changed_is_looked_through_again(tmp_path):
    path = tmp_path / "a.h5"
    path.write_bytes(heap(b"one"))
    times = path.stat()
    assert damaged_heap(path) is None
    path.write_bytes(heap(b"one").replace(b"\x03", b"\xf3"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert damaged_heap(path) == 0
