"""Codes of digits on the learning chip: what is sent, what is measured, and runs to resume."""

import json
import shutil

import numpy as np
import pytest

import ranvier.data
from ranvier.apps import kept_settings
from ranvier.apps._odin_digits.images import Digits, images_of, ordered
from ranvier.apps._odin_digits.learn import Learned, learn
from ranvier.apps.odin_rank_order import build, run
from ranvier.apps.odin_rank_order._codes import LABELS, coded
from ranvier.apps.odin_rank_order._measure import measured
from ranvier.apps.odin_rank_order._numbers import early, until
from ranvier.apps.odin_rank_order._run import _found, _learned
from tests.apps.conftest import shapes

SMALL = build(preset="small")


def draw(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished run on bars of light."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    parts = {"train": shapes("train", 120, 0), "test": shapes("test", 60, 1)}
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranvier.data, "optical_digits", parts.__getitem__)
        result = run(folder, SMALL, progress=lambda *part: told.append(part))
    return folder, result, told


# Codes


def ranked(count=40):
    """Images of 64 pixels, brightest first; every third sends less."""
    greys = -np.sort(-draw(1).integers(10, 256, (count, 64)), axis=1).astype(np.float32)
    pixels = np.argsort(draw(2).random((count, 64)), axis=1)
    lengths = np.where(np.arange(count) % 3, 20, 7)
    return Digits(pixels[:, :20], greys[:, :20], lengths, np.arange(count) % 10)


def spikes_of(digits):
    return [
        row[:length].tolist() for row, length in zip(digits.pixels, digits.lengths, strict=True)
    ]


def test_orders_send_the_same_pixels():
    digits = ranked()
    brightest = spikes_of(coded(SMALL, "brightest", digits, draw()))
    darkest = coded(SMALL, "darkest", digits, draw())
    shuffled, other = (coded(SMALL, "shuffled", digits, draw(seed)) for seed in (0, 1))
    assert brightest == spikes_of(digits)
    assert spikes_of(darkest) == [row[::-1] for row in brightest]
    assert [sorted(row) for row in spikes_of(shuffled)] == [sorted(row) for row in brightest]
    assert not any(a == b for a, b in zip(spikes_of(shuffled), brightest, strict=True))
    assert spikes_of(shuffled) != spikes_of(other)
    # Every pixel keeps its brightness, and no place is preferred.
    for one in (darkest, shuffled):
        for number in range(40):
            of = dict(zip(digits.pixels[number], digits.grey[number], strict=True))
            sent = slice(one.lengths[number])
            seen = [of[pixel] for pixel in one.pixels[number, sent]]
            assert seen == one.grey[number, sent].tolist()
    many = digits.only(np.ones(4000, np.int64))
    places = coded(SMALL, "shuffled", many, draw()).pixels == digits.pixels[1, 0]
    assert places.mean(0) == pytest.approx(np.full(20, 1 / 20), abs=0.015)


def test_the_rate_code_spikes_in_proportion_at_drawn_times():
    grey = np.array([[255, 204, 102, 51, 30]], np.float32)
    digits = Digits(np.array([[9, 3, 60, 7, 8]]), grey, np.array([4]), np.array([6]))
    many = digits.only(np.zeros(3000, np.int64))
    settings = build(preset="small", rate_spikes=5, rate_steps=20)
    sent = coded(settings, "rate", many, draw())
    counts = np.array([np.bincount(row, minlength=64) for row in spikes_of(sent)])
    # The fifth pixel is beyond the length: it is not sent.
    assert counts.mean(0)[[9, 3, 60, 7, 8]] == pytest.approx([5, 4, 2, 1, 0], abs=0.12)
    assert counts[:, 9].var() == pytest.approx(5 * (1 - 5 / 20), rel=0.1)
    assert (sent.labels == 6).all() and sent.lengths.mean() == pytest.approx(12, abs=0.2)
    first = sent.pixels[:, 0][sent.lengths > 0]
    assert (first == 9).mean() == pytest.approx(5 / 12, abs=0.03)
    # As late as early: the brightest pixel is as frequent among last spikes.
    last = np.array([row[-1] for row in spikes_of(sent) if row])
    assert (last == 9).mean() == pytest.approx(5 / 12, abs=0.03)
    assert (sent.grey[sent.pixels == 9] == 255).all()


# Measures


def two_pixels():
    """A bright pixel that speaks for class 2, and a darker one for class 5."""
    weights = np.zeros((64, 10), np.uint8)
    weights[0, 2], weights[1, 5] = 7, 7
    grey = np.array([[200, 100], [200, 100]], np.float32)
    labels = np.array([2, 5])
    return weights, Digits(np.array([[0, 1], [0, 1]]), grey, np.array([2, 2]), labels)


def test_the_order_decides_and_every_operation_is_counted():
    weights, digits = two_pixels()
    settings = build(preset="small", threshold=7, thresholds=(7, 8))
    found = {
        code: measured(settings, weights, coded(settings, code, digits, draw()))
        for code in ("brightest", "darkest")
    }
    for one in found.values():
        assert one["accuracy"] == 50 and one["silent"] == 0 and one["input_spikes"] == 1
        assert one["answered"] == [0, 100] and one["right"] == [0, 50]
        assert one["operations"] == {"rows": 256, "single": 10} and one["ways_agree"]
        assert one["nanojoule"]["rows"] == pytest.approx(256 * 12.7e-3)
        seven, eight = one["by_threshold"]
        assert seven["accuracy"] == 50 and seven["counted"] == 50
        # No membrane reaches eight: everything is sent, and nothing is said.
        assert eight["silent"] == 100 and eight["input_spikes"] == 2
        assert eight["answered"] == [0] and eight["operations"]["single"] == 20
    only = digits.only(np.array([0]))
    right = [
        measured(settings, weights, coded(settings, code, only, draw()))["accuracy"]
        for code in ("brightest", "darkest")
    ]
    assert right == [100, 0]


def test_shares_go_on_after_the_last_answer():
    parts = [{"answered": [0.0, 40.0], "right": [0.0, 10.0]}, {"answered": [0.0, 0.0, 80.0]}]
    assert until(parts) == 2
    shares = early(parts, "answered", 3)
    assert shares.mean.tolist() == [0, 20, 60, 60]
    assert shares.deviation == pytest.approx(np.array([0, 40, 40, 40]) / 2**0.5)
    assert early(parts[:1], "right", 2).deviation is None


# Runs


def test_a_run_leaves_what_it_returns(small):
    folder, result, told = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert told[0] == ("seed0-brightest learns", 0, 640)
    assert told[-1] == ("seed1-rate learns", 630, 640)
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        *("sent", "order", "thresholds", "early", "earlier", "energy", "learning")
    }
    page = (folder / "report.html").read_text()
    assert "84.5 %" in page and "gave the same answers" in page and "darkest first" in page
    for code, found in result["summary"].items():
        assert found["own"]["accuracy"]["mean"] > 50, "bars are easy to tell apart"
        assert found["own"]["lost"]["mean"] == pytest.approx(
            result["summary"]["brightest"]["own"]["accuracy"]["mean"]
            - found["own"]["accuracy"]["mean"]
        )
        for chip in result["chips"].values():
            assert chip[code]["own"]["ways_agree"] and chip[code]["ranked"]["ways_agree"]
            assert chip[code]["while_learning"][-1] == pytest.approx(chip[code]["own"]["accuracy"])
            assert (
                chip[code]["own"]["by_threshold"][-1]["accuracy"] == chip[code]["own"]["accuracy"]
            )
            spikes = [point["input_spikes"] for point in chip[code]["own"]["by_threshold"]]
            assert spikes == sorted(spikes) and spikes[0] < spikes[-1]
    sent = [result["summary"][code]["sent"]["mean"] for code in ("brightest", "darkest", "rate")]
    assert sent[0] == sent[1] and sent[2] > 2 * sent[0]
    brightest = result["summary"]["brightest"]
    assert brightest["own"] == brightest["ranked"] and brightest["own"]["lost"]["mean"] == 0
    assert result["bits_of_order"] == pytest.approx(28.84, abs=0.01)
    assert build(**kept_settings(folder)) == SMALL
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, SMALL)


def test_chips_of_a_seed_differ_by_the_code_alone(small):
    folder, _, _ = small
    chips = {}
    for code in LABELS:
        with np.load(folder / "parts" / f"seed1-{code}.npz") as kept:
            chips[code] = Learned(**dict(kept))
    first = chips["brightest"]
    for code, chip in chips.items():
        assert np.array_equal(chip.weights[0], first.weights[0])
        assert code == "brightest" or not np.array_equal(chip.weights[-1], first.weights[-1])


def test_what_learns_brightest_first_is_the_chip_of_the_other_experiment(small, bars):
    import ranvier.apps.odin_sdsp_digits as other

    folder, _, _ = small
    settings = other.build(preset="small")
    training, _ = images_of(settings)
    alone = learn(1, settings, training, lambda some: ordered(settings, some), lambda _: None)
    with np.load(folder / "parts" / "seed1-brightest.npz") as kept:
        for name, array in alone._asdict().items():
            assert np.array_equal(kept[name], array), name


@pytest.mark.parametrize("code", LABELS)
def test_as_many_spikes_are_learned_by_every_code(code, bars, monkeypatch):
    asked = []
    monkeypatch.setattr("ranvier.apps.odin_rank_order._run.learn", lambda *a: asked.append(a))
    _learned(3, code, SMALL, bars["train"], lambda _: None)
    ((seed, settings, images, sent, _),) = asked
    assert (seed, settings, images) == (3, SMALL, bars["train"])
    digits = sent(images[:30])
    assert digits.lengths.max() == 12 and digits.pixels.shape[1] >= 12
    # Whatever the weights, no output fires twice by so many.
    assert 2 * build().learning_threshold > 7 * 60


def test_an_interrupted_run_goes_on_with_what_is_missing(small, bars, tmp_path, monkeypatch):
    folder, result, _ = small
    shutil.copytree(folder / "parts", tmp_path / "parts")
    shutil.copy(folder / "settings.json", tmp_path)
    for missing in ("seed1-shuffled.npz", "seed1-shuffled.json", "seed0-rate.json"):
        (tmp_path / "parts" / missing).unlink()
    asked, judged = [], []
    module = "ranvier.apps.odin_rank_order._run."
    monkeypatch.setattr(module + "learn", lambda *a: asked.append(a[0]) or learn(*a))
    monkeypatch.setattr(module + "_found", lambda *a: judged.append(a[:2]) or _found(*a))
    monkeypatch.setattr(module + "write_report", lambda folder: folder)
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert asked == [1] and judged == [(0, "rate"), (1, "shuffled")]
    assert json.dumps(again["chips"]) == json.dumps(result["chips"])


def test_a_run_of_one_code_and_one_chip_has_a_report(bars, tmp_path):
    result = run(tmp_path / "one", build(preset="small", codes=("brightest",), seeds=1, images=20))
    assert result["summary"]["brightest"]["own"]["accuracy"]["spread"] is None
    page = (tmp_path / "one" / "report.html").read_text()
    assert "brightest first" in page and "shuffled" not in page


def test_settings_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match=r"codes are .'shuffled'., expected each once"):
        build(codes=("shuffled",))
    with pytest.raises(ValueError, match="expected each once"):
        build(codes=("brightest", "brightest"))
    with pytest.raises(ValueError, match="rate_spikes is 70, expected at most rate_steps, 64"):
        build(rate_spikes=70)
    with pytest.raises(ValueError, match="thetamem is 225"):
        build(thetamem=225)
    with pytest.raises(ValueError, match=r"codes\.0 is 'loudest'"):
        build(codes=("loudest",))
