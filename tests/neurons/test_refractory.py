"""The refractory period against the grid's own arithmetic, and what is held meanwhile."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import (
    ALIF,
    IF,
    LIF,
    LSTM,
    SNU,
    ConductanceLIF,
    CurrentLIF,
    ExponentialKernel,
    LeakyIntegrator,
    Refractory,
)

pytestmark = pytest.mark.usefixtures("float64")


@eqx.filter_jit
def simulate(unit, *currents):
    """Every state, from rest."""

    def body(state, now):
        state = unit.step(state, *now)
        return state, state

    return jax.lax.scan(body, unit.init(), currents)[1]


def spikes(unit, drive, steps=40):
    y = simulate(unit, jnp.full((steps, 1), drive)).y
    return np.flatnonzero(y).tolist()


# The f-I curve of 100 neurons


def cell(time_step_ms, counted="at_spike", period_ms=5.0):
    """Currents in nA; the threshold is 15 mV above rest."""
    unit = LIF(
        100, tau_membrane_ms=30.0, resistance=90.0, threshold=15.0, time_step_ms=time_step_ms
    )
    return Refractory(unit, period_ms, counted=counted)


CURRENTS_nA = np.arange(100) / 99 / 0.9


def counts(unit, until_ms=2000.0):
    """Spikes of every neuron at its constant current, and the step of its first one."""

    def body(carry, step):
        state, count, first = carry
        state = unit.step(state, jnp.asarray(CURRENTS_nA))
        first = jnp.where((count == 0) & (state.y > 0), step, first)
        return (state, count + state.y, first), None

    start = unit.init(), jnp.zeros(100), jnp.full(100, -1)
    steps = round(until_ms / unit.time_step_ms)
    _, count, first = jax.jit(lambda s: jax.lax.scan(body, s, jnp.arange(steps))[0])(start)
    return np.asarray(count), np.asarray(first)


def oracle(time_step_ms, held):
    """Steps to threshold, then spikes every `held` steps plus as many again; whole numbers."""
    found, firsts = [], []
    for current in CURRENTS_nA:
        drive = 90.0 * current
        if drive <= 15.0 + 1e-9:
            found.append(0)
            firsts.append(-1)
            continue
        needed = math.floor(30.0 * math.log(drive / (drive - 15.0)) / time_step_ms) + 1
        steps = round(2000.0 / time_step_ms)
        found.append(len(range(needed - 1, steps, held + needed)))
        firsts.append(needed - 1)
    return np.array(found), np.array(firsts)


@pytest.mark.parametrize("counted", ["at_spike", "next_step"])
@pytest.mark.parametrize("time_step_ms", [0.05, 0.1, 0.5])
def test_the_f_i_curve_of_100_neurons_equals_the_grids_own(time_step_ms, counted):
    unit = cell(time_step_ms, counted)
    period = round(5.0 / time_step_ms)
    expected, firsts = oracle(time_step_ms, period - 1 if counted == "at_spike" else period)
    found, first = counts(unit)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(first, firsts)
    if time_step_ms == 0.1 and counted == "at_spike":
        # What Brian2 2.9 gives, in Hz, and the first crossings in ms.
        rates = {14: 0.0, 15: 7.0, 20: 21.5, 30: 39.0, 50: 64.5, 99: 102.0}
        assert {i: found[i] / 2 for i in rates} == rates
        assert (np.diff(found) >= 0).all() and np.flatnonzero(found)[0] == 15
        for i, crossed in {15: 138.155, 20: 40.701}.items():
            assert first[i] == math.floor(crossed / 0.1)


@pytest.mark.parametrize("period_ms", [0.0, 5.0])
def test_the_f_i_curve_is_within_a_step_of_the_closed_form(period_ms):
    """The interval lies between the closed form and one step more."""
    dt, until = 0.1, 2000.0
    unit = cell(dt, "next_step", period_ms)
    found, _ = counts(unit, until)
    drive = 90.0 * CURRENTS_nA[15:]
    interval = period_ms + 30.0 * np.log(drive / (drive - 15.0))
    first = interval - period_ms
    most = np.floor((until - first) / interval + 1e-9) + 1
    fewest = np.floor((until - first - dt) / (interval + dt) - 1e-9) + 1
    assert not found[:15].any()
    assert ((fewest <= found[15:]) & (found[15:] <= most)).all()


# What is held, and for how long


@pytest.mark.parametrize("drive", [0.3, 0.6, 1.7])
@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_no_period_is_the_bare_neuron(drive, reset):
    bare = LIF(1, tau_membrane_ms=9.0, threshold=0.25, reset=reset)
    currents = jnp.asarray(np.random.default_rng(0).normal(drive, 2.0, (300, 1)))
    expected = simulate(bare, currents)
    assert expected.y.sum() > 10
    # One step counted at the spike is the step of the spike itself.
    for period, counted in ((0.0, "at_spike"), (0.0, "next_step"), (1.0, "at_spike")):
        found = simulate(Refractory(bare, period, counted=counted), currents).neuron
        np.testing.assert_array_equal(found.y, expected.y)
        np.testing.assert_allclose(found.v, expected.v, atol=1e-14)


@pytest.mark.parametrize(("counted", "more"), [("at_spike", -1), ("next_step", 0)])
@pytest.mark.parametrize("period", [1, 2, 5])
@pytest.mark.parametrize("needed", [1, 2, 3])
def test_the_interval_is_the_period_and_the_steps_to_threshold(needed, period, counted, more):
    unit = Refractory(IF(1), float(period), time_step_ms=1.0, counted=counted)
    expected = list(range(needed - 1, 40, period + needed + more))
    assert spikes(unit, 1.0 / needed + 0.01) == expected


def test_the_held_variable_stands_still_and_the_others_run_on():
    bare = CurrentLIF(1, excitatory=ExponentialKernel(5.0), threshold=0.5, reset_potential=-0.25)
    currents = np.zeros((12, 1))
    currents[0], currents[4] = 15.0, 3.0
    found = simulate(Refractory(bare, 6.0), jnp.asarray(currents), jnp.zeros((12, 1)))
    assert found.y[0, 0] == 1
    np.testing.assert_array_equal(found.neuron.v[:6, 0], np.full(6, -0.25))
    assert found.neuron.v[6, 0] != -0.25
    time = np.arange(1.0, 13.0)
    later = np.where(time > 4, 3.0 * np.exp(-(time - 4) / 5), 0.0)
    expected = 15.0 * np.exp(-time / 5) + later
    np.testing.assert_allclose(found.neuron.excitatory[:, 0], expected, rtol=1e-12)
    np.testing.assert_array_equal(found.left[:7, 0], [5, 4, 3, 2, 1, 0, found.left[6, 0]])


def test_units_are_refractory_one_by_one():
    unit = Refractory(IF(3), 4.0, time_step_ms=1.0)
    y = simulate(unit, jnp.broadcast_to(jnp.array([0.6, 1.5, 0.3]), (13, 3))).y
    assert [np.flatnonzero(y[:, i]).tolist() for i in range(3)] == [
        [1, 6, 11],
        [0, 4, 8, 12],
        [3, 10],
    ]


def test_held_by_nothing_it_goes_on_and_fires_as_soon_as_it_may():
    """The membrane integrates above the threshold; no suppressed spike may reset it."""
    unit = Refractory(IF(1, reset="subtract"), 5.0, time_step_ms=1.0, held=())
    found = simulate(unit, jnp.full((16, 1), 1.25))
    assert np.flatnonzero(found.y).tolist() == [0, 5, 10, 15]
    charge = 1.25 * np.arange(1, 17) - np.cumsum(found.y[:, 0])
    np.testing.assert_allclose(found.neuron.v[:, 0], charge)


def test_a_suppressed_spike_triggers_nothing_else():
    """The adaptation counts the spikes that were given, and no others."""
    unit = Refractory(ALIF(1, tau_adaptation_ms=1e15, beta=0.01), 4.0, held=())
    found = simulate(unit, jnp.full((30, 1), 5.0))
    given = np.cumsum(found.y[:, 0])
    assert np.flatnonzero(found.y).tolist() == list(range(0, 30, 4))
    np.testing.assert_allclose(found.neuron.a[1:, 0], given[:-1], rtol=1e-12)


def test_the_pseudo_derivative_is_zero_while_refractory():
    unit = Refractory(LIF(2, threshold=0.1), 3.0)
    state = unit.init()._replace(left=jnp.array([0.0, 1.0]))
    slope = jax.grad(lambda current: unit.step(state, current).y.sum())(jnp.ones(2))
    assert slope[0] > 0 and slope[1] == 0


def test_a_conductance_neuron_may_be_refractory_too():
    unit = Refractory(ConductanceLIF(1, time_step_ms=0.5), 5.0)
    y = simulate(unit, jnp.full((200, 1), 0.5), jnp.zeros((200, 1))).y
    intervals = np.diff(np.flatnonzero(y))
    assert len(intervals) > 5 and intervals.min() >= 10


# Errors


def test_only_what_spikes_and_resets_at_the_spike_can_be_held():
    for graded in (LSTM(1), LeakyIntegrator(1)):
        with pytest.raises(TypeError, match=f"{type(graded).__name__} has no spike function"):
            Refractory(graded, 2.0, time_step_ms=1.0)
    with pytest.raises(TypeError, match=r"within refractory: Refractory\(Refractory\(...\), ...\)"):
        Refractory(Refractory(LIF(1), 2.0), 2.0)
    for late in (LIF(1, reset_time="next_carry"), IF(1, reset_time="next_update"), ALIF(1)):
        with pytest.raises(ValueError, match=f"this {type(late).__name__} resets after the step"):
            Refractory(late, 2.0, time_step_ms=1.0)
        assert Refractory(late, 2.0, time_step_ms=1.0, held=()).steps == 1
    with pytest.raises(ValueError, match="this SNU resets after the step of its spike, so 's'"):
        Refractory(SNU(1), 2.0, time_step_ms=1.0, held=("s",))


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (("V",), r"CurrentLIF has no state variable 'V' to hold. Did you mean 'v'"),
        (("v", "exitatory"), r"no state variable 'exitatory' to hold. Did you mean 'excitatory'"),
        (("y",), r"no state variable 'y' to hold. Known: excitatory, inhibitory, v"),
    ],
)
def test_an_unknown_variable_names_the_nearest(held, words):
    with pytest.raises(ValueError, match=words):
        Refractory(CurrentLIF(1), 2.0, held=held)


def test_the_period_is_a_whole_number_of_the_neurons_steps():
    for period in (-1.0, 0.25, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"period_ms is {period}, expected 0 or a whole"):
            Refractory(LIF(1), period)
    assert Refractory(LIF(1, time_step_ms=0.1), 0.3).steps == 2
    with pytest.raises(ValueError, match=r"IF has no time step of its own; give time_step_ms"):
        Refractory(IF(1), 2.0)
    with pytest.raises(ValueError, match=r"time_step_ms is 0.5, but that of the LIF is 1.0"):
        Refractory(LIF(1), 2.0, time_step_ms=0.5)
    with pytest.raises(ValueError, match=r"counted is 'at_spikes'. Did you mean 'at_spike'"):
        Refractory(LIF(1), 2.0, counted="at_spikes")
