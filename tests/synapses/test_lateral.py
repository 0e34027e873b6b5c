"""Connections within a layer: who hears whom, and what their derivative is at a tie."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.synapses import BatchMaximum, LayerMaximum

every_kind = pytest.mark.parametrize("kind", [LayerMaximum, BatchMaximum])


@pytest.mark.parametrize("axes", [(), (4,), (6, 2), (0,), (2, 0, 3)])
def test_the_maximum_of_every_example(axes):
    z = jr.normal(jr.key(0), (*axes, 5))
    expected = np.broadcast_to(np.asarray(z).max(-1, keepdims=True), z.shape)
    np.testing.assert_array_equal(LayerMaximum(5)(z), expected)


@pytest.mark.parametrize("axes", [(), (4,), (6, 2), (0,), (2, 0, 3)])
def test_the_maximum_of_all_examples(axes):
    z = jr.normal(jr.key(0), (*axes, 5))
    found = BatchMaximum(5)(z)
    assert found.shape == z.shape
    if z.size:
        np.testing.assert_array_equal(found, np.full(z.shape, np.asarray(z).max()))


def test_they_agree_on_one_example_and_only_there():
    z = jr.uniform(jr.key(1), (3, 4))
    alone = [LayerMaximum(4)(z[0]), BatchMaximum(4)(z[0])]
    np.testing.assert_array_equal(*alone)
    assert not jnp.array_equal(LayerMaximum(4)(z), BatchMaximum(4)(z))


@every_kind
def test_it_has_a_size_and_nothing_that_learns(kind):
    synapse = kind(4)
    assert synapse.in_size == 4 and synapse.shape == (4,)
    assert not jax.tree.leaves(eqx.filter(synapse, eqx.is_array))
    z = jr.normal(jr.key(0), (2, 4))
    np.testing.assert_array_equal(synapse(z), synapse(z, key=jr.key(1)))


@every_kind
def test_the_derivative_goes_to_the_loudest_and_is_shared_by_equals(kind):
    def slope(z):
        one, pulled = jax.vjp(kind(3), z)
        (back,) = pulled(jnp.ones_like(one))
        forward = jax.jacfwd(lambda z: kind(3)(z).sum())(z)
        np.testing.assert_allclose(forward, back)
        return back.tolist()

    assert slope(jnp.array([0.2, 0.9, 0.1])) == [0, 3, 0]
    assert slope(jnp.array([1.0, 1.0, 0.0])) == [1.5, 1.5, 0]
    assert slope(jnp.zeros(3)) == [1, 1, 1]


@every_kind
def test_precision_is_kept(kind, float64):
    for precision in (jnp.float32, jnp.float64):
        assert kind(2)(jnp.ones((3, 2), precision)).dtype == precision


@every_kind
@pytest.mark.parametrize("size", [0, -1, 2.5, None, (3,)])
def test_a_size_that_is_none(kind, size):
    words = rf"{kind.__name__}: in_size is .*, expected a positive whole number"
    with pytest.raises(ValueError, match=words):
        kind(size)
