"""SNU and LIF, spike for spike in both directions."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import LIF, SNU, lif_from_snu, snu_from_lif, surrogates

STEPS, UNITS = 400, 6
pytestmark = pytest.mark.usefixtures("float64")


@eqx.filter_jit
def simulate(unit, currents):
    def body(state, current):
        state = unit.step(state, current)
        return state, state

    return jax.lax.scan(body, unit.init(), currents)[1]


def currents(scale=1.0, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(0.4, 1.0, (STEPS, UNITS)) * scale)


def assert_alike(snu, lif, threshold, gain=1.0):
    drive = currents(1 / gain)
    one, two = simulate(snu, gain * drive), simulate(lif, drive)
    assert jnp.abs(one.s - threshold).min() > 1e-9, "a tie, in which rounding decides"
    assert 0.02 < float(one.y.mean()) < 0.9
    assert jnp.array_equal(one.y, two.y)
    shown = two.v if lif.reset_time == "next_carry" else two.v + one.s * two.y
    np.testing.assert_allclose(shown, one.s, atol=1e-12)


@pytest.mark.parametrize("discretisation", ["euler", "exact"])
@pytest.mark.parametrize("reset_time", ["at_spike", "next_carry"])
@pytest.mark.parametrize("tau", [1.5, 5.0, 80.0])
def test_the_snu_of_a_lif(discretisation, reset_time, tau):
    lif = LIF(
        UNITS,
        tau_membrane_ms=tau,
        resistance=3.0,
        threshold=0.7,
        discretisation=discretisation,
        reset_time=reset_time,
    )
    snu, gain = snu_from_lif(lif)
    decay = 1 - 1 / tau if discretisation == "euler" else np.exp(-1 / tau)
    assert snu.decay == pytest.approx(decay, rel=1e-14)
    assert gain == pytest.approx(3.0 * (1 - decay), rel=1e-12)
    assert (snu.bias == -0.7).all()
    assert_alike(snu, lif, 0.7, gain)


@pytest.mark.parametrize("discretisation", ["euler", "exact"])
@pytest.mark.parametrize("decay", [0.2, 0.8, 0.99])
def test_the_lif_of_a_snu(discretisation, decay):
    snu = SNU(UNITS, decay=decay, threshold=1.1)
    lif = lif_from_snu(snu, time_step_ms=0.1, discretisation=discretisation)
    tau = 0.1 / (1 - decay) if discretisation == "euler" else -0.1 / np.log(decay)
    assert lif.tau_membrane_ms == pytest.approx(tau, rel=1e-14)
    assert lif.time_step_ms == 0.1
    assert_alike(snu, lif, 1.1)


@pytest.mark.parametrize("discretisation", ["euler", "exact"])
def test_there_and_back_with_parameters_that_differ_and_learn(discretisation):
    decay, bias = jnp.linspace(0.3, 0.95, UNITS), -jnp.linspace(0.5, 1.5, UNITS)
    snu = eqx.tree_at(lambda u: u.bias, SNU(UNITS, decay=decay), bias)
    lif = lif_from_snu(snu, discretisation=discretisation)
    assert eqx.is_inexact_array(lif.tau_membrane_ms)
    assert_alike(snu, lif, -bias)
    back, gain = snu_from_lif(lif)
    np.testing.assert_allclose(back.decay, decay, rtol=1e-12)
    np.testing.assert_allclose(gain, 1.0, rtol=1e-10)
    assert jnp.array_equal(back.bias, bias)


def test_the_surrogate_goes_along():
    h = surrogates.fast_sigmoid(3.0)
    assert lif_from_snu(SNU(2, h=h)).h is h
    assert snu_from_lif(LIF(2, h=h))[0].h is h


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"reset": "subtract"}, "'subtract', 'at_spike'"),
        ({"reset_time": "next_update"}, "'zero', 'next_update'"),
    ],
)
def test_a_reset_that_the_snu_cannot_express(choice, words):
    with pytest.raises(ValueError, match=f"{words}.*Expected reset='zero'"):
        snu_from_lif(LIF(2, **choice))


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (SNU(2, g=jax.nn.relu), "not bounded.*g = relu"),
        (SNU.soft(2), "h = sigmoid, which is not a step"),
        (SNU(2, decay=0.0), "decay 0.0 has no finite positive time constant"),
        (SNU(2, decay=1.0), "decay 1.0 has no finite positive time constant"),
        (SNU(2, decay=jnp.array([0.5, 1.0])), "no finite positive time constant"),
    ],
    ids=["relu", "soft", "no memory", "no leak", "one without leak"],
)
def test_units_that_are_no_lif_neuron(unit, words):
    with pytest.raises(ValueError, match=words):
        lif_from_snu(unit)


def test_a_discretisation_that_does_not_exist():
    with pytest.raises(ValueError, match=r"discretisation is 'eular'\. Did you mean 'euler'"):
        lif_from_snu(SNU(2), discretisation="eular")
