"""Losses against their formulas, and the factors that put steps together."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.learn import losses

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 3, (5, 2, 4)).astype(np.float32)
COINS = (RNG.random((5, 2, 4)) < 0.4).astype(np.float32)


def test_bernoulli_is_the_likelihood_of_coins():
    p = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    expected = -np.log(np.where(COINS == 1, p, 1 - p)).sum(-1)
    np.testing.assert_allclose(losses.bernoulli(LOGITS, COINS), expected, rtol=1e-5)


def test_categorical_is_the_likelihood_of_one_class():
    p = np.exp(LOGITS.astype(np.float64))
    p /= p.sum(-1, keepdims=True)
    classes = RNG.integers(0, 4, (5, 2))
    expected = -np.log(np.take_along_axis(p, classes[..., None], -1)[..., 0])
    found = losses.categorical(LOGITS, np.eye(4, dtype=np.float32)[classes])
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_squared_error_is_half_the_squared_distance():
    expected = ((LOGITS - COINS) ** 2).sum(-1) / 2
    np.testing.assert_allclose(losses.squared_error(LOGITS, COINS), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "slope"),
    [
        (losses.bernoulli, lambda z, t: 1 / (1 + np.exp(-z)) - t),
        (losses.squared_error, lambda z, t: z - t),
        (losses.categorical, lambda z, t: np.exp(z) / np.exp(z).sum(-1, keepdims=True) - t),
    ],
)
def test_slopes(loss, slope):
    one_hot = np.eye(4, dtype=np.float32)[RNG.integers(0, 4, (5, 2))]
    found = jax.grad(lambda z: loss(z, one_hot).sum())(jnp.asarray(LOGITS))
    np.testing.assert_allclose(found, slope(LOGITS, one_hot), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", [losses.bernoulli, losses.categorical])
def test_very_sure_outputs_cost_no_overflow(loss):
    z, t = jnp.array([1e4, -1e4]), jnp.array([1.0, 0.0])
    assert float(loss(z, t)) == 0
    assert float(loss(z, 1 - t)) == pytest.approx(2e4, rel=0.51)
    assert jnp.isfinite(jax.grad(lambda z: loss(z, 1 - t))(z)).all()


MASK = jnp.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])


def test_averages():
    assert float(losses.per_step(MASK)) == pytest.approx(1 / 5)
    # The third sequence has no step at all and does not count.
    assert float(losses.per_sequence(MASK)) == pytest.approx(1 / 2)


@pytest.mark.parametrize("average", [losses.per_step, losses.per_sequence])
def test_an_average_over_nothing_is_finite(average):
    assert jnp.isfinite(average(jnp.zeros((3, 2))))


def test_decodings():
    outputs = jnp.asarray(LOGITS[:4, :, :3]).transpose(0, 2, 1)  # [4, 3, 2]
    same, counts = losses.every_step(outputs, MASK)
    assert same is outputs and counts is MASK
    answer, counts = losses.mean_over_time(outputs, MASK)
    assert answer.shape == (1, 3, 2) and counts.tolist() == [[1.0, 1.0, 0.0]]
    np.testing.assert_allclose(answer[0, 0], outputs[:, 0].mean(0), rtol=1e-6)
    np.testing.assert_allclose(answer[0, 1], outputs[0, 1], rtol=1e-6)
    assert (answer[0, 2] == 0).all()
