"""Braille letters: the archive, and archives that are none."""

import numpy as np
import pytest

from ranvier.data import braille


def arrays(**changed):
    made = {
        "taxel": np.arange(10 * 12, dtype=np.uint8).reshape(10, 12),
        "offset": np.array([0, 4, 10]),
        "label": np.array([1, 0]),
        "repetition": np.array([7, 7]),
        "letters": np.array(["Space", "A"]),
    }
    return {k: v for k, v in {**made, **changed}.items() if v is not None}


def written(folder, **changed):
    (folder / "braille").mkdir()
    np.savez(folder / "braille/braille_taxels_dev.npz", **arrays(**changed))
    return folder


def test_trials_are_cut_and_turned_round(tmp_path):
    found = braille(written(tmp_path))
    assert [s.shape for s in found.samples] == [(4, 12), (6, 12)]
    assert found.samples[0][0, 0] == 1.0 and np.isclose(found.samples[1][0, 0], 1 - 48 / 255)
    assert found.classes == ("Space", "A") and found.labels.tolist() == [1, 0]
    assert found.sources == ("repetition 7",) * 2 and found.rate_hz == 40


@pytest.mark.parametrize(
    "changed",
    [
        {"offset": np.array([0, 10])},
        {"offset": np.array([0, 4, 9])},
        {"offset": np.array([0, 11, 10])},
        {"repetition": np.array([1])},
        {"taxel": np.zeros(10, np.uint8)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path, changed):
    with pytest.raises(ValueError, match=r"braille_taxels_dev.npz: 2 labels, .* do not fit"):
        braille(written(tmp_path, **changed))


def test_a_missing_array_and_a_damaged_archive_are_named(tmp_path, monkeypatch):
    monkeypatch.delenv("RANVIER_DATA", raising=False)
    root = written(tmp_path, letters=None)
    with pytest.raises(ValueError, match="it lacks letters"):
        braille(root)
    path = root / "braille/braille_taxels_dev.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match="cannot be read as an archive of NumPy arrays"):
        braille(root)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="the Braille letters are not on this machine"):
        braille(root)


def test_the_published_letters(real_data):
    found = braille(real_data)
    assert len(found) == 1080 and len(found.classes) == 27 and len(set(found.sources)) == 40
    assert {len(s) for s in found.samples} == {76, 77}
    assert all(s.min() >= 0 and s.max() <= 1 for s in found.samples)
    assert np.bincount(found.labels).tolist() == [40] * 27
