"""The leaky integrate-and-fire neuron against its differential equation and its own words."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ranvier.neurons import LIF

pytestmark = pytest.mark.usefixtures("float64")
TAU, THRESHOLD, RESISTANCE = 12.0, 0.8, 2.5


@eqx.filter_jit
def simulate(unit, currents):
    def body(state, current):
        state = unit.step(state, current)
        return state, state

    return jax.lax.scan(body, unit.init(), currents)[1]


def made(**choices):
    given = {"tau_membrane_ms": TAU, "threshold": THRESHOLD, "resistance": RESISTANCE, **choices}
    return LIF(1, **given)


def traces(unit, currents):
    found = simulate(unit, jnp.asarray(currents, float)[:, None])
    return np.asarray(found.v[:, 0]), np.asarray(found.y[:, 0])


def constant(unit, current, steps=200):
    return traces(unit, np.full(steps, current))


# Against the solution of the differential equation


@pytest.mark.parametrize("time_step_ms", [0.1, 1.0, 7.0])
def test_exact_lies_on_the_solution_whatever_the_step(time_step_ms):
    v, y = constant(made(time_step_ms=time_step_ms), 0.9 * THRESHOLD / RESISTANCE)
    time = time_step_ms * np.arange(1, 201)
    np.testing.assert_allclose(v, 0.9 * THRESHOLD * (1 - np.exp(-time / TAU)), rtol=1e-12)
    assert not y.any()


def test_exact_holds_each_current_over_its_step():
    """Two steps of one current are one step of twice the length."""
    rng = np.random.default_rng(0)
    currents = rng.normal(0, 0.1, 50)
    fine, _ = traces(made(time_step_ms=1.0), np.repeat(currents, 2))
    coarse, _ = traces(made(time_step_ms=2.0), currents)
    np.testing.assert_allclose(fine[1::2], coarse, atol=1e-14)


def test_euler_converges_at_first_order():
    current, until, errors = 0.9 * THRESHOLD / RESISTANCE, 10.0, []
    for steps in (50, 100, 200, 400):
        unit = made(time_step_ms=until / steps, discretisation="euler")
        v, _ = constant(unit, current, steps)
        errors.append(abs(v[-1] - RESISTANCE * current * (1 - math.exp(-until / TAU))))
    orders = [math.log2(a / b) for a, b in itertools.pairwise(errors)]
    assert orders == pytest.approx([1, 1, 1], abs=0.02)


def test_euler_is_its_difference_equation():
    v, _ = constant(made(discretisation="euler"), 0.1, 3)
    ratio, expected = 1 / TAU, []
    level = 0.0
    for _ in range(3):
        level += ratio * (-level + RESISTANCE * 0.1)
        expected.append(level)
    np.testing.assert_allclose(v, expected, rtol=1e-13)


# Firing at a constant current


@pytest.mark.parametrize("reset_time", ["at_spike", "next_carry"])
@pytest.mark.parametrize("discretisation", ["exact", "euler"])
@settings(max_examples=12, deadline=None, derandomize=True)
@given(drive=st.floats(1.05, 5.0))
def test_first_spike_and_period(discretisation, reset_time, drive):
    unit = made(discretisation=discretisation, reset_time=reset_time)
    decay = math.exp(-1 / TAU) if discretisation == "exact" else 1 - 1 / TAU
    # The smallest t with R I (1 - d^t) > v_th; the spike discards what was carried.
    first = math.floor(math.log(1 - 1 / drive) / math.log(decay)) + 1
    assume(abs(drive * (1 - decay**first) - 1) > 1e-9)
    assume(abs(drive * (1 - decay ** (first - 1)) - 1) > 1e-9)
    _, y = constant(unit, drive * THRESHOLD / RESISTANCE)
    assert np.flatnonzero(y).tolist() == list(range(first - 1, 200, first))


def test_the_rate_tends_to_that_of_continuous_time():
    drive = 1.7
    unit = made(time_step_ms=1e-3)
    _, y = constant(unit, drive * THRESHOLD / RESISTANCE, 40_000)
    period = np.diff(np.flatnonzero(y)).mean() * 1e-3
    assert period == pytest.approx(TAU * math.log(drive / (drive - 1)), rel=1e-3)


@pytest.mark.parametrize("discretisation", ["exact", "euler"])
def test_below_the_rheobase_it_never_fires(discretisation):
    _, y = constant(made(discretisation=discretisation), 0.999 * THRESHOLD / RESISTANCE, 2000)
    assert not y.any()


def test_at_the_threshold_it_does_not_fire():
    unit = LIF(1, tau_membrane_ms=2.0, threshold=0.5, discretisation="euler")
    v, y = traces(unit, [1.0, 0.5, 1.0])
    assert v[0] == v[1] == 0.5 and y.tolist() == [0, 0, 1]


# Reset


def reference(currents, decay, gain, reset, reset_time):
    """The docstring, word by word."""
    v, y, membrane, spikes = 0.0, 0.0, [], []

    def after_reset(v, y):
        return v * (1 - y) if reset == "zero" else v - THRESHOLD * y

    for current in currents:
        if reset_time == "next_carry":
            v = decay * after_reset(v, y) + gain * current
            y = float(v > THRESHOLD)
            shown = v
        elif reset_time == "next_update":
            v = after_reset(decay * v + gain * current, y)
            y = float(v > THRESHOLD)
            shown = v
        else:
            v = decay * v + gain * current
            y = float(v > THRESHOLD)
            v = shown = after_reset(v, y)
        membrane.append(shown)
        spikes.append(y)
    return np.array(membrane), np.array(spikes)


CURRENTS = np.random.default_rng(3).normal(0.8, 2.5, 400)
RESETS = list(itertools.product(["zero", "subtract"], ["at_spike", "next_carry", "next_update"]))


@pytest.mark.parametrize(("reset", "reset_time"), RESETS)
@pytest.mark.parametrize("discretisation", ["exact", "euler"])
def test_every_reset_against_a_plain_loop(discretisation, reset, reset_time):
    unit = made(discretisation=discretisation, reset=reset, reset_time=reset_time)
    decay = math.exp(-1 / TAU) if discretisation == "exact" else 1 - 1 / TAU
    v, y = reference(CURRENTS, decay, RESISTANCE * (1 - decay), reset, reset_time)
    found = traces(unit, CURRENTS)
    assert 20 < y.sum() < 300
    np.testing.assert_array_equal(found[1], y)
    np.testing.assert_allclose(found[0], v, atol=1e-12)


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_reset_at_the_spike_or_at_the_next_carry_gives_the_same_spikes(reset):
    at_spike, next_carry = (
        traces(made(reset=reset, reset_time=time), CURRENTS) for time in ("at_spike", "next_carry")
    )
    np.testing.assert_array_equal(at_spike[1], next_carry[1])
    fired = at_spike[1] == 1
    # One shows the membrane that crossed the threshold, the other what the reset left of it.
    assert (next_carry[0][fired] > THRESHOLD).all()
    left = 0 if reset == "zero" else next_carry[0][fired] - THRESHOLD
    np.testing.assert_allclose(at_spike[0][fired], left, atol=1e-12)
    np.testing.assert_allclose(at_spike[0][~fired], next_carry[0][~fired], atol=1e-12)


def test_reset_at_the_next_update_swallows_that_steps_input():
    """To zero: whatever comes in the step after a spike leaves no trace."""
    unit = made(reset_time="next_update")
    spike = 2 * THRESHOLD / unit.gain
    for swallowed in (0.0, 1.0, -5.0):
        v, y = traces(unit, [spike, swallowed, 0.01])
        assert y.tolist() == [1, 0, 0] and v[1] == 0
        assert v[2] == pytest.approx(unit.gain * 0.01)


def test_subtraction_keeps_the_excess():
    """Without leak worth mentioning, charge in is spikes out."""
    unit = LIF(1, tau_membrane_ms=1e9, threshold=1.0, resistance=1e9, reset="subtract")
    _, y = constant(unit, 0.3, 1000)
    assert y.sum() == pytest.approx(300, abs=1)
    _, to_zero = constant(LIF(1, tau_membrane_ms=1e9, resistance=1e9), 0.3, 1000)
    assert to_zero.sum() == 250


# Parameters


def test_learned_parameters_give_the_same_as_constants():
    constants = made()
    learned = LIF(
        1,
        tau_membrane_ms=jnp.array([TAU]),
        threshold=jnp.array([THRESHOLD]),
        resistance=jnp.array([RESISTANCE]),
    )
    assert len(jax.tree.leaves(eqx.filter(learned, eqx.is_inexact_array))) == 3
    assert not jax.tree.leaves(eqx.filter(constants, eqx.is_inexact_array))
    one, two = traces(constants, CURRENTS), traces(learned, CURRENTS)
    np.testing.assert_array_equal(one[1], two[1])
    np.testing.assert_allclose(one[0], two[0], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "wrong", "meant"),
    [
        ("discretisation", "exakt", "exact"),
        ("discretisation", "Euler", "euler"),
        ("reset", "substract", "subtract"),
        ("reset", "Zero", "zero"),
        ("reset_time", "next_cary", "next_carry"),
        ("reset_time", "atspike", "at_spike"),
    ],
)
def test_a_wrong_choice_names_the_nearest(name, wrong, meant):
    with pytest.raises(ValueError, match=f"LIF: {name} is '{wrong}'. Did you mean '{meant}'"):
        made(**{name: wrong})


def test_a_choice_that_is_no_word():
    with pytest.raises(ValueError, match=r"LIF: reset is None\. Known: subtract, zero"):
        made(reset=None)


@pytest.mark.parametrize("name", ["tau_membrane_ms", "time_step_ms"])
@pytest.mark.parametrize("value", [0, -1e-3, float("nan")])
def test_times_are_positive(name, value):
    with pytest.raises(ValueError, match=f"LIF: {name} is {value}, expected more than 0"):
        made(**{name: value})


def test_an_euler_step_longer_than_the_time_constant():
    with pytest.raises(ValueError, match=r"20.0 ms is beyond .* bound of the membrane, 12 ms"):
        made(time_step_ms=20.0, discretisation="euler")
    made(time_step_ms=20.0)
