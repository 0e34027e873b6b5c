"""Spoken digits: the published split and its sound, small folders and archives, broken files."""

import io
import zipfile

import numpy as np
import pytest
import soundfile

from ranvier.data import spoken_digits

NAMES = [f"{d}_{who}_{take}.wav" for d in (7, 3) for who in ("bob", "ann") for take in (12, 4, 5)]


def wave(level=0.5, count=400, rate=8000, channels=1):
    buffer = io.BytesIO()
    samples = np.full((count, channels), level)
    soundfile.write(buffer, samples, rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of few recordings, which differ in their level."""
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RANVIER_DATA", raising=False)
    found = tmp_path / "data" / "fsdd" / "recordings"
    found.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        (found / name).write_bytes(wave((number + 1) / 16))
    (found / "._3_ann_4.wav").write_bytes(b"what a system hides beside it")
    (found / "README.md").write_text("no sound")
    return found


def archived(folder):
    """The same in an archive, in its place."""
    with zipfile.ZipFile(folder.with_suffix(".zip"), "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"some-folder/{path.name}")
            path.unlink()
    folder.rmdir()
    return folder.with_suffix(".zip")


@pytest.mark.parametrize("place", [lambda folder: folder, archived])
def test_parts_are_split_by_take_and_sorted(folder, place):
    place(folder)
    root = folder.parent.parent
    test, learn = (spoken_digits(part, root) for part in ("test", "train"))
    assert test.labels.tolist() == [3, 3, 7, 7] and test.takes.tolist() == [4] * 4
    assert test.sources == ("ann", "bob", "ann", "bob") and test.rate_hz == 8000
    assert learn.takes.tolist() == [5, 12] * 4 and len(learn) == 8
    for found in (test, learn):
        assert {samples.dtype for samples in found.samples} == {np.dtype(np.float32)}
        for digit, who, take, samples in zip(
            found.labels, found.sources, found.takes, found.samples, strict=True
        ):
            level = (NAMES.index(f"{digit}_{who}_{take}.wav") + 1) / 16
            np.testing.assert_allclose(samples, np.full(400, level), atol=2**-15)


def test_speakers_are_kept_by_name(folder):
    root = folder.parent.parent
    assert set(spoken_digits("train", root, speakers=["bob"]).sources) == {"bob"}
    assert set(spoken_digits("test", root, speakers="ann").sources) == {"ann"}
    with pytest.raises(ValueError, match=r"no speaker 'anne'\. Did you mean 'ann'"):
        spoken_digits("train", root, speakers=["bob", "anne"])
    with pytest.raises(ValueError, match=r"no speakers to keep\. Known: ann, bob"):
        spoken_digits("train", root, speakers=())


def test_recordings_are_looked_for_where_other_data_are(folder, monkeypatch):
    monkeypatch.setenv("RANVIER_DATA", str(folder.parent.parent))
    assert len(spoken_digits("test")) == 4
    monkeypatch.setenv("RANVIER_DATA", str(folder.parent))
    assert len(spoken_digits("test")) == 4


def test_missing_recordings_say_where_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RANVIER_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=r"git clone https://github\S+ \S+/cache/fsdd"):
        spoken_digits()
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        spoken_digits(root=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("3_ann_6.wav", wave()[:-100], "3_ann_6.wav has 744 bytes .* expected 844"),
        ("3_ann_6.wav", wave()[:20], "3_ann_6.wav .20 bytes. cannot be read as a sound file"),
        ("3_ann_6.wav", b"", "3_ann_6.wav .0 bytes. cannot be read as a sound file"),
        ("3_ann_6.wav", wave(count=0), "3_ann_6.wav has 44 bytes and 0 samples"),
        ("3_ann_6.wav", wave(rate=16000), "3_ann_6.wav has 16000 samples per second"),
        ("3_ann_6.wav", wave(channels=2), r"3_ann_6.wav has 8000 .* 2 channel\(s\)"),
        ("ten_ann_6.wav", wave(), "ten_ann_6.wav: expected a name of the form"),
        ("10_ann_6.wav", wave(), "10_ann_6.wav: expected a name of the form"),
    ],
)
@pytest.mark.parametrize("place", [lambda folder: folder, archived])
def test_a_bad_file_is_named(folder, place, name, content, words):
    (folder / name).write_bytes(content)
    place(folder)
    with pytest.raises(ValueError, match=words):
        spoken_digits("train", folder.parent.parent)


def test_a_damaged_archive_and_an_empty_folder_are_named(folder):
    archive, root = archived(folder), folder.parent.parent
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"recordings\.zip cannot be read as a zip archive"):
        spoken_digits("train", root)
    # One byte of the first recording: the archive's own checksum tells.
    archive.write_bytes(whole[:200] + bytes([whole[200] ^ 255]) + whole[201:])
    with pytest.raises(ValueError, match="Bad CRC-32 for file 'some-folder/"):
        for part in ("train", "test"):
            spoken_digits(part, root)
    folder.mkdir()
    with pytest.raises(ValueError, match="holds no wave files"):
        spoken_digits("train", root)
    (folder / NAMES[0]).write_bytes(wave())
    with pytest.raises(ValueError, match="no recording of the test part by bob"):
        spoken_digits("test", root)


def test_the_published_recordings_are_split_as_published(real_data):
    test, learn = spoken_digits("test", real_data), spoken_digits("train", real_data)
    voices = len(set(test.sources))
    assert len(test) == 50 * voices and len(learn) == 450 * voices
    assert np.bincount(learn.labels).tolist() == [45 * voices] * 10
    for found in (test, learn):
        assert all(0.1 < len(samples) / found.rate_hz < 3 for samples in found.samples)
        assert all(0 < np.abs(samples).max() <= 1 for samples in found.samples)
