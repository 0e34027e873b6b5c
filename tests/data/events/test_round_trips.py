"""What is written is read again, event by event, in every format and in pieces of any size."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ranvier.data.events import (
    DVS128,
    Events,
    Writable,
    _compiled,
    catalogue,
    concatenate,
    convert,
    read,
    read_generic,
    recordings,
    statistics,
    stream,
    write,
    write_generic,
    write_recordings,
)
from tests.data.events.cases import CASES, events_of, needs, same

quick = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", CASES)
@quick
@given(data=st.data())
def test_written_and_read_again(name, data, tmp_path):
    needs(name)
    case = CASES[name]
    events = data.draw(events_of(case))
    file = tmp_path / "events"
    write(file, events, format=case.format)
    again = read(file, format=case.format)
    assert same(events, again)
    assert not again.account.repaired
    if case.known and len(events):
        assert again.width in (case.width, None) and again.height in (case.height, None)


@pytest.mark.parametrize("name", CASES)
@quick
@given(data=st.data())
def test_pieces_are_what_the_whole_is(name, data, tmp_path):
    needs(name)
    case = CASES[name]
    events = data.draw(events_of(case))
    cut = data.draw(st.integers(0, len(events)))
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    write(whole, events, format=case.format)
    write(pieces, iter([events[:cut], events[cut:]]), format=case.format)
    chunk, block = data.draw(st.integers(1, 50)), data.draw(st.integers(1, 60))
    # Where a word or a packet is cut in two, only the bytes differ.
    assert same(read(pieces, format=case.format), events)
    parts = list(stream(whole, chunk_events=chunk, block_bytes=block, format=case.format))
    assert same(concatenate(parts), events)
    assert all(len(part) == chunk for part in parts[:-1])
    assert len(parts[-1]) or not len(events)
    assert concatenate(parts).account == read(whole, format=case.format).account


@pytest.mark.parametrize("name", ["evt2", "evt21", "evt21 swapped", "evt3", "evt3 unknown"])
@quick
@given(data=st.data())
def test_compiled_loops_give_the_same_numbers(name, data, tmp_path):
    pytest.importorskip("numba", reason="the loops are compiled by Numba")
    form = CASES[name].format
    file = tmp_path / "events"
    write(file, data.draw(events_of(CASES[name])), format=form)
    head = file.read_bytes()
    # Any words at all, behind a header: times that wrap, words out of place, vectors.
    width = {"evt2": 4, "evt3": 2}.get(form.name, 8)
    words = data.draw(st.binary(max_size=400))
    if form.name == "evt3":
        kinds = data.draw(st.lists(st.sampled_from([0, 2, 3, 4, 5, 6, 8, 10]), max_size=60))
        low = data.draw(st.lists(st.integers(0, 4095), min_size=len(kinds), max_size=len(kinds)))
        made = np.array([k << 12 | v for k, v in zip(kinds, low, strict=True)], "<u2")
        words = made.tobytes() + words
    file.write_bytes(head + words[: len(words) // width * width])
    found = []
    for least in (1 << 60, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_compiled, "LEAST_BYTES", least)
            try:
                parts = list(stream(file, format=form, repair="hold", block_bytes=64))
                found.append(concatenate(parts))
            except ValueError as error:
                found.append(str(error))
    if isinstance(found[0], str):
        assert isinstance(found[1], str)
    else:
        assert same(*found)
        assert found[0].account == found[1].account


def test_the_catalogue_is_all_that_is_tested():
    assert {case.format.name for case in CASES.values()} == set(catalogue)
    for name in catalogue:
        form = catalogue[name]()
        assert isinstance(form, Writable)
        assert form.name == name and len(catalogue.summary(name)) < 72


@quick
@given(
    events=events_of(CASES["aedat2 dvs128"]),
    target=st.sampled_from(["aedat3", "evt2", "evt21", "evt3", "es", "dat", "text", "n-mnist"]),
)
def test_conversion_keeps_every_event(events, target, tmp_path):
    source, made = tmp_path / "a.aedat", tmp_path / "b"
    events = events.shifted(-int(events.t[0])) if len(events) else events
    short = events.between(0, 1 << 22)
    write(source, short)
    seen = []
    omitted = convert(
        source, made, to_format=target, chunk_events=7, report=lambda part: seen.append(len(part))
    )
    assert same(read(made, format=target), short)
    assert sum(seen) == len(short)
    assert bool(omitted) == (target in ("text", "n-mnist"))


@quick
@given(
    rows=st.lists(st.tuples(st.integers(0, 100_000), st.binary(max_size=300)), max_size=20),
)
def test_generic_events_come_back(rows, tmp_path):
    times, payloads = np.cumsum([r[0] for r in rows]).astype(int), [r[1] for r in rows]
    write_generic(tmp_path / "g.es", times, payloads)
    t, found = read_generic(tmp_path / "g.es")
    assert t.tolist() == times.tolist() and found == payloads


def test_recordings_come_back_with_their_labels(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py reads and writes HDF5")
    spikes = [
        Events([0, 7, 7], [3, 699, 1], [0, 0, 0], [1, 1, 1], height=1),
        Events([], [], [], [], height=1),
    ]
    file = tmp_path / "two.h5"
    write_recordings(file, spikes, labels=[4, 19], speakers=[0, 3])
    found = recordings(file)
    assert [same(a, b) for a, b in zip(spikes, found, strict=True)] == [True, True]
    assert found.labels.tolist() == [4, 19] and found.speakers.tolist() == [0, 3]
    with pytest.raises(IndexError, match="no recording 2, there are 2"):
        found[2]
    with h5py.File(file, "a") as made:
        made["extra/keys"] = np.array([b"zero", b"one"])
    assert recordings(file).keys == ("zero", "one")


def test_half_precision_is_widened_before_it_is_scaled(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py reads and writes HDF5")
    file = tmp_path / "half.h5"
    seconds = np.array([0.0, 0.25, 0.9995, 1.37], np.float16)
    with h5py.File(file, "w") as made:
        for name, values in (("times", seconds), ("units", np.array([0, 5, 699, 1], np.uint16))):
            kind = h5py.vlen_dtype(values.dtype)
            made.create_dataset(f"spikes/{name}", (1,), dtype=kind)[0] = values
    t = read(file).t
    assert t.tolist() == [round(float(s) * 1e6) for s in seconds]
    assert t[-1] == 1_370_117  # The nearest half to 1.37, not infinity.


def test_a_layout_says_which_way_sides_count(tmp_path):
    from dataclasses import replace

    from ranvier.data.events import Aedat2

    corner = Events([5], [0], [0], [1], width=128, height=128)
    write(tmp_path / "a.aedat", corner)
    record = (tmp_path / "a.aedat").read_bytes()[-8:]
    # The upper left pixel is the last of jAER's last row; ON is 0 there.
    assert int.from_bytes(record[:4], "big") == 127 << 8 | 127 << 1 | 0
    plain = replace(DVS128, mirror_x=False, mirror_y=False, on=1)
    other = read(tmp_path / "a.aedat", format=Aedat2(layout=plain))
    assert [int(c[0]) for c in other.columns] == [5, 127, 127, 0]


def test_statistics_of_pieces_are_those_of_the_whole(tmp_path):
    rng = np.random.default_rng(3)
    events = Events(
        np.sort(rng.integers(0, 10**6, 500)),
        *(rng.integers(0, 40, 500) for _ in range(2)),
        rng.integers(0, 2, 500),
        width=40,
        height=40,
    )
    write(tmp_path / "a.raw", events)
    assert statistics(stream(tmp_path / "a.raw", chunk_events=33)) == statistics(events)


@quick
@given(data=st.data())
def test_plain_text_is_read_as_any_other_notation(data):
    """All at once, and line by line: the same events, or neither."""
    from ranvier.data.events import _text

    count = data.draw(st.integers(1, 12))
    digits = st.text("0123456789", min_size=1, max_size=9)
    lines = []
    for _ in range(count):
        t = data.draw(digits) + data.draw(st.sampled_from(["", "."]))
        t += data.draw(st.one_of(st.just(""), digits)) if t.endswith(".") else ""
        x, y = (data.draw(st.integers(0, 40_000)) for _ in "xy")
        gap, end = data.draw(st.sampled_from([" ", "\t", "  "])), data.draw(st.sampled_from("\r "))
        lines.append(f"{t}{gap}{x} {y} {data.draw(st.integers(0, 2))}{end}\n")
    content = "".join(lines).encode()
    found = _text._plain(np.frombuffer(content, np.uint8))
    if found is None:
        return
    expected = _text._by_line(content, None, 1)  # type: ignore[arg-type]
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
