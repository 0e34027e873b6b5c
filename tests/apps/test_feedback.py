"""The feedback experiment: its updates against the published formulas, its angles, its runs."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.apps import kept_settings
from ranvier.apps._credit import PATHS, credit, label
from ranvier.apps._static import Keys, network, plain, rule
from ranvier.apps.feedback import PRESETS, Settings, _run, build, run
from ranvier.apps.feedback._angles import Watch, angle
from ranvier.apps.feedback._train import Trainer
from ranvier.core import Batch
from ranvier.learn.signals import feedback_matrix, he_uniform

RELU = Settings(hidden=(9, 8, 7), unit="relu", loss="categorical", gain=1.0, data="optical-digits")


# The formulas


def matrix(layer):
    """The weights of a layer, whatever stands around them."""
    return np.asarray(plain(layer).synapses["dendrite"].weight)


def fixed(model, number):
    """The feedback that stands in for the weights of a layer."""
    found = [
        leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(model.layers[number])
        if "feedback" in jax.tree_util.keystr(path)
    ]
    return np.asarray(found[0])


def incoming(weights):
    """P of the release: 2 |W| summed over inputs, over the largest."""
    total = np.abs(weights).sum(1)
    return 2 * total / total.max()


def by_the_release(name, model, x, target):
    """Gradients of every weight matrix, written as the release writes them."""
    way, w = credit(name), [matrix(layer) for layer in model.layers]
    scaled = way.form == "grapes"
    a, y = [], [x]
    for number, weights in enumerate(w):
        a.append(y[-1] @ weights.T)
        y.append(np.maximum(a[-1], 0) if number < len(w) - 1 else a[-1])
    softmax = np.exp(a[-1] - a[-1].max(-1, keepdims=True))
    error = (softmax / softmax.sum(-1, keepdims=True) - target) / len(x)
    slope = [a_l > 0 for a_l in a[:-1]]
    hidden = len(w) - 1
    p = [incoming(weights) if scaled else np.ones(len(weights)) for weights in w[:-1]]
    if way.path == "bp":
        p = [np.clip(factors, 1, 2) for factors in p]
    q = [incoming(weights.T) if scaled else np.ones(weights.shape[1]) for weights in w]
    q[0], q[-1] = np.ones_like(q[0]), np.ones_like(q[-1])
    key = Keys.of(0).feedback
    direct = [
        error @ np.asarray(feedback_matrix(key, n, (10, len(w[n])), he_uniform))
        for n in range(hidden)
    ]
    delta = [np.zeros(0)] * hidden + [error]
    if way.path in ("bp", "fa"):
        for n in reversed(range(hidden)):
            back = w[n + 1] if way.path == "bp" else fixed(model, n + 1)
            delta[n] = p[n] * (delta[n + 1] @ back) * slope[n]
    elif way.path == "dfa":
        for n in range(hidden):
            delta[n] = q[n + 1] * direct[n] * slope[n]
    elif way.path == "ifa":
        delta[0] = p[0] * direct[0] * slope[0]
        for n in range(1, hidden):
            delta[n] = p[n] * (delta[n - 1] @ w[n].T) * slope[n]
    gradients = [d.T @ seen for d, seen in zip(delta, y[:-1], strict=True)]
    if way.path == "dfa":
        gradients = [g * factors for g, factors in zip(gradients, q, strict=True)]
    return gradients


@pytest.mark.parametrize(
    "name",
    ["bp", "fa", "dfa", "ifa", "bp+grapes", "fa+grapes", "dfa+grapes", "ifa+grapes"],
)
def test_updates_are_those_of_the_release(name, float64):
    model = network(RELU, credit(name), 3, 0)
    random = np.random.default_rng(0)
    x, target = random.normal(size=(6, 9)), np.eye(10)[random.integers(0, 10, 6)]
    learn = rule(RELU, credit(name), 0)
    batch = Batch(jnp.array(x[None]), jnp.array(target[None]), jnp.ones((1, 6)))
    _, found = eqx.filter_jit(lambda model, batch: learn(model, batch, None))(model, batch)
    expected = by_the_release(name, model, x, target)
    for number, (layer, wanted) in enumerate(zip(found.layers, expected, strict=True)):
        np.testing.assert_allclose(
            matrix(layer), wanted, rtol=0, atol=1e-12, err_msg=f"layer {number + 1}"
        )
        assert np.abs(wanted).max() > 1e-4


@pytest.mark.parametrize("name", ["fa+grapes:mean", "bp+local-grapes", "dfa", "shallow"])
def test_every_way_has_the_same_weights_at_the_start(name):
    one = plain(network(RELU, credit(name), 3, 0))
    two = network(RELU, credit("bp"), 3, 0)
    for a, b in zip(one.layers, two.layers, strict=True):
        np.testing.assert_array_equal(matrix(a), matrix(b))


def test_a_convolutional_network_is_built_and_stripped():
    settings = Settings(channels=(4,), kernel=3, hidden=(6,), dropout=0.1)
    for name in ("fa+grapes", "dfa+grapes"):
        model = network(settings, credit(name), 8, 0)
        assert [layer.neuron.shape for layer in model.layers] == [(3, 3, 4), (6,), (10,)]
        batch = Batch(jnp.ones((1, 2, 8, 8, 1)), jnp.ones((1, 2, 10)), jnp.ones((1, 2)))
        learn = rule(settings, credit(name), 0)
        _, found = learn(model, batch, jax.random.key(1))
        assert np.abs(matrix(found.layers[0])).max() > 0
        kinds = {type(layer.synapses["dendrite"]).__name__ for layer in plain(model).layers}
        assert kinds == {"Convolution", "Series", "Dense"}


# Angles


@pytest.mark.parametrize("settings", [RELU, Settings(hidden=(9, 8), dropout=0.2)])
def test_backpropagation_is_at_no_angle_and_nothing_at_ninety(settings, float64):
    random = np.random.default_rng(1)
    x, target = jnp.array(random.normal(size=(5, 9))), jnp.eye(10)[random.integers(0, 10, 5)]
    angles = {
        name: Watch(settings, credit(name), 0, x, target)(network(settings, credit(name), 3, 0))
        for name in ("bp", "shallow", "dfa", "fa")
    }
    # The arc cosine of a number so close to one is exact to the root of the rounding only.
    assert max(angles["bp"].values()) < 1e-5
    assert set(angles["shallow"].values()) == {90.0}
    assert {name.partition(",")[0] for name in angles["dfa"]} == {"error", "weights"}
    top = f"layer {len(settings.hidden)}"
    # The layer under the output: one matrix away from it, by either way.
    assert 0 < angles["fa"][f"error, {top}"] < 180
    assert angles["dfa"].keys() == angles["fa"].keys()


def test_angle_of_known_arrays():
    assert angle(jnp.array([1.0, 0.0]), jnp.array([-2.0, 0.0])) == 180
    assert angle(jnp.zeros(2), jnp.ones(2)) == 90
    assert angle(jnp.array([[0.1], [0.3]]), jnp.array([[0.1], [0.3]])) < 1e-5


# Runs


SMALL = {
    **{"data": "optical-digits", "hidden": (20,), "epochs": 4, "batch_size": 10},
    **{"validation": 20, "learning_rates": (0.1,), "optimiser": "sgd"},
}


@pytest.fixture
def whole(bars, tmp_path):
    """One run with GRAPES, a control and a choice of learning rates."""
    settings = build(
        **{**SMALL, "learning_rates": (0.02, 0.2)},
        rules=("bp", "dfa", "bp+grapes", "bp+grapes:shuffled", "shallow"),
    )
    return tmp_path / "whole", run(tmp_path / "whole", settings)


def test_a_run_leaves_results_models_and_a_report(whole):
    folder, result = whole
    assert json.loads(json.dumps(result)) == json.loads((folder / "result.json").read_text())
    rows = {row["rule"]: row for row in result["summary"]}
    assert rows["bp"]["test_accuracy"] > 60
    assert rows["bp"]["angles"] == pytest.approx({"error, layer 1": 0}, abs=0.1)
    assert rows["shallow"]["angles"] == {"error, layer 1": 90.0}
    assert rows["bp+grapes:shuffled"]["over_plain"] and rows["dfa"]["over_plain"] is None
    assert rows["dfa"]["behind_bp"]["mean"] == pytest.approx(
        rows["bp"]["test_accuracy"] - rows["dfa"]["test_accuracy"]
    )
    # Both rates were tried for every rule, and the better one is the rule's.
    assert len(result["tuning"]) == 10
    for name, row in rows.items():
        tried = [t for t in result["tuning"] if t["rule"] == name]
        best = max(tried, key=lambda one: one["valid_accuracy"])
        assert row["learning_rate"] == best["learning_rate"]
    one = result["models"][0]
    assert all(len(angles) == 5 for angles in one["angles"].values())
    page = (folder / "report.html").read_text()
    assert "GRAPES and what it must beat" in page and "BP + GRAPES, shuffled" in page
    assert len(list((folder / "figures").glob("*.png"))) == 4
    assert len(list((folder / "models").glob("*.safetensors"))) == 10


def test_a_run_that_was_cut_goes_on_and_ends_alike(bars, tmp_path, monkeypatch):
    settings = build(**SMALL, rules=("dfa", "bp"))
    straight = run(tmp_path / "one", settings)

    real = _run.Trainer.train

    def cut(self, name, *arguments):
        if name == "bp":
            raise KeyboardInterrupt
        return real(self, name, *arguments)

    monkeypatch.setattr(_run.Trainer, "train", cut)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "two", settings)
    monkeypatch.setattr(_run.Trainer, "train", real)
    with pytest.raises(FileExistsError, match="Add --resume"):
        run(tmp_path / "two", settings)
    gone_on = run(tmp_path / "two", build(**kept_settings(tmp_path / "two")), resume=True)
    assert gone_on["models"] == straight["models"]


def test_held_out_images_judge_where_there_is_no_test_set(bars):
    trainer = Trainer(build(**SMALL, held_out=30), bars["train"], None)
    assert (len(trainer.learn), len(trainer.test), len(trainer.valid)) == (70, 30, 20)
    parts = np.concatenate([p.images for p in (trainer.learn, trainer.test, trainer.valid)])
    np.testing.assert_array_equal(parts, bars["train"].images)


def test_a_rule_that_diverges_everywhere_is_named(bars, tmp_path, monkeypatch):
    def diverges(self, *arguments):
        raise FloatingPointError("no longer finite")

    monkeypatch.setattr(_run.Trainer, "train", diverges)
    settings = build(**{**SMALL, "learning_rates": (1.0, 2.0)}, rules=("bp",))
    with pytest.raises(FloatingPointError, match=r"'bp' diverges at every learning rate"):
        run(tmp_path / "run", settings)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_settings(name):
    assert build(preset=name).rules


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"rules": ("dffa",)}, "no way of the error is called 'dffa'. Did you mean 'dfa'"),
        ({"rules": ("bp+grape",)}, "Did you mean 'grapes'"),
        ({"rules": ("bp+grapes:men",)}, "Did you mean 'mean'"),
        ({"rules": ("dfa+local-grapes",)}, "local-grapes is not defined for dfa; expected bp"),
        ({"rules": ()}, "rules is empty"),
        ({"learning_rates": ()}, "learning_rates is empty"),
        ({"hidden": ()}, "hidden and channels are empty"),
        ({"data": "imagenet"}, "data is 'imagenet'"),
        ({"hiden": (3,)}, "Did you mean 'hidden'"),
    ],
)
def test_wrong_settings_are_refused_in_words(chosen, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        build(**chosen)


def test_too_few_images_are_refused(bars):
    with pytest.raises(ValueError, match="validation and held_out are 5000 of 120 images"):
        Trainer(build(data="optical-digits"), bars["train"], bars["test"])


def test_every_way_has_a_name():
    assert len({label(path) for path in PATHS}) == len(PATHS)
