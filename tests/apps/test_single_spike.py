"""The single-spike experiment: spikes of images, what is counted, runs that stop and go on."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.apps import kept_settings
from ranvier.apps.single_spike import PRESETS, Settings, _run, build, run
from ranvier.apps.single_spike._measure import Seen, example, judged
from ranvier.apps.single_spike._methods import ByMostafa, ByS4NN
from ranvier.apps.single_spike._published import published
from ranvier.apps.single_spike._train import Trainer
from ranvier.core import load

SMALL = {
    "s4nn": {
        **{"epochs": 12, "validation": 20, "hidden": (30,), "learning_rate": 1.0},
        "high": (20.0, 48.0),
    },
    "mostafa": {
        **{"method": "mostafa", "epochs": 20, "validation": 20, "hidden": (20,)},
        **{"batch_size": 20, "learning_rate": 0.1},
    },
}
SMALL["averaged"] = {**SMALL["s4nn"], "average": 0.6}


# Images as spikes


def test_brighter_pixels_fire_sooner_and_black_ones_never():
    method = ByS4NN(build(steps=256))
    times = method.inputs(np.array([[[255, 254, 128, 1, 0]]], np.uint8))
    assert times.tolist() == [[0, 1, 127, 254, 256]]
    assert method.readable(times).tolist() == [[0, 1, 127, 254, np.inf]]


def test_bright_pixels_fire_at_zero_and_dark_ones_later_together():
    method = ByMostafa(build(method="mostafa", off_time=1.5))
    z = method.inputs(np.array([[[255, 128, 127, 0]]], np.uint8))
    np.testing.assert_allclose(method.readable(z), [[0, 0, 1.5, 1.5]], rtol=1e-6)
    # Exactly the levels that the first layer knows.
    layer = method.training(4, 1, 0).model.layers[0]
    assert set(z.ravel().tolist()) == set(layer.causal.levels)


def test_shifts_are_drawn_anew_in_every_epoch(bars):
    few = {**SMALL["mostafa"], "shift": 1}
    trainer = Trainer(build(**few), bars["train"], bars["test"])
    still = Trainer(build(**few | {"shift": 0}), bars["train"], bars["test"])
    seen = [next(trainer.batches(0, epoch)).x for epoch in (1, 2, 1)]
    assert not np.array_equal(seen[0], seen[1]) and np.array_equal(seen[0], seen[2])
    assert not np.array_equal(seen[0], next(still.batches(0, 1)).x)


# What is counted


def test_spikes_and_ties_by_hand():
    inf = np.inf
    times = (
        np.array([[0.0, 5.0, inf], [0.0, 9.0, 9.0], [1.0, 1.0, inf], [3.0, inf, inf]]),
        np.array([[6.0, 7.0], [6.0, inf], [inf, 8.0], [4.0, 5.0]]),
        np.array([[7.0, 9.0], [8.0, 8.0], [inf, inf], [9.0, 6.0]]),
    )
    # Right; right, but for the lower number of a tie; silent and right; wrong.
    seen = Seen(times, np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0]))
    found = judged(ByS4NN(build(steps=16)), seen)
    assert (found["test_accuracy"], found["test_accuracy_of_ties"]) == (50.0, 75.0)
    assert (found["tied"], found["silent"]) == (25.0, 25.0)
    assert found["latency"] == pytest.approx((7 + 8 + 6) / 3)
    spikes = found["spikes"]
    # Before 7; before 8; all, where nothing is decided; before 6.
    assert spikes["input"] == {"units": 3, "fired": 2.0, "before_decision": (2 + 1 + 2 + 1) / 4}
    assert spikes["hidden"]["before_decision"] == (1 + 1 + 1 + 2) / 4
    assert spikes["hidden"]["fired"] == 6 / 4
    assert spikes["output"] == {"units": 2, "fired": 6 / 4, "before_decision": 0.0}
    hidden = found["histograms"]["layers"]["hidden"]
    assert sum(hidden["before"]) == 5 / 4 and sum(hidden["after"]) == 1 / 4
    assert sum(found["histograms"]["decisions"]) == 0.75
    shown = example(seen, 2)
    assert shown["label"] == 1 and shown["times"]["output"] == [None, None]
    json.dumps(found), json.dumps(shown)


def test_published_values_stand_beside_their_networks_alone():
    assert published(build(preset="published")).accuracy == 97.4
    assert published(build(preset="published", method="mostafa")).accuracy == 97.55
    deep = build(preset="published", method="mostafa", hidden=(400, 400))
    assert published(deep).accuracy == 97.14
    assert published(build(preset="published", data="fashion-mnist")) is None
    assert published(build(hidden=(400,))) is None


# Runs


@pytest.mark.parametrize("method", ["mostafa", "averaged"])
def test_a_run_learns_and_reports_it(bars, tmp_path, method):
    folder = tmp_path / "run"
    result = run(folder, build(**SMALL[method]))
    assert json.loads(json.dumps(result)) == json.loads((folder / "result.json").read_text())
    summary = result["summary"]
    assert summary["test_accuracy"] > 60 and summary["latency"] > 0
    assert (
        0 < summary["spikes"]["hidden"]["before_decision"] <= summary["spikes"]["hidden"]["units"]
    )
    page = (folder / "report.html").read_text()
    assert "Digits in one spike per unit" in page and "optical-digits: 64-" in page
    assert ("moving average of the weights" in page) == (method == "averaged")
    assert len(list((folder / "figures").glob("*.png"))) == 4
    # The network that is kept is the one that was judged.
    trainer = Trainer(build(**kept_settings(folder)), bars["train"], bars["test"])
    fresh = trainer.method.network(trainer.method.training(64, 1, 5).model)
    kept = load(folder / "models" / "seed0.safetensors", fresh)
    right = np.asarray(kept.answers(jnp.asarray(trainer.test[0]))) == trainer.test[1]
    assert 100 * right.mean() == pytest.approx(summary["test_accuracy"])


@pytest.mark.parametrize("method", SMALL)
def test_a_run_that_was_cut_goes_on_and_ends_alike(bars, tmp_path, method):
    settings = build(**{**SMALL[method], "epochs": 3, "seeds": 2})
    straight = run(tmp_path / "one", settings)
    assert straight["summary"]["test_accuracy_spread"] is not None

    class Cut(Exception):
        """Pulled out of the wall."""

    class Progress:
        def __init__(self, title, epochs):
            self.second = "seed 1" in title

        def __enter__(self):
            def on_epoch(epoch):
                if self.second and epoch.number == 2:
                    raise Cut

            return on_epoch

        def __exit__(self, *_):
            pass

    with pytest.raises(Cut):
        _run.run(tmp_path / "two", settings, progress=Progress)
    with pytest.raises(FileExistsError, match="Add --resume"):
        run(tmp_path / "two", settings)
    gone_on = run(tmp_path / "two", build(**kept_settings(tmp_path / "two")), resume=True)
    assert gone_on["models"] == straight["models"]


def _keeping(trainer, weights):
    """What the trainer sees, keeping the first weights of what is validated."""
    look = trainer.seen

    def seen(model, part):
        if part is trainer.valid:
            weights.append(np.asarray(model.network.layers[0].weight))
        return look(model, part)

    return seen


def test_what_is_judged_is_the_average_of_the_epochs(bars, tmp_path, monkeypatch):
    """After two epochs with half remaining, the newer weights count twice as much."""
    few = {**SMALL["s4nn"], "epochs": 2, "rarest": 0.0}
    kept: dict[float, list] = {0.0: [], 0.5: []}
    for average, weights in kept.items():
        trainer = Trainer(build(**few, average=average), bars["train"], bars["test"])
        monkeypatch.setattr(trainer, "seen", _keeping(trainer, weights))
        trainer.train(0, tmp_path / str(average))
    (one, two), (first, second) = kept[0.0], kept[0.5]
    np.testing.assert_allclose(first, one, rtol=1e-5)
    np.testing.assert_allclose(second, (one + 2 * two) / 3, rtol=1e-4, atol=1e-4)
    assert not np.allclose(second, two, rtol=1e-3)


def test_as_many_examples_as_are_asked_for(bars):
    trainer = Trainer(build(**SMALL["s4nn"], examples=50), bars["train"], bars["test"])
    assert len(trainer.learn) == 50 and len(trainer.valid[0]) == 20
    (batch,) = trainer.batches(0, 0)
    (other,) = trainer.batches(0, 1)
    assert batch.x.shape == (1, 50, 64) and not np.array_equal(batch.x, other.x)
    assert sorted(batch.target[0]) == sorted(other.target[0])


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"examples": 101}, "101 images are to be learned from; expected 1 to 100"),
        ({"validation": 120}, "0 images are to be learned from; expected 1 to 0"),
        ({"method": "mostafa", "examples": 10}, "expected 50 to 100, which is what validation"),
    ],
)
def test_too_few_images_are_refused(bars, chosen, words):
    with pytest.raises(ValueError, match=words):
        Trainer(build(**{"validation": 20, **chosen}), bars["train"], bars["test"])


@pytest.mark.parametrize(
    ("method", "name"), [(method, name) for method, sets in PRESETS.items() for name in sets]
)
def test_presets_are_settings(method, name):
    assert build(method=method, preset=name).method == method


def test_the_published_networks_are_the_published_ones():
    one, two = (build(method=method, preset="published") for method in PRESETS)
    assert (one.hidden, one.epochs, one.learning_rate, one.margin) == ((400,), 100, 0.2, 3)
    assert (one.threshold, one.steps, one.high, one.weight_decay) == (100, 256, (5, 48), 1e-6)
    assert two.hidden == (800,) and two.off_time == pytest.approx(np.log(6))
    assert Settings() == build()


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"method": "s4n"}, "no method is called 's4n'. Did you mean 's4nn'"),
        ({"preset": "publised"}, "Did you mean 'published'"),
        ({"hidden": (30, 20)}, "high has 2 numbers, expected 3"),
        ({"data": "imagenet"}, "data is 'imagenet'"),
        ({"marign": 3}, "Did you mean 'margin'"),
    ],
)
def test_wrong_settings_are_refused_in_words(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)
