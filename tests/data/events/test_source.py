"""The ground that all readers stand on: files small and large, records, counters, headers."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ranvier.data.events import (
    Dat,
    Events,
    _event_stream,
    _prophesee,
    _source,
    catalogue,
    read,
    recognise,
    stream,
    write,
)
from tests.data.events.cases import CASES, needs, same

quick = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.fixture(params=["in memory", "from the file"])
def either_way(request, monkeypatch):
    """A file as small ones are read, and as large ones are."""
    if request.param == "from the file":
        monkeypatch.setattr(_source, "_WHOLE_BYTES", -1)
    return request.param


@pytest.mark.parametrize("name", CASES)
def test_small_files_are_read_as_large_ones(name, tmp_path, monkeypatch):
    needs(name)
    case, file = CASES[name], tmp_path / "events"
    count = 30
    p = np.full(count, case.polarities[0])
    p[: count // 2] = case.polarities[-1]
    sides = [np.arange(count) % min(side or 9, 9) for side in (case.width, case.height)]
    about = {"width": case.width, "height": case.height}
    events = Events(np.arange(count), *sides, p, **about)
    write(file, events, format=case.format)
    # Incomplete ends and filler are found in both ways, too.
    for cut in (0, 1, 2, 5):
        content = file.read_bytes()
        file.write_bytes(content[: len(content) - cut])
        found = []
        for most in (1 << 16, -1):
            with monkeypatch.context() as patch:
                patch.setattr(_source, "_WHOLE_BYTES", most)
                try:
                    found.append(read(file, format=case.format, repair="cut"))
                except ValueError as error:
                    found.append(str(error))
        one, two = found
        if isinstance(one, str):
            assert one == two
        else:
            assert same(one, two) and one.account == two.account
            assert (one.width, one.height) == (two.width, two.height)
        if cut == 0:
            assert same(one, events)


def test_damage_is_found_either_way_and_with_the_format_told(tmp_path, either_way):
    file = tmp_path / "a.dat"
    events = Events([0, 7, 9], [0, 1, 2], [0, 1, 2], [1, 0, 1], width=3, height=3)
    write(file, events)
    whole = file.read_bytes()
    head, records = whole[:-24], whole[-24:]
    damaged = {
        "time goes back from 9 to 7 us at event 2": head
        + records[:8]
        + records[16:]
        + records[8:16],
        "event 1 has x = 9 on a sensor of 3 x 3": head + records[:12] + b"\x09" + records[13:],
        "event 1 has y = 4 on a sensor": head
        + records[:12]
        + struct.pack("<I", 4 << 14)
        + records[16:],
        "it ends 3 bytes into a record of 8": whole[:-5],
        "gives the version '3'": whole.replace(b"Version 2", b"Version 3"),
        "events of type 13": head[:-2] + b"\x0d\x08" + records,
    }
    for words, content in damaged.items():
        file.write_bytes(content)
        for form in (None, "dat", Dat()):
            with pytest.raises(ValueError, match=words) as raised:
                read(file, format=form)
            assert str(file) in str(raised.value)
            with pytest.raises(ValueError, match=words):
                list(stream(file, format=form, chunk_events=1))
    file.write_bytes(b"no events at all")
    with pytest.raises(ValueError, match="no header of lines"):
        read(file, format="dat")
    file.write_bytes(whole)
    for form in (None, "dat", Dat()):
        assert same(read(file, format=form), events)


def test_what_is_no_file_is_refused_at_once(tmp_path):
    missing, folder, pipe = tmp_path / "missing.raw", tmp_path / "folder.raw", tmp_path / "pipe.raw"
    folder.mkdir()
    os.mkfifo(pipe)
    for path in (missing, folder, pipe, str(missing), missing / "below.raw"):
        for ask in (read, recognise, stream):
            with pytest.raises(FileNotFoundError, match=f"{path} is not a file"):
                ask(path)
        with pytest.raises(FileNotFoundError, match="is not a file"):
            read(path, format="evt2")


def test_a_file_that_shrinks_while_it_is_opened(tmp_path, monkeypatch):
    """Where less comes than was promised, the rest is asked for again, and the end is found."""
    file = tmp_path / "a.bin"
    events = Events([1, 2], [3, 4], [5, 6], [1, 0])
    write(file, events)
    taken = os.read
    monkeypatch.setattr(os, "read", lambda number, count: taken(number, count - 1))
    assert same(read(file), events)


def test_paths_may_be_text_or_not(tmp_path, monkeypatch):
    write(tmp_path / "a.BIN", Events([1], [2], [3], [1]), format="n-mnist")
    monkeypatch.chdir(tmp_path)
    for path in ("a.BIN", Path("a.BIN"), str(tmp_path / "a.BIN")):
        assert read(path).name == "a.BIN"
        assert recognise(path).name == "n-mnist"
    write("no-ending", Events([1], [2], [3], [1]), format="n-mnist")
    with pytest.raises(ValueError, match="its name ends in ''"):
        read("no-ending")


def test_every_name_of_the_catalogue_chooses_its_format(tmp_path):
    (tmp_path / "a").write_bytes(b"nonsense")
    for name in catalogue:
        needs(name)
        try:
            read(tmp_path / "a", format=name)
        except ValueError as error:
            assert f"cannot be read as {name}: " in str(error)
    with pytest.raises(ValueError, match="Did you mean 'evt2'"):
        read(tmp_path / "a", format="evt22")


@quick
@given(
    words=st.binary(min_size=1, max_size=80),
    kind=st.sampled_from(["u1", "<u2", ">u2", "<u4", ">u4"]),
    more=st.integers(0, 4),
)
def test_numbers_that_stand_in_records(words, kind, more):
    width = int(kind[-1])
    size = width + more
    for first in range(more + 1):
        found = _source.every(words, kind, first, size)
        order = "big" if kind[0] == ">" else "little"
        expected = [
            int.from_bytes(words[at + first : at + first + width], order)
            for at in range(0, len(words) - size + 1, size)
        ]
        assert found.tolist() == expected


@quick
@given(
    counters=st.lists(st.integers(0, 99), max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=3).map(sorted),
)
@example(counters=[99, 0, 98, 1], cuts=[1, 2, 3])
@example(counters=[70, 10, 60, 0], cuts=[])
def test_counters_that_begin_anew(counters, cuts):
    """One by one, in plain Python."""
    expected, offset, last = [], 0, None
    for counter in counters:
        if last is not None and last - counter > 50:
            offset += 100
        last = counter
        expected.append(counter + offset)
    unwrapped, found = _source.Unwrapped(100), []
    for begin, end in zip([0, *cuts], [*cuts, len(counters)], strict=True):
        part = np.array(counters[begin:end], np.int64)
        assert unwrapped(part) is part
        found += part.tolist()
    assert found == expected


@quick
@given(data=st.lists(st.one_of(st.integers(0, 255), st.sampled_from([253, 254, 255])), max_size=80))
@example(data=[1, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4, 254])
def test_bytes_between_events(data):
    """From event to event, as the specification of Event Stream tells."""
    expected, at = [], 0
    while at < len(data):
        if data[at] >= 254:
            expected.append(at)
            at += 1
        else:
            at += 5
    assert _event_stream._specials(np.array(data, np.uint8)).tolist() == expected


@pytest.mark.parametrize(
    ("head", "version"),
    [
        (b"% evt 2.0\n", "2.0"),
        (b"% evt 2.1\r\n% end\r\n", "2.1"),
        (b"% camera x\n% format EVT3;height=720;width=1280\n% evt 2.0\n% end\n\x00\x80", "3.0"),
        (b"% Format EVT21;endianness=legacy", "2.1"),
        (b"% format evt4\n", "EVT4"),
        (b"% Version 2\n% Width 9\n\x0c\x08% evt 2.0\n", None),
        (b"\x00% evt 2.0\n", None),
        (b"% a\n" * 199 + b"% evt 3.0\n% evt 2.0\n", "3.0"),
        (b"", None),
    ],
)
def test_the_encoding_that_a_header_names(head, version):
    assert _prophesee.head_version(head) == version
    # Asked again, and after another file.
    _prophesee.head_version(b"% evt 9.9\n")
    assert _prophesee.head_version(head) == version
