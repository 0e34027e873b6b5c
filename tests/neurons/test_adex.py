"""The adaptive exponential neuron: its difference equation, its limits, its stability."""

import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import AdEx, ExponentialIF, adex_patterns, surrogates
from tests.neurons.simulate import held, simulate, slopes_through_time


def reference(currents, time_step_ms, p):
    """The docstring, word by word."""
    v, w, states, fired = p["resting_mV"], 0.0, [], []
    for current in currents:
        upstroke = math.exp((v - p["threshold_mV"]) / p["slope_factor_mV"])
        leak = p["resting_mV"] - v + p["slope_factor_mV"] * upstroke
        dv = (p["leak_nS"] * leak - w + current) / p["capacitance_pF"]
        dw = (p["a_nS"] * (v - p["resting_mV"]) - w) / p["tau_adaptation_ms"]
        v, w = v + time_step_ms * dv, w + time_step_ms * dw
        fired.append(v > p["peak_mV"])
        if fired[-1]:
            v, w = p["reset_mV"], w + p["b_pA"]
        states.append((v, w))
    return np.array(states), np.array(fired)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", ["initial burst", "delayed accelerating"])
def test_every_step_against_a_plain_loop(name):
    parameters = adex_patterns[name].parameters
    currents = np.random.default_rng(1).normal(400, 300, 1500)
    states, fired = reference(currents, 0.1, parameters)
    found = simulate(AdEx(1, time_step_ms=0.1, **parameters), jnp.asarray(currents)[:, None])
    assert 3 < fired.sum() < 100
    np.testing.assert_array_equal(found.y[:, 0], fired)
    np.testing.assert_allclose(np.c_[found.v, found.w], states, rtol=1e-7, atol=1e-7)


@pytest.mark.usefixtures("float64")
def test_without_adaptation_it_is_the_exponential_neuron():
    """Leak 10 nS is 100 MOhm, and 200 pF over it 20 ms; a current of 300 pA is 0.3 nA."""
    shared = {"resting_mV": -65.0, "reset_mV": -60.0, "threshold_mV": -50.0}
    adaptive = AdEx(1, capacitance_pF=200.0, leak_nS=10.0, a_nS=0.0, b_pA=0.0, **shared)
    plain = ExponentialIF(1, tau_membrane_ms=20.0, resistance_MOhm=100.0, **shared)
    one, two = held(adaptive, 300.0, 200), held(plain, 0.3, 200)
    assert one.y.sum() > 5
    np.testing.assert_array_equal(one.y, two.y)
    np.testing.assert_allclose(one.v, two.v, rtol=1e-8)


@pytest.mark.usefixtures("float64")
def test_the_bound_on_the_oscillation_is_that_of_euler():
    """Just within it a small deflection dies away; just beyond it grows."""
    made = {"capacitance_pF": 200.0, "leak_nS": 2.0, "a_nS": 100.0, "tau_adaptation_ms": 50.0}
    bound = (2.0 * 50.0 + 200.0) / (2.0 + 100.0)
    unit = AdEx(1, time_step_ms=0.99 * bound, **made)
    with pytest.raises(ValueError, match=rf"bound of the oscillation, {bound:.4g} ms"):
        AdEx(1, time_step_ms=1.01 * bound, **made)
    beyond = eqx.tree_at(lambda u: u.time_step_ms, unit, 1.01 * bound)
    kick = jnp.zeros((4000, 1)).at[0].set(10.0)
    for one, grows in ((unit, False), (beyond, True)):
        # The upstroke shifts rest by 1e-4 mV or so; the deflection is measured against the end.
        w = np.asarray(simulate(one, kick).w[:, 0])
        early, late = np.ptp(w[:200]), np.ptp(w[-200:])
        assert (late > 2 * early) == grows
        assert (late < early / 2) == (not grows)


@pytest.mark.parametrize(
    "h", [surrogates.tanh_derivative(), surrogates.arctan(), surrogates.fast_sigmoid()]
)
def test_gradients_through_spikes_are_finite_in_both_modes(h):
    back, along = slopes_through_time(AdEx(2, h=h), jnp.full((1500, 2), 1500.0))
    assert jnp.isfinite(back).all() and back.any()
    assert float(along) == pytest.approx(float(back.sum()), rel=1e-3)


def test_parameters_that_are_arrays_learn():
    unit = AdEx(3, tau_adaptation_ms=jnp.array([20.0, 100.0, 400.0]), b_pA=80.5)
    # The slower the adaptation, the fewer the spikes.
    counts = held(unit, 1200.0, 400).y.sum(0)
    assert counts[0] > counts[1] > counts[2] > 0


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"bound of the membrane, 9.367 ms"):
        AdEx(1, time_step_ms=9.5)
    with pytest.raises(ValueError, match=r"bound of the adaptation, 2 ms"):
        AdEx(1, time_step_ms=3.0, tau_adaptation_ms=2.0)
    with pytest.raises(ValueError, match=r"AdEx: reset_mV is 1.0, expected less than peak_mV"):
        AdEx(1, reset_mV=1.0)
    with pytest.raises(ValueError, match=r"AdEx: threshold_mV is 1.0, expected less than peak_mV"):
        AdEx(1, threshold_mV=1.0)
    with pytest.raises(ValueError, match=r"AdEx: at peak_mV the exponent"):
        AdEx(1, slope_factor_mV=0.5)
    names = ("capacitance_pF", "leak_nS", "slope_factor_mV", "tau_adaptation_ms")
    for name in (*names, "surrogate_scale_mV", "time_step_ms"):
        with pytest.raises(ValueError, match=rf"AdEx: {name} is 0, expected more than 0"):
            AdEx(1, **{name: 0})
