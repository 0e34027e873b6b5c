"""The exponential integrate-and-fire neuron against quadrature, and its limits."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from ranvier.neurons import ExponentialIF, Refractory, surrogates
from tests.neurons.simulate import held, simulate, slopes_through_time, spike_times

TAU, REST, THRESHOLD, SLOPE, RESISTANCE, PEAK = 10.0, -65.0, -50.0, 2.0, 10.0, 0.0
RHEOBASE = (THRESHOLD - REST - SLOPE) / RESISTANCE


def period(current):
    """From reset to peak, by quadrature of one over the speed."""

    def one_over_speed(v):
        upstroke = SLOPE * np.exp((v - THRESHOLD) / SLOPE)
        return TAU / (REST - v + upstroke + RESISTANCE * current)

    return quad(one_over_speed, REST, PEAK, points=[THRESHOLD], limit=200)[0]


@pytest.mark.usefixtures("float64")
def test_the_period_is_the_integral_of_one_over_the_speed():
    currents = RHEOBASE * np.array([1.1, 1.5, 3.0])
    expected = np.array([period(current) for current in currents])
    lags = []
    for step in (0.01, 0.005):
        unit = ExponentialIF(3, time_step_ms=step)
        states = held(unit, currents, 200)
        found = [np.diff(spike_times(unit, states, i)).mean() for i in range(3)]
        lags.append(np.array(found) - expected)
        # Euler lags behind the upstroke, and the grid rounds up.
        assert (lags[-1] > 0).all() and (lags[-1] < 6 * step).all()
    # First order: what is left at step zero is less than the coarser grid.
    assert (abs(2 * lags[1] - lags[0]) < 0.01).all()


def test_the_rheobase_parts_silence_from_firing():
    unit = ExponentialIF(2)
    states = held(unit, RHEOBASE * np.array([0.995, 1.005]), 800)
    assert not states.y[:, 0].any() and states.y[:, 1].any()
    # Below, it rests where leak, upstroke and input balance, just under the threshold.
    assert THRESHOLD - 3 < float(states.v[-1, 0]) < THRESHOLD


@pytest.mark.usefixtures("float64")
def test_a_sharp_onset_is_a_leaky_integrate_and_fire_neuron():
    leaky = TAU * np.log(25 / (25 - (THRESHOLD - REST)))
    lags = []
    for slope in (0.04, 0.02):
        peak = THRESHOLD + 50 * slope
        unit = ExponentialIF(1, slope_factor_mV=slope, peak_mV=peak, time_step_ms=0.002)
        lags.append(np.diff(spike_times(unit, held(unit, 2.5, 60))).mean() - leaky)
    # The membrane, which rises by 1 mV/ms at the threshold, runs past it by a few slope factors.
    assert 0 < lags[1] < lags[0] < 10 * 0.04


def test_the_reset_is_in_the_step_of_the_spike():
    states = held(ExponentialIF(1, reset_mV=-60.0), 3.0, 100)
    fired = states.y[:, 0] == 1
    assert fired.sum() > 3 and (states.v[fired] == -60).all() and (states.v <= PEAK).all()


@pytest.mark.usefixtures("float64")
def test_it_can_be_made_refractory():
    bare, period_ms = ExponentialIF(1), 5.0
    held_back = Refractory(bare, period_ms, time_step_ms=bare.time_step_ms, counted="next_step")
    one = np.diff(np.flatnonzero(held(bare, 3.0, 200).y))
    current = jnp.full((2000, 1), 3.0)
    two = np.diff(np.flatnonzero(simulate(held_back, current).y))
    np.testing.assert_array_equal(two[:5] - one[:5], round(period_ms / bare.time_step_ms))


@pytest.mark.parametrize(
    "h", [surrogates.tanh_derivative(), surrogates.arctan(), surrogates.fast_sigmoid()]
)
def test_gradients_through_spikes_are_finite_in_both_modes(h):
    back, along = slopes_through_time(ExponentialIF(2, h=h), jnp.full((1000, 2), 3.0))
    assert jnp.isfinite(back).all() and back.any()
    assert float(along) == pytest.approx(float(back.sum()), rel=1e-3)


def test_what_is_refused():
    ExponentialIF(1, time_step_ms=TAU)
    with pytest.raises(ValueError, match=r"bound of the membrane, 10 ms"):
        ExponentialIF(1, time_step_ms=10.5)
    with pytest.raises(ValueError, match=r"threshold_mV is 5[.]0, expected less than peak"):
        ExponentialIF(1, threshold_mV=5.0)
    with pytest.raises(ValueError, match=r"reset_mV is 0[.]0, expected less than peak"):
        ExponentialIF(1, reset_mV=0.0)
    with pytest.raises(ValueError, match=r"ExponentialIF: at peak_mV the exponent .* is 500"):
        ExponentialIF(1, slope_factor_mV=0.1)
    for name in ("tau_membrane_ms", "slope_factor_mV", "surrogate_scale_mV", "time_step_ms"):
        with pytest.raises(ValueError, match=rf"ExponentialIF: {name} is -1, expected more than 0"):
            ExponentialIF(1, **{name: -1})
