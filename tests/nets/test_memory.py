"""Layers whose synapses have a memory: all runners agree, rules follow or refuse."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import ranvier as rv
from ranvier.core import Batch, Synapse, load, save, scan_steps
from ranvier.learn import exact, losses
from ranvier.nets import Chain, Layer, LayerState
from ranvier.neurons import LIFState
from ranvier.synapses import Delayed, Dense, Dropout, LearnedDelay

STEPS, EXAMPLES, WIDTH, UNITS = 11, 3, 4, 5


class Trace(Synapse):
    """A low-passed copy of the activity before the weights; it states `init` and `advance` only."""

    weight: jax.Array

    @property
    def in_size(self):
        return self.weight.shape[1]

    @property
    def shape(self):
        return self.weight.shape[:1]

    def init(self, batch=()):
        return jnp.zeros((*batch, self.in_size), self.weight.dtype)

    def advance(self, memory, z, *, key=None):
        if key is not None:
            z = z + jr.normal(key, z.shape)
        memory = 0.5 * memory + z
        return memory, memory @ self.weight.T


def dense(key, width=WIDTH):
    return Dense.random(width, UNITS, key=jr.key(key))


def learned(key, width=WIDTH):
    return LearnedDelay.random(width, UNITS, longest_steps=4, width_steps=1.0, key=jr.key(key))


def trace(key, width=WIDTH):
    return Trace(jr.normal(jr.key(key), (UNITS, width)))


MEMORIES = {
    "input": lambda: ({"dendrite": Delayed(dense(0), [0, 3, 1, 2])}, {}),
    "feedback": lambda: ({"dendrite": dense(0)}, {"dendrite": Delayed(dense(1, UNITS), 2)}),
    "both": lambda: ({"dendrite": learned(0)}, {"dendrite": learned(1, UNITS)}),
    "input, with plain feedback": lambda: (
        {"dendrite": Delayed(Dropout(dense(0), 0.3), 2)},
        {"dendrite": dense(1, UNITS)},
    ),
    "of its own": lambda: ({"dendrite": trace(0)}, {"dendrite": trace(1, UNITS)}),
}


def layer_of(name, neuron=None):
    synapses, recurrent = MEMORIES[name]()
    return Layer(neuron or rv.LIF(UNITS, tau_membrane_ms=5.0, threshold=0.3), synapses, recurrent)


def inputs(seed=1):
    return jr.uniform(jr.key(seed), (STEPS, EXAMPLES, WIDTH), minval=-0.5, maxval=1.5)


@eqx.filter_jit
def every_way(cell, xs, key):
    found = [rv.run(cell, xs, key=key, chunk=chunk) for chunk in (None, 1, 4, 10)]
    keys = None if key is None else jr.split(key, len(xs))
    found.append(scan_steps(cell, cell.init(xs.shape[1:-1]), xs, keys=keys))
    if key is None:
        half, first = rv.run(cell, xs[:6])
        end, second = rv.run(cell, xs[6:], state=half)
        found.append((end, jnp.concatenate([first, second])))
    return found, rv.record(cell, xs, key=key)


@pytest.mark.parametrize("noise", [False, True], ids=["bare", "noise"])
@pytest.mark.parametrize("name", MEMORIES)
def test_all_runners_agree(name, noise):
    layer = layer_of(name)
    chain = Chain([layer, rv.layer(UNITS, rv.Readout(2), key=jr.key(4))])
    found, (states, outputs) = every_way(chain, inputs(), jr.key(5) if noise else None)
    (state, ys), *others = found
    assert len(np.unique(ys)) > 2
    for other in others:
        assert jax.tree.structure(other) == jax.tree.structure((state, ys))
        for a, b in zip(jax.tree.leaves((state, ys)), jax.tree.leaves(other), strict=True):
            assert a.shape == b.shape and a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
    # What is recorded are the states of the neurons.
    assert isinstance(states, LIFState) and states.v.shape == (STEPS, EXAMPLES, UNITS)
    np.testing.assert_allclose(outputs.y, ys, rtol=1e-5, atol=1e-5)
    assert isinstance(state[0], LayerState) and jnp.array_equal(state[0].y, state[0].neuron.y)


@pytest.mark.parametrize("name", MEMORIES)
def test_types_and_shapes_never_change(name):
    layer = layer_of(name)
    for examples in ((), (0,), (2, 3)):
        before = jax.eval_shape(lambda e=examples: layer.init(e))
        x = jnp.ones((*examples, WIDTH))
        after, y = jax.eval_shape(layer, before, x)
        assert before == after and y.shape == (*examples, UNITS)
        after, ys = jax.eval_shape(layer.over_time, before, x[None])
        assert before == after and ys.shape == (1, *examples, UNITS)


def test_feedback_arrives_after_its_delay_and_one_step():
    """A pulse in, and what comes back: at 1 + 2 steps, and again."""
    layer = Layer(
        rv.Readout(1),
        {"dendrite": Dense(jnp.ones((1, 1)))},
        {"dendrite": Delayed(Dense(jnp.full((1, 1), 0.5)), 2)},
    )
    _, ys = rv.run(layer, jnp.zeros((9, 1)).at[0].set(1.0))
    assert ys.ravel().tolist() == [1, 0, 0, 0.5, 0, 0, 0.25, 0, 0]


def test_memory_of_no_port_leaves_the_layers_state_alone():
    plain = Layer(rv.LIF(UNITS), {"dendrite": dense(0)}, {"dendrite": dense(1, UNITS)})
    assert isinstance(plain.init(), LIFState) and plain.remembering == ()
    assert layer_of("feedback").remembering == ("dendrite",)


def test_a_layer_with_memory_is_saved_and_goes_on(tmp_path):
    layer = layer_of("both")
    state, _ = rv.run(layer, inputs())
    save(tmp_path / "state", state)
    restored = load(tmp_path / "state", layer.init((EXAMPLES,)))
    assert eqx.tree_equal(restored, state)


# Learning


def batch():
    target = jr.uniform(jr.key(2), (STEPS, EXAMPLES, UNITS))
    return Batch(inputs(), target, jnp.ones((STEPS, EXAMPLES)))


@pytest.mark.parametrize("name", ["input", "feedback", "both"])
def test_the_oracle_equals_bptt(name, float64):
    layer = layer_of(name, rv.SNU.soft(UNITS))
    data = jax.tree.map(lambda a: jnp.asarray(a[:, :2], jnp.float64), batch())
    (one, g), (two, h) = eqx.filter_jit(
        lambda m, d: [rule(losses.squared_error)(m, d, None) for rule in (rv.bptt, rv.rtrl)]
    )(layer, data)
    assert float(one) == pytest.approx(float(two), rel=1e-12)
    g, h = ravel_pytree(g)[0], ravel_pytree(h)[0]
    assert float(jnp.linalg.norm(g)) > 1e-6
    np.testing.assert_allclose(g, h, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", MEMORIES)
@pytest.mark.parametrize("eligibility", [None, exact()], ids=["local", "exact"])
def test_online_rules_refuse_and_name_the_layer(name, eligibility):
    synapses, recurrent = MEMORIES[name]()
    layer = Layer(rv.SNU(UNITS), synapses, recurrent, name="middle")
    with pytest.raises(TypeError, match=r"middle: .* onto 'dendrite' has a memory.*Use `bptt` or"):
        rv.online(losses.squared_error, eligibility=eligibility)(layer, batch(), None)
