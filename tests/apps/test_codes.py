"""The comparison of codes, small but whole."""

import json

import jax
import numpy as np
import pytest

import ranvier.data
from ranvier.apps import codes, kept_settings
from ranvier.apps.codes._bits import bits, bits_per_spike
from ranvier.apps.codes._picture_codes import LABELS, picture_codes
from ranvier.apps.codes._pictures import Noise, Seen, Sender, disturbed, parts, seen
from ranvier.apps.codes._readout import learned
from ranvier.data import Images

FEW = {
    "spikes": (8, 24),
    "shown": 24,
    "steps": 8,
    "learn": 120,
    "judged": 60,
    "seeds": 1,
    "jitter": (1.0,),
    "deletion": (0.5,),
    "offset": (4,),
    "samples": 100,
}
STEPS = 16


def bars(name: str, count: int, seed: int) -> Images:
    """Ten classes of grey bars at ten heights, small and with noise."""
    generator = np.random.default_rng(seed)
    labels = (np.arange(count) % 10).astype(np.uint8)
    images = generator.integers(0, 30, (count, 14, 14)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 + label, 2:12] = generator.integers(120, 255, 10)
    return Images(name, images, labels)


@pytest.fixture(scope="module", autouse=True)
def shown(programs):
    """The data set `mnist` is images of bars, and programs are compiled once."""
    images = {"train": bars("train", 300, 0), "test": bars("test", 100, 1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranvier.data, "mnist", images.__getitem__)
        jax.config.update("jax_compilation_cache_dir", programs)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        yield images
        jax.config.update("jax_compilation_cache_dir", None)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codes") / "run"
    told = []
    result = codes.run(folder, codes.build(**FEW), progress=lambda *part: told.append(part))
    return folder, result, told


def test_a_run_is_whole(finished):
    folder, result, told = finished
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert [part[1:] for part in told] == [(done, 11) for done in range(11)]
    assert {path.stem for path in (folder / "figures").iterdir()} == {"bits", "spikes", "decoded"}
    page = (folder / "report.html").read_text()
    assert all(label in page for label in LABELS.values())
    assert codes.build(**kept_settings(folder)) == codes.build(**FEW)
    with pytest.raises(FileExistsError, match="already holds a run"):
        codes.run(folder, codes.build(**FEW))


def test_bars_are_read_by_every_code_and_more_spikes_say_more(finished):
    """Chance is 10 %; eight spikes by chance are the least that is sent."""
    _, result, _ = finished
    for found in result["codes"].values():
        few, many = found["accuracy"][0]
        assert many > 60 and many >= few - 5 and few > 25
        assert max(found["missed"][0]) < 1.1
        assert len(found["noisy"][0]) == 3
    assert result["without_code"][0]["accuracy"] > 95


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch):
    # Drawing takes longer than all the rest, and a whole run has been drawn.
    monkeypatch.setattr("ranvier.apps.codes._run.write_report", lambda folder: None)
    settings = codes.build(**{**FEW, "codes": ("rate", "latency", "first-spikes")})
    whole = codes.run(tmp_path / "whole", settings)

    def stop(what, done, total):
        if done == 2:
            raise KeyboardInterrupt

    cut = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        codes.run(cut, settings, progress=stop)
    assert len(list((cut / "codes").iterdir())) == 2
    again = codes.run(cut, settings, resume=True)
    assert {**again, "seconds": 0} == {**whole, "seconds": 0}


@pytest.fixture(scope="module")
def pictures(shown) -> Seen:
    return seen(shown["train"][:250])


@pytest.mark.parametrize("name", sorted(LABELS))
def test_every_code_spends_what_it_is_told_to(name, pictures):
    """No more than that in any picture, and no word less; rates by chance on average, to five
    standard errors of Poisson counts."""
    code = picture_codes(STEPS, jax.numpy.asarray(pictures.falling.mean(0)))[name]
    word = {"phase": 3, "timing": 2, "population": 4}.get(name, 1)
    spikes = jax.jit(code.spikes)
    for wanted in (10, 40):
        trains = np.asarray(
            spikes(pictures.activities, pictures.falling, float(wanted), jax.random.key(0))
        )
        sent = trains.sum((0, *range(2, trains.ndim)))
        if name in ("rate", "regular-rate"):
            assert abs(sent.mean() - wanted) < 5 * np.sqrt(wanted / 250)
        else:
            assert sent.max() <= wanted and sent.min() > wanted - word - 1
        assert set(np.unique(trains)) <= {0, 1}


def test_order_and_latency_send_the_same_spikes(pictures):
    by_rank = jax.numpy.asarray(pictures.falling.mean(0))
    some = pictures.activities, pictures.falling, 50.0, jax.random.key(0)
    both = picture_codes(STEPS, by_rank)
    one, other = (np.asarray(both[name].spikes(*some)) for name in ("latency", "rank-order"))
    np.testing.assert_array_equal(one, other)
    # And the order is read as the mean value of its ranks, the largest first.
    read = np.asarray(both["rank-order"].read(one))
    np.testing.assert_allclose(-np.sort(-read, 1)[:, :50], np.tile(by_rank[:50], (250, 1)))


def test_a_picture_is_the_difference_of_two_blurs(shown):
    found = seen(shown["test"][:5])
    cells = found.activities.shape[1] // 2
    assert found.activities.max(1).tolist() == [1.0] * 5
    assert not (found.activities[:, :cells] * found.activities[:, cells:]).any()
    assert (np.diff(found.falling, axis=1) <= 0).all()


def test_noise_keeps_what_it_should():
    trains = np.zeros((10, 4, 6), np.float32)
    trains[4] = 1
    generator = np.random.default_rng(0)
    late = disturbed(trains, Noise(offset=3), generator)
    np.testing.assert_array_equal(late.sum(0), trains.sum(0))
    # All spikes of a picture come together.
    assert (late.max(2).sum(0) == 1).all() and late.argmax(0).max() <= 7
    moved = disturbed(trains, Noise(jitter=30.0), generator)
    assert moved.sum() == 24 and moved[0].sum() > 0 and moved[9].sum() > 0
    assert disturbed(trains, Noise(deletion=1.0), generator).sum() == 0
    np.testing.assert_array_equal(disturbed(trains, Noise(), generator), trains)
    many = np.ones((1, 100, 100), np.float32)
    # 10,000 spikes: five standard errors.
    assert abs(disturbed(many, Noise(deletion=0.3), generator).mean() - 0.7) < 0.023


def test_common_delays_change_latencies_and_no_order(pictures):
    by_rank = jax.numpy.asarray(pictures.falling.mean(0))
    both = picture_codes(48, by_rank)
    for name, same in (("rank-order", True), ("latency", False)):
        sender = Sender(both[name])
        # The brightest ten are far from the end of the window.
        clean, _ = sender.received(pictures, 10, 0)
        late, _ = sender.received(pictures, 10, 0, Noise(offset=15))
        assert np.array_equal(clean, late) == same


def test_a_readout_finds_what_was_planted():
    """Products of two cells tell the classes, which no linear map could; pixels are linear."""
    generator = np.random.default_rng(0)
    arrived = generator.standard_normal((900, 5)).astype(np.float32)
    labels = (arrived[:, 0] * arrived[:, 1] > 0).astype(np.uint8)
    pixels = arrived @ generator.standard_normal((5, 12)).astype(np.float32) + 3
    pictures = Seen(arrived, arrived, pixels, labels)
    learn, test = (
        Seen(*(part[some] for part in pictures)) for some in (slice(600), slice(600, 900))
    )
    accuracy, missed, decoded = learned(arrived[:600], learn).judge(arrived[600:], test)
    assert accuracy > 85 and missed < 1e-3
    np.testing.assert_allclose(decoded, test.pixels, atol=0.3)


def test_silent_cells_do_not_break_the_readout():
    nothing = np.zeros((60, 7), np.float32)
    labels = (np.arange(60) % 10).astype(np.uint8)
    pixels = np.random.default_rng(0).random((60, 4)).astype(np.float32)
    pictures = Seen(nothing, nothing, pixels, labels)
    accuracy, missed, _ = learned(nothing, pictures).judge(nothing, pictures)
    assert accuracy == 10 and missed == pytest.approx(1, abs=1e-3)


def test_bits_begin_with_the_capacity():
    settings = codes.build(**FEW)
    found = bits(settings)
    for reading, capacity in found["capacity"].items():
        for kind in ("deletion", "offset"):
            assert found["noise"][kind]["bits"][reading][0] == pytest.approx(capacity)
    per_spike = bits_per_spike(settings)
    assert per_spike["binary"] == 2 and per_spike["timing"] == pytest.approx(np.log2(10))


def test_more_pictures_than_there_are(shown):
    with pytest.raises(ValueError, match="learn is 500, expected at most 300"):
        parts(codes.build(**{**FEW, "learn": 500}), 0)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"codes": ("latencyy",)}, "no code of pictures is called 'latencyy'. Did you mean"),
        ({"codes": ("rate", "rate")}, "each once"),
        ({"shown": 3}, "shown is 3, expected one of the spikes"),
        ({"spikes": (0,), "shown": 0}, "shown is 0|shown"),
        ({"jitter": (0.0,)}, "jitter is"),
        ({"deletion": (1.5,)}, "deletion is"),
        ({"offset": (16,)}, "expected 1 to 15 steps"),
        ({"slots": 4}, "slots is 4, expected at least the 10 units"),
        ({"preset": "smal"}, "Did you mean 'small'"),
    ],
)
def test_what_cannot_be(chosen, words):
    with pytest.raises(ValueError, match=words):
        codes.build(**chosen)


def test_real_digits_are_read_better_from_latencies_than_from_rates(real_data, monkeypatch):
    """At 64 spikes, 400 pictures to learn from: 20 points apart, where a standard error is 2."""
    real = {part: ranvier.data._images.mnist(part, root=real_data) for part in ("train", "test")}
    monkeypatch.setattr(ranvier.data, "mnist", real.__getitem__)
    settings = codes.build(learn=400, judged=400)
    learn, judge = parts(settings, 0)
    both = picture_codes(STEPS, jax.numpy.asarray(learn.falling.mean(0)))
    right = {}
    for name in ("rate", "latency"):
        sender = Sender(both[name])
        readout = learned(sender.received(learn, 64, 0)[0], learn)
        right[name] = readout.judge(sender.received(judge, 64, 1)[0], judge)[0]
    assert right["latency"] > right["rate"] + 10 and right["latency"] > 70
