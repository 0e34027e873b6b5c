"""All-to-all connections."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.synapses import Dense, glorot_uniform


def test_row_i_is_the_fan_in_of_unit_i():
    synapse = Dense(jnp.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    assert (synapse.in_size, synapse.shape) == (3, (2,))
    assert synapse(jnp.array([1.0, 0.0, 0.0])).tolist() == [1, 4]
    assert synapse(jnp.array([0.0, 1.0, 1.0])).tolist() == [5, 11]


@pytest.mark.parametrize("axes", [(), (4,), (6, 2), (0,), (2, 0, 3)])
def test_any_leading_axes(axes):
    synapse = Dense.random(3, 5, key=jr.key(0))
    z = jr.normal(jr.key(1), (*axes, 3))
    current = synapse(z)
    assert current.shape == (*axes, 5)
    expected = np.asarray(z, np.float64) @ np.asarray(synapse.weight, np.float64).T
    np.testing.assert_allclose(current, expected, rtol=1e-5, atol=1e-6)


def test_it_is_noiseless():
    synapse, z = Dense.random(3, 5, key=jr.key(0)), jnp.ones(3)
    assert jnp.array_equal(synapse(z), synapse(z, key=jr.key(1)))


def test_the_weight_learns():
    synapse, z = Dense.random(3, 2, key=jr.key(0)), jnp.array([1.0, 2.0, 3.0])
    gradient = jax.grad(lambda s: (s(z) * jnp.array([1.0, 10.0])).sum())(synapse)
    assert gradient.weight.tolist() == [[1, 2, 3], [10, 20, 30]]


def test_spikes_of_any_type():
    synapse = Dense.random(3, 2, key=jr.key(0))
    spikes = jnp.array([1, 0, 1])
    for kind in (jnp.uint8, jnp.bool_, jnp.int32):
        current = synapse(spikes.astype(kind))
        assert current.dtype == jnp.float32
        assert jnp.array_equal(current, synapse(spikes.astype(jnp.float32)))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4)])
def test_a_weight_that_is_no_matrix(shape):
    with pytest.raises(ValueError, match=r"Dense: the weight has shape .* expected \[n_out, n_in"):
        Dense(jnp.ones(shape))


def test_glorot_fills_its_interval_evenly():
    weight = np.asarray(glorot_uniform(jr.key(0), (300, 100)))
    bound = (6 / 400) ** 0.5
    assert np.abs(weight).max() <= bound
    assert np.abs(weight).max() > 0.999 * bound
    # Uniform: variance a^2 / 3; 30,000 draws put the mean within 4 standard errors of 0.
    assert weight.var() == pytest.approx(bound**2 / 3, rel=0.02)
    assert abs(weight.mean()) < 4 * bound / 3**0.5 / weight.size**0.5


def test_keys_and_initialisers():
    one, two = (Dense.random(4, 3, key=jr.key(k)).weight for k in (0, 1))
    assert not jnp.array_equal(one, two)
    assert jnp.array_equal(one, Dense.random(4, 3, key=jr.key(0)).weight)
    assert (Dense.random(4, 3, key=jr.key(0), init=lambda k, s: jnp.ones(s)).weight == 1).all()
    assert Dense.random(4, 3, key=jr.key(0)).weight.shape == (3, 4)
