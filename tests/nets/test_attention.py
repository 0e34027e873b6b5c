"""Spiking self-attention: its product against NumPy, and what holds for any attention."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import ByBatch, SpikingAttention, calibrate, parameter_count
from ranvier.synapses import LayerNormalisation

TOKENS, WIDTH, HEADS = 5, 6, 3


def attention(heads=HEADS, **given):
    neuron = rv.SNU((TOKENS, WIDTH), threshold=0.4)
    mixing = rv.SNU((TOKENS, WIDTH), threshold=0.2)
    return SpikingAttention.random(neuron, heads=heads, mixing=mixing, key=jr.key(0), **given)


def spikes(*leading, key=1):
    return jr.bernoulli(jr.key(key), 0.5, (*leading, TOKENS, WIDTH)).astype(jnp.float32)


@pytest.mark.parametrize("heads", [1, 2, 3, 6])
def test_the_product_is_numpys_head_by_head(heads):
    cell = attention(heads, scale=0.3)
    q, k, v = (np.asarray(spikes(2, key=key)) for key in range(3))
    found = cell.current(*map(jnp.asarray, (q, k, v)))
    size = WIDTH // heads
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        for example in range(2):
            a, b, c = (z[example, :, part] for z in (q, k, v))
            np.testing.assert_allclose(found[example, :, part], 0.3 * a @ b.T @ c, rtol=1e-5)


def test_all_ways_through_time_agree():
    cell, xs = calibrate(attention(), spikes(7, 3)), spikes(7, 3, key=2)
    state, ys = rv.run(cell, xs)
    assert 0 < float(ys.mean()) < 1
    other, zs = rv.run(cell, xs, chunk=1)
    assert jnp.array_equal(ys, zs)
    for a, b in zip(jax.tree.leaves(state), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)
    assert jnp.array_equal(rv.run(cell, xs[:, 1])[1], ys[:, 1])
    keyed = [rv.run(cell, xs, key=jr.key(0), chunk=chunk)[1] for chunk in (None, 1)]
    assert jnp.array_equal(*keyed)


def test_tokens_in_another_order_give_the_same_in_that_order():
    cell, xs = calibrate(attention(), spikes(7, 3)), spikes(7, 3, key=2)
    order = jnp.array([3, 0, 4, 2, 1])
    assert jnp.array_equal(rv.run(cell, xs[:, :, order])[1], rv.run(cell, xs)[1][:, :, order])


def test_every_token_hears_every_other():
    """The slope of one token's output by another's input, through the surrogates."""
    cell = attention(normalisation=None)
    xs = spikes(4)
    slope = jax.grad(lambda xs: rv.run(cell, xs)[1][:, 0].sum())(xs)
    assert (abs(slope).sum((0, 2)) > 0).all()


def test_it_is_calibrated_layer_by_layer():
    xs = spikes(7, 3)
    cell = calibrate(attention(), xs)
    weights, unit = cell.query.synapses["dendrite"].synapses
    np.testing.assert_allclose(unit.mean, weights(xs).mean((0, 1, 2)), rtol=1e-4, atol=1e-6)
    _, unit = cell.out.synapses["dendrite"].synapses
    assert not jnp.array_equal(unit.mean, jnp.zeros(WIDTH))
    np.testing.assert_allclose(rv.run(ByBatch(attention()), xs)[1], rv.run(cell, xs)[1], atol=1e-6)


def test_what_learns():
    units = TOKENS * WIDTH
    assert parameter_count(attention(normalisation=None)) == 4 * WIDTH**2 + 5 * units
    assert parameter_count(attention()) == 4 * (WIDTH**2 + 2 * WIDTH) + 5 * units
    by_token = attention(normalisation=lambda shape: LayerNormalisation(shape, axes=1))
    assert parameter_count(by_token) == parameter_count(attention())


def test_it_stands_in_a_chain_before_dense_weights():
    net = rv.chain((TOKENS, WIDTH), attention(), rv.Readout(2), key=jr.key(0))
    assert rv.run(net, spikes(4, 3))[1].shape == (4, 3, 2)
    with pytest.raises(ValueError, match=r"attention.query \(SNU\): got an input of shape"):
        rv.run(attention(), jnp.ones((4, 3, TOKENS, 7)))


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="4 heads do not divide a width of 6"):
        attention(4)
    with pytest.raises(ValueError, match="scale is 0"):
        attention(scale=0)
    with pytest.raises(ValueError, match=r"attention: got a SNU with units \(6,\)"):
        SpikingAttention.random(rv.SNU(6), heads=2, key=jr.key(0))
    with pytest.raises(ValueError, match=r"attention: got a GRU .* one port"):
        SpikingAttention.random(rv.GRU((5, 6)), heads=2, key=jr.key(0))
    other = SpikingAttention.random(rv.SNU((4, 6)), heads=2, key=jr.key(0), name="other")
    one = attention()
    with pytest.raises(ValueError, match=r"other.key goes from \(4, 6\) .* expects \(5, 6\)"):
        SpikingAttention(one.query, other.key, one.value, one.mixing, one.out, heads=2)
