"""The perfect integrator against counting."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import IF, LIF

pytestmark = pytest.mark.usefixtures("float64")
TIMES = ["at_spike", "next_carry", "next_update"]
CHOICES = list(itertools.product(["zero", "subtract"], TIMES))


def simulate(unit, currents):
    def body(state, now):
        state = unit.step(state, now)
        return state, state

    return jax.jit(lambda c: jax.lax.scan(body, unit.init(), c)[1])(jnp.asarray(currents))


@pytest.mark.parametrize("time", ["at_spike", "next_carry"])
def test_subtraction_turns_every_threshold_of_charge_into_a_spike(time):
    """Quarters are exact, and at the threshold it does not fire."""
    drives = np.arange(1, 5) / 4
    unit = IF(4, reset="subtract", reset_time=time)
    y = simulate(unit, np.broadcast_to(drives, (1000, 4))).y
    charge = np.cumsum(np.broadcast_to(drives, (1000, 4)), axis=0)
    # Strictly above: a charge of exactly n thresholds has given n - 1 spikes.
    np.testing.assert_array_equal(np.cumsum(y, axis=0), np.ceil(charge) - 1)


def test_reset_to_zero_loses_what_is_above():
    unit = IF(3, threshold=1.0)
    y = simulate(unit, np.broadcast_to([0.25, 0.75, 3.0], (1000, 3))).y
    assert y.sum(0).tolist() == [200, 500, 1000]


@pytest.mark.parametrize("start", [0.0, 0.5, -0.75])
@pytest.mark.parametrize("time", ["at_spike", "next_carry"])
def test_the_rate_misses_the_drive_by_what_the_membrane_has_gained(start, time):
    """`rate = a - (v(T) - v(0)) / T`, whatever the start; the sum of 1/64ths is exact."""
    drives = np.random.default_rng(2).integers(-64, 64, (500, 6)) / 64
    unit = IF(6, reset="subtract", reset_time=time, starting_potential=start)
    assert (unit.init((3,)).v == start).all()
    states = simulate(unit, drives)
    last = states.v[-1] - (states.y[-1] if time == "next_carry" else 0)
    np.testing.assert_array_equal(states.y.sum(0), drives.sum(0) - (last - start))


def test_a_membrane_that_starts_at_half_rounds_to_the_nearest_count():
    drives = np.random.default_rng(3).uniform(0.0, 1.0, 500)
    for start, low, high in ((0.0, -1.0, 0.0), (0.5, -0.5, 0.5)):
        unit = IF(500, reset="subtract", starting_potential=start)
        missed = simulate(unit, np.broadcast_to(drives, (40, 500))).y.sum(0) - 40 * drives
        assert low < missed.min() < low + 0.02
        assert high - 0.02 < missed.max() < high


def test_no_derivative_passes_through_the_start():
    def charge(start):
        unit = IF(2, starting_potential=start)
        return unit.step(unit.init(), jnp.ones(2) / 2).v.sum()

    assert not jax.grad(charge)(jnp.full(2, 0.1)).any()


@pytest.mark.parametrize(("reset", "time"), CHOICES)
def test_it_is_a_lif_whose_leak_has_gone(reset, time):
    currents = np.random.default_rng(0).integers(-8, 16, (400, 3)) / 8
    choices = {"reset": reset, "reset_time": time, "threshold": 1.0625}
    without = simulate(IF(3, **choices), currents)
    slow = simulate(LIF(3, tau_membrane_ms=1e12, resistance=1e12, **choices), currents)
    assert 50 < without.y.sum() < 1000
    np.testing.assert_array_equal(without.y, slow.y)
    # Of the gain 1e12 * (1 - exp(-1e-12)) rounding leaves four digits.
    np.testing.assert_allclose(without.v, slow.v, rtol=2e-4, atol=2e-2)


@pytest.mark.parametrize(("reset", "time"), CHOICES)
def test_a_learned_threshold_is_the_same_threshold(reset, time):
    currents = np.random.default_rng(1).normal(0.3, 1.0, (200, 2))
    one, two = (
        simulate(IF(2, threshold=t, reset=reset, reset_time=time), currents)
        for t in (0.7, jnp.full(2, 0.7))
    )
    np.testing.assert_array_equal(one.y, two.y)
    np.testing.assert_allclose(one.v, two.v, atol=1e-12)


def test_a_wrong_choice_names_the_nearest():
    with pytest.raises(ValueError, match=r"IF: reset is 'substract'. Did you mean 'subtract'"):
        IF(1, reset="substract")
    with pytest.raises(ValueError, match=r"IF: reset_time is 'spike'. Did you mean 'at_spike'"):
        IF(1, reset_time="spike")
