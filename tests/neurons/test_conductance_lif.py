"""The conductance-based neuron against its equations, solved another way."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ranvier.neurons import ConductanceLIF

pytestmark = pytest.mark.usefixtures("float64")
NEVER = 1e3
SCHEMES = ["euler", "exponential_euler"]


def simulate(unit, excitatory, inhibitory, start=None):
    """Every state, from rest."""

    def body(state, now):
        state = unit.step(state, *now)
        return state, state

    start = unit.init() if start is None else start
    currents = (jnp.asarray(c, float)[:, None] for c in (excitatory, inhibitory))
    return jax.jit(lambda *c: jax.lax.scan(body, start, c)[1])(*currents)


def solution(until_ms, g_e, g_i):
    """The membrane without threshold after both conductances were opened at once."""

    def slope(t, v):
        e, i = g_e * math.exp(-t / 5.0), g_i * math.exp(-t / 10.0)
        return ((-60.0 - v) + e * (0.0 - v) + i * (-80.0 - v)) / 20.0

    return solve_ivp(slope, (0, until_ms), [-60.0], rtol=1e-11, atol=1e-11).y[0, -1]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_converges_to_the_solution_at_first_order(scheme):
    until, expected, errors = 8.0, solution(8.0, 3.0, 2.0), []
    for steps in (100, 200, 400, 800):
        unit = ConductanceLIF(
            1, time_step_ms=until / steps, threshold_mV=NEVER, discretisation=scheme
        )
        pulse = np.eye(1, steps)[0]
        errors.append(abs(float(simulate(unit, 3.0 * pulse, 2.0 * pulse).v[-1, 0]) - expected))
    orders = [math.log2(a / b) for a, b in itertools.pairwise(errors)]
    assert orders == pytest.approx([1, 1, 1], abs=0.05)


def plain_loop(excitatory, inhibitory, scheme, input_time, dt=0.5):
    """The docstring, word by word."""
    v, e, i, rows = -60.0, 0.0, 0.0, []
    for arriving_e, arriving_i in zip(excitatory, inhibitory, strict=True):
        if input_time == "before_update":
            e, i = e + arriving_e, i + arriving_i
        if scheme == "euler":
            slope = ((-60.0 - v) + e * (0.0 - v) + i * (-80.0 - v)) / 20.0
            v = v + dt * slope
            e, i = e - dt * e / 5.0, i - dt * i / 10.0
        else:
            total = 1 + e + i
            goal = (-60.0 + e * 0.0 + i * -80.0) / total
            v = goal + (v - goal) * math.exp(-dt * total / 20.0)
            e, i = e * math.exp(-dt / 5.0), i * math.exp(-dt / 10.0)
        y = float(v > -50.0)
        if y:
            v = -60.0
        if input_time == "after_update":
            e, i = e + arriving_e, i + arriving_i
        rows.append((v, e, i, y))
    return np.array(rows).T


@pytest.mark.parametrize("input_time", ["before_update", "after_update"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_choice_against_a_plain_loop(scheme, input_time):
    rng = np.random.default_rng(0)
    arriving = rng.uniform(0, 1, (2, 400)) * (rng.uniform(size=(2, 400)) < 0.3) * [[0.9], [0.2]]
    unit = ConductanceLIF(1, time_step_ms=0.5, discretisation=scheme, input_time=input_time)
    found = simulate(unit, *arriving)
    expected = plain_loop(*arriving, scheme, input_time)
    assert 5 < expected[3].sum() < 200
    np.testing.assert_array_equal(found.y[:, 0], expected[3])
    for one, two in zip(found[:3], expected[:3], strict=True):
        np.testing.assert_allclose(one[:, 0], two, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_held_conductance_clamps_the_membrane(scheme):
    """Where the currents balance: the weighted mean of the reversal potentials."""
    unit = ConductanceLIF(
        1,
        threshold_mV=NEVER,
        tau_excitatory_ms=1e12,
        tau_inhibitory_ms=1e12,
        discretisation=scheme,
    )
    pulse = np.eye(1, 2000)[0]
    v = simulate(unit, 2.0 * pulse, 1.0 * pulse).v[-1, 0]
    assert float(v) == pytest.approx((-60.0 + 2.0 * 0.0 + 1.0 * -80.0) / 4.0, abs=1e-7)


def test_the_threshold_is_strict_and_the_reset_is_in_the_same_step():
    unit = ConductanceLIF(1, resting_mV=-50.0)
    for v, fired, left in ((-50.0, 0, -50.0), (-49.9, 1, -60.0)):
        state = unit.init()._replace(v=jnp.array([v]))
        state = unit.step(state, jnp.zeros(1), jnp.zeros(1))
        assert state.y[0] == fired and state.v[0] == left


def test_exponential_euler_stands_a_conductance_that_euler_does_not():
    """Euler overshoots where the step exceeds 2 tau / (1 + g)."""
    pulse = 100.0 * np.eye(1, 40)[0]
    worst = {}
    for scheme in SCHEMES:
        unit = ConductanceLIF(
            1,
            time_step_ms=1.0,
            tau_excitatory_ms=1e6,
            threshold_mV=1e30,
            discretisation=scheme,
        )
        worst[scheme] = np.abs(simulate(unit, pulse, 0 * pulse).v).max()
    assert worst["exponential_euler"] <= 60.0 and worst["euler"] > 1e6


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"tau_inhibitory_ms is -2, expected more than 0"):
        ConductanceLIF(1, tau_inhibitory_ms=-2)
    with pytest.raises(ValueError, match=r"reset_mV is -50, expected less than threshold_mV"):
        ConductanceLIF(1, reset_mV=-50)
    with pytest.raises(ValueError, match=r"discretisation is 'eul'. Did you mean 'euler'"):
        ConductanceLIF(1, discretisation="eul")
    with pytest.raises(
        ValueError, match=r"6.0 ms is beyond .* bound of the excitatory conductance, 5 ms"
    ):
        ConductanceLIF(1, time_step_ms=6.0, discretisation="euler")
    ConductanceLIF(1, time_step_ms=6.0)
