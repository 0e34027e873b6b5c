"""A way around a cell, and how the two are joined."""

import itertools

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import Layer, Residual
from ranvier.synapses import Convolution, Dense

JOINS = {"add": lambda a, x: a + x, "and": lambda a, x: a & x, "iand": lambda a, x: (1 - a) & x}


@pytest.mark.parametrize("join", JOINS)
def test_joins_of_spikes(join):
    """Two units, the first of which fires at every step and the second at none."""
    neuron = eqx.tree_at(lambda unit: unit.threshold, rv.LIF(2), jnp.array([-1.0, 1.0]))
    cell = Residual(Layer(neuron, {"dendrite": Dense(jnp.zeros((2, 2)))}), join)
    for x in itertools.product([0, 1], repeat=2):
        _, y = cell(cell.init(), jnp.array(x, jnp.float32))
        assert y.tolist() == [JOINS[join](a, b) for a, b in zip((1, 0), x, strict=True)]


@pytest.mark.parametrize("join", JOINS)
def test_over_time_is_step_by_step(join):
    key = jr.key(0)
    synapse = Convolution.random((5, 5, 2), 2, 3, padding="same", key=key)
    deep = rv.chain(
        (5, 5, 2),
        Residual(Layer(rv.SNU(synapse.shape, threshold=0.4), {"dendrite": synapse}), join),
        rv.Readout(3),
        key=key,
    )
    assert deep.layers[0].in_shape == (5, 5, 2) and deep.layers[0].in_size == 50
    xs = jr.bernoulli(key, 0.5, (6, 2, 5, 5, 2)).astype(jnp.float32)
    ys = rv.run(deep, xs)[1]
    np.testing.assert_allclose(ys, rv.run(deep, xs, chunk=1)[1], atol=1e-5)
    assert jnp.unique(ys).size > 1


def test_a_silent_cell_is_a_way_through():
    silent = Layer(rv.SNU(3, threshold=9.0), {"dendrite": Dense(jnp.eye(3))})
    xs = jr.bernoulli(jr.key(0), 0.5, (6, 3)).astype(jnp.float32)
    for join in ("add", "iand"):
        assert jnp.array_equal(rv.run(Residual(silent, join), xs)[1], xs)
    assert not rv.run(Residual(silent, "and"), xs)[1].any()


def test_what_does_not_fit():
    with pytest.raises(ValueError, match=r"Residual: join is 'ad'\. Did you mean 'a"):
        Residual(rv.layer(3, rv.SNU(3), key=jr.key(0)), "ad")
    with pytest.raises(ValueError, match="Residual: the cell expects width 3 and gives width 4"):
        Residual(rv.layer(3, rv.SNU(4), key=jr.key(0)))
