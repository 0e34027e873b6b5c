"""Unit k to unit k."""

import jax.numpy as jnp
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.nets import Layer, parameter_count
from ranvier.synapses import OneToOne


def test_it_hands_on_what_it_gets():
    synapse = OneToOne(3)
    assert (synapse.in_size, synapse.shape) == (3, (3,))
    z = jnp.arange(6.0).reshape(2, 3)
    assert jnp.array_equal(synapse(z), z)
    assert synapse(jnp.array([1, 0, 1])).dtype == jnp.float32
    assert parameter_count(Layer(rv.LIF(3), {"dendrite": synapse})) == 0


def test_online_rules_find_nothing_to_learn_in_it():
    layer = Layer(rv.SNU.soft(3), {"dendrite": OneToOne(3)})
    batch = Batch(jnp.ones((5, 2, 3)), jnp.zeros((5, 2, 3)), jnp.ones((5, 2)))
    one, two = (
        rule(rv.losses.squared_error)(layer, batch, None)[1].neuron.bias
        for rule in (rv.online, rv.bptt)
    )
    assert jnp.allclose(one, two, rtol=1e-5) and one.any()


@pytest.mark.parametrize("size", [0, -2, 2.5, "three"])
def test_it_needs_units(size):
    with pytest.raises(ValueError, match=f"OneToOne: in_size is {size!r}, expected a positive"):
        OneToOne(size)
