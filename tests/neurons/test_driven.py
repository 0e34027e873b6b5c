"""A neuron whose inputs have a time course: equal to the parts that it is made of."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.neurons import (
    ConductanceLIF,
    Driven,
    LateralInhibitionSNU,
    QuadraticIF,
    Refractory,
    Stochastic,
)
from ranvier.synapses import NMDA, Alpha, Conductance, Delta, Exponential


def over_time(unit, *currents):
    def body(state, now):
        state = unit.step(state, *now)
        return state, state

    return jax.lax.scan(body, unit.init(currents[0].shape[1:-1]), currents)[1]


def spikes(seed, steps=80, units=3, rate=0.2):
    return jr.bernoulli(jr.key(seed), rate, (steps, units)).astype(float)


def test_pulses_leave_the_neuron_as_it_is():
    lif = rv.LIF(3, tau_membrane_ms=5.0, threshold=0.3)
    bare = over_time(lif, spikes(0))
    driven = over_time(Driven(lif, {"dendrite": ("dendrite", Delta())}), spikes(0))
    assert bare.y.any()
    assert all(map(jnp.array_equal, bare, driven.neuron))


def test_the_current_is_that_of_the_kinetics(float64):
    """One neuron after its own low-pass filter, and both in one."""
    low_pass = rv.LeakyIntegrator(3, decay=float(np.exp(-1 / 4)))
    current = over_time(low_pass, spikes(0)).y
    lif = rv.LIF(3, tau_membrane_ms=10.0, threshold=0.8)
    expected = over_time(lif, current)
    found = over_time(Driven(lif, {"slow": ("dendrite", Exponential(4.0))}), spikes(0))
    assert expected.y.any()
    np.testing.assert_allclose(found.neuron.v, expected.v, rtol=1e-13, atol=1e-14)
    assert jnp.array_equal(found.y, expected.y)


def test_the_potential_of_one_spike_is_the_closed_form(float64):
    """The membrane holds each value of the current over its step: a sum of two geometric series."""
    tau, tau_synapse, dt = 20.0, 5.0, 0.1
    lif = rv.LIF(1, tau_membrane_ms=tau, time_step_ms=dt, threshold=1e9)
    unit = Driven(lif, {"fast": ("dendrite", Exponential(tau_synapse, time_step_ms=dt))})
    v = over_time(unit, jnp.zeros((400, 1)).at[0].set(1.0)).neuron.v[:, 0]
    k = np.arange(1, 401)
    d, p = np.exp(-dt / tau), np.exp(-dt / tau_synapse)
    np.testing.assert_allclose(v, (1 - d) * (d**k - p**k) / (d - p), rtol=1e-11)
    # The difference of two exponentials, up to the current held over a step: dt / (2 tau_s) = 1 %.
    t = dt * k
    exact = tau_synapse / (tau - tau_synapse) * (np.exp(-t / tau) - np.exp(-t / tau_synapse))
    np.testing.assert_allclose(v, exact, rtol=0.015)


def test_ports_of_one_target_add_up(float64):
    lif = rv.LIF(3, tau_membrane_ms=10.0, threshold=1e9)
    one, two = Exponential(3.0), Alpha(6.0)
    both = Driven(lif, {"a": ("dendrite", one), "b": ("dendrite", two)})
    alone = [Driven(lif, {"a": ("dendrite", course)}) for course in (one, two)]
    expected = sum(over_time(u, spikes(k)).neuron.v for k, u in enumerate(alone))
    found = over_time(both, spikes(0), spikes(1)).neuron.v
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_a_conductance_meets_the_membrane_before_the_step(float64):
    lif = rv.LIF(1, tau_membrane_ms=20.0, threshold=1e9)
    course = Conductance(Exponential(5.0), reversal_mV=-10.0)
    unit = Driven(lif, {"gaba_a": ("dendrite", course)})
    v, g = 0.0, 0.0
    found = over_time(unit, jnp.full((5, 1), 0.5)).neuron.v[:, 0]
    for seen in found:
        g = np.exp(-1 / 5) * g + 0.5
        v = lif.decay * v + lif.gain * g * (-10 - v)
        assert float(seen) == pytest.approx(v, rel=1e-13)


def test_constant_conductances_settle_where_the_currents_balance(float64):
    """v = (g_e E_e + g_i E_i) / (1 + g_e + g_i), in units of the leak's conductance."""
    lif = rv.LIF(1, tau_membrane_ms=20.0, time_step_ms=0.1, threshold=1e9)
    unit = Driven(
        lif,
        {
            "ampa": ("dendrite", Conductance(Delta(), reversal_mV=60.0)),
            "gaba_a": ("dendrite", Conductance(Delta(), reversal_mV=-20.0)),
        },
    )
    v = over_time(unit, jnp.full((4000, 1), 0.7), jnp.full((4000, 1), 1.3)).neuron.v
    assert float(v[-1, 0]) == pytest.approx((0.7 * 60 - 1.3 * 20) / 3, rel=1e-12)


def test_it_agrees_with_the_conductance_neuron_as_the_step_shrinks(float64):
    """Written independently, with other discretisations: both converge to the same membrane."""
    apart = []
    for dt in (0.2, 0.1, 0.05):
        steps = round(20 / dt)
        arrive = jnp.zeros((steps, 1)).at[round(2 / dt)].set(0.4)
        settings = {"tau_membrane_ms": 20.0, "time_step_ms": dt}
        whole = ConductanceLIF(1, **settings, threshold_mV=1e3, resting_mV=-60.0)
        lif = rv.LIF(1, **settings, threshold=1e9)
        made = Driven(
            lif,
            {
                "e": (
                    "dendrite",
                    Conductance(Exponential(5.0, time_step_ms=dt), reversal_mV=60.0),
                )
            },
        )
        v = over_time(whole, arrive, 0 * arrive).v + 60.0
        apart.append(float(jnp.abs(v - over_time(made, arrive).neuron.v).max()))
    assert apart[0] > 1e-3
    # First order in the step: halved each time, to within a tenth.
    np.testing.assert_allclose([apart[1] / apart[0], apart[2] / apart[1]], 0.5, rtol=0.1)


# Composition


def test_ports_and_their_order():
    gru = Driven(rv.GRU(2), {"slow": ("update", Exponential(5.0)), "fast": ("update", Delta())})
    assert gru.ports == ("slow", "fast", "reset", "candidate", "memory")
    assert gru.input_ports == ("slow", "fast", "reset", "candidate")
    assert gru.recurrent_ports == ("slow", "fast", "reset", "memory")
    assert not gru.lateral_ports and not gru.memoryless
    layer = rv.layer(4, rv.recurrent(gru), key=jr.key(0))
    assert set(layer.synapses) == set(gru.input_ports)
    assert set(layer.recurrent) == set(gru.recurrent_ports)
    assert Driven(rv.Readout(2), {"in": ("dendrite", Delta())}).memoryless


def test_a_lateral_port_stays_lateral():
    within = LateralInhibitionSNU(3)
    unit = Driven(within, {"slow": ("dendrite", Exponential(5.0))})
    assert unit.lateral_ports == within.lateral_ports
    moved = Driven(within, {"slow": ("inhibition", Exponential(5.0))})
    assert moved.lateral_ports == {"slow": within.lateral_ports["inhibition"]}
    assert rv.run(rv.chain(4, unit, key=jr.key(0)), jnp.ones((5, 4)))[1].shape == (5, 3)


def test_a_neuron_made_from_a_neuron_is_driven():
    """Its membrane is found within; the noise goes on to it."""
    course = {"ampa": ("dendrite", Conductance(Exponential(5.0), reversal_mV=60.0))}
    quiet = rv.LIF(3, tau_membrane_ms=10.0, threshold=8.0)
    held = Driven(Refractory(quiet, 5.0), course)
    assert held.resets_at_spike
    y = over_time(held, spikes(0)).y
    times = [np.flatnonzero(y[:, unit]) for unit in range(3)]
    assert min(np.diff(t).min() for t in times) >= 5
    free = over_time(Driven(quiet, course), spikes(0)).y
    assert free.sum() > y.sum() > 0
    noisy = Driven(Stochastic(quiet), course)
    state = noisy.init((2000,))
    assert not state.y.any()
    at_threshold = jnp.full((2000, 3), 8.0 / 60 / quiet.gain)
    fired = noisy.step(state, at_threshold, key=jr.key(0)).y
    # Half of 6000 units, within six standard errors: false alarm below 1e-8.
    assert abs(float(fired.mean()) - 0.5) < 6 * 0.5 / 6000**0.5


def test_another_name_for_the_membrane():
    course = {"ampa": ("dendrite", Conductance(Delta(), reversal_mV=2.0))}
    unit = Driven(rv.SNU(1, decay=0.5, threshold=9.0), course, voltage="s")
    one = unit.step(unit.init(), jnp.ones(1))
    two = unit.step(one, jnp.ones(1))
    assert one.neuron.s.tolist() == [2.0]
    assert two.neuron.s.tolist() == [0.5 * 2.0 + (2.0 - 2.0)]


def test_nmda_needs_depolarisation(float64):
    """The same glutamate moves a membrane that is up already more, by B(v) (E - v)."""
    receptor = NMDA(Exponential(100.0))
    unit = Driven(QuadraticIF(1, time_step_ms=1.0), {"nmda": ("dendrite", receptor)})

    def moved(v):
        state = unit.init()
        state = state._replace(neuron=state.neuron._replace(v=jnp.array([v])))
        one, nothing = (unit.step(state, jnp.array([g])).neuron.v[0] for g in (0.01, 0.0))
        return float(one - nothing)

    down, up = -75.0, -52.0
    expected = [float(receptor.unblocked(jnp.array(v))) * -v for v in (down, up)]
    assert moved(up) / moved(down) == pytest.approx(expected[1] / expected[0], rel=1e-9)
    assert moved(up) > 2 * moved(down) > 0


def test_time_constants_learn():
    """A target made with one time constant is reached from another."""

    def unit(tau):
        lif = rv.LeakyIntegrator(1, decay=0.5)
        return Driven(lif, {"slow": ("dendrite", Exponential(tau))})

    arriving = spikes(3, steps=60, units=1)
    target = over_time(unit(jnp.array([6.0])), arriving).y

    @jax.jit
    def move(log_tau, _):
        def error(log_tau):
            return ((over_time(unit(jnp.exp(log_tau)), arriving).y - target) ** 2).mean()

        slope, curvature = jax.grad(error)(log_tau), jax.hessian(error)(log_tau)[0]
        return log_tau - slope / jnp.maximum(curvature[0], 1.0), None

    found = jnp.exp(jax.lax.scan(move, jnp.log(jnp.array([3.0])), length=60)[0])
    np.testing.assert_allclose(found, 6.0, rtol=1e-4)


# What does not fit


def test_it_names_what_does_not_fit():
    lif = rv.LIF(2, time_step_ms=0.1)
    course = Exponential(5.0, time_step_ms=0.1)
    with pytest.raises(ValueError, match="Driven: got no port for the LIF, expected at least one"):
        Driven(lif, {})
    with pytest.raises(ValueError, match=r"'ampa' targets 'dendrit', but the LIF .* 'dendrite'"):
        Driven(lif, {"ampa": ("dendrit", course)})
    with pytest.raises(TypeError, match=r"the port 'ampa' got 5\.0, expected kinetics such as"):
        Driven(lif, {"ampa": ("dendrite", 5.0)})
    with pytest.raises(ValueError, match=r"'ampa' have time_step_ms = 1\.0, but the LIF has 0\.1"):
        Driven(lif, {"ampa": ("dendrite", Exponential(5.0))})
    with pytest.raises(ValueError, match=r"time_step_ms = 1\.0, but the Refractory has 0\.1"):
        Driven(Refractory(lif, 1.0), {"ampa": ("dendrite", Exponential(5.0))})
    with pytest.raises(ValueError, match="Driven: the GRU keeps a port 'reset' of its own"):
        Driven(rv.GRU(2), {"reset": ("update", Exponential(5.0))})


def test_a_conductance_needs_a_membrane():
    course = {"ampa": ("dendrite", Conductance(Exponential(5.0), reversal_mV=0.0))}
    with pytest.raises(ValueError, match=r"the state of the SNU has no 'v'.*Known: s, y.*voltage"):
        Driven(rv.SNU(2), course)
    with pytest.raises(
        ValueError, match=r"the state of the Refractory has no 'V'.*Did you mean 'v'"
    ):
        Driven(Refractory(rv.LIF(2), 5.0), course, voltage="V")
