"""The Hodgkin-Huxley neuron against published numbers and a solver of high accuracy."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ranvier.neurons import GateRates, HodgkinHuxley, SquidRates
from tests.neurons.simulate import held, simulate, slopes_through_time, spike_times
from tests.neurons.test_rates import pyramidal, squid

pytestmark = pytest.mark.usefixtures("float64")
STEP, UNTIL = 0.01, 400.0
CURRENTS = [0.0, 2.2, 2.3, 6.2, 6.3, 7.0, 10.0, 20.0, 50.0]


@functools.cache
def driven():
    """All currents as the units of one neuron."""
    unit = HodgkinHuxley(len(CURRENTS), time_step_ms=STEP)
    states = held(unit, jnp.array(CURRENTS), UNTIL)
    return states, {
        current: spike_times(unit, states, index) for index, current in enumerate(CURRENTS)
    }


def test_rest():
    states, _ = driven()
    v, m, h, n, y = (float(variable[-1, 0]) for variable in states)
    assert v == pytest.approx(-64.996, abs=5e-4)
    assert (m, h, n) == pytest.approx((0.0530, 0.5960, 0.3177), abs=5e-5)
    assert y == 0


def test_one_spike_from_2_3_and_a_train_from_6_3():
    _, times = driven()
    assert [len(times[current]) for current in (0.0, 2.2, 2.3)] == [0, 0, 1]
    assert len(times[6.2]) == 3 and times[6.2][-1] < 60
    # Class 2: the train starts at 52 Hz at once.
    assert len(times[6.3]) > 20 and times[6.3][-1] > UNTIL - 25
    assert 1000 / np.diff(times[6.3])[-1] == pytest.approx(52.4, abs=0.1)


# Published, then as `solve_ivp` with DOP853 and tolerances of 1e-10 gives them.
INTERVALS = {
    7.0: (17.14, 17.14470),
    10.0: (14.63, 14.63621),
    20.0: (11.56, 11.56470),
    50.0: (8.55, 8.54438),
}


@pytest.mark.parametrize("current", INTERVALS)
def test_steady_intervals(current):
    found = np.diff(driven()[1][current])[-10:].mean()
    published, accurate = INTERVALS[current]
    assert found == pytest.approx(published, abs=STEP)
    assert found == pytest.approx(accurate, abs=3e-3)


def test_peak():
    states, _ = driven()
    assert float(states.v[:, CURRENTS.index(10.0)].max()) == pytest.approx(40.3, abs=0.05)


def solved(current, unit, formulas, until):
    """Potential over time by a solver that knows nothing of ours."""
    start = unit.init()

    def flow(t, state):
        v, m, h, n = state
        with np.errstate(all="raise"):
            slopes = [a * (1 - x) - b * x for x, (a, b) in zip((m, h, n), formulas(v), strict=True)]
        ions = (
            unit.sodium_mS_per_cm2 * m**3 * h * (v - unit.reversal_sodium_mV)
            + unit.potassium_mS_per_cm2 * n**4 * (v - unit.reversal_potassium_mV)
            + unit.leak_mS_per_cm2 * (v - unit.reversal_leak_mV)
        )
        return [(current - ions) / unit.capacitance_uF_per_cm2, *slopes]

    begin = [float(x[0]) for x in start[:4]]
    steps = unit.time_step_ms * np.arange(1, round(until / unit.time_step_ms) + 1)
    return solve_ivp(
        flow, (0, until), begin, method="DOP853", rtol=1e-9, atol=1e-9, t_eval=steps
    ).y[0]


@pytest.mark.parametrize(
    ("make", "formulas", "current"),
    [
        (HodgkinHuxley, squid, 10.0),
        (HodgkinHuxley.traub_miles, lambda v: pyramidal(v, -63.0), 3.0),
    ],
    ids=["squid", "traub-miles"],
)
def test_the_potential_converges_to_the_solution_at_second_order(make, formulas, current):
    """From gates in equilibrium the two half-steps apart are those of a staggered scheme."""
    until, errors = 25.0, []
    for step in (0.02, 0.01, 0.005):
        unit = make(1, time_step_ms=step)
        states = held(unit, current, until)
        errors.append(np.abs(np.asarray(states.v[:, 0]) - solved(current, unit, formulas, until)))
    assert states.y.sum() >= 2
    mean = [error.mean() for error in errors]
    assert mean[0] < 0.5
    assert mean[0] / mean[1] == pytest.approx(4, abs=0.2)
    assert mean[1] / mean[2] == pytest.approx(4, abs=0.2)


def test_traub_miles_holds_the_parameters_of_the_benchmark():
    """Given there per cell of 20000 um2: 200 pF, 10 nS, 20 uS, 6 uS."""
    unit, area_cm2 = HodgkinHuxley.traub_miles(1), 20000e-8
    assert unit.capacitance_uF_per_cm2 * area_cm2 * 1e6 == pytest.approx(200)
    assert unit.leak_mS_per_cm2 * area_cm2 * 1e6 == pytest.approx(10)
    assert unit.sodium_mS_per_cm2 * area_cm2 * 1e3 == pytest.approx(20)
    assert unit.potassium_mS_per_cm2 * area_cm2 * 1e3 == pytest.approx(6)
    assert unit.rates.offset_mV == -63 and unit.threshold_mV == -20
    changed = HodgkinHuxley.traub_miles(1, offset_mV=-60.0, threshold_mV=0.0)
    assert changed.rates.offset_mV == -60 and changed.threshold_mV == 0


def test_rates_are_a_part_to_swap():
    """Gates that never move: a passive membrane, whose step is then exact."""

    def frozen(v):
        return (
            GateRates(0 * v, 1 + 0 * v),
            GateRates(1 + 0 * v, 0 * v),
            GateRates(0 * v, 1 + 0 * v),
        )

    unit = HodgkinHuxley(1, rates=frozen, time_step_ms=0.5, start_mV=-54.387)
    v = held(unit, 3.0, 20).v[:, 0]
    time = 0.5 * np.arange(1, 41)
    np.testing.assert_allclose(v, -54.387 + 10 * (1 - np.exp(-0.3 * time)), rtol=1e-12)


def test_a_spike_is_one_step_long():
    states, times = driven()
    v = np.asarray(states.v[:, CURRENTS.index(10.0)])
    crossings = np.flatnonzero((v[1:] > 0) & (v[:-1] <= 0)) + 1
    np.testing.assert_allclose(times[10.0], crossings * STEP)
    assert (v > 0).sum() > 20 * len(crossings)


def test_any_step_is_stable_and_any_current_finite():
    unit = HodgkinHuxley(4, time_step_ms=50.0)
    states = held(unit, jnp.array([0.0, 1e3, 1e9, -1e9]), 5000.0)
    assert all(jnp.isfinite(variable).all() for variable in states)
    for gate in (states.m, states.h, states.n):
        assert (gate >= 0).all() and (gate <= 1).all()


@pytest.mark.parametrize("make", [HodgkinHuxley, HodgkinHuxley.traub_miles])
def test_gradients_through_spikes_are_finite_in_both_modes(make):
    back, along = slopes_through_time(make(2, time_step_ms=0.05), jnp.full((800, 2), 12.0))
    assert jnp.isfinite(back).all() and back.any()
    assert float(along) == pytest.approx(float(back.sum()), rel=1e-6)


def test_gradients_from_a_start_on_the_singularities():
    unit = HodgkinHuxley(2, start_mV=jnp.array([-40.0, -55.0]))
    back, _ = slopes_through_time(unit, jnp.zeros((5, 2)))
    assert jnp.isfinite(back).all() and back.any(0).all()


def test_what_is_refused():
    names = ("capacitance_uF_per_cm2", "sodium_mS_per_cm2", "potassium_mS_per_cm2")
    for name in (*names, "leak_mS_per_cm2", "time_step_ms", "surrogate_scale_mV"):
        with pytest.raises(ValueError, match=rf"HodgkinHuxley: {name} is 0, expected more than 0"):
            HodgkinHuxley(1, **{name: 0})
    assert isinstance(HodgkinHuxley(1).rates, SquidRates)
    assert simulate(HodgkinHuxley((2, 3)), jnp.zeros((4, 2, 3))).v.shape == (4, 2, 3)
