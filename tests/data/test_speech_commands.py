"""Speech commands: folders and archives, the official rule, broken files."""

import io
import zipfile

import numpy as np
import pytest
import soundfile

from ranvier.data import official_part, speech_commands


def sound(level=0.5, kind="FLAC", rate=16_000, channels=1, count=1600):
    buffer = io.BytesIO()
    soundfile.write(buffer, np.full((count, channels), level), rate, format=kind, subtype="PCM_16")
    return buffer.getvalue()


FILES = {
    "yes/0c540988_nohash_1.wav": sound(0.1, "WAV"),
    "no/0c540988_nohash_0.wav": sound(0.2, "WAV"),
    "_unknown_/bed_f2e59fea_nohash_4.wav.flac": sound(0.3),
    "_silence_/1024.flac": sound(0.4),
    "_background_noise_/pink_noise.wav": sound(0.9, "WAV"),
}


@pytest.fixture(params=["folder", "archive"])
def root(request, tmp_path):
    if request.param == "archive":
        (tmp_path / "speech_commands").mkdir()
        place = tmp_path / "speech_commands/speech_commands_v0.02_testset_subset.zip"
        with zipfile.ZipFile(place, "w") as archive:
            for name, content in FILES.items():
                archive.writestr(name, content)
        return tmp_path
    for name, content in FILES.items():
        path = tmp_path / "speech_commands_v0.02" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def test_each_folder_is_a_class_and_each_code_a_speaker(root):
    found = speech_commands(root)
    assert found.classes == ("_silence_", "_unknown_", "no", "yes")
    assert found.labels.tolist() == [0, 1, 2, 3] and found.takes.tolist() == [0, 4, 0, 1]
    assert found.sources == ("_silence_/1024.flac", "f2e59fea", "0c540988", "0c540988")
    levels = [float(samples[0]) for samples in found.samples]
    np.testing.assert_allclose(levels, [0.4, 0.3, 0.2, 0.1], atol=1e-4)
    assert found.rate_hz == 16_000 and {s.dtype for s in found.samples} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("yes/a_nohash_0.wav", sound(kind="WAV", rate=8000), "has 8000 samples per second"),
        ("yes/a_nohash_0.wav", sound(kind="WAV")[:-200], r"a_nohash_0.wav has \d+ bytes and"),
        ("yes/a_nohash_0.flac", b"fLaC and nothing else", "cannot be read as a sound file"),
        ("a_nohash_0.wav", sound(kind="WAV"), "expected it in a folder that has the name of its"),
    ],
)
def test_a_bad_file_is_named(tmp_path, name, content, message):
    path = tmp_path / "speech_commands_v0.02" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        speech_commands(tmp_path)


def test_what_is_missing_says_where_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RANVIER_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match=r"Get them from http://download.tensorflow.org"):
        speech_commands()
    (tmp_path / "cache/speech_commands").mkdir(parents=True)
    with pytest.raises(ValueError, match="holds no sound files"):
        speech_commands()


def test_the_rule_of_the_authors_knows_their_test_speakers(real_data):
    """The archive is a part of the official test set: all of its speakers must be found there."""
    found = speech_commands(real_data)
    spoken = [source for source in found.sources if "/" not in source]
    assert len(found) == 1320 and len(set(found.labels)) == 12 and len(spoken) == 1210
    assert {official_part(speaker) for speaker in spoken} == {"test"}


def test_speakers_are_dealt_out_in_tenths():
    """Of 5000 made-up speakers a tenth each; beyond 5 standard deviations: 1 in 1,000,000."""
    parts = [official_part(f"{k:08x}") for k in range(5000)]
    for part, share in (("valid", 0.1), ("test", 0.1), ("train", 0.8)):
        spread = (5000 * share * (1 - share)) ** 0.5
        assert abs(parts.count(part) - 5000 * share) < 5 * spread
