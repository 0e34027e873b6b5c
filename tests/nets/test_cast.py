"""Networks in half precision: what they hold, and what their spikes lose."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import losses
from ranvier.nets import cast, cast_synapses
from ranvier.synapses import Dense

STEPS, EXAMPLES, WIDTH = 20, 5, 30


@pytest.fixture
def spikes():
    return jr.bernoulli(jr.key(1), 0.2, (STEPS, EXAMPLES, WIDTH)).astype(jnp.float32)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_a_product_with_spikes_is_that_of_the_rounded_weights(dtype, spikes):
    synapse = Dense.random(WIDTH, 8, key=jr.key(0))
    light = cast(synapse, dtype)
    current = jax.jit(lambda z: light(z))(spikes)
    assert current.dtype == jnp.float32
    rounded = np.asarray(light.weight.astype(jnp.float32), np.float64)
    np.testing.assert_allclose(current, np.asarray(spikes) @ rounded.T, rtol=0, atol=1e-6)


def test_light_products_leave_the_membranes_in_single_precision(spikes):
    net = rv.chain(WIDTH, rv.LIF(40, threshold=0.05), rv.Readout(4), key=jr.key(0))
    exact, light = (rv.record(n, spikes)[0] for n in (net, cast_synapses(net, jnp.bfloat16)))
    assert light.v.dtype == jnp.float32
    assert exact.y.mean() > 0.05
    # A weight is off by one part in 256 at most; few membranes are that close to threshold.
    assert (exact.y != light.y).mean() < 0.02


def test_all_of_it_in_half_precision_learns(spikes):
    net = cast(rv.chain(WIDTH, rv.SNU(16), rv.Readout(4), key=jr.key(0)), jnp.bfloat16)
    half = spikes.astype(jnp.bfloat16)
    batch = Batch(half, half[..., :4], jnp.ones((STEPS, EXAMPLES), jnp.bfloat16))
    value, gradients = rv.bptt(losses.bernoulli)(net, batch, None)
    arrays = jax.tree.leaves(gradients)
    assert {a.dtype for a in (value, *arrays)} == {jnp.dtype(jnp.bfloat16)}
    assert all(jnp.isfinite(a).all() for a in arrays) and any(a.any() for a in arrays)


def test_back_and_forth_is_the_rounding_alone():
    net = rv.chain(WIDTH, rv.SNU(16), key=jr.key(0))
    back = cast(cast(net, jnp.bfloat16), jnp.float32)
    for old, new in zip(*(jax.tree.leaves(n.layers) for n in (net, back)), strict=True):
        if hasattr(old, "dtype"):
            assert new.dtype == old.dtype
            np.testing.assert_allclose(old, new, rtol=2**-8)


def test_whole_numbers_are_no_precision():
    with pytest.raises(TypeError, match="int8 is not a type of real numbers"):
        cast(Dense(jnp.ones((2, 3))), jnp.int8)
