"""Digits on the learning chip: images, the teacher, answers, and runs that can be resumed."""

import json

import numpy as np
import pytest

import ranvier.data
from ranvier.apps import kept_settings
from ranvier.apps._odin_digits import chip as chips
from ranvier.apps._odin_digits import judge as judging
from ranvier.apps._odin_digits import learn as learning
from ranvier.apps._odin_digits.images import Digits, images_of, ordered, scaled, upright
from ranvier.apps._odin_digits.judge import nanojoule
from ranvier.apps.odin_sdsp_digits import build, run
from ranvier.hardware.chips import odin
from tests.apps.small_runs import shapes

SMALL = build(preset="small")


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


# Images


def test_a_slanted_line_is_set_upright():
    image = np.zeros((1, 21, 21))
    for row in range(3, 18):
        image[0, row, 10 + (row - 10) // 2] = 200.0
    straight = upright(image)
    width, narrow = ((array[0].sum(0) > 50).sum() for array in (image, straight))
    assert width > 6 and narrow <= 2
    assert straight.sum() == pytest.approx(image.sum())
    # What stands upright stays, and so does an empty image.
    assert upright(straight) == pytest.approx(straight, abs=8)
    assert not upright(np.zeros((1, 5, 5))).any()


def test_images_are_cut_and_scaled_by_equal_parts():
    draw = np.random.default_rng(0)
    images = draw.integers(0, 256, (2, 28, 28), dtype=np.uint8)
    same = scaled(build(crop=16, side=16, deskew=False), images)
    assert np.array_equal(same.reshape(2, 16, 16), images[:, 6:22, 6:22])
    halves = scaled(build(crop=28, side=14, deskew=False), images).reshape(2, 14, 14)
    means = images.reshape(2, 14, 2, 14, 2).mean((2, 4))
    assert np.abs(halves - means).max() <= 0.5
    # Pixels that are cut give a part to either side, and no light is lost.
    thirds = scaled(build(crop=24, side=16, deskew=False), images).sum(1) * (24 / 16) ** 2
    assert thirds == pytest.approx(images[:, 2:26, 2:26].sum((1, 2)), rel=0.01)


def test_the_brightest_pixel_is_first_and_dark_ones_are_not_sent():
    image = np.zeros((1, 4, 4), np.uint8)
    image[0, 1, 1], image[0, 0, 3], image[0, 2, 0], image[0, 3, 3] = 90, 200, 90, 9
    settings = build(crop=4, side=4, deskew=False, dimmest=10, spikes=5)
    digits = ordered(settings, ranvier.data.Images("one", image, np.array([7], np.uint8)))
    assert digits.lengths.tolist() == [3] and digits.labels.tolist() == [7]
    assert digits.pixels[0, :3].tolist() == [3, 5, 8]


def test_those_to_validate_by_are_not_learned(bars):
    training, judged = images_of(build(preset="small", judge="validation", judged=99))
    assert (len(training), len(judged)) == (100, 20)
    assert np.array_equal(judged.images, bars["train"].images[100:])
    with pytest.raises(ValueError, match="images is 101, expected at most 100"):
        images_of(build(preset="small", images=101))
    with pytest.raises(ValueError, match="crop is 20, expected at most 8"):
        ordered(build(), bars["test"])


# The teacher

REGISTERS = {"preset": "small", "learning_threshold": 70, "thetamem": 35}
EASY = build(**REGISTERS, together=99, alone=0, slowing=0, margin=0)


def lesson(weights, settings=EASY):
    return learning.Lesson(settings, weights, np.random.default_rng(0))


def changed(one, pixels, label):
    """What a lesson does to the weights of each output, on average over the pixels."""
    before = one.state.synapses[:64, :10].astype(int)
    heard = one.hear(pixels, label)
    one.go_on(heard, one.after(heard, pixels, label))
    return heard, (one.state.synapses[:64, :10].astype(int) - before)


def test_the_right_output_rises_and_those_that_fired_wrongly_fall():
    weights = np.full((64, 10), 2)
    weights[:, 4] = 6
    pixels = np.arange(12)
    one = lesson(weights)
    heard, moved = changed(one, pixels, 3)
    assert heard.fired == {4} and heard.sent == 12 and heard.asks(3)
    assert (moved[:12, 3] == 1).all() and (moved[:5, 4] == -1).all()
    assert not moved[12:].any() and not moved[:, [0, 1, 2, 5, 6, 7, 8, 9]].any()
    # The next image finds membranes and calcium at rest.
    _, seen = one.chip.trace(one.state, [], ["core"])
    assert not one.state.neurons[:10, :3].any() and seen["core"].shape[0] == 0


def test_what_is_right_is_left_alone():
    weights = np.full((64, 10), 2)
    weights[:, 4] = 7
    one = lesson(weights)
    heard, moved = changed(one, np.arange(20), 4)
    assert heard.fired == {4} and not heard.asks(4) and not moved.any()
    # Its own output fires at the tenth spike of seven, and no more are sent.
    assert heard.sent == 10 and not one.state.neurons[:10, :3].any()


def test_the_margin_sends_more_and_finds_who_is_close():
    weights = np.full((64, 10), 2)
    weights[:, 4], weights[:, 5] = 7, 6
    settings = build(**REGISTERS, together=99, alone=0, margin=2)
    heard, moved = changed(lesson(weights, settings), np.arange(20), 4)
    assert heard.sent == 12 and heard.fired == {4, 5}
    assert not (moved[:, 4] < 0).any() and (moved[:5, 5] == -1).all()


def test_silence_is_taught_too_and_the_right_output_alone_rises():
    settings = build(**REGISTERS, together=0, alone=99)
    one = lesson(np.full((64, 10), 1), settings)
    heard, moved = changed(one, np.arange(8), 6)
    assert heard.fired == frozenset() and heard.asks(6)
    assert (moved[:8, 6] == 1).all() and moved.sum() == 8


def test_lessons_grow_shorter():
    draws = []
    for lessons in (0, 1000):
        one = lesson(np.full((64, 10), 1), build(**REGISTERS, together=20, slowing=1000))
        one.lessons = lessons
        pixels = np.arange(25)
        events = [one.teach(one.hear(pixels, 2), pixels, 2) for _ in range(60)]
        draws.append(np.mean([(codes & 255 == 7).sum() for codes in events]))
    assert draws[0] == pytest.approx(25, abs=1.5) and draws[1] == pytest.approx(13, abs=1.5)


# Answers


def digits(pixels, labels):
    lengths = np.array([len(row) for row in pixels])
    full = np.zeros((len(pixels), max(lengths)), np.int64)
    for row, given in zip(full, pixels, strict=True):
        row[: len(given)] = given
    return Digits(full, np.full(full.shape, 255, np.float32), lengths, np.array(labels))


def test_the_first_spike_answers_and_spikes_are_counted():
    weights = np.zeros((64, 10), np.uint8)
    weights[0, 2], weights[1, 5], weights[2, 8], weights[2, 9] = 7, 4, 7, 7
    shown = digits([[1, 0, 0], [0, 1, 1, 1, 1, 1, 1], [2], [3, 3]], [2, 5, 8, 0])
    said = judging.answers(SMALL, weights, shown, 7)
    # Of two at one input spike the bus brings the lower neuron first; the last image is silent.
    assert said.first.tolist() == [2, 2, 8, -1] and said.needed.tolist() == [2, 1, 1, 2]
    assert said.counted.tolist() == [2, 5, 8, -1]
    assert judging.accuracy(said.first, shown) == 50.0
    single = judging.answers(SMALL, weights, shown, 7, single=True)
    assert all(map(np.array_equal, said[:3], single[:3]))
    assert (said.operations, single.operations) == (256, 10)


def test_images_do_not_see_each_other():
    weights = np.random.default_rng(0).integers(0, 8, (64, 10)).astype(np.uint8)
    draw = np.random.default_rng(1)
    shown = digits([draw.permutation(64)[:20].tolist() for _ in range(6)], [0] * 6)
    together = judging.answers(SMALL, weights, shown, 60)
    for k in range(6):
        alone = judging.answers(SMALL, weights, shown.only(np.array([k])), 60)
        assert alone.first[0] == together.first[k] and alone.needed[0] == together.needed[k]


def test_energy_is_that_of_synaptic_operations():
    # 15 nJ, as published, are 118 spikes to ten synapses each.
    assert nanojoule(118, 10) == pytest.approx(15, abs=0.02)
    chip = chips.programmed(SMALL, np.full((64, 10), 3), 255)
    _, output = chip.run(chip.init(), np.r_[chips.SPIKES[:3], chips.SINGLE[5]])
    assert output.counts.synaptic_operations == 3 * 256 + 10
    assert nanojoule(3, 256) == pytest.approx(
        odin.energy(output.counts).picojoule / 1e3 * 768 / 778
    )


# Runs


def test_a_run_leaves_what_it_returns_and_learns(small):
    folder, result, told = small
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert told[0] == ("seed0 learns", 0, 160) and told[-1] == ("seed1 learns", 150, 160)
    assert {path.stem for path in (folder / "figures").iterdir()} == {
        *("learning", "confusion", "weights", "lesson", "energy")
    }
    page = (folder / "report.html").read_text()
    assert "84.5 %" in page and "12.7 pJ" in page and "gave the same answers" in page
    for chip in result["chips"].values():
        before, *_, after = chip["while_learning"]
        assert before < 30 and after > 60, "bars are easy to tell apart"
        assert chip["ways_agree"] and chip["accuracy"] == pytest.approx(after)
        assert sum(map(sum, chip["confusion"])) == 30
        assert chip["by_threshold"][-1]["accuracy"] == pytest.approx(after)
        assert chip["nanojoule"]["rows"] == pytest.approx(25.6 * chip["nanojoule"]["single"])
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, SMALL)
    assert build(**kept_settings(folder)) == SMALL


def test_an_interrupted_run_goes_on_with_what_is_missing(small, bars, tmp_path, monkeypatch):
    folder, result, _ = small
    (tmp_path / "parts").mkdir()
    for name in ("settings.json", "parts/seed0.npz", "parts/seed0.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    asked, real = [], learning.learn
    module = "ranvier.apps.odin_sdsp_digits._run.learn"
    monkeypatch.setattr(module, lambda *a: asked.append(a[0]) or real(*a))
    again = run(tmp_path, build(**kept_settings(tmp_path)), resume=True)
    assert asked == [1] and again["chips"] == result["chips"]


def test_what_is_told_of_a_chip_is_what_it_did(small):
    folder, result, _ = small
    with np.load(folder / "parts" / "seed1.npz") as kept:
        learned = learning.Learned(**dict(kept))
    told = result["chips"]["seed1"]
    counts = odin.Counts(*learned.counts.tolist())
    assert learned.moved.sum() == counts.synapse_changes == told["learning"]["synapse_changes"]
    assert not learned.moved[~learned.taught].any() and learned.moved[learned.taught].any()
    assert told["taught"] == pytest.approx(100 * learned.taught.mean())
    assert learned.seen.tolist() == [0, 40, 80] and learned.weights.shape == (3, 64, 10)
    # The watched lesson ends at rest, after the right output had learned: until it fired again.
    right = learned.calcium[:, learned.label]
    assert right.max() in (2, 3) and not learned.calcium[-1].any() and not learned.core[-1].any()
    assert (learned.calcium[learned.shown] <= 1).all()


def test_settings_without_a_chip_are_refused():
    with pytest.raises(ValueError, match="thetamem is 225, expected less than learning_threshold"):
        build(thetamem=225)
    with pytest.raises(ValueError, match="side is 16, expected at most crop, 12"):
        build(crop=12)
    with pytest.raises(ValueError, match=r"thresholds are \[0, 9\]"):
        build(thresholds=(0, 9))
    with pytest.raises(ValueError, match="side is 17"):
        build(side=17, crop=20)
