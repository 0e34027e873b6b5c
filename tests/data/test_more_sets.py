"""Photographs, vibrations and heartbeats: small files of each kind, and the genuine ones."""

import io
import shutil
import tarfile

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from ranvier.data import (
    HEARTBEAT_CLASSES,
    bearing_vibration,
    cifar10,
    heartbeats,
    read_electrocardiogram,
    split_by_source,
)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RANVIER_DATA", raising=False)
    return tmp_path


def batch(labels):
    """Pictures whose red, green and blue planes are 10, 20 and 30 times their label."""
    rows = []
    for label in labels:
        planes = [np.full(1024, colour * label, np.uint8) for colour in (10, 20, 30)]
        rows.append(np.concatenate([[np.uint8(label)], *planes]))
    return np.concatenate(rows).astype(np.uint8).tobytes()


@pytest.mark.parametrize("packed", [False, True])
def test_photographs_have_their_colours_last(alone, packed, monkeypatch):
    folder = alone / "cifar-10-batches-bin"
    folder.mkdir()
    for k in range(1, 6):
        (folder / f"data_batch_{k}.bin").write_bytes(batch([k, 0]))
    (folder / "test_batch.bin").write_bytes(batch([7]))
    if packed:
        archive = alone / "cifar-10-binary.tar.gz"
        with tarfile.open(archive, "w:gz") as made:
            made.add(folder, folder.name)
        shutil.rmtree(folder)
        monkeypatch.setattr("ranvier.data._cifar.find", lambda *a, **k: archive)
    learn, test = cifar10("train", alone), cifar10("test", alone)
    assert learn.labels.tolist() == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0]
    assert learn.images.shape == (10, 32, 32, 3)
    assert learn.images[2, 0, 0].tolist() == [20, 40, 60] and len(test) == 1


def test_photographs_that_are_cut_off_are_refused(alone):
    folder = alone / "cifar-10-batches-bin"
    folder.mkdir()
    (folder / "test_batch.bin").write_bytes(batch([7])[:-1])
    with pytest.raises(ValueError, match=r"test_batch.bin has 3072 bytes, expected a multiple"):
        cifar10("test", alone)
    (folder / "test_batch.bin").write_bytes(b"\x0c" + batch([1])[1:])
    with pytest.raises(ValueError, match="a label of 12, expected 0 to 9"):
        cifar10("test", alone)


def test_compressed_photographs_say_so(alone):
    files = []
    for grey in (0, 200):
        stream = io.BytesIO()
        Image.new("RGB", (32, 32), (grey, grey, grey)).save(stream, "JPEG")
        files.append(np.frombuffer(stream.getvalue(), np.uint8))
    (alone / "cifar10_jpeg").mkdir()
    path = alone / "cifar10_jpeg/cifar10_jpeg_test_a.npz"
    offset = np.cumsum([0, *map(len, files)])
    np.savez(path, jpeg=np.concatenate(files), offset=offset, label=np.array([3, 9], np.uint8))
    found = cifar10("test", alone, lossy=True)
    assert found.name == "cifar10 test, lossy" and found.labels.tolist() == [3, 9]
    assert abs(int(found.images[1, 5, 5, 0]) - 200) < 3
    np.savez(path, jpeg=np.concatenate(files)[:50], offset=offset, label=np.array([3, 9]))
    with pytest.raises(ValueError, match="cannot be read as compressed photographs"):
        cifar10("test", alone, lossy=True)


def test_bearings_are_known_by_the_number_of_their_record(alone):
    folder = alone / "cwru_bearing"
    folder.mkdir()
    for name, sensors in {"97_Normal_0": ("DE", "FE"), "130at6_0": ("DE", "FE", "BA")}.items():
        number = f"{int(name.split('_')[0].split('at')[0]):03d}"
        held = {f"X{number}_{s}_time": np.arange(5.0)[:, None] + k for k, s in enumerate(sensors)}
        savemat(folder / f"{name}.mat", held)
    (folder / "notes.mat").write_bytes(b"no record")
    found = bearing_vibration(alone)
    assert found.sources == ("130at6_0", "97_Normal_0") and found.labels.tolist() == [3, 0]
    assert [s.shape for s in found.samples] == [(5, 2)] * 2 and found.rate_hz == 12_000
    assert found.samples[0][2].tolist() == [2.0, 3.0]
    savemat(folder / "105_0.mat", {"X105_FE_time": np.ones((3, 1))})
    with pytest.raises(ValueError, match=r"105_0.mat holds \['X105_FE_time'\]; it lacks"):
        bearing_vibration(alone)
    (folder / "105_0.mat").write_bytes(b"MATLAB 5.0 MAT-file, and no more")
    with pytest.raises(ValueError, match=r"105_0.mat cannot be read"):
        bearing_vibration(alone)


def record(folder, name="r"):
    """Four samples of two leads, and two beats with a note between."""
    raw = np.array([[1024, 995], [1025, -3], [2047, 0], [-2048, 1]])
    low = raw & 0xFFF
    packed = np.stack([low[:, 0] & 255, low[:, 0] >> 8 | (low[:, 1] >> 8) << 4, low[:, 1] & 255], 1)
    (folder / f"{name}.dat").write_bytes(packed.astype(np.uint8).tobytes())
    words = [1 << 10 | 1, 63 << 10 | 3, 0x6261, 0x0063, 61 << 10 | 2, 5 << 10 | 2, 0]
    (folder / f"{name}.atr").write_bytes(np.array(words, "<u2").tobytes())
    sums = raw.sum(0)
    lines = ["# a comment", f"{name} 2 360 4"]
    lines += [f"{name}.dat 212 200 11 1024 995 {sums[k]} 0 {lead}" for k, lead in enumerate("AB")]
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n")
    return folder / f"{name}.hea", raw


def test_heartbeats_are_unpacked(tmp_path):
    path, raw = record(tmp_path)
    found = read_electrocardiogram(path)
    assert np.allclose(found.signals_mV, (raw - 1024) / 200) and found.leads == ("A", "B")
    assert found.beats.tolist() == [1, 3] and found.kinds == ("N", "V") and found.rate_hz == 360
    assert read_electrocardiogram(tmp_path / "r").name == "r"


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("r.dat", lambda b: b[:-1], r"r.dat has 11 bytes, expected 12 for 4 samples"),
        ("r.dat", lambda b: b"\x07" + b[1:], r"the samples of lead 0 have the checksum"),
        ("r.atr", lambda b: b[:-2], r"r.atr ends without the mark of its end"),
        ("r.atr", lambda b: b"\x09\x04" + b, r"r.atr: an annotation at sample 9 of 4"),
        ("r.hea", lambda b: b.replace(b"212", b"16"), r"2 signals in the formats \['16'\]"),
        ("r.hea", lambda b: b"nothing", r"r.hea cannot be read as a header"),
    ],
)
def test_damaged_records_are_refused(tmp_path, name, change, message):
    record(tmp_path)
    path = tmp_path / name
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ValueError, match=message):
        read_electrocardiogram(tmp_path / "r.hea")


def test_a_missing_file_is_named(tmp_path):
    path, _ = record(tmp_path)
    (tmp_path / "r.atr").unlink()
    with pytest.raises(FileNotFoundError, match=r"r.atr is not there"):
        read_electrocardiogram(path)


def test_the_genuine_heart(real_data):
    """Counts of beats as the database publishes them for this record; samples by checksum."""
    found = read_electrocardiogram(real_data / "ecg_mitbih/100")
    assert found.signals_mV.shape == (650_000, 2) and found.leads == ("MLII", "V5")
    assert {k: found.kinds.count(k) for k in set(found.kinds)} == {"N": 2239, "A": 33, "V": 1}
    assert np.allclose(found.signals_mV[0], [(995 - 1024) / 200, (1011 - 1024) / 200])
    peaks = found.signals_mV[found.beats, 0]
    assert np.mean(peaks > 0.3) > 0.99


def test_beats_are_cut_out_of_the_records_of_a_part(alone):
    folder = alone / "ecg_mitbih"
    folder.mkdir()
    for name in ("100", "101", "201", "102", "notes"):
        _, raw = record(folder, name)
    (folder / "notes.hea").rename(folder / "notes.txt")
    window = {"before_s": 1 / 360, "after_s": 1 / 360}
    found = heartbeats("train", alone, **window)
    # The second beat of each stands on the last sample: one sample behind it is its own.
    assert found.name == "heartbeats train" and found.rate_hz == 360
    assert found.sources == ("101", "101", "201", "201") and found.takes.tolist() == [0, 1] * 2
    assert [found.classes[k] for k in found.labels] == ["normal", "ventricular"] * 2
    assert np.allclose(found.samples[1], (raw[2:4] - 1024) / 200)
    assert set(heartbeats("test", alone, **window).sources) == {"100"}
    # A paced heart belongs to no part.
    everyone = heartbeats(root=alone, **window)
    assert set(everyone.sources) == {"100", "101", "201"}
    parts = split_by_source(everyone, {"train": 0.67, "test": 0.33})
    assert not set(parts["train"].sources) & set(parts["test"].sources)
    wider = heartbeats("test", alone, before_s=2 / 360, after_s=1 / 360)
    assert wider.takes.tolist() == [1] and wider.samples[0].shape == (3, 2)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"part": "trian"}, "heartbeats has no part 'trian'. .*'train'"),
        ({"part": "train"}, "holds no record of the part 'train'"),
        ({"before_s": 0.0, "after_s": 0.001}, "hold no sample of 360 Hz"),
        ({}, "no beat has 0.25 s before and 0.4 s behind it"),
    ],
)
def test_beats_that_cannot_be_cut(alone, asked, message):
    (alone / "ecg_mitbih").mkdir()
    record(alone / "ecg_mitbih", "100")
    with pytest.raises(ValueError, match=message):
        heartbeats(root=alone, **asked)


def test_records_of_several_rates_do_not_go_together(alone):
    folder = alone / "ecg_mitbih"
    folder.mkdir()
    for name in ("100", "103"):
        path, _ = record(folder, name)
    path.write_text(path.read_text().replace(" 360 ", " 250 "))
    with pytest.raises(ValueError, match=r"250.*are the rates in Hz, expected one"):
        heartbeats(root=alone, before_s=0.004, after_s=0.004)


def test_the_genuine_heartbeats(real_data):
    """Record 100: its first and its last beat are too near to the ends."""
    found = heartbeats("test", real_data)
    assert set(found.sources) == {"100"} and {s.shape for s in found.samples} == {(234, 2)}
    counts = np.bincount(found.labels, minlength=len(HEARTBEAT_CLASSES))
    assert counts.tolist() == [2237, 33, 1, 0, 0]
    assert np.mean([90 - 20 <= s[:, 0].argmax() <= 90 + 20 for s in found.samples]) > 0.95


def test_the_genuine_bearings(real_data):
    found = bearing_vibration(real_data)
    healthy = found.labels == 0
    assert healthy.sum() == 1 and set(found.labels) == {0, 1, 2, 3}
    spread = np.array([samples[:, 0].std() for samples in found.samples])
    assert spread[healthy].max() < spread[~healthy].min()


def test_the_genuine_photographs_in_their_lossy_copy(real_data):
    found = cifar10("test", real_data, lossy=True)
    assert found.images.shape == (5000, 32, 32, 3)
    assert np.bincount(found.labels).tolist() == [500] * 10
