"""Genuine recordings of every format: counts, first and last event, bounding box, polarity."""

import zipfile

import numpy as np
import pytest

from ranvier.data.events import (
    AddressEvents,
    Aedat2,
    Evt3,
    Slayer1D,
    _compiled,
    catalogue,
    concatenate,
    read,
    read_generic,
    recognise,
    statistics,
    stream,
    write,
)
from tests.data.events.cases import same

# File: format, sensor, events, ON, first event, last event, bounding box, skipped.
GENUINE = {
    "dvs128_pendulo2.aedat": (
        *("aedat2", (128, 128), 160_245, 86_843),
        *((122_448_607, 72, 126, 1), (134_582_678, 38, 82, 0), (0, 0, 127, 127), {}),
    ),
    "dvs128_lapiseira.aedat": (
        *("aedat2", (128, 128), 126_164, 73_701),
        *((3_799_644_735, 41, 83, 0), (3_818_152_388, 57, 75, 1), (0, 0, 127, 127), {}),
    ),
    "dvs128_neal_walking.aedat": (
        *("aedat2", (128, 128), 70_304, 34_031),
        *((135_707_767, 106, 90, 1), (144_951_371, 42, 74, 1), (0, 0, 127, 127), {}),
    ),
    "dvs128_alex_walking_again.aedat": (
        *("aedat2", (128, 128), 19_182, 7_102),
        *((41_306_606, 62, 9, 0), (48_193_156, 0, 105, 1), (0, 0, 127, 127), {}),
    ),
    "sample.aedat4": (
        *("aedat4", (320, 240), 111_954, 55_023),
        (1_605_537_493_718_345, 154, 204, 0),
        (1_605_537_494_308_262, 88, 237, 1),
        (0, 0, 319, 239),
        {"packets of IMUS": 59},
    ),
    "evt2_sample.raw": (
        *("evt2", (None, None), 539_481, 367_855),
        *((1_317_888, 237, 121, 1), (1_367_888, 210, 142, 1), (60, 18, 599, 475), {}),
    ),
    "evt3_sample.raw": (
        *("evt3", (None, None), 219_596, 115_532),
        *((11_718_656, 874, 200, 0), (11_727_457, 1218, 572, 1), (0, 0, 1279, 719), {}),
    ),
    "dvs.es": (
        *("es", (320, 240), 473_225, 270_001),
        *((0, 0, 0, 1), (999_000, 38, 193, 1), (0, 0, 319, 239), {}),
    ),
    "sample_ncars.dat": (
        *("dat", (None, None), 2_009, 1_350),
        *((0, 25, 8, 0), (99_952, 75, 28, 1), (0, 0, 77, 41), {}),
    ),
    "sample_stmnist.mat": (
        *("st-mnist", (10, 10), 2_346, 1_601),
        *((196_626, 5, 4, 0), (895_745, 6, 4, 1), (2, 3, 9, 8), {}),
    ),
    "ntidigits_sample.bs1": (
        *("slayer-1d", (None, 1), 898, 898),
        *((0, 63, 0, 1), (1_079_040, 19, 0, 1), (0, 0, 63, 0), {}),
    ),
    "../nmnist/sample_nmnist.bin": (
        *("n-mnist", (None, None), 4_325, 2_145),
        *((654, 7, 15, 1), (311_175, 21, 14, 1), (0, 0, 33, 33), {}),
    ),
    "../slider_depth/events_chunk.txt": (
        *("text", (None, None), 50_000, 21_147),
        *((3_811, 96, 133, 0), (174_156, 70, 103, 1), (0, 0, 239, 179), {}),
    ),
    "header_davis346.aedat": ("aedat2", (346, 260), 0, 0, None, None, None, {}),
    "header_test_128.aedat": (
        *("aedat2", (128, 128), 0, 0, None, None, None),
        {"bytes of filler": 6, "addresses that are no events": 4},
    ),
}


@pytest.fixture(scope="module")
def formats(real_data):
    folder = real_data / "events" / "formats"
    if not folder.is_dir():
        pytest.skip("RANVIER_DATA holds no recordings of event cameras")
    return folder


def of(name: str) -> None:
    if name.endswith(".aedat4"):
        pytest.importorskip("lz4", reason="the extra events is not installed")


@pytest.mark.parametrize("name", GENUINE)
def test_a_genuine_recording(name, formats):
    of(name)
    form, sensor, count, on, first, last, box, skipped = GENUINE[name]
    assert recognise(formats / name).name == form
    events = read(formats / name)
    found = statistics(events)
    assert (found.width, found.height) == sensor
    assert (found.count, found.on_count, found.bounding_box) == (count, on, box)
    if count:
        assert tuple(int(c[0]) for c in events.columns) == first
        assert tuple(int(c[-1]) for c in events.columns) == last
    assert events.account.skipped == skipped and not events.account.repaired


@pytest.mark.parametrize("name", GENUINE)
def test_a_genuine_recording_in_pieces(name, formats):
    of(name)
    whole = read(formats / name)
    parts = list(stream(formats / name, chunk_events=9_999, block_bytes=70_001))
    assert max(len(part) for part in parts) <= 9_999
    assert same(concatenate(parts), whole)
    assert concatenate(parts).account == whole.account


@pytest.mark.parametrize("least", [0, 1 << 60])
def test_evt3_agrees_with_another_decoder(formats, least, monkeypatch):
    if least == 0:
        pytest.importorskip("numba", reason="the loops are compiled by Numba")
    monkeypatch.setattr(_compiled, "LEAST_BYTES", least)
    events = read(formats / "evt3_sample.raw", format=Evt3())
    with np.load(formats / "evt3_sample_xyp.npz") as known:
        assert all((getattr(events, c) == known[c]).all() for c in "xyp")


@pytest.mark.parametrize("least", [0, 1 << 60])
def test_evt2_agrees_with_its_words(formats, least, monkeypatch):
    """Word by word, in plain Python, on the first of them."""
    if least == 0:
        pytest.importorskip("numba", reason="the loops are compiled by Numba")
    monkeypatch.setattr(_compiled, "LEAST_BYTES", least)
    content = (formats / "evt2_sample.raw").read_bytes()
    words = np.frombuffer(content[content.index(b"% evt 2.0\n") + 10 :], "<u4")[:4000].tolist()
    rows, high = [], 0
    for word in words:
        if word >> 28 == 8:
            high = word & 0xFFFFFFF
        else:
            rows.append((high << 6 | word >> 22 & 63, word >> 11 & 2047, word & 2047, word >> 28))
    events = read(formats / "evt2_sample.raw")[: len(rows)]
    assert [tuple(int(v) for v in row) for row in zip(*events.columns, strict=True)] == rows


def test_every_recording_of_n_mnist(real_data):
    """All 750: x, y below 34, times that rise, and the length of three saccades."""
    archive = real_data / "events" / "nmnist" / "nmnist_subset.zip"
    if not archive.exists():
        pytest.skip("RANVIER_DATA holds no N-MNIST")
    form, counts = catalogue["n-mnist"](34, 34), []
    with zipfile.ZipFile(archive) as held:
        names = [n for n in held.namelist() if n.endswith(".bin")]
        for name in names[::15]:
            from tempfile import NamedTemporaryFile

            with NamedTemporaryFile(suffix=".bin") as file:
                file.write(held.read(name))
                file.flush()
                events = read(file.name, format=form)
            counts.append(len(events))
            assert 250_000 < events.duration_us < 330_000
    assert len(names) == 750
    assert min(counts) >= 1_069 and max(counts) <= 7_152


def test_generic_events(formats):
    times, words = read_generic(formats / "generic.es")
    assert len(words) == 70 and times[[0, 1, -1]].tolist() == [0, 616, 1_207_922]
    assert b" ".join(words).startswith(b"Lorem ipsum dolor sit amet, consectetur")
    with pytest.raises(ValueError, match=r"generic\.es .* type 0 \(generic\).*read_generic"):
        read(formats / "generic.es")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("../nmnist/sample_nmnist.bin", catalogue["n-mnist"]()),
        ("ntidigits_sample.bs1", Slayer1D()),
        ("dvs.es", None),
        ("dvs128_neal_walking.aedat", None),
    ],
)
def test_the_same_bytes_are_written_again(name, form, formats, tmp_path):
    """Formats without freedom: what we write is what the recorder wrote, headers apart."""
    events = read(formats / name, format=form)
    made = tmp_path / (formats / name).name
    write(made, events, format=form)
    old, new = (formats / name).read_bytes(), made.read_bytes()
    if name.endswith(".aedat"):
        assert old.endswith(new[-8 * len(events) :])
    else:
        assert old == new


def test_a_header_that_lies_about_the_chip_can_be_overruled(formats):
    """The same records as bare address-events: every event, its time and its raw address."""
    file = formats / "dvs128_alex_walking_again.aedat"
    events = read(file)
    content = file.read_bytes()
    raw = np.frombuffer(content[-8 * len(events) :], ">u4").reshape(-1, 2)
    assert (raw[:, 1] == events.t).all()
    assert ((raw[:, 0] >> 1 & 127) == 127 - events.x).all()
    assert Aedat2().layout is None and AddressEvents().record_bytes == 8
