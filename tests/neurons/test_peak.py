"""The spike at the peak of an upstroke."""

import jax
import jax.numpy as jnp
import pytest

from ranvier.neurons import surrogates
from ranvier.neurons._peak import check_exponent, fire_at_peak

PEAK, RESET, SCALE = 30.0, -60.0, 40.0


def fire(v, h=None):
    h = surrogates.tanh_derivative() if h is None else h
    return fire_at_peak(jnp.asarray(v), PEAK, RESET, SCALE, h)


def test_it_fires_strictly_above_the_peak():
    v, y = fire([29.9, 30.0, 30.1, 1e30, jnp.inf])
    assert y.tolist() == [0, 0, 1, 1, 1]
    assert v.tolist() == [jnp.float32(29.9), 30, RESET, RESET, RESET]


def test_the_surrogate_sees_the_distance_over_the_scale():
    h = surrogates.triangle(1.0, 1.0)
    slope = jax.grad(lambda v: fire(v, h)[1])
    assert float(slope(20.0)) == pytest.approx((1 - 10 / SCALE) / SCALE)
    assert float(slope(-20.0)) == 0


def test_the_derivative_of_the_reset_knows_no_overshoot():
    """Straight through: minus the distance from peak to reset, over the scale."""
    slope = jax.grad(lambda v: fire(v, surrogates.straight_through())[0])
    assert float(slope(1e20)) == pytest.approx((RESET - PEAK) / SCALE)
    assert float(slope(0.0)) == pytest.approx(1 + RESET / SCALE)


def test_an_exponent_that_single_precision_cannot_hold():
    check_exponent("Unit", 30.0, -50.0, 1.0)
    with pytest.raises(ValueError, match=r"Unit: .* is 100, expected at most 80. Lower peak_mV"):
        check_exponent("Unit", 30.0, -50.0, 0.8)
    with pytest.raises(ValueError, match=r"at peak_mV\[1\] the exponent .* is 800, expected"):
        check_exponent("Unit", 30.0, -50.0, jnp.array([1.0, 0.1]))
