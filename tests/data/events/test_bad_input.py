"""Damaged files: an error that names file and place, or events; never a crash, a hang, a guess."""

import gc
import sys
import tracemalloc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ranvier.data.events import (
    DVS128,
    AddressEvents,
    AddressText,
    Aedat2,
    Aedat3,
    Aedat4,
    Dat,
    Events,
    Evt2,
    NMnist,
    SpikesHdf5,
    Text,
    _aedat4,
    catalogue,
    read,
    recognise,
    recordings,
    statistics,
    stream,
    write,
)
from tests.data.events.cases import needs, same

quick = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

# What files of each format begin with, so that noise reaches the decoder behind.
HEADS = {
    "aedat2": b"#!AER-DAT2.0\r\n#End Of ASCII Header\r\n",
    "aedat3": b"#!AER-DAT3.1\r\n#!END-HEADER\r\n",
    "aedat4": b"#!AER-DAT4.0\r\n",
    "evt2": b"% evt 2.0\n% end\n",
    "evt21": b"% evt 2.1\n% end\n",
    "evt3": b"% evt 3.0\n% end\n",
    "dat": b"% Version 2\n\x0c\x08",
    "es": b"Event Stream\x02\x00\x00\x01\x40\x01\xf0\x00",
    "spikes-hdf5": b"\x89HDF\r\n\x1a\n",
    "st-mnist": b"MATLAB 5.0".ljust(124) + b"\x00\x01IM",
    "text": b"0.5 1 2 1\n",
    "aer-text": b"3 4\n",
}
REPAIRS = ("cut", "crop", "hold", "sort")


def only_value_errors(file, form) -> None:
    """Reading gives events, or an error that names the file; mending leaves nothing unsaid."""
    try:
        events = read(file, format=form)
        assert not events.account.repaired
    except ValueError as error:
        assert str(file) in str(error)
    try:
        mended = read(file, format=form, repair=REPAIRS)
        assert (np.diff(mended.t) >= 0).all()
    except ValueError as error:
        assert str(file) in str(error)


@pytest.mark.parametrize("name", list(catalogue))
@quick
@given(noise=st.binary(max_size=300), headed=st.booleans())
@example(noise=b"", headed=True)
@example(noise=b"", headed=False)
def test_noise(name, noise, headed, tmp_path):
    needs(name)
    file = tmp_path / "noise"
    file.write_bytes((HEADS.get(name, b"") if headed else b"") + noise)
    only_value_errors(file, name)


GENUINE = (
    *("dvs128_alex_walking_again.aedat", "sample.aedat4", "evt2_sample.raw", "evt3_sample.raw"),
    *("dvs.es", "sample_ncars.dat", "sample_stmnist.mat", "ntidigits_sample.bs1"),
    *("../nmnist/sample_nmnist.bin", "../slider_depth/events_chunk.txt"),
)


@pytest.mark.parametrize("name", GENUINE)
@quick
@given(
    keep=st.one_of(st.integers(0, 4_000), st.integers(0, 60_000)),
    flips=st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 255)), max_size=8),
)
def test_mutated_genuine_files(name, keep, flips, tmp_path, real_data):
    needs("lz4" if name.endswith("aedat4") else name)
    source = real_data / "events" / "formats" / name
    if not source.exists():
        pytest.skip("RANVIER_DATA holds no recordings of event cameras")
    form = recognise(source)
    with source.open("rb") as whole:
        content = bytearray(whole.read(keep))
    for at, value in flips:
        if content:
            content[at % len(content)] = value
    file = tmp_path / "mutated"
    file.write_bytes(content)
    only_value_errors(file, form)


@quick
@given(
    keep=st.integers(0, 8_000),
    flips=st.lists(st.tuples(st.integers(0, 8_000), st.integers(0, 255)), max_size=4),
)
def test_mutated_hdf5(keep, flips, tmp_path):
    pytest.importorskip("h5py", reason="h5py reads HDF5")
    file = tmp_path / "mutated.h5"
    write(file, Events([0, 5], [1, 2], [0, 0], [1, 1], height=1), format="spikes-hdf5")
    content = bytearray(file.read_bytes()[:keep])
    for at, value in flips:
        if content:
            content[at % len(content)] = value
    file.write_bytes(content)
    only_value_errors(file, "spikes-hdf5")


def made(tmp_path, form, t=(0, 5, 9), width=30, height=20):
    file = tmp_path / "made"
    count = len(t)
    events = Events(t, range(count), range(count), [1] * count, width=width, height=height)
    write(file, events, format=form)
    return file, events


@pytest.mark.parametrize(
    "form", ["aedat3", "dat", "evt2", "evt21", "evt3", "es", "n-mnist", "aer"], ids=str
)
def test_a_file_that_ends_within_a_record(form, tmp_path):
    rows = 1 if form == "aer" else 20
    file = tmp_path / "cut"
    events = Events([0, 5, 9], [0, 1, 2], [0] * 3, [1] * 3, width=30, height=rows)
    write(file, events, format=form)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match=rf"{file}.*it ends .*repair='cut'"):
        read(file, format=form)
    with pytest.raises(ValueError, match="it ends"):
        list(stream(file, format=form))
    mended = read(file, format=form, repair="cut")
    assert same(mended, events[:2])
    assert mended.account.repaired == {"incomplete end left out": 1}


def test_time_that_goes_back_is_named_and_mended_on_request(tmp_path):
    file = tmp_path / "back.txt"
    file.write_text("0.1 1 1 1\n0.3 2 2 0\n0.2 3 3 1\n0.3 4 4 1\n")
    with pytest.raises(ValueError, match="time goes back from 300000 to 200000 us at event 2"):
        read(file)
    with pytest.raises(ValueError, match="time goes back from 300000 to 200000 us at event 2"):
        list(stream(file, chunk_events=1, block_bytes=3))
    ordered = read(file, repair="sort")
    assert ordered.x.tolist() == [1, 3, 2, 4]
    assert ordered.account.repaired == {"events put in order": 1}
    held = read(file, repair="hold")
    assert held.t.tolist() == [100_000, 300_000, 300_000, 300_000]
    assert held.account.repaired == {"times that went back held": 1}
    assert same(next(stream(file, chunk_events=4, block_bytes=3, repair="hold")), held)
    with pytest.raises(ValueError, match="a stream cannot be sorted"):
        stream(file, repair="sort")


def test_events_outside_the_sensor(tmp_path):
    file, events = made(tmp_path, NMnist())
    with pytest.raises(ValueError, match=r"event 2 has x = 2 on a sensor of 2 x 20.*'crop'"):
        read(file, format=NMnist(2, 20))
    kept = read(file, format=NMnist(2, 20), repair="crop")
    assert same(kept, events[:2])
    assert kept.account.repaired == {"events outside the sensor left out": 1}
    # Mirrored rows would lie above the first.
    low = replace(DVS128, height=1)
    write(tmp_path / "a.aedat", Events([0], [0], [5], [1], width=128, height=128))
    with pytest.raises(ValueError, match=r"event 0 has y = -122"):
        read(tmp_path / "a.aedat", format=Aedat2(layout=low))


def test_unknown_types_are_skipped_by_their_length_and_counted(tmp_path):
    import struct

    file, events = made(tmp_path, Aedat3())
    head, packet = file.read_bytes().split(b"#!END-HEADER\r\n")
    other = struct.pack("<hhiiiiii", 77, 0, 5, 0, 0, 3, 3, 3) + b"\xff" * 15
    file.write_bytes(head + b"#!END-HEADER\r\n" + other + packet + other)
    found = read(file)
    assert same(found, events)
    assert found.account.skipped == {"packets of type 77 (unknown)": 2}
    words, _ = made(tmp_path, Evt2())
    triggers = np.array([0xA0000001, 0x50000000], "<u4").tobytes()
    words.write_bytes(words.read_bytes() + triggers)
    assert read(words).account.skipped == {
        "words of type 10 (triggers)": 1,
        "words of type 5 (unknown)": 1,
    }
    early = b"% evt 2.0\n" + np.array([0x10000001], "<u4").tobytes()
    words.write_bytes(early)
    assert read(words).account.skipped == {"events before the first time": 1}


def test_claims_that_cannot_be(tmp_path):
    import struct

    file = tmp_path / "claims.aedat"
    for size, number in ((8, -1), (0, 3), (-8, 3), (8, 2**31 - 1)):
        packet = struct.pack("<hhiiiiii", 1, 0, size, 0, 0, 9, number, 9)
        file.write_bytes(b"#!AER-DAT3.1\r\n#!END-HEADER\r\n" + packet + bytes(16))
        with pytest.raises(ValueError, match=r"packet"):
            read(file)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"#!AER-DAT1.0\r\n", "a.aedat", "first line is '#!AER-DAT1.0'"),
        (b"#!AER-DAT5.0\r\n", "a.foo", "Nearest is 'aedat"),
        (b"% evt 4.0\n", "a.raw", "names the encoding '4.0', expected '2.0'"),
        (b"% Version 7\n\x00\x08", "a.dat", "version '7', expected 1 or 2"),
        (b"% Version 2\n\x0e\x08", "a.dat", "events of type 14"),
        (b"% evt 2.0\n% geometry 0x99999\n", "a.raw", "gives the width '0'"),
        (b"Event Stream\x03\x00\x00\x01", "a.es", "version 3.0.0, expected 2"),
        (b"Event Stream\x02\x00\x00\x02", "a.es", r"type 2 \(ATIS\)"),
        (b"0.1 2 3\n", "a.txt", "line 1 is '0.1 2 3'"),
        (b"0.1 2 3 1\nnan 2 3 1\n", "a.txt", "line 2 is 'nan 2 3 1'"),
        (b"0.1 2 99999 1\n", "a.txt", "y = 99999"),
        (b"1e99 2 3 1\n", "a.txt", "line 1 has the time '1e99'"),
        (b"7 8\n9\n", "a.aertext", "line 2 is '9', expected whole numbers"),
        (b"nothing", "a.foo", "no event format is known"),
        (b"nothing", "a.evt33", "Did you mean 'evt3'"),
        (b"MATLAB 5.0", "a.mat", "MATLAB 5"),
    ],
)
def test_the_error_says_what_is_wrong(content, name, words, tmp_path):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ValueError, match=words) as raised:
        read(file)
    assert str(file) in str(raised.value)


def test_hdf5_of_other_shapes(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py reads HDF5")
    file = tmp_path / "a.h5"
    with h5py.File(file, "w") as held:
        held["other"] = [1, 2]
    for ask in (read, recordings):
        with pytest.raises(ValueError, match=r"a\.h5.*no rows of 'spikes/times'"):
            ask(file)
    for times, units, words in (
        ([[0.1, np.nan]], [[1, 2]], "no number of seconds"),
        ([[0.1]], [[1, 2]], "shape"),
        ([[0.1, 0.2]], [[1, 70_000]], "x = 70000"),
        ([[0.1], [0.2]], [[1], [2]], "2 recordings; choose one"),
    ):
        with h5py.File(file, "w") as held:
            held["spikes/times"], held["spikes/units"] = times, units
        with pytest.raises(ValueError, match=words):
            read(file)
    with pytest.raises(ValueError, match="no recording 5, there are 2"):
        read(file, format=SpikesHdf5(sample=5))


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    file = tmp_path / "a.aedat4"
    events = Events([0], [5], [5], [1], width=50, height=50)
    write(file, events, format=Aedat4(compression="none"))
    assert same(read(file), events)
    # As in a process that has read no compressed file yet.
    _aedat4._expander.cache_clear()
    for package in ("lz4", "zstandard"):
        monkeypatch.setitem(sys.modules, package, None)
        monkeypatch.delitem(sys.modules, f"{package}.frame", raising=False)
    for compression, name in (("lz4", "lz4"), ("zstd", "zstandard")):
        with pytest.raises(ImportError, match=rf"{name}.*pip install 'ranvier\[events\]'"):
            write(file, events, format=Aedat4(compression=compression))
    # A file that says that it is compressed.
    content = bytearray(file.read_bytes())
    at = content.index(b"IOHE")
    place = content.index(b"\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff", at)
    content[place - 4] = 1  # Between them stand four bytes of nothing.
    file.write_bytes(content)
    with pytest.raises(ImportError, match=r"lz4.*pip install 'ranvier\[events\]'"):
        read(file)


def test_what_a_format_cannot_hold_is_refused(tmp_path):
    file = tmp_path / "new"
    wide = Events([0, 1 << 24], [300, 0], [0, 240], [1, 0], width=400, height=300)
    for form, part, words in (
        ("n-mnist", wide, "x from 0 to 255, got 300"),
        ("n-mnist", wide[1:], "y = 240"),
        ("slayer-1d", wide, "y from 0 to 0, got 240"),
        ("aedat2", Events([0], [346], [5], [1]), "x from 0 to 345"),
        ("aedat2", Events([0], [128], [5], [1]), "x from 0 to 127"),
        (Aedat2(layout=DVS128), wide[:1], "x from 0 to 127"),
        ("aedat2", Events([0], [5], [5], [1], width=50, height=50), "no chip .* 50 x 50"),
        ("es", Events([0], [5], [5], [1]), "size of the sensor"),
        ("spikes-hdf5", Events([0], [5], [0], [0]), "no polarity"),
        ("evt2", Events([-5], [5], [0], [0]), "times from 0"),
        ("dat", Events([1 << 32], [5], [0], [0]), r"times from 0 .*shifted"),
        ("dat", Events([0, 1 << 31], [5, 5], [0, 0], [0, 0]), "without an event"),
        ("slayer-1d", Events([1 << 23], [5], [0], [0]), "times from 0 to 8388607"),
        ("aedat4", Events([0], [5], [5], [1]), "size of the sensor"),
        (AddressEvents(time_unit_us=10), Events([5], [5], [0], [1]), "steps of 10 us"),
        (AddressText(timed=False), Events([5], [5], [0], [1]), "1 us apart"),
    ):
        with pytest.raises(ValueError, match=words) as raised:
            write(file, part, format=form)
        assert str(file) in str(raised.value)
        assert not file.exists()
    with pytest.raises(ValueError, match="begins at 0 us, before the last ended, 16777216"):
        write(file, [wide, wide], format=Dat())
    with pytest.raises(ValueError, match=r"ends in '.foo', which names no event format"):
        write(tmp_path / "a.foo", wide)


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    file, events = made(tmp_path, Text())
    old = file.read_bytes()

    def broken():
        yield events
        raise ValueError("the source is damaged")

    with pytest.raises(ValueError, match="the source is damaged"):
        write(file, broken(), format=Text())
    assert file.read_bytes() == old and list(tmp_path.iterdir()) == [file]


# Memory


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Three million events, written piece by piece."""
    file = tmp_path_factory.mktemp("large") / "large.raw"

    def pieces():
        rng = np.random.default_rng(0)
        for second in range(30):
            t = np.sort(rng.integers(0, 1_000_000, 100_000)) + second * 1_000_000
            x, y, p = (rng.integers(0, most, len(t)) for most in (640, 480, 2))
            yield Events(t, x, y, p, width=640, height=480)

    write(file, pieces(), format="evt2")
    return file


def test_a_stream_needs_little_memory(large):
    next(stream(large, chunk_events=1))  # Compiled loops are loaded once, and stay.
    tracemalloc.start()
    try:
        found = statistics(stream(large, chunk_events=50_000, block_bytes=100_000))
        _, streamed = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        count = len(read(large))
        _, whole = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.count == count == 3_000_000
    assert whole > 13 * count
    assert streamed < 8_000_000 < whole / 4


def test_what_is_read_is_let_go_of_at_once(large):
    """No circle of references keeps a gigabyte until the garbage collector comes by."""
    gc.collect()
    gc.disable()
    try:
        memory = weakref.ref(read(large).t.base)
        assert memory() is None
    finally:
        gc.enable()


def test_a_file_that_does_not_fit_is_refused_before_it_is_read(large):
    with pytest.raises(MemoryError, match=r"large\.raw .* about 3,\d+,\d+ events.*stream"):
        read(large, most_bytes=20_000_000)


def test_a_gap_of_days_needs_little_memory(tmp_path):
    """A sparse recording: two events, and words of time between them alone."""
    file = tmp_path / "sparse.raw"
    write(file, Events([0, 10**11], [1, 2], [1, 2], [1, 0], width=9, height=9), format="evt3")
    assert read(file).t.tolist() == [0, 10**11]
    assert [part.t.tolist() for part in stream(file, chunk_events=1, block_bytes=1000)] == [
        [0],
        [10**11],
    ]
