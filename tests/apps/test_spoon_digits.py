"""Digits on SPOON: what a run leaves, that it goes on, and that networks arrive unchanged."""

import json

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.apps import kept_settings, spoon_digits
from ranvier.apps.spoon_digits import build, run
from ranvier.apps.spoon_digits._digits import Digits, digits_of, pictures
from ranvier.apps.spoon_digits._off_chip import OffChip
from ranvier.apps.spoon_digits._on_chip import chips_of, new_chip, train_on_chip
from ranvier.apps.spoon_digits._settings import registers_of
from ranvier.apps.spoon_digits._twin import OnChip, deployed, network, parameters
from ranvier.data import optical_digits
from ranvier.hardware.chips.spoon import SPOON, image_samples
from ranvier.nets import run as run_network

MODULE = "ranvier.apps.spoon_digits._run"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished run, with what it has told of."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    told = []
    result = run(folder, build(preset="small"), progress=lambda *part: told.append(part))
    return folder, result, told


def test_a_run_leaves_what_it_returns(small):
    folder, result, told = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert told[0] == ("off the chip", 0, 9) and told[-1] == ("output-alone, epoch 2", 8, 9)
    assert [done for _, done, _ in told] == [0, 1, 2, 3, 3, 4, 5, 6, 7, 8]
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        *("learning", "kernels", "events")
    }
    page = (folder / "report.html").read_text()
    assert "not comparable" in page and "313" in page
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, build(preset="small"))
    assert build(**kept_settings(folder)) == build(preset="small")


def test_what_is_told_is_what_was_found(small):
    folder, result, _ = small
    with np.load(folder / "parts" / "off-chip.npz") as kept:
        off_chip = OffChip(**dict(kept))
    accuracy = result["off_chip"]["accuracy"]
    assert result["off_chip"]["differing"] == 0
    assert accuracy["chip"] == accuracy["trained_rounded"] > 75
    settings = build(preset="small")
    test = digits_of(settings, "test")
    chip = SPOON(registers_of(settings, test.shape))
    state = chip.init(off_chip.kernels, off_chip.bias, off_chip.w_hidden, off_chip.w_output)
    _, outcome = chip.run_samples(state, test.samples)
    assert 100 * (outcome.answers == test.labels).mean() == pytest.approx(accuracy["chip"])
    each = result["off_chip"]["per_digit"]
    assert each["events"] == pytest.approx(len(test.samples.events) / len(test.labels))
    assert [part["what"] for part in result["off_chip"]["energy"]] == [
        *("classifications", "accumulations", "products", "weights read")
    ]
    assert result["off_chip"]["energy"][0]["nJ"] == 313
    assert result["off_chip"]["energy"][1]["nJ"] == pytest.approx(each["accumulations"] * 1e-4)
    first, alone = result["chips"]["seed0"], result["chips"]["output-alone"]
    assert first["images"] == [75, 150, 300, 600, 1200]
    assert first["test_accuracy"][-1] > 60 and first["per_digit"]["test"]["weight_changes"] == 0
    assert first["per_digit"]["training"]["weight_changes"] > 10
    assert alone["per_digit"]["training"]["weight_changes"] > 0
    summary = result["summary"]
    scores = [result["chips"][name]["test_accuracy"][-1] for name in ("seed0", "seed1")]
    assert summary["on_chip"] == pytest.approx(np.mean(scores)) and summary["chips"] == 2
    assert summary["gap"] == pytest.approx(accuracy["chip"] - np.mean(scores))


def test_an_interrupted_run_goes_on_with_what_is_missing(small, tmp_path, monkeypatch):
    folder, result, _ = small
    (tmp_path / "parts").mkdir()
    for name in ("off-chip", "seed0", "output-alone"):
        kept = (folder / "parts" / f"{name}.npz").read_bytes()
        (tmp_path / "parts" / f"{name}.npz").write_bytes(kept)
    (tmp_path / "settings.json").write_bytes((folder / "settings.json").read_bytes())
    asked = []
    real = train_on_chip
    monkeypatch.setattr(f"{MODULE}.train_on_chip", lambda *a: asked.append(a[4]) or real(*a))
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert asked == [1]
    assert again["chips"] == result["chips"] and again["summary"] == result["summary"]


@pytest.mark.parametrize("hard_tanh", [True, False])
def test_a_rounded_network_arrives_on_the_chip_unchanged(hard_tanh):
    settings = build(preset="small", hard_tanh=hard_tanh)
    images = optical_digits("test")[:60]
    chip = SPOON(registers_of(settings, (8, 8)))
    form = OnChip(chip.registers, settings.fractions, rounded=True)
    model = network(chip.registers, settings.ranges, jr.key(3), rounded=True)
    state = deployed(chip, form, model)
    samples = image_samples(images.images)
    digits = Digits(samples, images.labels.astype(int), (8, 8))
    seen = pictures(digits, settings.window)
    assert np.array_equal(seen, images.images)
    _, outcome = chip.run_samples(state, samples, record=("output_sum",))
    x = jnp.asarray(seen.astype(np.float32)[None, ..., None] / 256)
    one = chip.registers.one_hidden * 2.0 ** settings.fractions[2]
    _, outputs = run_network(form(model), x)
    assert np.array_equal(np.asarray(outputs[-1]) * one, outcome.recorded["output_sum"])
    assert len(set(outcome.answers)) > 1
    # What the chip has no place for is taken out.
    assert not parameters(form(model))[-1].any()


def test_a_new_chip_has_the_convolution_and_nothing_else(small):
    folder, _, _ = small
    with np.load(folder / "parts" / "off-chip.npz") as kept:
        off_chip = OffChip(**dict(kept))
    settings = build(preset="small")
    chip, state = new_chip(settings, (8, 8), off_chip, 0, 3)
    _, other = new_chip(settings, (8, 8), off_chip, 1, 3)
    assert np.array_equal(state.kernels, off_chip.kernels) and not state.w_output.any()
    assert 20 < np.abs(state.w_hidden).max() <= settings.start
    assert not np.array_equal(state.feedback, other.feedback)
    assert chip.registers.seed != 1 and list(chips_of(settings))[-1] == "output-alone"


def test_recordings_are_found_and_go_through(real_data, tmp_path):
    more = {"channels": 2, "hidden": 8, "epochs": 1, "float_epochs": 1, "rounded_epochs": 1}
    result = run(tmp_path, build(data="n-mnist", images=30, seeds=1, batch_size=10, **more))
    assert result["digits"]["train"] == 30 and result["registers"]["rows"] == 34
    assert result["off_chip"]["differing"] == 0
    assert 50 < result["off_chip"]["per_digit"]["events"] < 34 * 34
    assert "not comparable" in (tmp_path / "report.html").read_text()


def test_settings_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(ValueError, match="epochs is 0"):
        build(epochs=0)
    with pytest.raises(ValueError, match="images is 5000, expected at most 1400"):
        run(tmp_path, build(preset="small", images=5000))
    with pytest.raises(ValueError, match="register channels is 5 bits wide"):
        registers_of(spoon_digits.Settings(channels=40), (28, 28))
