"""One answer per sequence: BPTT and the mean loss of what a decoding gives."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import losses, mean_loss

NET = rv.chain(3, rv.SNU.soft(4, threshold=0.2), rv.SNU.soft(2, threshold=0.0), key=jr.key(0))
X = jr.normal(jr.key(1), (7, 3, 3))
TARGET = jax.nn.one_hot(jnp.array([0, 1, 1]), 2)
MASK = jnp.ones((7, 3)).at[4:, 1].set(0)
BATCH = Batch(X, TARGET[None], MASK)
RULE = eqx.filter_jit(rv.bptt(losses.squared_error, decoding=losses.mean_over_time))


def by_hand(model):
    """Mean over sequences of half the squared distance of the mean output."""
    _, ys = rv.run(model, X)
    means = jnp.stack([ys[:, 0].mean(0), ys[:4, 1].mean(0), ys[:, 2].mean(0)])
    return (0.5 * ((means - TARGET) ** 2).sum(-1)).mean()


def test_loss_and_gradient_are_those_of_the_mean_output():
    expected, slopes = eqx.filter_jit(eqx.filter_value_and_grad(by_hand))(NET)
    value, found = RULE(NET, BATCH, None)
    assert float(value) == pytest.approx(float(expected), rel=1e-6)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(slopes), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-7)
    assert any(bool((jnp.abs(a) > 1e-3).any()) for a in jax.tree.leaves(slopes))


def test_padding_changes_nothing():
    noise = BATCH._replace(x=X.at[4:, 1].set(9.0))
    (one, slopes), (two, other) = RULE(NET, BATCH, None), RULE(NET, noise, None)
    assert float(one) == float(two)
    for a, b in zip(jax.tree.leaves(slopes), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)


def test_kept_states_give_the_same():
    kept = eqx.filter_jit(
        rv.bptt(losses.squared_error, decoding=losses.mean_over_time, keep_every=3)
    )
    assert float(kept(NET, BATCH, None)[0]) == pytest.approx(float(by_hand(NET)), rel=1e-6)


def test_mean_loss_counts_sequences():
    found = mean_loss(NET, [BATCH, BATCH], losses.squared_error, decoding=losses.mean_over_time)
    assert found == pytest.approx(float(by_hand(NET)), rel=1e-6)


def test_every_step_is_the_default():
    batch = BATCH._replace(target=jnp.broadcast_to(TARGET, (7, 3, 2)))
    given = rv.bptt(losses.squared_error, decoding=losses.every_step)
    assert float(given(NET, batch, None)[0]) == float(
        rv.bptt(losses.squared_error)(NET, batch, None)[0]
    )
