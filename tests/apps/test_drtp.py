"""The comparison of DRTP: its signal by hand, its scales, its tasks and its runs."""

import json
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier.data
from ranvier.apps import kept_settings
from ranvier.apps._credit import credit
from ranvier.apps._static import Blocks, Keys, network, plain, rule
from ranvier.apps.drtp import NETWORKS, PRESETS, Network, _run, build, run
from ranvier.apps.drtp._tasks import Part, Task, task
from ranvier.apps.drtp._train import Trainer, course, drawn
from ranvier.core import Batch
from ranvier.data import Images
from ranvier.learn.signals import Instant, feedback_matrix, target_projection

CONVOLVED = Network("optical-digits", (7,), (3,), 3)


def weights(layer):
    """The weights of a layer, whatever stands around them."""
    leaves = jax.tree.leaves(plain(layer).synapses["dendrite"])
    return np.asarray(next(leaf for leaf in leaves if leaf.ndim > 1))


# The signal


def by_hand(x, kernel, bias):
    """What tanh units of a padded convolution say, place by place: `[n, rows, columns, c]`."""
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    n, rows, columns, _ = x.shape
    out = np.zeros((n, rows, columns, kernel.shape[-1]))
    for row in range(rows):
        for column in range(columns):
            seen = padded[:, row : row + 3, column : column + 3]
            out[:, row, column] = np.tensordot(seen, kernel, 3) + bias[row, column]
    return np.tanh(out)


@pytest.fixture
def convolved(float64):
    """A convolution of 4 x 4 x 3 units under a pool, and five examples."""
    settings = build(networks=("digits-conv",), batch_size=5)
    wanted = course(settings, CONVOLVED, regression=False)
    model = network(wanted, credit("drtp"), 4, 0, 10, Blocks(1, 1, 2))
    random = np.random.default_rng(0)
    x, labels = random.normal(size=(5, 4, 4, 1)), random.integers(0, 10, 5)
    return settings, wanted, model, x, labels


def test_the_signal_is_a_row_of_the_feedback_per_unit_before_pooling(convolved):
    settings, wanted, model, x, labels = convolved
    assert [layer.neuron.shape for layer in model.layers] == [(4, 4, 3), (7,), (10,)]
    draw, key = drawn(settings, wanted.loss), Keys.of(0).feedback

    def feedback(key, shape):
        return wanted.gain * draw(key, shape)

    one_hot, share = np.eye(10)[labels], np.full(5, 0.2)
    now = Instant(
        model,
        model.init((5,)),
        jnp.array(x),
        jnp.array(one_hot),
        lambda y: (y * y).sum(),
        jnp.array(share),
        [None] * 3,
    )
    _, signals = target_projection(key, feedback, scale=wanted.scale)(now)
    for number, units in enumerate([(4, 4, 3), (7,)]):
        shape = (10, int(np.prod(units)))
        matrix = np.asarray(feedback_matrix(key, number, shape, feedback))
        # He's bound by the units of the layer, whatever the gain of the weights.
        assert 0.9 * np.sqrt(6 / shape[1]) < np.abs(matrix).max() <= np.sqrt(6 / shape[1])
        rows = np.stack([(-0.2) * matrix[label] for label in labels])
        np.testing.assert_array_equal(signals[number], rows.reshape(5, *units))


def test_updates_of_two_layers_are_those_by_hand(convolved):
    settings, wanted, model, x, labels = convolved
    one_hot = np.eye(10)[labels]
    draw, key = drawn(settings, wanted.loss), Keys.of(0).feedback
    batch = Batch(jnp.array(x[None]), jnp.array(one_hot[None]), jnp.ones((1, 5)))
    _, found = rule(wanted, credit("drtp"), 0, draw)(model, batch, None)
    first, second = (np.asarray(layer.neuron.bias) for layer in model.layers[:2])
    y = by_hand(x, weights(model.layers[0]), first)
    pooled = y.reshape(5, 2, 2, 2, 2, 3).max((2, 4)).reshape(5, -1)
    z = np.tanh(pooled @ weights(model.layers[1]).T + second)
    signals = [
        -np.asarray(feedback_matrix(key, n, (10, size), lambda k, s: wanted.gain * draw(k, s)))[
            labels
        ]
        / 5
        for n, size in enumerate((48, 7))
    ]
    errors = signals[0].reshape(y.shape) * (1 - y**2), signals[1] * (1 - z**2)
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    kernel = np.zeros((3, 3, 1, 3))
    for row in range(3):
        for column in range(3):
            seen = padded[:, row : row + 4, column : column + 4, 0]
            kernel[row, column, 0] = np.einsum("nij,nijc->c", seen, errors[0])
    np.testing.assert_allclose(weights(found.layers[0]), kernel, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.layers[0].neuron.bias, errors[0].sum(0), rtol=0, atol=1e-13)
    np.testing.assert_allclose(weights(found.layers[1]), errors[1].T @ pooled, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("loss", "factor"), [("bernoulli", 50), ("categorical", 5)])
def test_summed_signals_know_no_mean(loss, factor, float64):
    """The published code divides the error of the output layer, and no signal of hidden ones."""
    found = {}
    for signals in ("mean", "summed"):
        settings = build(batch_size=5, signals=signals, loss=loss)
        wanted = course(settings, Network("optical-digits", (7,)), regression=False)
        model = network(wanted, credit("dfa"), 3, 0)
        batch = Batch(jnp.ones((1, 5, 9)), jnp.tile(jnp.eye(10)[3], (1, 5, 1)), jnp.ones((1, 5)))
        learn = rule(wanted, credit("dfa"), 0, drawn(settings, loss))
        found[signals] = learn(model, batch, None)[1].layers
    summed, mean = found["summed"], found["mean"]
    np.testing.assert_allclose(weights(summed[0]), factor * weights(mean[0]), rtol=1e-12)
    np.testing.assert_array_equal(weights(summed[1]), weights(mean[1]))


# Tasks


def random_task(flips=False):
    """Forty images of noise."""
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 8, 8, 1)).astype(np.float32)
    target = np.eye(10, dtype=np.float32)[random.integers(0, 10, 40)]
    learn, valid, test = (Part(x[a:b], target[a:b]) for a, b in ((0, 20), (20, 30), (30, 40)))
    return Task(learn, valid, test, flips=flips)


def test_flips_turn_some_images_round_and_leave_the_others():
    given = random_task(flips=True)
    batch = given.batch(np.arange(20), np.random.default_rng(0), (8, 8, 1))
    same = [np.array_equal(a, b) for a, b in zip(batch.x[0], given.learn.x, strict=True)]
    turned = [np.array_equal(a, b[:, ::-1]) for a, b in zip(batch.x[0], given.learn.x, strict=True)]
    assert 3 < sum(same) < 17 and sum(same) + sum(turned) == 20
    np.testing.assert_array_equal(batch.target[0], given.learn.target)
    flat = random_task().batch(np.arange(3), np.random.default_rng(0), (64,))
    np.testing.assert_array_equal(flat.x, given.learn.x[:3].reshape(1, 3, 64))


def test_parts_do_not_overlap_and_validation_is_at_the_end(bars):
    given = task("optical-digits", 30, 20)
    assert [len(part) for part in given[:3]] == [30, 20, 60]
    images = bars["train"].images[..., None].astype(np.float32) / 255
    np.testing.assert_array_equal(given.learn.x, images[:30])
    np.testing.assert_array_equal(given.valid.x, images[100:])
    assert len(task("optical-digits", 0, 20).learn) == 100
    with pytest.raises(ValueError, match="validation is 120 of the 120 training examples"):
        task("optical-digits", 0, 120)


def test_the_regression_is_judged_by_its_variance(tmp_path):
    settings = build(networks=("regression",), learning_rates=(0.01,), epochs=8, learn=300)
    trainer = Trainer(settings, NETWORKS["regression"], task("phases", 300, 200))
    model, found = trainer.train("bp", 0, 0.01, tmp_path)
    # A constant explains nothing.
    assert 30 < found["test_accuracy"] < 100
    answers = trainer.accuracy(model, trainer.task.test)
    assert answers == found["test_accuracy"]
    flat = jax.tree.map(jnp.zeros_like, model)
    mean = trainer.task.test.target.mean(0)
    assert trainer.accuracy(flat, trainer.task.test) == pytest.approx(
        -100 * np.square(mean).mean() / trainer.task.test.target.var(0).mean(), abs=1e-3
    )


def test_a_shift_of_the_answers_is_all_that_the_control_changes():
    plain, shifted = (task(name, 30, 20) for name in ("phases", "shifted-phases"))
    assert plain.regression and shifted.regression
    np.testing.assert_array_equal(plain.learn.x, shifted.learn.x)
    np.testing.assert_array_equal(plain.test.target + 2, shifted.test.target)
    assert not np.array_equal(plain.learn.x[0], plain.test.x[0])


def test_clusters_need_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"pip install 'ranvier\[digits\]'"):
        task("clusters", 10, 10)


def test_photographs_are_normalised_by_colour(monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3)).astype(np.uint8)

    def photographs(part, *, lossy):
        assert lossy
        return Images(part, pixels, np.arange(30, dtype=np.uint8) % 10)

    monkeypatch.setattr(ranvier.data, "cifar10", photographs)
    given = task("cifar10-lossy", 20, 10)
    assert given.flips and not given.regression and given.axes == (32, 32, 3)
    for colour, (mean, deviation) in enumerate([(125.3, 63.0), (123.0, 62.1), (113.9, 66.7)]):
        wanted = (pixels[:20, ..., colour] / 255 - mean / 255) / (deviation / 255)
        np.testing.assert_allclose(given.learn.x[..., colour], wanted, atol=1e-5)


def test_frozen_convolutions_stay_as_they_were_drawn(tmp_path):
    settings = build(networks=("digits-conv",), epochs=1, batch_size=10, watched=2)
    frozen = Network("optical-digits", (6,), (2,), 3, frozen=True)
    trainer = Trainer(settings, frozen, random_task())
    model: Any
    model, found = trainer.train("dfa", 0, 0.01, tmp_path)
    start = network(trainer.course, credit("dfa"), 8, 0, 10, Blocks(1, 1, 2))
    moved = [
        not np.array_equal(weights(a), weights(b))
        for a, b in zip(model.layers, start.layers, strict=True)
    ]
    assert moved == [False, True, True]
    # What they would have been taught is measured all the same.
    assert 0 < found["angles"]["error, layer 1"][1] < 180


# Runs


SMALL = {"preset": "small", "networks": ("digits-100",), "learn": 90, "validation": 20}


def test_a_run_leaves_results_models_and_a_report(bars, tmp_path):
    names, rules = ("regression", "digits-conv"), ("bp", "drtp")
    result = run(tmp_path / "run", build(**{**SMALL, "networks": names, "rules": rules}))
    assert json.loads(json.dumps(result)) == json.loads((tmp_path / "run/result.json").read_text())
    for name in names:
        found = result["networks"][name]
        assert [row["rule"] for row in found["summary"]] == ["bp", "drtp"]
        assert all(len(one["curves"]["valid_error"]) == 2 for one in found["models"])
        rows = {row["rule"]: row for row in found["summary"]}
        assert rows["bp"]["angles"]["error, layer 1"] == pytest.approx(0, abs=0.1)
        assert rows["drtp"]["behind_bp"]["mean"] == pytest.approx(
            rows["bp"]["test_accuracy"] - rows["drtp"]["test_accuracy"]
        )
        for figure in ("scores", "learning", "angles-error"):
            assert (tmp_path / "run/figures" / f"{figure}-{name}.png").exists()
    assert result["networks"]["regression"]["regression"]
    page = (tmp_path / "run/report.html").read_text()
    assert "the mean square over the variance of the answers" in page and "about 70 %" in page
    assert "trained CONV 8 3 x 3 + FC 50-10" in page


def test_a_run_that_was_cut_goes_on_and_ends_alike(bars, tmp_path, monkeypatch):
    settings = build(**SMALL, rules=("shallow", "drtp"))
    straight = run(tmp_path / "one", settings)
    real = _run.Trainer.train

    def cut(self, name, *arguments):
        if name == "drtp":
            raise KeyboardInterrupt
        return real(self, name, *arguments)

    monkeypatch.setattr(_run.Trainer, "train", cut)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "two", settings)
    monkeypatch.setattr(_run.Trainer, "train", real)
    with pytest.raises(FileExistsError, match="Add --resume"):
        run(tmp_path / "two", settings)
    gone_on = run(tmp_path / "two", build(**kept_settings(tmp_path / "two")), resume=True)
    assert gone_on["networks"] == straight["networks"]


# Settings


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_settings(name):
    assert build(preset=name).networks


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"networks": ("mnist-50",)}, "no network is called 'mnist-50'. Did you mean 'mnist-500'"),
        ({"networks": ()}, "networks is empty"),
        ({"rules": ()}, "rules is empty"),
        ({"learning_rates": ()}, "learning_rates is empty"),
        ({"rules": ("bp+grapes",)}, "'bp.grapes' is not part of this comparison; expected bp, fa"),
        ({"rules": ("ifa",)}, "'ifa' is not part of this comparison"),
        ({"signals": "total"}, "signals is 'total'"),
    ],
)
def test_wrong_settings_are_refused_in_words(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)
