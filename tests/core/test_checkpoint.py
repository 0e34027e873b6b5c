"""Checkpoints: what is saved comes back, what does not fit is refused, nothing is half written.

`data/checkpoint_v0.1.0.safetensors` was written once, by version 0.1.0, and stays as it is:

    import jax, ranvier as rv
    from tests.core.test_checkpoint import inputs, network
    network = network()
    _, outputs = rv.run(network, inputs())
    settings = {"outputs": outputs.tolist()}
    rv.save("tests/core/data/checkpoint_v0.1.0.safetensors", network, settings=settings)
"""

import errno
import functools
import importlib.metadata
import json
import os
from pathlib import Path
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest
import safetensors
import safetensors.numpy

import ranvier as rv
from ranvier.core import load, read_settings, save
from ranvier.neurons import surrogates
from tests.table import NEURONS

OLD = Path(__file__).parent / "data" / "checkpoint_v0.1.0.safetensors"


def network(size: int = 4, key: int = 0):
    return rv.chain(5, rv.recurrent(rv.SNU(size)), rv.Readout(3), key=jr.key(key))


def inputs() -> np.ndarray:
    """Twelve steps, two examples: a pattern made without a random number."""
    return (np.arange(12 * 2 * 5).reshape(12, 2, 5) % 3 == 0).astype(np.float32)


def assert_same(one, two) -> None:
    one, two = eqx.partition(one, eqx.is_array), eqx.partition(two, eqx.is_array)
    assert jax.tree.structure(one) == jax.tree.structure(two)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        assert np.array_equal(a, b)


class Kept(NamedTuple):
    """A tree that holds some of everything."""

    whole: jax.Array
    plain: np.ndarray
    inside: dict
    number: float


# Round trips


@pytest.mark.parametrize("name", NEURONS)
def test_every_neuron_comes_back(name, tmp_path):
    model = rv.layer(3, rv.recurrent(NEURONS[name](4)), key=jr.key(1))
    save(tmp_path / "model", model)
    assert_same(
        load(tmp_path / "model", rv.layer(3, rv.recurrent(NEURONS[name](4)), key=jr.key(2))), model
    )


@pytest.mark.parametrize(
    "optimiser",
    [
        optax.adam(1e-3),
        optax.sgd(1e-2, momentum=0.9),
        optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(optax.cosine_decay_schedule(1, 9))),
    ],
    ids=["adam", "momentum", "chain"],
)
def test_optimiser_states_come_back(optimiser, tmp_path):
    parameters = eqx.filter(network(), eqx.is_inexact_array)
    start = optimiser.init(parameters)
    moved = jax.tree.map(lambda leaf: leaf + 1, start)
    save(tmp_path / "state", moved)
    assert_same(load(tmp_path / "state", start), moved)


@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
def test_keys_come_back_and_draw_the_same(impl, tmp_path):
    key = jr.key(7, impl=impl)
    save(tmp_path / "key", {"key": key, "many": jr.split(key, 3)})
    like = {"key": jr.key(0, impl=impl), "many": jr.split(jr.key(0, impl=impl), 3)}
    back = load(tmp_path / "key", like)
    assert jr.key_impl(back["key"]) == jr.key_impl(key)
    assert jnp.array_equal(jr.normal(back["key"], (4,)), jr.normal(key, (4,)))
    assert jnp.array_equal(jr.key_data(back["many"]), jr.key_data(jr.split(key, 3)))


def test_every_kind_of_leaf_comes_back(tmp_path):
    kept = Kept(
        jnp.arange(3, dtype=jnp.int32),
        np.linspace(0, 1, 5),
        {
            "flags": np.array([True, False]),
            "scalar": jnp.float32(2.5),
            "half": jnp.ones(2, jnp.bfloat16),
            "empty": np.zeros((0, 3), np.float32),
            "nothing": None,
        },
        0.1,
    )
    save(tmp_path / "tree", kept)
    blank = Kept(*jax.tree.map(lambda a: a * 0 if eqx.is_array_like(a) else a, kept[:3]), 0.1)
    back = load(tmp_path / "tree", blank)
    assert_same(back, kept)
    assert isinstance(back.plain, np.ndarray) and back.plain.dtype == np.float64
    assert isinstance(back.whole, jax.Array)
    assert back.inside["scalar"].shape == ()


@pytest.mark.parametrize("view", [np.transpose, lambda a: a[::2], np.asfortranarray, np.flip])
def test_views_are_not_scrambled(view, tmp_path):
    array = view(np.arange(12.0).reshape(4, 3))
    save(tmp_path / "view", {"array": array})
    assert np.array_equal(load(tmp_path / "view", {"array": 0 * array})["array"], array)


def test_settings_come_back(tmp_path):
    settings = {"neurons": ["snu", "gru"], "rate": 0.1, "clip": None, "ä": float("inf")}
    save(tmp_path / "model", network(), settings=settings)
    assert read_settings(tmp_path / "model") == settings
    save(tmp_path / "model", network())
    assert read_settings(tmp_path / "model") == {}


def test_any_reader_can_open_it(tmp_path):
    save(tmp_path / "model", network())
    arrays = safetensors.numpy.load_file(tmp_path / "model")
    assert set(arrays) == {
        "layers.0.neuron.bias",
        "layers.0.synapses.dendrite.weight",
        "layers.0.recurrent.dendrite.weight",
        "layers.1.neuron.bias",
        "layers.1.synapses.dendrite.weight",
    }


# What does not fit is refused


def refused(path, like, *words):
    with pytest.raises(ValueError) as caught:
        load(path, like)
    message = str(caught.value)
    for word in (str(path), *words):
        assert word in message, message


def saved(tmp_path, *parts):
    path = tmp_path / "model.safetensors"
    save(path, rv.chain(5, *parts, key=jr.key(0)))
    return path


def other(*parts):
    return rv.chain(5, *parts, key=jr.key(0))


def test_another_constant(tmp_path):
    path = saved(tmp_path, rv.SNU(4, decay=0.8))
    refused(path, other(rv.SNU(4, decay=0.4)), "layers.0.neuron.decay", "0.8", "0.4")


def test_another_choice(tmp_path):
    path = saved(tmp_path, rv.LIF(4, reset="zero"))
    refused(path, other(rv.LIF(4, reset="subtract")), "neuron.reset", "'zero'", "'subtract'")


def test_another_function(tmp_path):
    path = saved(tmp_path, rv.SNU(4))
    refused(path, other(rv.SNU.soft(4)), "layers.0.neuron.h", "tanh_derivative()", "sigmoid")
    refused(path, other(rv.SNU(4, g=jax.nn.relu)), "layers.0.neuron.g", "identity", "relu")


def test_another_setting_of_a_function(tmp_path):
    path = saved(tmp_path, rv.SNU(4, h=surrogates.fast_sigmoid(2)))
    refused(path, other(rv.SNU(4, h=surrogates.fast_sigmoid(3))), "neuron.h", "(2.0)", "(3.0)")
    load(path, other(rv.SNU(4, h=surrogates.fast_sigmoid(2.0))))


def test_another_setting_of_a_partial(tmp_path):
    def leaky(slope):
        return functools.partial(jax.nn.leaky_relu, negative_slope=slope)

    path = saved(tmp_path, rv.SNU(4, g=leaky(0.1)))
    refused(path, other(rv.SNU(4, g=leaky(0.2))), "layers.0.neuron.g", "0.1", "0.2")
    load(path, other(rv.SNU(4, g=leaky(0.1))))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (rv.RNN(4), rv.Readout(4)),
        (rv.SNU(4), rv.LeakyIntegrator(4, decay=0.8)),
        (rv.LeakyIntegrator(4, decay=0.8), rv.SNU(4)),
    ],
    ids=["RNN as Readout", "SNU as LeakyIntegrator", "LeakyIntegrator as SNU"],
)
def test_another_neuron_with_the_same_arrays(one, two, tmp_path):
    """Alike in every array and constant they share, and yet another function of the input."""
    path = saved(tmp_path, one)
    refused(path, other(two), "layers.0.neuron", type(one).__name__, type(two).__name__)


def test_another_size(tmp_path):
    path = saved(tmp_path, rv.SNU(4))
    refused(path, other(rv.SNU(6)), "layers.0.", "(4,", "(6,")


def test_a_parameter_too_few(tmp_path):
    path = saved(tmp_path, rv.SNU(5))
    refused(path, other(rv.recurrent(rv.SNU(5))), "layers.0.recurrent.dendrite.weight")


def test_a_parameter_too_many(tmp_path):
    path = saved(tmp_path, rv.recurrent(rv.SNU(5)))
    refused(path, other(rv.SNU(5)), "layers.0.recurrent.dendrite.weight")


def test_learned_against_constant_decay(tmp_path):
    learned = rv.SNU(4, decay=jnp.full(4, 0.8))
    refused(saved(tmp_path, learned), other(rv.SNU(4)), "layers.0.neuron.decay")
    refused(saved(tmp_path, rv.SNU(4)), other(learned), "layers.0.neuron.decay")


def test_keys_of_another_kind(tmp_path):
    save(tmp_path / "key", {"key": jr.key(0, impl="rbg")})
    refused(tmp_path / "key", {"key": jr.key(0)}, "key has shape (4,)")


# Damaged and foreign files


def test_a_truncated_file_at_any_point(tmp_path):
    save(tmp_path / "whole", network())
    contents = (tmp_path / "whole").read_bytes()
    header = 8 + int.from_bytes(contents[:8], "little")
    cut = tmp_path / "cut"
    for length in (0, 3, 8, 9, header // 2, header, header + 1, len(contents) - 1):
        cut.write_bytes(contents[:length])
        refused(cut, network(), "truncated")


@pytest.mark.parametrize("seed", range(5))
def test_garbage(seed, tmp_path):
    path = tmp_path / "garbage"
    path.write_bytes(np.random.default_rng(seed).bytes(200))
    refused(path, network(), "not a whole safetensors file")
    path.write_text("a letter, not a checkpoint. " * 20)
    refused(path, network(), "not a whole safetensors file")


def test_a_missing_file(tmp_path):
    for call in (lambda path: load(path, network()), read_settings):
        with pytest.raises(FileNotFoundError, match=r"no checkpoint at .*absent"):
            call(tmp_path / "absent")
        with pytest.raises(FileNotFoundError, match="no checkpoint"):
            call(tmp_path)


def test_somebody_elses_file(tmp_path):
    safetensors.numpy.save_file({"weight": np.ones(3)}, tmp_path / "theirs")
    refused(tmp_path / "theirs", network(), "not one that ranvier wrote")


def rewritten(source: Path, target: Path, change) -> Path:
    """A copy whose header went through `change`."""
    with safetensors.safe_open(source, framework="numpy") as file:
        header = json.loads(file.metadata()["ranvier"])
    change(header)
    arrays = safetensors.numpy.load_file(source)
    safetensors.numpy.save_file(arrays, target, metadata={"ranvier": json.dumps(header)})
    return target


def test_a_newer_format(tmp_path):
    newer = {"format": 99, "version": "7.0.0"}
    path = rewritten(OLD, tmp_path / "newer", lambda header: header.update(newer))
    refused(path, network(), "format 99", "7.0.0", "Upgrade")


# A file of an earlier version


def assert_as_recorded(path, like):
    model, settings = load(path, like), read_settings(path)
    _, outputs = rv.run(model, inputs())
    # The runner's products may be summed in another order on another machine.
    np.testing.assert_allclose(outputs, settings["outputs"], rtol=1e-6, atol=1e-6)
    _, untrained = rv.run(like, inputs())
    assert not np.allclose(untrained, settings["outputs"], atol=1e-2)


def test_an_old_file_gives_the_recorded_outputs():
    assert_as_recorded(OLD, network(key=5))


def test_an_old_file_under_a_later_version(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "12.3.4")
    assert_as_recorded(OLD, network(key=5))


def test_an_old_file_from_before_a_constant_was_added(tmp_path):
    def before(header):
        for name in ("layers.0.neuron.decay", "layers.0.neuron.h", "layers.0.neuron"):
            del header["constants"][name]

    assert_as_recorded(rewritten(OLD, tmp_path / "older", before), network(key=5))


def test_an_old_file_with_a_constant_that_was_removed_since(tmp_path):
    def more(header):
        header["constants"]["layers.0.neuron.refractory"] = 2

    assert_as_recorded(rewritten(OLD, tmp_path / "older", more), network(key=5))


def test_a_module_that_moved_between_files_is_the_same(tmp_path, monkeypatch):
    path = saved(tmp_path, rv.SNU(4, g=jax.nn.relu))
    monkeypatch.setattr(jax.nn.relu, "__module__", "jax.nn.elsewhere")
    monkeypatch.setattr(rv.SNU, "__module__", "ranvier.neurons._moved")
    load(path, other(rv.SNU(4, g=jax.nn.relu)))


# An interrupted save leaves the old file whole


class Cut(BaseException):
    """Stands for a kill."""


def fail(error):
    def raising(*args, **kwargs):
        raise error

    return raising


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), Cut()])
@pytest.mark.parametrize(
    ("owner", "call"), [(os, "replace"), (os, "fsync"), (Path, "write_bytes"), (Path, "chmod")]
)
def test_an_interrupted_save_leaves_the_old_file(owner, call, error, tmp_path, monkeypatch):
    path, old = tmp_path / "model.safetensors", network(key=1)
    save(path, old, settings={"epoch": 1})
    with monkeypatch.context() as patch:
        patch.setattr(owner, call, fail(error))
        with pytest.raises(type(error)) as caught:
            save(path, network(key=2), settings={"epoch": 2})
    if isinstance(error, OSError):
        assert caught.value.errno == errno.ENOSPC
        assert str(path) in str(caught.value) and "No space left" in str(caught.value)
    assert_same(load(path, network()), old)
    assert read_settings(path) == {"epoch": 1}
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_half_written_file_is_not_taken_for_a_whole_one(tmp_path, monkeypatch):
    path, old = tmp_path / "model.safetensors", network(key=1)
    save(path, old)
    write = Path.write_bytes

    def half(self, contents):
        write(self, contents[: len(contents) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        save(path, network(key=2))
    assert_same(load(path, network()), old)


def test_unwritable_settings_leave_the_old_file(tmp_path):
    path, old = tmp_path / "model.safetensors", network(key=1)
    save(path, old)
    with pytest.raises(TypeError, match="JSON"):
        save(path, network(key=2), settings={"when": object()})
    assert_same(load(path, network()), old)
