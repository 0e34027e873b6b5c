"""The chip's cue task: the hardware's right answers, and runs that can be resumed."""

import json

import numpy as np
import pytest

from ranvier.apps import kept_settings, reckon_cue
from ranvier.apps.reckon_cue import Settings, build, run
from ranvier.apps.reckon_cue._train import Trained, chips_of, train, trials_of
from ranvier.data import read_reckon, reckon_cue_weights, reckon_cues


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished run without shipped files, with what it has told of."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    told = []
    result = run(folder, build(preset="small"), progress=lambda *part: told.append(part))
    return folder, result, told


def test_a_run_leaves_what_it_returns(small):
    folder, result, told = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert told == [
        ("seed0, epoch 1", 0, 4),
        ("seed0, epoch 2", 1, 4),
        ("seed1, epoch 1", 2, 4),
        ("seed1, epoch 2", 3, 4),
    ]
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        *("learning", "trial", "outputs")
    }
    assert "5.3 pJ" in (folder / "report.html").read_text()
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, build(preset="small"))
    assert build(**kept_settings(folder)) == build(preset="small")


def test_an_interrupted_run_goes_on_with_what_is_missing(small, tmp_path, monkeypatch):
    folder, result, _ = small
    (tmp_path / "parts").mkdir()
    kept = (folder / "parts" / "seed0.npz").read_bytes()
    (tmp_path / "parts" / "seed0.npz").write_bytes(kept)
    (tmp_path / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    asked = []
    module = "ranvier.apps.reckon_cue._run.train"
    monkeypatch.setattr(module, lambda *a: asked.append(a[0]) or train(*a))
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert asked == ["seed1"]
    assert again["chips"] == result["chips"] and again["summary"] == result["summary"]


def test_what_is_told_of_a_chip_is_what_it_did(small):
    folder, result, _ = small
    with np.load(folder / "parts" / "seed1.npz") as kept:
        chip = Trained(**dict(kept))
    told = result["chips"]["seed1"]
    assert told["test_hits"] == chip.hits[:, 1].tolist() and (chip.hits <= 4).all()
    assert told["fresh_accuracy"] == pytest.approx(100 * chip.fresh / 3)
    # A test changes no weight, and training does.
    assert not chip.counts[:, 1, 3].any() and chip.counts[:, 0, 3].all()
    operations = round(chip.counts[-1, 1, 2])
    assert told["energy"]["picojoule"] == pytest.approx(5.3 * operations)
    assert told["power_uW"] == pytest.approx(5.3e-6 * operations / 2.25)
    assert result["hardware"] is None
    assert chips_of(build(preset="small")) == ["seed0", "seed1"]
    # Spikes reach every neuron and both outputs, events every neuron: fewer operations than that
    # only by what the last tick leaves undelivered.
    events, spikes, _, _ = chip.counts[-1, 1]
    assert 0.95 < operations / (100 * events + 102 * spikes) <= 1


def test_the_shipped_chip_answers_as_the_hardware_description_did(real_data, tmp_path):
    result = run(tmp_path, build(preset="shipped", epochs=1, fresh=5))
    assert result["hardware"]["equal"] and result["hardware"]["epochs"] == 1
    chip = result["chips"]["shipped"]
    assert (chip["training_hits"], chip["test_hits"]) == ([32], [45])
    page = (tmp_path / "report.html").read_text()
    assert "96.4 %" in page and "equal" in page


def test_other_answers_are_not_called_equal():
    hits = np.array([[32, 45], [46, 48]])
    counts, rest = np.zeros((2, 2, 4)), [np.zeros(1)] * 6
    chip = Trained(hits, counts, *rest)
    found = reckon_cue._run._beside_hardware({"shipped": chip})
    assert not found["equal"] and found["test_hits"] == [45, 49]
    assert reckon_cue._run._beside_hardware({"shipped": chip._replace(hits=hits[:1])})["equal"]


def test_trials_are_the_same_for_all_and_the_parts_are_not():
    settings = build(preset="small")
    one, two = trials_of(settings), trials_of(settings)
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a.spikes, b.spikes) and np.array_equal(a.labels, b.labels)
    assert not np.array_equal(one[0].spikes, one[1].spikes)
    assert one[0].asked.sum() == 150 and one[0].spikes.shape == (4, 2250, 40)


def test_the_shipped_files_are_found(real_data):
    for part in ("train", "test"):
        path = real_data / "reckon_cue" / f"dataset_cueAcc_{part}.dat"
        assert np.array_equal(reckon_cues(part, real_data).x, read_reckon(path).x)
    shapes = [weights.shape for weights in reckon_cue_weights(real_data)]
    assert shapes == [(40, 100), (100, 100), (100, 2)]


def test_settings_without_a_chip_are_refused():
    with pytest.raises(ValueError, match="seeds is 0, expected 1 or more with generated data"):
        build(data="generated", seeds=0)
    with pytest.raises(ValueError, match=r"epochs is 0"):
        build(epochs=0)
    assert Settings(seeds=0).data == "shipped"
