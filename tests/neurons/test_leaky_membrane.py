"""The membrane without a threshold, and the potentials of those with one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.nets import scanned
from ranvier.neurons import IF, LIF, LeakyIntegrator, LeakyMembrane, ThresholdUnit

STEPS = 300


def over_time(unit, current):
    return jax.jit(lambda c: scanned(unit, unit.init(), {"dendrite": c}))(current)


@pytest.mark.parametrize("discretisation", ["exact", "euler"])
def test_a_membrane_is_the_integrator_of_its_decay_and_gain(discretisation):
    unit = LeakyMembrane(
        1, tau_membrane_ms=7.0, resistance=3.0, discretisation=discretisation, time_step_ms=0.5
    )
    d = np.exp(-0.5 / 7) if discretisation == "exact" else 1 - 0.5 / 7
    twin = LeakyIntegrator(1, decay=float(d), gain=float(3 * (1 - d)))
    current = jax.random.normal(jax.random.key(0), (STEPS, 1))
    one, two = over_time(unit, current).y, over_time(twin, current).y
    assert jnp.allclose(one, two, atol=1e-6) and one.any()


def test_a_membrane_goes_to_where_its_current_holds_it(float64):
    unit = LeakyMembrane(1, tau_membrane_ms=10.0, resistance=2.0, resting_potential=-0.5)
    v = over_time(unit, jnp.full((STEPS, 1), 0.75)).y[:, 0]
    t = np.arange(1, STEPS + 1)
    assert np.allclose(v, -0.5 + 1.5 * (1 - np.exp(-t / 10)), atol=1e-12)


def test_all_potentials_move_together(float64):
    """Where zero lies on the scale of the membrane changes no spike."""
    current = 2.5 * jax.random.uniform(jax.random.key(1), (STEPS, 1))
    for reset in ("zero", "subtract"):
        for at in ("at_spike", "next_carry", "next_update"):
            low, high = (
                over_time(
                    LIF(
                        1,
                        tau_membrane_ms=8.0,
                        threshold=1.0 + shift,
                        resting_potential=0.2 + shift,
                        reset_potential=-0.1 + shift,
                        reset=reset,
                        reset_time=at,
                    ),
                    current,
                )
                for shift in (0.0, 7.0)
            )
            assert low.y.sum() > 5 and jnp.array_equal(low.y, high.y)
            if at != "next_update" or reset == "subtract":
                assert jnp.allclose(low.v, high.v - 7.0, atol=1e-12)


def test_a_resting_potential_above_the_threshold_fires_at_its_rate(float64):
    """tau ln((E - v_r) / (E - v_th)) between spikes, up to a step."""
    unit = LIF(
        1,
        tau_membrane_ms=20.0,
        resting_potential=1.2,
        reset_potential=-0.3,
        time_step_ms=0.01,
    )
    spikes = np.flatnonzero(over_time(unit, jnp.zeros((20_000, 1))).y[:, 0])
    between = np.diff(spikes) * 0.01
    expected = 20.0 * np.log(1.5 / 0.2)
    assert np.all(np.abs(between - expected) <= 0.01)


def test_subtraction_takes_the_distance_from_reset_to_threshold(float64):
    unit = IF(1, threshold=1.0, reset_potential=-0.5, reset="subtract", gain=0.25)
    states = over_time(unit, jnp.ones((40, 1)))
    # 0.25 per step and 1.5 per spike: every sixth step once the first threshold is passed.
    assert np.flatnonzero(states.y[:, 0]).tolist() == [4, 10, 16, 22, 28, 34]
    assert states.v.min() == -0.25


@pytest.mark.parametrize("unit", [LIF, IF])
def test_a_reset_above_the_threshold_is_refused(unit):
    message = f"{unit.__name__}: reset_potential is 1.5, expected less than threshold = 1.0"
    with pytest.raises(ValueError, match=message):
        unit(1, reset_potential=1.5)


def test_a_threshold_unit_is_strict_and_has_a_surrogate():
    unit = ThresholdUnit(3, threshold=0.5)
    x = jnp.array([0.25, 0.5, 0.75])
    assert unit.step(unit.init(), x).y.tolist() == [0.0, 0.0, 1.0]
    slope = jax.grad(lambda x: unit.step(unit.init(), x).y.sum())(x)
    assert slope[1] == slope.max() and (slope > 0).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"discretisation": "exakt"}, "LeakyMembrane: discretisation is 'exakt'. Did you mean"),
        ({"tau_membrane_ms": 0.0}, "LeakyMembrane: tau_membrane_ms is 0.0, expected more than 0"),
        (
            {"tau_membrane_ms": 0.5, "discretisation": "euler"},
            "LeakyMembrane: an Euler step of 1.0 ms is beyond the stability bound",
        ),
    ],
)
def test_a_membrane_refuses(wrong, message):
    with pytest.raises(ValueError, match=message):
        LeakyMembrane(1, **wrong)
