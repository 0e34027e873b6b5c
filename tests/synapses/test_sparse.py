"""Sparse connections: the dense matrix that they stand for, and the topologies that are drawn."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.synapses import Sparse

IN, OUT, COUNT = 7, 5, 20


def connections(seed=0):
    """In no order, and with pairs that occur twice."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, IN, COUNT), rng.integers(0, OUT, COUNT), rng.normal(size=COUNT)


def dense(pre, post, weight):
    matrix = np.zeros((OUT, IN))
    np.add.at(matrix, (post, pre), weight)
    return matrix


def made(weight):
    pre, post, _ = connections()
    return Sparse(pre, post, in_size=IN, out_size=OUT, weight=weight)


@pytest.mark.parametrize("axes", [(), (4,), (6, 2), (0,)])
@pytest.mark.parametrize("kind", ["constant", "one", "each"])
def test_it_is_the_dense_matrix(kind, axes, float64):
    pre, post, weights = connections()
    weight = {"constant": 0.3, "one": jnp.array(0.3), "each": jnp.asarray(weights)}[kind]
    z = np.random.default_rng(1).normal(size=(*axes, IN))
    matrix = dense(pre, post, weights if kind == "each" else 0.3)
    current = made(weight)(jnp.asarray(z))
    assert current.shape == (*axes, OUT)
    np.testing.assert_allclose(current, z @ matrix.T, atol=1e-14)


def test_connections_lie_in_the_order_of_their_presynaptic_unit():
    synapse = made(jnp.asarray(connections()[2]))
    assert (np.diff(synapse.pre) >= 0).all()
    assert (synapse.in_size, synapse.shape) == (IN, (OUT,))


@pytest.mark.parametrize("each", [False, True])
def test_gradients_in_both_modes(each, float64):
    pre, post, weights = connections()
    weight = jnp.asarray(weights) if each else jnp.array(0.3)
    z = jnp.asarray(np.random.default_rng(1).normal(size=(3, IN)))
    towards = jnp.asarray(np.random.default_rng(2).normal(size=(3, OUT)))

    def loss(weight, z):
        return (jnp.tanh(made(weight)(z)) * towards).sum()

    def reference(weight, z):
        matrix = jnp.zeros((OUT, IN)).at[post, pre].add(weight)
        return (jnp.tanh(z @ matrix.T) * towards).sum()

    expected = jax.grad(reference, (0, 1))(weight, z)
    for mode in (jax.grad, jax.jacfwd):
        for one, two in zip(mode(loss, (0, 1))(weight, z), expected, strict=True):
            np.testing.assert_allclose(one, two, atol=1e-13)


def test_a_float_is_a_constant_and_an_array_learns():
    def parameters(synapse):
        return jax.tree.leaves(eqx.filter(synapse, eqx.is_inexact_array))

    assert made(0.3).weight == 0.3 and not parameters(made(0.3))
    assert [jnp.shape(a) for a in parameters(made(jnp.array(0.3)))] == [()]
    assert [jnp.shape(a) for a in parameters(made(jnp.ones(COUNT)))] == [(COUNT,)]


def test_spikes_of_any_type():
    spikes = jnp.array([1, 0, 1, 1, 0, 0, 1])
    for kind in (jnp.uint8, jnp.bool_, jnp.int32):
        for weight in (0.3, jnp.ones(COUNT)):
            current = made(weight)(spikes.astype(kind))
            assert current.dtype == jnp.float32
            assert jnp.array_equal(current, made(weight)(spikes.astype(jnp.float32)))


# Topologies


def test_random_pairs_are_connected_with_the_probability_and_independently():
    """Degrees are binomial. Means may be off by 4.5 standard errors, variances by 4.5 of theirs:
    a false alarm in about 30,000 keys."""
    size, probability = 1000, 0.02
    synapse = Sparse.random(size, size, probability=probability, key=jr.key(1))
    pre, post = np.asarray(synapse.pre), np.asarray(synapse.post)
    expected = size * probability
    variance = expected * (1 - probability)
    assert len(set(zip(pre.tolist(), post.tolist(), strict=True))) == len(pre)
    assert abs(len(pre) - size * expected) < 4.5 * (size * variance) ** 0.5
    for side in (pre, post):
        degrees = np.bincount(side, minlength=size)
        assert abs(degrees.var() - variance) < 4.5 * variance * (2 / size) ** 0.5
    diagonal = (pre == post).sum()
    assert abs(diagonal - expected) < 4.5 * variance**0.5


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_none_or_all(probability):
    synapse = Sparse.random(6, 4, probability=probability, key=jr.key(0))
    np.testing.assert_array_equal(synapse(jnp.ones(6)), np.full(4, 6 * probability))


def test_fixed_in_degree_draws_different_partners_evenly():
    """Out-degrees: hypergeometric per unit, so binomial in sum; 4.5 standard errors of the
    variance, as above."""
    size, degree = 500, 50
    synapse = Sparse.fixed_in_degree(size, 400, in_degree=degree, key=jr.key(2))
    pre, post = np.asarray(synapse.pre), np.asarray(synapse.post)
    assert set(np.bincount(post, minlength=400)) == {degree}
    assert len(set(zip(pre.tolist(), post.tolist(), strict=True))) == len(pre)
    variance = 400 * 0.1 * 0.9
    assert abs(np.bincount(pre).var() / variance - 1) < 4.5 * (2 / size) ** 0.5


def test_drawn_in_several_blocks(monkeypatch):
    monkeypatch.setattr("ranvier.synapses._sparse._AT_ONCE", 700)
    synapse = Sparse.fixed_in_degree(100, 50, in_degree=10, key=jr.key(2), self_connections=False)
    assert set(np.bincount(synapse.post, minlength=50)) == {10}
    assert (np.diff(synapse.pre) >= 0).all() and not (synapse.pre == synapse.post).any()


def test_without_self_connections():
    everyone = Sparse.random(9, 9, probability=1.0, key=jr.key(0), self_connections=False)
    assert len(everyone.pre) == 72 and not (everyone.pre == everyone.post).any()
    others = Sparse.fixed_in_degree(9, 9, in_degree=8, key=jr.key(0), self_connections=False)
    assert len(others.pre) == 72 and not (others.pre == others.post).any()


def test_one_key_one_network():
    for draw in (
        lambda key: Sparse.random(50, 50, probability=0.1, key=key),
        lambda key: Sparse.fixed_in_degree(50, 50, in_degree=5, key=key),
    ):
        one, same, other = (draw(jr.key(seed)) for seed in (0, 0, 1))
        np.testing.assert_array_equal(one.pre, same.pre)
        np.testing.assert_array_equal(one.post, same.post)
        assert one.pre.shape != other.pre.shape or (one.pre != other.pre).any()


# The border


def test_what_it_refuses():
    for message, arguments in {
        r"pre has shape \(2,\) and post \(1,\)": ([0, 1], [0]),
        r"pre names units 0 to 2, expected 0 to 1": ([0, 2], [0, 1]),
        r"post names units -1 to 1, expected 0 to 1": ([0, 1], [1, -1]),
    }.items():
        with pytest.raises(ValueError, match=message):
            Sparse(*arguments, in_size=2, out_size=2)
    with pytest.raises(ValueError, match=r"weights of shape \(3,\), expected one number or one"):
        Sparse([0, 1], [0, 1], in_size=2, out_size=2, weight=jnp.ones(3))
    with pytest.raises(ValueError, match=r"probability is 1.5, expected 0 to 1"):
        Sparse.random(2, 2, probability=1.5, key=jr.key(0))
    with pytest.raises(ValueError, match=r"in_degree is 2, expected 0 to 1, the number of"):
        Sparse.fixed_in_degree(2, 2, in_degree=2, key=jr.key(0), self_connections=False)
