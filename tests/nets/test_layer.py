"""A layer: ports, their currents, and what it says when something does not fit."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import Layer, cast
from ranvier.synapses import Dense, Silent


def dense(out, width, value=1.0):
    return Dense(jnp.full((out, width), value))


def test_currents_of_input_and_feedback_add():
    layer = Layer(
        rv.SNU(2, decay=0.5, threshold=1.0),
        {"dendrite": Dense(jnp.array([[1.0, 0.0], [0.0, 0.25]]))},
        {"dendrite": Dense(jnp.array([[0.0, 0.0], [2.0, 0.0]]))},
    )
    state, y = layer(layer.init(), jnp.array([1.5, 1.0]))
    assert y.tolist() == [1, 0] and state.s.tolist() == [1.5, 0.25]
    # The first unit's spike of the last step drives the second; its own membrane was discarded.
    state, y = layer(state, jnp.array([0.0, 0.0]))
    assert state.s.tolist() == [0, 2 + 0.125] and y.tolist() == [0, 1]
    assert layer.in_size == 2


def test_a_port_that_nothing_drives_carries_no_current():
    """A GRU layer without feedback: its memory port is silent."""
    layer = rv.layer(3, rv.GRU(2), key=jr.key(0))
    assert set(layer.synapses) == {"reset", "update", "candidate"} and not layer.recurrent
    x = jnp.array([0.3, -0.2, 1.0])
    state, y = layer(layer.init(), x)
    currents = {port: synapse(x) for port, synapse in layer.synapses.items()}
    expected = layer.neuron.step(layer.neuron.init(), **currents, memory=jnp.zeros(2))
    assert jnp.array_equal(y, expected.y) and jnp.array_equal(state.y, y)


def test_ports_driven_by_feedback_alone():
    neuron = rv.LSTM(2)
    weights = {port: dense(2, 3, 0.1 * k) for k, port in enumerate(neuron.ports)}
    less = {port: weights[port] for port in ("cell", "input")} | {"forget": Silent(3, 2)}
    layer = Layer(neuron, less, {"output": dense(2, 2, 0.5)})
    state, y = layer(layer.init(), jnp.ones(3))
    zero = jnp.zeros(2)
    first = neuron.step(neuron.init(), jnp.zeros(2), zero, jnp.full(2, 0.6), zero)
    np.testing.assert_allclose(y, first.y, rtol=1e-6)
    _, after = layer(state, jnp.ones(3))
    feedback = jnp.full(2, 0.5 * float(y.sum()))
    second = neuron.step(first, jnp.zeros(2), zero, jnp.full(2, 0.6), feedback)
    np.testing.assert_allclose(after, second.y, rtol=1e-6)


def test_order_of_ports_is_the_neurons_and_not_the_dictionarys():
    neuron = rv.LSTM(2)
    weights = {port: dense(2, 3, 0.1 + 0.2 * k) for k, port in enumerate(neuron.ports)}
    straight = Layer(neuron, weights)
    turned = Layer(neuron, dict(reversed(weights.items())))
    outputs = [layer(layer.init(), jnp.ones(3))[1] for layer in (straight, turned)]
    assert jnp.array_equal(*outputs)


# What does not fit


@pytest.mark.parametrize("kind", ["synapses", "recurrent"])
def test_a_port_that_the_neuron_lacks(kind):
    given = {"synapses": {"dendrite": dense(2, 3)}, "recurrent": {}}
    given[kind] = {**given[kind], "dendrit": dense(2, 2 if kind == "recurrent" else 3)}
    words = r"middle: SNU has no port 'dendrit'\. Did you mean 'dendrite'"
    with pytest.raises(ValueError, match=words):
        Layer(rv.SNU(2), **given, name="middle")


@pytest.mark.parametrize(
    ("synapses", "recurrent"),
    [({"dendrite": dense(3, 4)}, {}), ({"dendrite": dense(2, 4)}, {"dendrite": dense(3, 2)})],
)
def test_a_synapse_onto_another_number_of_units(synapses, recurrent):
    words = r"middle: the synapse onto 'dendrite' reaches units \(3,\), but the SNU has \(2,\)"
    with pytest.raises(ValueError, match=words):
        Layer(rv.SNU(2), synapses, recurrent, name="middle")


def test_feedback_of_another_width():
    """It would be found only at the first step, and without the layer's name."""
    with pytest.raises(ValueError, match=r"middle: .*'dendrite' expects width 4, .* gives width 2"):
        Layer(rv.SNU(2), {"dendrite": dense(2, 3)}, {"dendrite": dense(2, 4)}, name="middle")


def test_input_synapses_that_disagree():
    synapses = {"input": dense(2, 3), "forget": dense(2, 4)}
    with pytest.raises(ValueError, match=r"middle: .*'forget': \(4,\), 'input': \(3,\)"):
        Layer(rv.LSTM(2), synapses, name="middle")


def test_a_port_without_a_synapse():
    less = {port: dense(2, 3) for port in ("cell", "forget", "output")}
    with pytest.raises(ValueError, match=r"middle: no synapse reaches the port 'input' of LSTM"):
        Layer(rv.LSTM(2), less, name="middle")
    Layer(rv.LSTM(2), less, {"input": dense(2, 2)})


def test_what_arrives_is_not_wider_than_the_state(float64):
    narrow = cast(rv.layer(3, rv.SNU(2), key=jr.key(0), name="middle"), jnp.float32)
    for whole in (rv.run, lambda cell, xs: cell(cell.init(), xs[0])):
        with pytest.raises(TypeError, match=r"middle: got an input of float64 for a SNU .*float32"):
            whole(narrow, jnp.ones((4, 3), jnp.float64))
        for kind in (jnp.float32, jnp.bfloat16, jnp.uint8, bool):
            whole(narrow, jnp.ones((4, 3), kind))
    wide = eqx.tree_at(lambda m: m.synapses["dendrite"], narrow, dense(2, 3, jnp.float64(1.0)))
    with pytest.raises(TypeError, match=r"middle: got weights of float64 for a SNU .*float32"):
        rv.run(wide, jnp.ones((4, 3), jnp.float32))


def test_no_synapse_from_the_input():
    with pytest.raises(ValueError, match=r"middle: .*at least one synapse from the input"):
        Layer(rv.SNU(2), {}, {"dendrite": dense(2, 2)}, name="middle")


@pytest.mark.parametrize("shape", [(4,), (6, 2, 4), ()])
def test_an_input_of_another_width(shape):
    layer = rv.layer(3, rv.SNU(2), key=jr.key(0), name="layer 7")
    words = r"layer 7 \(SNU\): got an input of shape .*expected its last axis to be 3"
    with pytest.raises(ValueError, match=words):
        layer(layer.init(shape[:-1]), jnp.ones(shape))
    with pytest.raises(ValueError, match=words):
        jax.jit(layer.__call__)(layer.init(shape[:-1]), jnp.ones(shape))


def test_several_axes_of_units_need_their_own_synapse():
    with pytest.raises(ValueError, match=r"one axis of units; this SNU has \(2, 3\)"):
        rv.layer(4, rv.SNU((2, 3)), key=jr.key(0))
