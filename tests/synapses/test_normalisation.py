"""Normalisations against NumPy, and what they keep."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.nets import parameter_count
from ranvier.synapses import LayerNormalisation, ThresholdNormalisation


def draw(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(2.0, 3.0, shape)


def learned(unit, float_type=jnp.float64):
    """Scale and shift that differ from channel to channel."""
    channels = unit.shape[-1]
    return eqx.tree_at(
        lambda u: (u.scale, u.shift),
        unit,
        (
            jnp.linspace(0.5, 2.0, channels, dtype=float_type),
            jnp.arange(channels, dtype=float_type),
        ),
    )


@pytest.mark.parametrize(("axes", "over"), [(None, (2, 3, 4)), (1, (4,)), (2, (3, 4))])
def test_layer_normalisation_is_numpys(axes, over, float64):
    currents = draw(3, 2, 4, 5, 6)
    unit = learned(LayerNormalisation((4, 5, 6), axes=axes))
    mean, variance = currents.mean(over, keepdims=True), currents.var(over, keepdims=True)
    scale, shift = np.linspace(0.5, 2.0, 6), np.arange(6)
    expected = scale * (currents - mean) / np.sqrt(variance + 1e-5) + shift
    np.testing.assert_allclose(unit(jnp.asarray(currents)), expected, rtol=1e-10, atol=1e-12)


def test_threshold_normalisation_is_numpys(float64):
    currents = draw(7, 3, 4, 5, 2)
    unit = ThresholdNormalisation((4, 5, 2), threshold=0.7, alpha=0.5, epsilon=1e-3)
    unit = learned(unit).measured(jnp.asarray(currents))
    mean, variance = currents.mean((0, 1, 2, 3)), currents.var((0, 1, 2, 3))
    np.testing.assert_allclose(unit.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(unit.variance, variance, rtol=1e-12)
    expected = np.linspace(0.5, 2.0, 2) * 0.35 * (currents - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(unit(jnp.asarray(currents)), expected + np.arange(2), rtol=1e-12)


def test_what_is_measured_is_brought_to_the_threshold():
    currents = jnp.asarray(draw(50, 8), jnp.float32)
    found = ThresholdNormalisation((8,), threshold=0.3).measured(currents)(currents)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(0), 0.3, rtol=1e-4)


def test_unmeasured_it_only_scales():
    unit = ThresholdNormalisation((2,), threshold=3.0)
    np.testing.assert_allclose(unit(jnp.array([1.0, 2.0])), [3.0, 6.0], rtol=1e-4)


def test_momentum_keeps_a_part_of_what_was():
    one, two = jnp.asarray(draw(9, 2), jnp.float32), jnp.asarray(5 * draw(4, 2), jnp.float32)
    unit = ThresholdNormalisation((2,)).measured(one)
    after = unit.measured(two, momentum=0.75)
    np.testing.assert_allclose(after.mean, 0.75 * one.mean(0) + 0.25 * two.mean(0), rtol=1e-5)
    np.testing.assert_allclose(after.variance, 0.75 * one.var(0) + 0.25 * two.var(0), rtol=1e-5)


def test_statistics_do_not_learn():
    unit = ThresholdNormalisation((4,)).measured(jnp.asarray(draw(9, 4), jnp.float32))
    assert parameter_count(unit) == 8
    assert unit.kept_mean.dtype == jnp.int32
    slope = eqx.filter_grad(lambda u, x: (u.measured(x)(x) ** 2).sum())(unit, jnp.ones((3, 4)))
    assert slope.kept_mean is None and slope.kept_variance is None
    moved = jax.tree.map(lambda a: 0.9 * a if eqx.is_inexact_array(a) else a, unit)
    assert jnp.array_equal(moved.mean, unit.mean) and not jnp.array_equal(moved.scale, unit.scale)


def test_statistics_are_kept_to_the_bit(float64):
    numbers = jr.normal(jr.key(0), (1, 6), jnp.float64) * jnp.array([1e-300, -1.0, 1, 0, 1e300, 3])
    unit = ThresholdNormalisation((6,)).measured(numbers)
    assert unit.kept_mean.dtype == jnp.int64 and jnp.array_equal(unit.mean, numbers[0])


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="LayerNormalisation: axes is 3, but the units have 2"):
        LayerNormalisation((4, 2), axes=3)
    with pytest.raises(ValueError, match="LayerNormalisation: epsilon is 0"):
        LayerNormalisation((4,), epsilon=0)
    for name in ("threshold", "alpha", "epsilon"):
        with pytest.raises(ValueError, match=f"ThresholdNormalisation: {name} is -1"):
            ThresholdNormalisation((4,), **{name: -1})
