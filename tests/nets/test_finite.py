"""The first state that is not a number, by layer and time step."""

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import pytest

import ranvier as rv
from ranvier.nets import check_finite

STEPS, WIDTH = 9, 4


@pytest.fixture
def net():
    return rv.chain(WIDTH, rv.SNU(3), rv.SNU.soft(5), rv.Readout(2), key=jr.key(0))


def test_a_sound_run_says_nothing(net):
    check_finite(net, jnp.ones((STEPS, 2, WIDTH)))
    check_finite(net.layers[0], jnp.ones((STEPS, WIDTH)))


def test_bad_input_is_told_from_bad_parameters(net):
    xs = jnp.ones((STEPS, 2, WIDTH)).at[6, 1, 0].set(jnp.inf)
    with pytest.raises(FloatingPointError, match=r"time step 6 .*input of this step is not finite"):
        check_finite(net, xs)


def test_the_layer_and_the_unit_are_named(net):
    bad = eqx.tree_at(lambda n: n.layers[1].neuron.bias, net, jnp.zeros(5).at[3].set(jnp.nan))
    words = r"layer 2.*: state variable 'y' of unit \(0, 3\) is nan at time step 0 .*is finite"
    with pytest.raises(FloatingPointError, match=words):
        check_finite(bad, jnp.ones((STEPS, 2, WIDTH)))


def test_the_earliest_step_wins_over_the_lowest_layer(net):
    """A membrane that overflows late, below a layer that is broken from the start."""
    grows = eqx.tree_at(lambda n: n.layers[0].neuron.decay, net, jnp.full(3, 1e30))
    with pytest.raises(FloatingPointError, match=r"layer 1.*time step [1-4] "):
        check_finite(grows, -jnp.ones((STEPS, WIDTH)))
    both = eqx.tree_at(lambda n: n.layers[1].neuron.bias, grows, jnp.full(5, jnp.nan))
    with pytest.raises(FloatingPointError, match=r"layer 2.*time step 0 "):
        check_finite(both, -jnp.ones((STEPS, WIDTH)))
