"""The digit experiment, small but whole: results, report, resume, refusals."""

import contextlib
import dataclasses
import json
import re

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
import ranvier.data
from ranvier.apps import kept_settings
from ranvier.apps.digits import PRESETS, Settings, _run, build, run, write_report
from ranvier.apps.digits._models import leaky, network
from ranvier.apps.digits._published import published
from ranvier.apps.digits._train import Trainer
from ranvier.core import load
from ranvier.data import Images, mnist
from ranvier.learn import losses
from ranvier.nets import parameter_count
from ranvier.neurons import LateralInhibitionSNU
from ranvier.synapses import LayerMaximum

SMALL = {
    **{"layers": 2, "size": 12, "steps": 6, "spikes": 3, "epochs": 3, "batch_size": 10},
    **{"learning_rate": 0.02, "validation": 20},
}
SNU = build(**SMALL, neurons=("snu",))


def shapes(name: str, count: int, seed: int) -> Images:
    """Ten classes that a network can learn: a bright bar at one of ten heights, some noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 2 * label : 6 + 2 * label, 4:24] = 255
    return Images(name, images, labels)


@pytest.fixture(scope="module")
def bars(programs):
    """The data set `mnist` is 80 + 40 images of bars, and programs are compiled once."""
    parts = {"train": shapes("train", 80, 0), "test": shapes("test", 40, 1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranvier.data, "mnist", parts.__getitem__)
        jax.config.update("jax_compilation_cache_dir", programs)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        yield parts
        jax.config.update("jax_compilation_cache_dir", None)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1)


@pytest.fixture(scope="module")
def whole(bars, tmp_path_factory):
    """One run with everything in it, report included."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return folder, run(folder, build(**SMALL, neurons=("snu", "li-snu", "gru")))


@pytest.fixture
def no_report(monkeypatch):
    """Figures take seconds, and these tests look at numbers."""
    monkeypatch.setattr(_run, "write_report", lambda folder: folder)


def numbers(result, neuron="snu"):
    return [model for model in result["models"] if model["neuron"] == neuron]


# A whole run


def test_the_result_is_complete(whole):
    folder, result = whole
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert result["experiment"] == "digits" and result["widths"] == [12, 10]
    assert build(**result["settings"]) == build(**SMALL, neurons=("snu", "li-snu", "gru"))
    assert result["data"]["digits"] == {"train": 60, "valid": 20, "test": 40}
    assert [m["neuron"] for m in result["models"]] == ["snu", "li-snu", "gru"]
    for model in result["models"]:
        assert all(len(curve) == model["epochs"] == 3 for curve in model["curves"].values())
        errors = model["curves"]["valid_error"]
        assert model["valid_accuracy"] == pytest.approx(100 - min(errors))
        assert errors.index(min(errors)) == model["best_epoch"] - 1
        counts = np.array(model["confusion"])
        assert counts.shape == (10, 10) and counts.sum() == 40
        assert model["test_accuracy"] == pytest.approx(100 * np.trace(counts) / 40)
        assert model["spiking"] == (model["neuron"] != "gru")
        assert (model["hidden_spikes"] is None) == (model["neuron"] == "gru")
        assert 0 < model["operations"]["event"] <= model["operations"]["dense"]


def test_it_learned(whole):
    for model in whole[1]["models"]:
        assert model["curves"]["train"][-1] < 0.9 * model["curves"]["train"][0]
    # Ten classes: 40 test images are right by chance in 4 cases; 12 or more of them have a
    # probability of 4e-4.
    assert max(model["test_accuracy"] for model in whole[1]["models"]) > 30


def test_spikes_and_operations_are_those_of_a_run_by_hand(whole, bars):
    folder, _ = whole
    model = load(folder / "models" / "li-snu-seed0.safetensors", network("li-snu", SNU, 7))
    trainer = Trainer(build(**kept_settings(folder)), bars["train"], bars["test"])
    (trains,) = trainer.trains(bars["test"], 1_000_002, trainer.judge_code)
    hidden, output = rv.record(model, trains)
    (found,) = numbers(whole[1], "li-snu")
    said = np.asarray(output.y).mean(0).argmax(-1)
    assert found["test_accuracy"] == pytest.approx(100 * (said == bars["test"].labels).mean())
    assert found["hidden_spikes"] == pytest.approx(float(hidden.y.sum()) / 40)
    assert found["input_spikes"] == pytest.approx(float(trains.sum()) / 40)
    # Twelve weights leave each input spike, ten each hidden one; inhibition has no weights.
    event = 12 * found["input_spikes"] + 10 * found["hidden_spikes"]
    assert found["operations"]["event"] == pytest.approx(event)
    assert found["operations"]["dense"] == pytest.approx(6 * (784 * 12 + 12 * 10))


def test_the_report_is_one_self_contained_file(whole):
    folder, result = whole
    page = (folder / "report.html").read_text()
    sources = re.findall(r"""(?:\bsrc|\bhref|url)\s*[=(]\s*["']?([^"')>\s]+)""", page)
    assert sources and all(s.startswith(("data:", "#")) for s in sources)
    for row in result["summary"]:
        assert f"{row['test_accuracy']:.2f}" in page
    for word in ("LI-SNU", "GRU", "Mistakes", "fewer hidden spikes", "Event-driven"):
        assert word in page, word
    pictures = {path.stem for path in (folder / "figures").iterdir()}
    assert pictures == {
        *("scores", "learning", "spikes", "digit-snu", "digit-li-snu", "confusion", "operations")
    }


def test_a_single_layer_has_a_report_too(bars, tmp_path):
    settings = build(**{**SMALL, "layers": 1, "epochs": 1}, neurons=("ssnu",), seeds=2)
    result = run(tmp_path / "one", settings)
    (row,) = result["summary"]
    scores = [model["test_accuracy"] for model in result["models"]]
    assert row["test_accuracy_spread"] == pytest.approx(np.std(scores, ddof=1))
    assert row["hidden_spikes"] is None and row["published"] is None
    assert "sSNU" in (tmp_path / "one" / "report.html").read_text()


# The same numbers again


def test_resume_after_an_interrupt_gives_the_uninterrupted_numbers(whole, tmp_path, no_report):
    @contextlib.contextmanager
    def stopping(title, epochs):
        def on_epoch(done):
            if done.number == 2:
                raise KeyboardInterrupt

        yield on_epoch

    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        run(folder, SNU, progress=stopping)
    assert not (folder / "result.json").exists()
    with pytest.raises(FileNotFoundError, match="ranvier run digits --resume"):
        write_report(folder)
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder, SNU)
    with pytest.raises(ValueError, match="size was 12, now 13"):
        run(folder, dataclasses.replace(SNU, size=13), resume=True)
    result = run(folder, build(**kept_settings(folder)), resume=True)
    assert numbers(result) == numbers(whole[1])


def test_every_epoch_has_its_own_spikes_and_every_digit_comes_once(bars):
    trainer = Trainer(SNU, bars["train"], bars["test"])
    first, again, later = (list(trainer.batches(3, epoch)) for epoch in (0, 0, 1))
    assert [batch.x.shape for batch in first] == [(6, 10, 784)] * 6
    assert all(bool((a.x == b.x).all()) for a, b in zip(first, again, strict=True))
    assert any(bool((a.x != b.x).any()) for a, b in zip(first, later, strict=True))
    classes = np.concatenate([np.asarray(b.target[0].argmax(-1)) for b in first])
    assert sorted(classes) == sorted(bars["train"].labels[:60])
    # Brightness sets the rate: bars have 3 spikes in 6 steps, the darkest pixels none.
    order = np.random.default_rng([3, 0]).permutation(60)[:10]
    counts = np.asarray(first[0].x.sum(0))
    bright = bars["train"].images[order].reshape(10, -1) == 255
    assert counts[bright].mean() == pytest.approx(3, abs=0.2)
    assert not counts[bars["train"].images[order].reshape(10, -1) == 0].any()


# Parts


def test_layers_widths_and_inhibition():
    settings = Settings(layers=4, size=256)
    model = network("li-snu", settings, 0)
    kinds = [type(layer.neuron) for layer in model.layers]
    assert kinds[:3] == [LateralInhibitionSNU] * 3 and kinds[3] is rv.SNU
    assert all(isinstance(x.recurrent["inhibition"], LayerMaximum) for x in model.layers[:3])
    weights = 784 * 256 + 2 * 256**2 + 256 * 10
    assert parameter_count(model) == weights + 3 * 256 + 10
    assert parameter_count(network("snu", settings, 0)) == parameter_count(model)


def test_gated_networks_feed_back_and_keep_glorot_weights():
    settings = Settings(layers=2, size=5, gain=7.0)
    model = network("rnn", settings, 0)
    assert all(layer.recurrent for layer in model.layers)
    for layer in model.layers:
        for synapse in layer.synapses.values():
            assert float(jnp.abs(synapse.weight).max()) <= (6 / sum(synapse.weight.shape)) ** 0.5


def test_gain_keeps_spikes_and_gradients_alive_in_seven_layers():
    """Glorot weights alone leave the upper layers silent, and without a gradient."""
    trains = jax.random.bernoulli(jax.random.key(0), 0.05, (20, 30, 784)).astype(float)
    target = jax.nn.one_hot(jnp.arange(30) % 10, 10)[None]
    batch = rv.core.Batch(trains, target, jnp.ones((20, 30)))
    rule = eqx.filter_jit(rv.bptt(losses.squared_error, decoding=losses.mean_over_time))
    for gain, alive in ((1.0, False), (2.0, True)):
        model = network("snu", build(preset="published-snu", gain=gain), 0)
        rates = [float(states.y.mean()) for states in rv.record(model, trains)]
        _, slopes = rule(model, batch, None)
        norms = [float(jnp.abs(x.synapses["dendrite"].weight).max()) for x in slopes.layers]
        assert (min(rates) > 0.02) == (min(norms) > 1e-6) == alive, (rates, norms)


def test_the_leaky_membrane():
    assert leaky(jnp.array([-2.0, 3.0])).tolist() == pytest.approx([-0.2, 3.0])
    settings = build(membrane="identity")
    assert network("snu", Settings(), 0).layers[0].neuron.g is leaky
    assert network("snu", settings, 0).layers[0].neuron.g is not leaky


def test_published_values_belong_to_a_network():
    for preset, neuron, accuracy in (
        ("published-ssnu", "ssnu", 98.50),
        ("published-snu", "snu", 98.47),
        ("lateral-inhibition", "li-snu", 93.82),
        ("toolkit", "snu", 94.84),
    ):
        settings = build(preset=preset)
        known = published(neuron, settings)
        assert known is not None and known.accuracy == accuracy
        assert published(neuron, dataclasses.replace(settings, data="fashion-mnist")) is None
        assert published(neuron, dataclasses.replace(settings, size=99)) is None


def test_judging_may_take_longer_at_the_same_rate(bars):
    settings = dataclasses.replace(SNU, judge_steps=18)
    trainer = Trainer(settings, bars["train"], bars["test"])
    assert trainer.judge_code == {"steps": 18, "spikes": 9}
    assert trainer.code == {"steps": 6, "spikes": 3}


def test_too_few_digits(bars):
    with pytest.raises(ValueError, match="validation is 80 of 80 digits"):
        Trainer(dataclasses.replace(SNU, validation=80), bars["train"], bars["test"])


# Settings


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"data": "mnits"}, "data is 'mnits': .*'mnist' or 'fashion-mnist'"),
        ({"neurons": ("li-sun",)}, "no network of digits has 'li-sun'. Did you mean 'li-snu'"),
        ({"neurons": ()}, "at least one neuron"),
        ({"layers": 0}, "layers is 0"),
        ({"size": 0}, "size is 0"),
        ({"channels": (8, 0)}, r"channels\.1 is 0"),
        ({"channels": (8,)}, r"channels are \[8\] and neurons has 'li-snu'; expected 'snu' or"),
        (
            {"channels": (8, 8, 8), "neurons": ("snu",)},
            "kernel is 5, but convolutional layer 3 sees 4 by 4 places",
        ),
        ({"kernel": 0}, "kernel is 0"),
        ({"distortion": -1}, "distortion is -1"),
        ({"smoothness": 0}, "smoothness is 0"),
        ({"product": "sparse"}, "product is 'sparse': .*'dense' or 'events'"),
        ({"dropout": 1.0}, "dropout is 1"),
        ({"spike_cost": -1.0}, "spike_cost is -1"),
        ({"steps": 0}, "steps is 0"),
        ({"spikes": 21}, "spikes is 21.0 in 20 steps"),
        ({"judge_steps": -1}, "judge_steps is -1"),
        ({"decay": 1.5}, "decay is 1.5"),
        ({"threshold": "high"}, "threshold is 'high'"),
        ({"gain": 0}, "gain is 0"),
        ({"membrane": "relu"}, "membrane is 'relu': .*'identity' or 'leaky'"),
        ({"seeds": 0}, "seeds is 0"),
        ({"first_seed": -1}, "first_seed is -1"),
        ({"epochs": 0}, "epochs is 0"),
        ({"patience": -1}, "patience is -1"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"optimiser": "adamm"}, "optimiser is 'adamm'"),
        ({"learning_rate": 0}, "learning_rate is 0"),
        ({"schedule": "linear"}, "schedule is 'linear'"),
        ({"weight_decay": -1}, "weight_decay is -1"),
        ({"clip": -1}, "clip is -1"),
        ({"validation": 0}, "validation is 0"),
        ({"preset": "toolkid"}, "no preset is called 'toolkid'. Did you mean 'toolkit'"),
        ({"sizes": 3}, "no setting is called 'sizes'. Did you mean 'size'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_every_setting_is_checked(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)


def test_every_setting_is_covered_above():
    marks = test_every_setting_is_checked.pytestmark
    tried = {name for chosen, _ in marks[0].args[1] for name in chosen}
    assert {field.name for field in dataclasses.fields(Settings)} <= tried


def test_presets_and_settings_come_back_from_json():
    assert set(PRESETS) == {
        *("published-ssnu", "published-snu", "toolkit"),
        *("lateral-inhibition", "lateral-inhibition-wide"),
        *("published-convolutional", "convolutional"),
    }
    for name in PRESETS:
        settings = build(preset=name)
        assert build(**json.loads(json.dumps(dataclasses.asdict(settings)))) == settings


# The real digits


def test_a_short_training_on_real_digits(real_data):
    """Far above chance after two thousand digits, and inhibition leaves fewer hidden spikes."""
    settings = build(
        **{"size": 60, "epochs": 2, "batch_size": 25, "learning_rate": 5e-3, "gain": 1.0},
        **{"validation": 200, "neurons": ("snu", "li-snu")},
    )
    learn = mnist("train", root=real_data)[:2200]
    trainer = Trainer(settings, learn, mnist("test", root=real_data)[:500])
    found = {}
    for neuron in settings.neurons:
        model, _ = rv.fit(
            network(neuron, settings, 0),
            lambda epoch: trainer.batches(0, epoch),
            trainer.rule,
            trainer.optimiser,
            epochs=settings.epochs,
        )
        found[neuron] = trainer._tested(model)
    # One in ten by chance: 500 digits give 100 or more right with a probability below 1e-10.
    assert all(one["test_accuracy"] > 50 for one in found.values()), found
    assert found["li-snu"]["hidden_spikes"] < 0.7 * found["snu"]["hidden_spikes"]
