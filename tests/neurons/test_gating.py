"""Rates without singularities, exponential steps, and upward crossings."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import surrogates
from ranvier.neurons._gating import moderate, over_expm1, relax, upward_crossing

WIDE = np.concatenate([np.linspace(-700, 700, 141), np.linspace(-0.2, 0.2, 81), [1e-9, -1e-12, 0]])


def exact(x):
    """x / (e^x - 1) with enough digits, and its derivative."""
    x = np.longdouble(x)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        tiny = np.abs(x) < 1e-4
        closed = np.where(tiny, 1 - x / 2 + x**2 / 12, x / np.expm1(np.where(tiny, 1, x)))
        slope = np.where(
            tiny, -0.5 + x / 6, (closed - closed**2 * np.exp(x)) / np.where(tiny, 1, x)
        )
        steep = np.where(x > 300, 0, slope)
    return closed.astype(float), steep.astype(float)


def test_value_and_slope_in_double_precision(float64):
    value, slope = exact(WIDE)
    np.testing.assert_allclose(over_expm1(WIDE), value, rtol=1e-14, atol=1e-200)
    found = eqx.filter_jit(jax.vmap(jax.grad(over_expm1)))(jnp.asarray(WIDE))
    np.testing.assert_allclose(found, slope, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("derive", [jax.grad, jax.jacfwd])
def test_single_precision_has_no_hole_and_no_overflow(derive):
    x = jnp.array([0.0, 1e-30, -1e-30, 1e-6, 0.1, -0.1, 88.0, 89.0, 1e4, -89.0, -1e4])
    value, slope = exact(np.asarray(x, float))
    np.testing.assert_allclose(over_expm1(x), value, rtol=1e-5, atol=1e-30)
    np.testing.assert_allclose(
        eqx.filter_jit(jax.vmap(derive(over_expm1)))(x), slope, rtol=1e-4, atol=1e-30
    )


def test_second_derivatives_at_the_hole():
    assert float(eqx.filter_jit(jax.grad(jax.grad(over_expm1)))(0.0)) == pytest.approx(1 / 6)


def test_relaxing_twice_for_half_the_time_is_relaxing_once():
    half = relax(jnp.asarray(1.0), jnp.asarray(3.0), jnp.asarray(0.7), 0.5)
    again = relax(half, jnp.asarray(3.0), jnp.asarray(0.7), 0.5)
    once = relax(jnp.asarray(1.0), jnp.asarray(3.0), jnp.asarray(0.7), 1.0)
    assert float(again) == pytest.approx(float(once), rel=1e-6)
    assert float(relax(jnp.asarray(1.0), jnp.asarray(3.0), jnp.asarray(1e9), 1.0)) == 3


def test_moderate_leaves_what_a_membrane_does():
    v = jnp.array([-500.0, -65.0, 499.0])
    assert moderate(v).tolist() == v.tolist()
    assert moderate(jnp.array([-jnp.inf, 1e30])).tolist() == [-500, 500]


def test_a_crossing_starts_not_above_and_ends_above():
    before = jnp.array([-1.0, 0.0, 1e-3, -1.0, -1.0])
    after = jnp.array([1.0, 1.0, 1.0, 0.0, -0.5])
    y = upward_crossing(before, after, 0.0, 50.0, surrogates.tanh_derivative())
    assert y.tolist() == [1, 1, 0, 0, 0]


def test_no_derivative_while_above():
    slope = jax.vmap(
        jax.grad(lambda v, b: upward_crossing(b, v, 0.0, 20.0, surrogates.triangle(1.0, 1.0)))
    )(jnp.array([10.0, 10.0, -5.0]), jnp.array([-1.0, 5.0, -30.0]))
    np.testing.assert_allclose(slope, [0.5 / 20, 0, 0.75 / 20], rtol=1e-6)
