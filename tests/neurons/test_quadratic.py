"""The quadratic integrate-and-fire neuron against the closed form of its period."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import Izhikevich, QuadraticIF
from tests.neurons.simulate import held, slopes_through_time, spike_times

TAU, REST, CRITICAL, CURVATURE, RESISTANCE, RESET, PEAK = (
    10.0,
    -65.0,
    -50.0,
    0.04,
    10.0,
    -70.0,
    30.0,
)
RHEOBASE = CURVATURE * (CRITICAL - REST) ** 2 / 4 / RESISTANCE


def period(current):
    """From reset to peak: an integral of one over a quadratic, which is an arc tangent."""
    middle, drive = (REST + CRITICAL) / 2, RESISTANCE * (current - RHEOBASE)
    root = math.sqrt(CURVATURE / drive)
    swept = math.atan(root * (PEAK - middle)) - math.atan(root * (RESET - middle))
    return TAU / math.sqrt(CURVATURE * drive) * swept


@pytest.mark.usefixtures("float64")
def test_the_period_is_that_of_the_closed_form():
    factors = np.array([1.5, 3.0, 10.0])
    expected = np.array([period(factor * RHEOBASE) for factor in factors])
    lags = []
    for step in (0.02, 0.01):
        unit = QuadraticIF(3, time_step_ms=step)
        states = held(unit, factors * RHEOBASE, 600)
        found = [np.diff(spike_times(unit, states, i)).mean() for i in range(3)]
        lags.append(np.array(found) - expected)
        # Euler lags behind the upstroke, and the grid rounds up.
        assert (lags[-1] > 0).all() and (lags[-1] < 3 * step).all()
    # First order: what is left at step zero is less than the finer grid.
    assert (abs(2 * lags[1] - lags[0]) < 0.01).all()


def test_below_the_rheobase_it_rests_between_rest_and_critical():
    unit = QuadraticIF(2)
    states = held(unit, [0.9 * RHEOBASE, 0.0], 600)
    assert not states.y.any()
    shift = math.sqrt(0.1 * RESISTANCE * RHEOBASE / CURVATURE)
    resting = np.array([(REST + CRITICAL) / 2 - shift, REST])
    np.testing.assert_allclose(states.v[-1], resting, atol=1e-3)


@pytest.mark.usefixtures("float64")
def test_it_is_the_frozen_izhikevich_neuron():
    """Without recovery: the same quadratic, with its roots as rest and critical potential."""
    half = math.sqrt(25 - 4 * 0.04 * 140) / 0.08
    quadratic = QuadraticIF(
        1,
        tau_membrane_ms=1.0,
        resting_mV=-62.5 - half,
        critical_mV=-62.5 + half,
        resistance_MOhm=1.0,
        reset_mV=-65.0,
    )
    frozen = Izhikevich(
        1, a=0.0, c=-65.0, d=0.0, start_mV=-62.5 - half, start_u=0.0, time_step_ms=0.1
    )
    one, two = held(quadratic, 20.0, 100), held(frozen, 20.0, 100)
    assert 3 < one.y.sum() < 200
    np.testing.assert_array_equal(one.y, two.y)
    np.testing.assert_allclose(one.v, two.v, rtol=1e-9)


def test_gradients_through_spikes_are_finite_in_both_modes():
    unit = QuadraticIF(2)
    back, along = slopes_through_time(unit, jnp.full((1000, 2), 2.0))
    assert jnp.isfinite(back).all() and back.any()
    assert float(along) == pytest.approx(float(back.sum()), rel=1e-3)


def test_what_is_refused():
    # The reset at -70 mV pulls with 0.04 (-65 - 50 + 140) = 1 per 10 ms.
    QuadraticIF(1, time_step_ms=10.0)
    with pytest.raises(ValueError, match=r"bound of the membrane, 10 ms"):
        QuadraticIF(1, time_step_ms=10.5)
    with pytest.raises(ValueError, match=r"resting_mV is -40[.]0, expected less than critical_mV"):
        QuadraticIF(1, resting_mV=-40.0)
    with pytest.raises(ValueError, match=r"critical_mV is 40[.]0, expected less than peak_mV"):
        QuadraticIF(1, critical_mV=40.0)
    with pytest.raises(ValueError, match=r"reset_mV is 30[.]0, expected less than peak_mV"):
        QuadraticIF(1, reset_mV=30.0)
    for name in ("tau_membrane_ms", "curvature_per_mV", "surrogate_scale_mV", "time_step_ms"):
        with pytest.raises(ValueError, match=rf"QuadraticIF: {name} is 0, expected more than 0"):
            QuadraticIF(1, **{name: 0})


def test_an_array_of_resets_is_not_compared():
    assert QuadraticIF(2, reset_mV=jnp.array([-70.0, -60.0])).init().v.shape == (2,)
