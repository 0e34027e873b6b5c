"""Learning from what hardware did: with the network as its own hardware, nothing changes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import bptt, in_the_loop, losses
from ranvier.neurons import LIF, SNU, LeakyIntegrator


def batch(width, classes):
    x = jax.random.bernoulli(jax.random.key(3), 0.5, (9, 4, width)).astype(jnp.float32)
    return Batch(x, jax.nn.one_hot(jnp.arange(4) % classes, classes)[None], jnp.ones((9, 4)))


def own_outputs(model, xs):
    return [states.y for states in rv.record(model, xs)]


@pytest.mark.parametrize(
    "unit",
    [SNU(6, decay=0.9), rv.recurrent(SNU(6)), LIF(6, resistance=20.0, reset_time="next_carry")],
)
def test_a_network_that_is_its_own_hardware_learns_as_ever(unit):
    model = rv.chain(5, unit, LeakyIntegrator(3), key=jax.random.key(0))
    rule = bptt(losses.categorical, decoding=losses.mean_over_time)
    given = batch(5, 3)
    loss, gradients = rule(model, given, None)
    told_loss, told = in_the_loop(rule, own_outputs)(model, given, None)
    assert told_loss == pytest.approx(float(loss), rel=1e-6)
    pairs = zip(jax.tree.leaves(gradients), jax.tree.leaves(told), strict=True)
    assert any(np.abs(one).max() > 0 for one in jax.tree.leaves(gradients))
    for one, two in pairs:
        np.testing.assert_allclose(two, one, rtol=1e-5, atol=1e-7)


def test_the_loss_is_that_of_the_hardware():
    model = rv.chain(5, SNU(6), SNU(3), key=jax.random.key(0))
    given = batch(5, 3)
    rule = bptt(losses.categorical, decoding=losses.mean_over_time)

    def silent_but_first(model, xs):
        hidden, last = own_outputs(model, xs)
        return [jnp.zeros_like(hidden), jnp.zeros_like(last).at[..., 0].set(2.0)]

    told, gradients = in_the_loop(rule, silent_but_first)(model, given, None)
    first = np.exp(2.0) / (np.exp(2.0) + 2)
    chance = np.array([first, *[(1 - first) / 2] * 2])[np.arange(4) % 3]
    assert float(told) == pytest.approx(-np.log(chance).mean(), rel=1e-5)
    # Nothing reached the last layer: its weights have no slope, its thresholds have.
    assert not np.any(gradients.layers[1].synapses["dendrite"].weight)
    assert np.any(gradients.layers[1].neuron.bias)


def test_the_rule_is_compiled_with_hardware_behind_a_callback():
    model = rv.chain(5, SNU(6), SNU(3), key=jax.random.key(0))
    given = batch(5, 3)

    def behind(model, xs):
        shapes = [jax.ShapeDtypeStruct((*xs.shape[:2], n), jnp.float32) for n in (6, 3)]
        return jax.pure_callback(
            lambda x: [np.ones((*x.shape[:2], n), np.float32) for n in (6, 3)], shapes, xs
        )

    rule = in_the_loop(bptt(losses.categorical, decoding=losses.mean_over_time), behind)
    loss, _ = jax.jit(lambda m: rule(m, given, None))(model)
    assert float(loss) == pytest.approx(np.log(3), rel=1e-5)


def test_what_cannot_be_told_is_refused():
    rule = bptt(losses.categorical, decoding=losses.mean_over_time)
    given = batch(5, 3)
    early = rv.chain(5, LIF(3), key=jax.random.key(0))
    with pytest.raises(ValueError, match="resets at its own spike"):
        in_the_loop(rule, own_outputs)(early, given, None)
    with pytest.raises(TypeError, match="expected a Chain"):
        in_the_loop(rule, own_outputs)(rv.layer(5, SNU(3), key=jax.random.key(0)), given, None)
