"""Convolutional networks of the digit experiment: layers, distortion, operations, resume."""

import contextlib
import dataclasses
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
import ranvier.data
from ranvier.apps import kept_settings
from ranvier.apps.digits import _run, build, run
from ranvier.apps.digits._models import network
from ranvier.apps.digits._published import published
from ranvier.apps.digits._train import Trainer, _batch
from ranvier.core import load
from ranvier.data import Images
from ranvier.encode import elastic_distortion
from ranvier.learn import losses
from ranvier.metrics import layer_operations
from ranvier.nets import parameter_count

TINY = build(
    **{"neurons": ("snu",), "channels": (2, 3), "layers": 2, "size": 6, "steps": 4, "spikes": 2},
    **{"judge_steps": 5, "epochs": 2, "batch_size": 8, "validation": 4, "learning_rate": 0.01},
    **{"distortion": 34, "gain": 2.0},
)


def stripes(name: str, count: int, seed: int) -> Images:
    """Classes are where a bright stripe stands."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = np.zeros((count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4:24, 4 + 2 * label : 6 + 2 * label] = 255
    return Images(name, images, labels)


@pytest.fixture(scope="module")
def digits(programs):
    """The data set `mnist` is 20 + 10 stripes, and programs are compiled once."""
    parts = {"train": stripes("train", 20, 0), "test": stripes("test", 10, 1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranvier.data, "mnist", parts.__getitem__)
        jax.config.update("jax_compilation_cache_dir", programs)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        yield parts
        jax.config.update("jax_compilation_cache_dir", None)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1)


@pytest.fixture(scope="module")
def whole(digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return folder, run(folder, TINY)


def test_layers_and_parameters():
    settings = build(preset="published-convolutional")
    model = network("snu", settings, 0)
    shapes = [(12, 12, 32), (4, 4, 64), (128,), (10,)]
    assert [layer.neuron.shape for layer in model.layers] == shapes
    assert [layer.name for layer in model.layers] == [f"layer {n}" for n in (1, 2, 3, 4)]
    weights = 25 * 32 + 25 * 32 * 64 + 1024 * 128 + 128 * 10
    assert parameter_count(model) == weights + sum(map(np.prod, shapes))
    assert all(layer.neuron.decay == settings.decay for layer in model.layers)


def test_the_seed_and_the_gain_draw_the_weights():
    one, same, other = (network("snu", TINY, seed) for seed in (0, 0, 1))
    strong = network("snu", dataclasses.replace(TINY, gain=4.0), 0)

    def weight(model):
        return model.layers[0].synapses["dendrite"].synapses[0].weight

    assert (weight(one) == weight(same)).all() and (weight(one) != weight(other)).any()
    np.testing.assert_allclose(weight(strong), 2 * weight(one), rtol=1e-6)


@pytest.mark.parametrize("preset", ["convolutional", "published-convolutional"])
def test_every_layer_fires_at_the_start_and_has_a_gradient(preset):
    settings = build(preset=preset, steps=10, spikes=3)
    model = network("snu", settings, 0)
    shown = stripes("shown", 6, 2)
    batch = _batch(shown.images, shown.labels, jax.random.key(0), settings=settings)
    rates = [float(states.y.mean()) for states in rv.record(model, batch.x)]
    assert all(0.02 < rate < 0.5 for rate in rates), rates
    rule = eqx.filter_jit(rv.bptt(losses.squared_error, decoding=losses.mean_over_time))
    _, slopes = rule(model, batch, None)
    for layer in slopes.layers:
        assert max(float(jnp.abs(w).max()) for w in jax.tree.leaves(layer.synapses)) > 1e-4


def test_one_update_lowers_the_loss_of_its_batch(digits):
    trainer = Trainer(dataclasses.replace(TINY, optimiser="sgd"), digits["train"], digits["test"])
    batch = next(trainer.batches(0, 0))
    assert batch.x.shape == (4, 8, 28, 28, 1)
    _, history = rv.fit(
        network("ssnu", TINY, 0), lambda _: [batch], trainer.rule, trainer.optimiser, epochs=2
    )
    assert history.train[1] < history.train[0]


def test_digits_are_learned_distorted_and_judged_as_they_are(digits):
    certain = {"steps": 1, "spikes": 1, "judge_steps": 0}
    settings = dataclasses.replace(TINY, **certain)
    trainer = Trainer(settings, digits["train"], digits["test"])
    plain = Trainer(dataclasses.replace(settings, distortion=0), digits["train"], digits["test"])
    # The brightest pixels spike for certain, and stripes have no other.
    image = digits["train"].images[np.random.default_rng([0, 0]).permutation(16)[:8]]
    (seen, *_), (straight, *_) = trainer.batches(0, 0), plain.batches(0, 0)
    np.testing.assert_array_equal(straight.x[0, ..., 0], image // 255)
    assert (seen.x[0, ..., 0] != image // 255).any()
    # What is interpolated spikes by chance; what is left without ink, or wholly inked, is certain.
    own = jax.random.fold_in(jax.random.fold_in(jax.random.key(0), 0), 0)
    bent = elastic_distortion(
        jnp.asarray(image, float), strength=34, smoothness=4, key=jax.random.fold_in(own, 0)
    )
    assert not seen.x[0, ..., 0][bent == 0].any()
    assert seen.x[0, ..., 0][bent >= 255].all()
    (later, *_) = trainer.batches(0, 1)
    assert (later.x != seen.x).any()
    (judged,) = trainer.trains(digits["test"], 7, trainer.judge_code)
    np.testing.assert_array_equal(judged[0, ..., 0], digits["test"].images // 255)


def test_spikes_are_the_same_however_many_digits_are_judged_at_a_time(digits, monkeypatch):
    trainer = Trainer(TINY, digits["train"], digits["test"])
    whole = list(trainer.trains(digits["test"], 7, trainer.judge_code))
    monkeypatch.setattr("ranvier.apps.digits._train._CONVOLVED_AT_ONCE", 20)
    pieces = list(trainer.trains(digits["test"], 7, trainer.judge_code))
    assert [part.shape[1] for part in whole] == [10]
    assert [part.shape[1] for part in pieces] == [4, 4, 2]
    assert (jnp.concatenate(pieces, 1) == whole[0]).all()


def test_the_result_and_its_operations_are_those_of_a_run_by_hand(whole, digits):
    folder, result = whole
    (found,) = result["models"]
    assert result["widths"] == [288, 48, 6, 10]
    assert json.loads((folder / "result.json").read_text())["settings"]["channels"] == [2, 3]
    model = load(folder / "models" / "snu-seed0.safetensors", network("snu", TINY, 7))
    trainer = Trainer(build(**kept_settings(folder)), digits["train"], digits["test"])
    (trains,) = trainer.trains(digits["test"], 1_000_002, trainer.judge_code)
    assert trains.shape == (5, 10, 28, 28, 1)
    states = rv.record(model, trains)
    said = np.asarray(states[-1].y).mean(0).argmax(-1)
    assert found["test_accuracy"] == pytest.approx(100 * (said == digits["test"].labels).mean())
    spikes = [float(trains.sum()) / 10, *(float(layer.y.sum()) / 10 for layer in states)]
    assert found["input_spikes"] == pytest.approx(spikes[0])
    assert found["layer_spikes"] == pytest.approx(spikes[1:])
    # A kernel lies at 24 by 24 places, then at 8 by 8; away from the edges, every spike meets all
    # its entries: 25 per channel.
    dense = 5 * (24**2 * 25 * 2 + 8**2 * 25 * 2 * 3 + 48 * 6 + 6 * 10)
    assert found["operations"]["dense"] == pytest.approx(dense)
    inside = np.asarray(trains)[:, :, 4:24, 4:24].sum() / 10
    assert inside == spikes[0]
    reach = np.minimum(np.arange(12) + 1, 5)
    reach = np.minimum(reach, reach[::-1])
    seen = np.asarray(states[0].y.sum((0, 1, 4)) / 10)
    hidden = 3 * float(reach @ seen @ reach)
    event = 50 * inside + hidden + 6 * spikes[2] + 10 * spikes[3]
    assert found["operations"]["event"] == pytest.approx(event)


def test_the_report_says_what_was_done(whole):
    folder, _ = whole
    page = (folder / "report.html").read_text()
    for words in ("784-288-48-6-10", "elastic distortion", "for 5 steps", "middle of the image"):
        assert words in page, words
    with np.load(folder / "recordings.npz") as arrays:
        assert arrays["snu-seed0/y"].shape == arrays["snu-seed0/s"].shape == (5, 2)
        assert arrays["snu-seed0/threshold"].shape == (2,)
        assert arrays["input"].shape == (5, 784)


def test_resume_after_an_interrupt_gives_the_uninterrupted_numbers(whole, tmp_path, monkeypatch):
    @contextlib.contextmanager
    def stopping(title, epochs):
        def on_epoch(done):
            raise KeyboardInterrupt

        yield on_epoch

    monkeypatch.setattr(_run, "write_report", lambda folder: folder)
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        run(folder, TINY, progress=stopping)
    assert (folder / "training" / "snu-seed0.safetensors").exists()
    assert not (folder / "result.json").exists()
    result = run(folder, build(**kept_settings(folder)), resume=True)
    assert result["models"] == whole[1]["models"]


def test_published_values():
    settings = build(preset="published-convolutional")
    bent = published("snu", settings)
    straight = published("snu", dataclasses.replace(settings, distortion=0))
    assert bent is not None and bent.accuracy == 99.53 and "not stated" in bent.source
    assert straight is not None and straight.accuracy == 99.21
    assert published("ssnu", settings) is None
    assert published("snu", dataclasses.replace(settings, data="fashion-mnist")) is None


def test_spikes_of_the_published_preset_are_in_proportion():
    known, made = build(preset="published-snu"), build(preset="published-convolutional")
    assert (made.steps, made.judge_steps) == (30, 300)
    assert made.spikes / made.steps == known.spikes / known.steps


def test_what_is_dropped_in_training_counts_when_judged():
    trains = jax.random.bernoulli(jax.random.key(0), 0.2, (3, 2, 28, 28, 1)).astype(float)
    found = []
    for dropout in (0.0, 0.5):
        model = network("snu", dataclasses.replace(TINY, dropout=dropout), 0)
        outputs = [np.asarray(states.y) for states in rv.record(model, trains)]
        found.append(
            [
                layer_operations(layer, x, y, np.ones((3, 2)))
                for layer, x, y in zip(model.layers, [trains, *outputs], outputs, strict=False)
            ]
        )
    assert found[0] == found[1] and all(len(one) == 1 for one in found[0])
