"""The adaptive threshold against its equations, and its limits."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import ALIF, LIF

pytestmark = pytest.mark.usefixtures("float64")
CURRENTS = np.random.default_rng(3).normal(0.15, 0.4, (500, 1))


def simulate(unit, currents):
    def body(state, now):
        state = unit.step(state, now)
        return state, state

    return jax.jit(lambda c: jax.lax.scan(body, unit.init(), c)[1])(jnp.asarray(currents))


@pytest.mark.parametrize("gain", [1.0, 0.3])
def test_every_step_against_a_plain_loop(gain):
    settings = {"tau_membrane_ms": 20.0, "tau_adaptation_ms": 200.0}
    unit = ALIF(1, threshold=0.6, beta=0.17, gain=gain, **settings)
    found = simulate(unit, CURRENTS)
    alpha, rho = math.exp(-1 / 20), math.exp(-1 / 200)
    v, a, y, rows = 0.0, 0.0, 0.0, []
    for current in CURRENTS[:, 0]:
        v = alpha * v + gain * current - 0.6 * y
        a = rho * a + y
        y = float(v > 0.6 + 0.17 * a)
        rows.append((v, a, y))
    expected = np.array(rows).T
    assert 5 < expected[2].sum() < 200
    np.testing.assert_array_equal(found.y[:, 0], expected[2])
    np.testing.assert_allclose(found.v[:, 0], expected[0], atol=1e-12)
    np.testing.assert_allclose(found.a[:, 0], expected[1], atol=1e-12)


def test_without_adaptation_it_is_a_lif():
    gain = 1 - math.exp(-1 / 20)
    adaptive = simulate(ALIF(1, threshold=0.6, beta=0.0, gain=gain), 8 * CURRENTS)
    plain = LIF(1, threshold=0.6, reset="subtract", reset_time="next_update")
    expected = simulate(plain, 8 * CURRENTS)
    assert expected.y.sum() > 20
    np.testing.assert_array_equal(adaptive.y, expected.y)
    np.testing.assert_allclose(adaptive.v, expected.v, atol=1e-12)


def test_a_spike_raises_the_threshold_which_then_decays():
    unit = ALIF(1, beta=0.5, tau_adaptation_ms=50.0)
    a = simulate(unit, np.eye(30, 1) * 1.5).a[:, 0]
    np.testing.assert_allclose(a, [0, *np.exp(-np.arange(29) / 50.0)], rtol=1e-12)


def test_the_rate_settles_where_drive_and_adaptation_balance():
    """Mean charge per step: g I = leak + v_th r, and the mean of a is r / (1 - rho).

    Without leak the membrane keeps up with the threshold only if it follows its mean, so that
    the rate is r = I / v_th whatever the adaptation; with leak it is below.
    """
    unit = ALIF(1, tau_membrane_ms=1e12, tau_adaptation_ms=30.0, beta=0.2)
    found = simulate(unit, np.full((5000, 1), 0.23))
    assert found.y[1000:].mean() == pytest.approx(0.23, abs=1e-3)
    rho = math.exp(-1 / 30)
    assert found.a[1000:].mean() == pytest.approx(0.23 / (1 - rho), rel=0.01)
    leaky = simulate(ALIF(1, tau_adaptation_ms=30.0, beta=0.2), np.full((5000, 1), 0.23))
    assert leaky.y[1000:].mean() < 0.2


def test_the_pseudo_derivative_is_that_of_e_prop():
    """gamma / v_th * max(0, 1 - |v - A| / v_th), times the gain of the current."""
    unit = ALIF(5, threshold=0.6, beta=0.2, gain=0.5)
    state = unit.init()._replace(a=jnp.full(5, 0.4))
    current = jnp.array([0.2, 1.0, 1.3, 1.7, 9.0])
    slope = jax.grad(lambda current: unit.step(state, current).y.sum())(current)
    height = 0.6 + 0.2 * 0.4 * math.exp(-1 / 200)
    apart = np.abs(0.5 * np.asarray(current) - height) / 0.6
    np.testing.assert_allclose(slope, 0.5 * 0.3 / 0.6 * np.maximum(0, 1 - apart), rtol=1e-12)
    assert slope[1] > 0 and slope[4] == 0


@pytest.mark.parametrize(
    "name", ["tau_membrane_ms", "tau_adaptation_ms", "time_step_ms", "threshold"]
)
def test_errors_name_what_is_wrong(name):
    with pytest.raises(ValueError, match=f"ALIF: {name} is 0, expected more than 0"):
        ALIF(1, **{name: 0})
