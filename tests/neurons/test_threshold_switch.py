"""The two-threshold switch across a capacitor against its exact period."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import ThresholdSwitchNeuron

pytestmark = pytest.mark.usefixtures("float64")
OFF, ON, UP, DOWN, LOAD, C = 70.7e3, 2.12e3, 1.855, 1.271, 8e3, 100.0


def formula(supply):
    """The period of the reference, in ns, term by term."""
    high, low = supply * OFF / (OFF + LOAD), supply * ON / (ON + LOAD)
    slow, fast = (1e-3 * C * LOAD * r / (LOAD + r) for r in (OFF, ON))
    return slow * np.log((high - DOWN) / (high - UP)) + fast * np.log((UP - low) / (DOWN - low))


@eqx.filter_jit
def simulate(unit, supply):
    def body(state, now):
        state = unit.step(state, now)
        return state, state

    return jax.lax.scan(body, unit.init(supply.shape[1:-1]), supply)[1]


def constant(supply, steps, **settings):
    unit = ThresholdSwitchNeuron(1, **settings)
    found = simulate(unit, jnp.full((steps, 1), supply))
    return unit, np.asarray(found.v[:, 0]), np.asarray(found.on[:, 0]), np.asarray(found.y[:, 0])


@pytest.mark.parametrize("time_step_ns", [3.7, 41.0, 200.0])
@pytest.mark.parametrize("supply", [2.3, 2.6, 4.0])
def test_the_period_has_no_error_whatever_the_step(supply, time_step_ns):
    """Over n periods the count of spikes is exact: no error adds up."""
    steps = 3000
    unit, _, _, y = constant(supply, steps, time_step_ns=time_step_ns)
    assert unit.period_ns(supply) == pytest.approx(formula(supply), rel=1e-12)
    first = (1 + np.flatnonzero(y)[0]) * time_step_ns
    ahead = (1 + np.flatnonzero(y)) * time_step_ns - first
    expected = formula(supply) * np.arange(len(ahead))
    assert len(ahead) >= 10 and abs(ahead - expected).max() <= time_step_ns * (1 + 1e-9)


def test_the_trace_does_not_depend_on_the_step():
    _, fine, on_fine, _ = constant(2.6, 4000, time_step_ns=1.0)
    _, coarse, on_coarse, _ = constant(2.6, 40, time_step_ns=100.0)
    np.testing.assert_allclose(fine[99::100], coarse, rtol=1e-11)
    assert np.array_equal(on_fine[99::100], on_coarse)


def test_it_stays_between_its_two_voltages():
    _, v, _, _ = constant(2.6, 3000, time_step_ns=1.0)
    assert DOWN <= v[700:].min() < DOWN + 0.02 and UP - 0.02 < v.max() <= UP


@pytest.mark.parametrize(("supply", "rests_on"), [(2.0, 0.0), (6.5, 1.0)])
def test_outside_its_range_it_rests(supply, rests_on):
    unit, v, on, y = constant(supply, 2000, time_step_ns=10.0)
    assert unit.period_ns(supply) == float("inf")
    assert y.sum() == rests_on and on[-1] == rests_on
    device = ON if rests_on else OFF
    assert v[-1] == pytest.approx(supply * device / (device + LOAD), rel=1e-9)


def test_the_voltage_follows_the_differential_equation():
    """Between switchings, against a fine Euler integration."""
    _, v, on, _ = constant(2.6, 500, time_step_ns=1.0)
    middle = (v[1:] + v[:-1]) / 2
    slope = (2.6 - middle) / LOAD - middle / np.where(on[1:] > 0.5, ON, OFF)
    same = on[1:] == on[:-1]
    np.testing.assert_allclose(np.diff(v)[same], (1e3 * slope / C)[same], rtol=2e-5)


def test_the_derivative_goes_through_the_times_of_switching():
    """The voltage at 2 us, eleven switchings on, by the supply: as finite differences say."""
    unit = ThresholdSwitchNeuron(1, time_step_ns=40.0)

    def last(supply):
        return simulate(unit, jnp.full((50, 1), supply)).v[-1, 0]

    step = 1e-7
    expected = (last(2.6 + step) - last(2.6 - step)) / (2 * step)
    assert abs(expected) > 1.0
    for differentiate in (jax.jacfwd, jax.jacrev):
        assert differentiate(last)(2.6) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"load_Ohm": 0}, "ThresholdSwitchNeuron: load_Ohm is 0, expected more than 0"),
        ({"time_step_ns": -1.0}, "time_step_ns is -1.0, expected more than 0"),
        ({"on_Ohm": 1e5}, "on_Ohm is 100000.0, expected less than off_Ohm = 70700.0"),
        ({"hold_V": 2.0}, "hold_V is 2.0, expected less than threshold_V = 1.855"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ThresholdSwitchNeuron(1, **settings)
