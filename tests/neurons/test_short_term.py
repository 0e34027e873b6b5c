"""Short-term plasticity against the closed forms of its steady state."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import Layer
from ranvier.neurons import ShortTermPlasticity
from ranvier.synapses import OneToOne


def run(unit, spikes):
    def body(state, spike):
        state = unit.step(state, spike)
        return state, state

    return jax.lax.scan(body, unit.init(), spikes)[1]


def regular(interval, count):
    return jnp.zeros((interval * count, 1)).at[::interval].set(1.0)


@pytest.mark.parametrize("interval", [1, 5, 40, 300])
@pytest.mark.parametrize(("utilisation", "tau"), [(0.5, 200.0), (0.1, 50.0), (1.0, 80.0)])
def test_depression_settles_at_its_closed_form(interval, utilisation, tau, float64):
    """x* = (1 - e) / (1 - (1 - U) e) before a spike, e = exp(-D / tau): no error in time."""
    unit = ShortTermPlasticity(1, utilisation=utilisation, tau_depression_ms=tau, time_step_ms=0.5)
    count = 40 + int(30 * tau / (0.5 * interval)) // 4
    y = run(unit, regular(interval, count)).y[::interval, 0]
    e = np.exp(-0.5 * interval / tau)
    steady = (1 - e) / (1 - (1 - utilisation) * e)
    assert float(y[0]) == pytest.approx(utilisation, rel=1e-14)
    assert float(y[-1]) == pytest.approx(utilisation * steady, rel=1e-9)
    assert (np.diff(y) <= 1e-15).all()
    # On the way: x_n - x* shrinks by (1 - U) e from spike to spike.
    expected = steady + (1 - steady) * ((1 - utilisation) * e) ** np.arange(count)
    np.testing.assert_allclose(y, utilisation * expected, rtol=1e-10)


@pytest.mark.parametrize("interval", [5, 20])
def test_facilitation_settles_at_its_closed_form(interval, float64):
    """u* = U / (1 - (1 - U) f), f = exp(-D / tau_f); x* = (1 - e) / (1 - (1 - u*) e)."""
    tau_f, tau_d, utilisation = 500.0, 30.0, 0.05
    unit = ShortTermPlasticity(
        1,
        utilisation=utilisation,
        tau_depression_ms=tau_d,
        tau_facilitation_ms=tau_f,
    )
    states = run(unit, regular(interval, 800))
    u, y = states.u[::interval, 0], states.y[::interval, 0]
    f, e = np.exp(-interval / tau_f), np.exp(-interval / tau_d)
    steady = utilisation / (1 - (1 - utilisation) * f)
    assert float(u[-1]) == pytest.approx(steady, rel=1e-12)
    x = (1 - e) / (1 - (1 - steady) * e)
    assert float(y[-1]) == pytest.approx(steady * x, rel=1e-12)
    assert y[1] > y[0] and u[1] == pytest.approx(utilisation + (1 - utilisation) * utilisation * f)


def test_it_recovers(float64):
    """A pair of spikes: the second releases 1 - U exp(-D / tau) of what the first did."""
    unit = ShortTermPlasticity(1, utilisation=0.6, tau_depression_ms=100.0)
    for apart in (1, 50, 1000):
        spikes = jnp.zeros((apart + 1, 1)).at[jnp.array([0, apart])].set(1.0)
        y = run(unit, spikes).y[:, 0]
        assert float(y[-1] / y[0]) == pytest.approx(1 - 0.6 * np.exp(-apart / 100), rel=1e-12)
        assert not y[1:-1].any()


def test_resources_stay_between_empty_and_full():
    unit = ShortTermPlasticity(200, utilisation=0.7, tau_facilitation_ms=100.0)
    spikes = jax.random.bernoulli(jax.random.key(0), 0.3, (300, 200)).astype(float)
    states = run(unit, spikes)
    for value in (states.u, states.x):
        assert (value >= 0).all() and (value <= 1).all()
    assert jnp.array_equal(states.y > 0, spikes > 0)


def test_before_the_weights_of_a_chain():
    """A burst after silence is heard best: the chain equals release times weight."""
    unit = ShortTermPlasticity(2, tau_depression_ms=50.0)
    release = Layer(unit, {"spike": OneToOne(2)})
    net = rv.chain(2, release, rv.Readout(3), key=jax.random.key(0))
    spikes = jax.random.bernoulli(jax.random.key(1), 0.3, (30, 2)).astype(float)
    expected = run(unit, spikes).y @ net.layers[1].synapses["dendrite"].weight.T
    np.testing.assert_allclose(rv.run(net, spikes)[1], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"utilisation": 1.2}, r"utilisation is 1\.2, expected 0 to 1"),
        ({"tau_depression_ms": 0.0}, r"tau_depression_ms is 0\.0, expected more than 0"),
        ({"tau_facilitation_ms": -1.0}, r"tau_facilitation_ms is -1\.0, expected 0 \(no"),
        ({"time_step_ms": -0.1}, r"time_step_ms is -0\.1, expected more than 0"),
        ({"utilisation": jnp.ones(3)}, r"utilisation has shape \(3,\), expected \(2,\)"),
    ],
)
def test_constants_that_make_no_sense(settings, words):
    with pytest.raises(ValueError, match=f"ShortTermPlasticity: {words}"):
        ShortTermPlasticity(2, **settings)
