"""The closed forms of a step against quadrature, near and far from equal time constants."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons._propagators import convolved, decay

NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
GAPS = [0.0, 1e-300, 1e-12, 1e-8, -1e-4, 0.03, -0.3, 0.999999, 1.000001, -1.0, 3.0, -7.0, 30.0]


def integral(a, b, order, power=0):
    """By Gauss and Legendre; `power` brings down factors of -u, as a derivative by b does."""
    u = (NODES + 1) / 2
    return WEIGHTS @ (u**order * (-u) ** power * np.exp(-a * (1 - u) - b * u)) / 2


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("gap", GAPS)
def test_values_against_quadrature(order, gap):
    b = max(0.05, 0.05 + gap)
    a = b - gap
    assert convolved(a, b, order) == pytest.approx(integral(a, b, order), rel=1e-14 * 20)


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("gap", GAPS)
def test_arrays_and_their_gradients(order, gap, float64):
    """Also where both branches meet and where one of them would divide by zero."""
    b = max(0.05, 0.05 + gap)
    a = b - gap
    value, slope = jax.value_and_grad(lambda b: convolved(a, b, order))(jnp.asarray(b))
    assert float(value) == pytest.approx(convolved(a, b, order), rel=1e-14)
    assert float(slope) == pytest.approx(integral(a, b, order, power=1), rel=1e-12)


def test_very_unequal_times_do_not_overflow():
    assert convolved(1000.0, 1e-3) == pytest.approx(1e-3 * math.exp(-1e-3), rel=2e-3)
    assert convolved(1e-3, 1000.0) == pytest.approx(1e-3 * math.exp(-1e-3), rel=2e-3)


def test_numbers_stay_numbers():
    """So that they take the precision of what they meet."""
    assert type(convolved(0.1, 0.2)) is float and type(decay(0.1)) is float
    assert (convolved(0.1, jnp.array(0.2)) * jnp.ones(1)).dtype == jnp.float32
