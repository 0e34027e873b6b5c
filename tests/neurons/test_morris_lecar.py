"""The Morris-Lecar neuron against a solver of high accuracy."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ranvier.neurons import MorrisLecar
from tests.neurons.simulate import held, slopes_through_time, spike_times

pytestmark = pytest.mark.usefixtures("float64")
UNTIL = 400.0


@functools.cache
def solved(current):
    """Potential over time and upward crossings of 0 mV, from the equations alone."""

    def gate(v, middle, width):
        return (1 + np.tanh((v - middle) / width)) / 2

    def flow(t, state):
        v, n = state
        calcium = 4 * gate(v, 10, 15) * (v - 100)
        slope = (current - 2 * (v + 50) - calcium - 8 * n * (v + 70)) / 20
        return [slope, np.cosh((v + 1) / 29) / 15 * (gate(v, -1, 14.5) - n)]

    def rising(t, state):
        return state[0]

    rising.direction = 1
    start = [-50, gate(-50, -1, 14.5)]
    return solve_ivp(
        flow,
        (0, UNTIL),
        start,
        method="DOP853",
        rtol=1e-10,
        atol=1e-10,
        events=rising,
        dense_output=True,
    )


@pytest.mark.parametrize("current", [100.0, 300.0, 600.0])
def test_it_converges_to_the_solution_at_first_order(current):
    """Rest, oscillation, and one swing to a depolarised rest."""
    reference, errors = solved(current), []
    for step in (0.04, 0.02, 0.01):
        unit = MorrisLecar(1, time_step_ms=step)
        states = held(unit, current, UNTIL)
        time = step * np.arange(1, len(states.v) + 1)
        errors.append(np.abs(np.asarray(states.v[:, 0]) - reference.sol(time)[0]).mean())
        fired = spike_times(unit, states) + step
        assert len(fired) == len(reference.t_events[0])
        assert (np.abs(fired - reference.t_events[0]) < 20 * step).all()
    assert errors[0] < 1
    assert errors[0] / errors[1] == pytest.approx(2, abs=0.15)
    assert errors[1] / errors[2] == pytest.approx(2, abs=0.15)


def test_the_period_of_the_oscillation():
    unit = MorrisLecar(1, time_step_ms=0.02)
    found = np.diff(spike_times(unit, held(unit, 300.0, UNTIL)))[-5:].mean()
    accurate = np.diff(solved(300.0).t_events[0])[-5:].mean()
    assert found == pytest.approx(accurate, abs=0.02)


def test_any_step_is_stable_and_any_current_finite():
    states = held(MorrisLecar(4, time_step_ms=50.0), jnp.array([0.0, 1e3, 1e9, -1e9]), 5000.0)
    assert all(jnp.isfinite(variable).all() for variable in states)
    assert (states.n >= 0).all() and (states.n <= 1).all()


def test_gradients_through_spikes_are_finite_in_both_modes():
    back, along = slopes_through_time(MorrisLecar(2), jnp.full((800, 2), 300.0))
    assert jnp.isfinite(back).all() and back.any()
    assert float(along) == pytest.approx(float(back.sum()), rel=1e-6)


def test_what_is_refused():
    conductances = ("leak_mS_per_cm2", "calcium_mS_per_cm2", "potassium_mS_per_cm2")
    others = ("capacitance_uF_per_cm2", "v2_mV", "v4_mV", "phi_per_ms", "time_step_ms")
    for name in (*conductances, *others, "surrogate_scale_mV"):
        with pytest.raises(ValueError, match=rf"MorrisLecar: {name} is 0, expected more than 0"):
            MorrisLecar(1, **{name: 0})
