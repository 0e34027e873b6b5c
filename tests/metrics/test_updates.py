"""What neurons do and what a network keeps."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.metrics import (
    activation_sparsity,
    connection_sparsity,
    footprint,
    membrane_updates,
    neuron_operations,
)
from ranvier.nets import Layer, Tied, observe
from ranvier.neurons import Refractory, step_operations
from ranvier.synapses import Dense, FeedbackAligned, OneToOne, Sparse

KEY = jax.random.key(0)


def test_updates_are_counted_one_entry_after_the_other():
    net = rv.chain(4, rv.LIF(3), rv.recurrent(rv.SNU(5)), key=KEY)
    net = jax.tree.map(lambda a: 20 * a if eqx.is_inexact_array(a) else a, net)
    xs = jnp.zeros((20, 2, 4)).at[5, 0].set(10.0).at[9, 1, :2].set(-10.0)
    observed = observe(net, xs)
    found = membrane_updates(observed)
    assert sorted(found) == ["layer 1.v", "layer 2.s"]
    for part, name in zip(observed.neurons, ("v", "s"), strict=True):
        values = part.states[name]
        last, expected = part.rest[name], 0
        for step in values:
            expected += sum(a != b for a, b in zip(step.ravel(), last.ravel(), strict=True))
            last = step
        assert found[f"{part.name}.{name}"] == expected / 2
        assert 0 < expected < values.size


def test_state_variables_of_neurons_within_neurons_have_names():
    layer = Layer(Refractory(rv.LIF(2), period_ms=3.0), {"dendrite": OneToOne(2)}, name="h")
    found = membrane_updates(observe(layer, jnp.full((20, 1, 2), 5.0)))
    assert {"h.neuron.v", "h.left"} <= set(found) and all(n > 0 for n in found.values())


def test_effective_neuron_operations_skip_units_that_stand_still():
    layer = Layer(rv.LIF(4), {"dendrite": OneToOne(4)})
    xs = jnp.zeros((10, 2, 4)).at[:, :, 0].set(0.5)
    found = neuron_operations(observe(layer, xs))
    cost = step_operations(rv.LIF(4))
    assert found == (10 * 1 * cost, 10 * 4 * cost)


def test_operations_of_a_step_are_those_of_its_equation():
    # v = d v + g I; v - theta; > 0; and the reset: v (1 - y) or v - theta y.
    assert step_operations(rv.LIF(5)) == step_operations(rv.LIF(500)) == 7
    assert step_operations(rv.LIF((2, 3), reset="subtract")) == 7
    # s = g(I + l s (1 - y)); y = h(s + b): no rectifier by default.
    assert step_operations(rv.SNU(5)) == 6
    assert step_operations(rv.Readout(5)) == 1
    # Three gates and a candidate: a bias, a function each; two products, a sum; tanh, a product.
    assert step_operations(rv.LSTM(5)) == 4 + 4 + 3 + 2


def test_sparsity_of_activity():
    layer = Layer(rv.LIF(4), {"dendrite": OneToOne(4)})
    xs = jnp.zeros((10, 2, 4)).at[:, :, 0].set(1000.0)
    assert activation_sparsity(observe(layer, xs)) == 0.75
    mask = np.zeros((10, 2))
    mask[3:5] = 1
    assert activation_sparsity(observe(layer, xs, mask=mask)) == 0.75


def test_bytes_of_what_is_kept():
    net = rv.chain(4, rv.LIF(3), rv.Readout(2), key=KEY)
    # Weights, and the bias of the readout; v and y of three units, y of two.
    assert footprint(net) == (4 * (4 * 3 + 3 * 2 + 2), 0, 4 * (3 + 3 + 2))
    sparse = Sparse([0, 1], [1, 0], in_size=2, out_size=2, weight=jnp.ones(2))
    kept = footprint(Layer(rv.LIF(2), {"dendrite": sparse}))
    assert kept[:2] == (8, 16) and kept.total == 8 + 16 + 16
    half = rv.nets.cast(net, jnp.bfloat16)
    assert footprint(half).parameters == footprint(net).parameters // 2


def test_tied_weights_are_kept_once():
    net = rv.chain(5, rv.LIF(3), rv.LIF(5), key=KEY)
    tied = Tied(
        net,
        lambda n: n.layers[0].synapses["dendrite"].weight,
        lambda n: n.layers[1].synapses["dendrite"].weight,
    )
    assert footprint(tied).parameters == 4 * 15
    assert footprint(net).parameters == 4 * 30


def test_zeros_among_weights():
    layer = Layer(rv.LIF(2), {"dendrite": Dense(jnp.array([[0.0, 0.0, 1.0], [0.0, 2.0, 3.0]]))})
    assert connection_sparsity(layer) == 0.5
    back = FeedbackAligned(Dense(jnp.array([[0.0, 1.0]])), Dense(jnp.zeros((1, 2))))
    assert connection_sparsity(Layer(rv.LIF(1), {"dendrite": back})) == 0.5
    with pytest.raises(ValueError, match="no weights"):
        connection_sparsity(Layer(rv.LIF(2), {"dendrite": OneToOne(2)}))
