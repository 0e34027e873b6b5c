"""Soma and dendrite against the matrix exponential and the limits of their coupling."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from ranvier.neurons import LIF, TwoCompartmentLIF

pytestmark = pytest.mark.usefixtures("float64")
SETTINGS = {
    "tau_soma_ms": 12.0,
    "tau_dendrite_ms": 30.0,
    "coupling_soma": 0.7,
    "coupling_dendrite": 2.5,
    "resistance_soma": 1.5,
    "resistance_dendrite": 4.0,
}


def made(**settings):
    return TwoCompartmentLIF(1, **{**SETTINGS, "threshold": 1e9, **settings})


def matrix(unit):
    return np.array(
        [
            [-(1 + unit.coupling_soma) / unit.tau_soma_ms, unit.coupling_soma / unit.tau_soma_ms],
            [
                unit.coupling_dendrite / unit.tau_dendrite_ms,
                -(1 + unit.coupling_dendrite) / unit.tau_dendrite_ms,
            ],
        ]
    )


@eqx.filter_jit
def simulate(unit, soma, dendrite):
    def body(state, now):
        state = unit.step(state, *now)
        return state, state

    return jax.lax.scan(body, unit.init(), (soma[:, None], dendrite[:, None]))[1]


def constant(unit, soma, dendrite, steps=100):
    found = simulate(unit, jnp.full(steps, soma), jnp.full(steps, dendrite))
    return np.asarray(found.v_soma[:, 0]), np.asarray(found.v_dendrite[:, 0]), found.y[:, 0]


CONSTANTS = list(itertools.product([0.5, 20.0], [0.5, 20.0], [1e-9, 0.3, 40.0], [0.1, 40.0]))


@pytest.mark.parametrize(("soma", "dendrite", "to_soma", "to_dendrite"), CONSTANTS)
def test_the_propagator_is_the_matrix_exponential(soma, dendrite, to_soma, to_dendrite):
    settings = {
        "tau_soma_ms": soma,
        "tau_dendrite_ms": dendrite,
        "coupling_soma": to_soma,
        "coupling_dendrite": to_dendrite,
    }
    for time_step_ms in (1e-3, 1.0, 50.0):
        unit = made(**settings, time_step_ms=time_step_ms)
        expected = expm(matrix(unit) * time_step_ms)
        np.testing.assert_allclose(unit.propagator(), expected, rtol=1e-9, atol=1e-15)


def test_the_propagator_of_arrays_is_that_of_numbers():
    unit = made(tau_soma_ms=jnp.array([12.0]))
    np.testing.assert_allclose(
        np.squeeze(np.array(unit.propagator())), made().propagator(), rtol=1e-13
    )


def test_it_lies_on_the_solution_whatever_the_step():
    pull = np.array([1.5 * 0.3 / 12.0, 4.0 * -0.2 / 30.0])
    for time_step_ms in (0.1, 3.0):
        unit = made(time_step_ms=time_step_ms)
        a, rest = matrix(unit), -np.linalg.solve(matrix(unit), pull)
        v_soma, v_dendrite, _ = constant(unit, 0.3, -0.2)
        for step in (0, 9, 99):
            expected = rest - expm(a * time_step_ms * (step + 1)) @ rest
            np.testing.assert_allclose([v_soma[step], v_dendrite[step]], expected, rtol=1e-10)


def test_where_it_comes_to_rest():
    v_soma, v_dendrite, _ = constant(made(time_step_ms=100.0), 0.3, 0.5)
    leak = np.array([[1.7, -0.7], [-2.5, 3.5]])
    expected = np.linalg.solve(leak, [1.5 * 0.3, 4.0 * 0.5])
    np.testing.assert_allclose([v_soma[-1], v_dendrite[-1]], expected, rtol=1e-12)


def test_without_coupling_the_soma_is_a_lif_neuron():
    unit = made(coupling_soma=1e-12, coupling_dendrite=1e-12, threshold=0.4)
    lif = LIF(1, tau_membrane_ms=12.0, resistance=1.5, threshold=0.4)
    currents = jnp.asarray(np.random.default_rng(0).normal(0.4, 0.5, 300))
    found = simulate(unit, currents, jnp.ones(300))
    state, v, y = lif.init(), [], []
    step = jax.jit(lif.step)
    for current in currents:
        state = step(state, current[None])
        v.append(float(state.v[0]))
        y.append(float(state.y[0]))
    assert sum(y) > 5
    np.testing.assert_allclose(found.v_soma[:, 0], v, atol=1e-10)
    assert np.array_equal(found.y[:, 0], y)


def test_tight_coupling_makes_one_compartment():
    v_soma, v_dendrite, _ = constant(made(coupling_soma=1e6, coupling_dendrite=2.5e6), 0.3, 0.0)
    np.testing.assert_allclose(v_soma, v_dendrite, rtol=1e-3)


def test_input_to_the_dendrite_arrives_later_and_weaker():
    pulse = jnp.zeros(200).at[0].set(1.0)
    settings = {"resistance_dendrite": 1.5, "tau_dendrite_ms": 12.0}
    near = simulate(made(**settings), pulse, 0 * pulse).v_soma[:, 0]
    far = simulate(made(**settings), 0 * pulse, pulse).v_soma[:, 0]
    assert far.max() < near.max() and far.argmax() > near.argmax() == 0


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_the_reset_is_of_the_soma_alone(reset):
    free = made(threshold=1e9)
    unit = made(threshold=0.5, reset=reset)
    before, after = free.init(), unit.init()
    step_free, step = jax.jit(free.step), jax.jit(unit.step)
    fired = 0
    for _ in range(100):
        before = step_free(after, jnp.ones(1), jnp.ones(1))
        after = step(after, jnp.ones(1), jnp.ones(1))
        assert after.v_dendrite == before.v_dendrite
        assert after.y == (before.v_soma > 0.5)
        left = 0.0 if reset == "zero" else before.v_soma - 0.5
        assert after.v_soma == (left if after.y else before.v_soma)
        fired += int(after.y[0])
    assert fired > 5


@pytest.mark.parametrize(
    "name",
    ["tau_soma_ms", "tau_dendrite_ms", "coupling_soma", "coupling_dendrite", "time_step_ms"],
)
def test_constants_are_positive(name):
    with pytest.raises(ValueError, match=f"TwoCompartmentLIF: {name} is 0.0, expected more than 0"):
        made(**{name: 0.0})


def test_an_unknown_reset_names_the_nearest():
    with pytest.raises(ValueError, match=r"reset is 'substract'\. Did you mean 'subtract'"):
        made(reset="substract")
