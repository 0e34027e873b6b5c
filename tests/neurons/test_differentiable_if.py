"""Spikes sent gradually: charge, closed forms of the membrane, and true derivatives."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import ranvier as rv
from ranvier.core import Batch
from ranvier.neurons import DifferentiableIF, cosine_release, uniform_release

pytestmark = pytest.mark.usefixtures("float64")
RELEASES = {"uniform": uniform_release, "cosine": cosine_release}
both = pytest.mark.parametrize("release", RELEASES.values(), ids=RELEASES)


def simulate(unit, slope):
    """Every state, from rest, of an input `[T, units]`."""

    def body(state, now):
        state = unit.step(state, now)
        return state, state

    return jax.jit(lambda slope: jax.lax.scan(body, unit.init(), slope)[1])(jnp.asarray(slope))


def sent(states, time_step_ms):
    """The charge of all that was sent."""
    return float(states.y.sum() * time_step_ms)


# Charge


@both
def test_the_gate_is_never_negative_and_its_integral_is_one(release):
    """By quadrature over the zone, and a little beyond it."""
    x = jnp.linspace(-0.2, 1.2, 140_001)
    gate = jax.vmap(jax.grad(release))(x)
    assert float(gate.min()) >= 0
    assert float(jnp.trapezoid(gate, x)) == pytest.approx(1, abs=2e-5)
    assert float(release(jnp.array(1.0)) - release(jnp.array(0.0))) == 1
    outside = (x < 0) | (x > 1)
    assert not gate[outside].any()


@both
@pytest.mark.parametrize("tau", [math.inf, 20.0])
@pytest.mark.parametrize("zone", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("step", [0.1, 1.0, 7.0])
def test_a_crossing_sends_a_charge_of_one(release, tau, zone, step):
    """Whatever the width of the zone, the leak and the time step: one spike, then silence."""
    unit = DifferentiableIF(
        1, tau_membrane_ms=tau, zone=zone, time_step_ms=step, release=release, tau_synapse_ms=3.0
    )
    drive = np.zeros((round(420 / step), 1))
    drive[: round(14 / step)] = 0.13
    states = simulate(unit, drive)
    assert float(states.v[-1, 0]) < 0.9 * 1.0 and float(states.v.max()) <= 1.0
    left = float(unit.released(states.v[-1])[0])
    assert sent(states, step) == pytest.approx(1 + left, abs=1e-9)


@both
def test_a_crossing_that_stops_halfway_sends_a_part_and_takes_it_back(release):
    unit = DifferentiableIF(1, tau_membrane_ms=math.inf, zone=0.5, release=release)
    still, charges = np.zeros((200, 1)), []
    for reached in (0.4, 0.6, 0.75, 0.9):
        up = np.concatenate([np.full((10, 1), reached / 10), still])
        charges.append(sent(simulate(unit, up), 1.0))
        assert charges[-1] == pytest.approx(float(release(jnp.array((reached - 0.5) / 0.5))))
        back = np.concatenate([up, np.full((10, 1), -reached / 10), still])
        assert sent(simulate(unit, back), 1.0) == pytest.approx(0, abs=1e-12)
    assert charges[0] == 0 < charges[1] < charges[2] < charges[3] < 1


def test_a_narrow_zone_sends_what_an_exponential_synapse_makes_of_a_spike():
    """The distance to the current of a spike is that of the zone's width, first order."""
    step, tau, tau_s, slope = 0.01, 20.0, 5.0, 0.12
    fires = -tau * math.log1p(-1 / (slope * tau))
    times = step * np.arange(1, 2001)
    current = np.where(times >= fires, np.exp(-(times - fires) / tau_s) / tau_s, 0.0)
    apart = []
    for zone in (0.4, 0.1, 0.025):
        unit = DifferentiableIF(
            1, tau_membrane_ms=tau, tau_synapse_ms=tau_s, zone=zone, time_step_ms=step
        )
        drive = np.full((2000, 1), slope)
        drive[round(1.1 * fires / step) :] = 0.0
        y = np.asarray(simulate(unit, drive).y[:, 0])
        apart.append(np.abs(y - current).sum() / current.sum())
    assert apart[0] > 0.1
    for wide, narrow in itertools.pairwise(apart):
        assert 3 < wide / narrow < 5


# The membrane


@pytest.mark.parametrize("slope", [0.06, 0.2, 3.0])
def test_spikes_are_those_of_the_closed_form(slope):
    """Any number of spikes within a step: what was sent up to a step is what is due."""
    tau, reset, rest = 20.0, -0.5, 0.2
    unit = DifferentiableIF(
        1, tau_membrane_ms=tau, reset_potential=reset, resting_potential=rest, zone=0.1
    )
    states = simulate(unit, np.full((400, 1), slope))
    end = rest + tau * slope
    first = tau * math.log((end - rest) / (end - 1)) if end > 1 else math.inf
    period = tau * math.log((end - reset) / (end - 1))
    times = np.arange(1.0, 401.0)
    count = np.maximum(np.floor((times - first) / period) + 1, 0)
    since = np.where(count > 0, times - first - (count - 1) * period, times)
    start = np.where(count > 0, reset, rest)
    expected = end + (start - end) * np.exp(-since / tau)
    assert count[-1] > 10
    np.testing.assert_allclose(states.v[:, 0], expected, atol=1e-9)


@pytest.mark.parametrize("tau", [math.inf, 20.0])
def test_a_step_of_any_length_is_exact_for_a_constant_input(tau):
    """Forty steps of 5 ms end where 4000 of 0.05 ms do, and the same charge has been sent."""
    slopes = jnp.array([-0.02, 0.0413, 0.3127, 1.7171])
    ends = []
    for step in (5.0, 0.05):
        unit = DifferentiableIF(4, tau_membrane_ms=tau, time_step_ms=step, tau_synapse_ms=1e-3)
        states = simulate(unit, jnp.broadcast_to(slopes, (round(200 / step), 4)))
        ends.append((states.v[-1], states.y.sum(0) * step))
    for one, two in zip(*ends, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)
    assert float(ends[0][1].max()) > 300


# Derivatives


def loss_of(model, data):
    return rv.bptt(rv.losses.squared_error)(model, data, None)[0]


@both
@pytest.mark.parametrize("tau", [math.inf, 10.0])
def test_backpropagation_gives_the_gradient_of_the_loss(release, tau):
    """Of a recurrent network that fires, by every weight, against central differences."""
    unit = DifferentiableIF(8, tau_membrane_ms=tau, zone=0.7, release=release)
    model = rv.chain(3, rv.recurrent(unit), rv.LeakyIntegrator(2), key=jr.key(0))
    model = jax.tree.map(lambda a: 3 * a if eqx.is_inexact_array(a) else a, model)
    keys = jr.split(jr.key(1))
    x, target = 0.3 * jr.uniform(keys[0], (60, 2, 3)), jr.normal(keys[1], (60, 2, 2))
    data = Batch(x, target, jnp.ones((60, 2)))
    _, states = model.layers[0].history(model.layers[0].init((2,)), x)
    assert float(states.y.sum()) > 10
    parameters, constant = eqx.partition(model, eqx.is_inexact_array)
    at, rebuild = ravel_pytree(parameters)

    @jax.jit
    def value(flat):
        return loss_of(eqx.combine(rebuild(flat), constant), data)

    found = jax.jit(jax.grad(value))(at)
    forward = jax.jit(jax.jacfwd(value))(at)
    np.testing.assert_allclose(found, forward, rtol=1e-9, atol=1e-12)
    step = 1e-6 * jnp.eye(len(at))
    expected = jax.lax.map(lambda d: (value(at + d) - value(at - d)) / 2e-6, step)
    scale = float(jnp.abs(expected).max())
    # A gate with steps in it has steps in the gradient: a difference may straddle one.
    wrong = np.abs(found - expected) > 1e-6 * scale
    assert wrong.sum() <= (0 if release is cosine_release else 2)


def test_nothing_jumps_when_a_spike_appears():
    """The loss over a weight that adds spikes one by one: no step between two neighbours."""
    unit = DifferentiableIF(1, tau_membrane_ms=10.0, zone=0.3, release=cosine_release)

    @jax.jit
    def response(weight):
        def body(state, now):
            state = unit.step(state, weight * now)
            return state, state.y

        drive = jnp.ones((40, 1))
        return jnp.square(jax.lax.scan(body, unit.init(), drive)[1]).sum()

    weights = jnp.linspace(0.05, 0.6, 20_001)
    values, slopes = jax.vmap(response)(weights), jax.vmap(jax.grad(response))(weights)
    assert float(values[0]) == 0 and float(values[-1]) > 0.5
    # The integral of the slope is the whole rise: nothing was left to jumps.
    total = float(jnp.trapezoid(slopes, weights))
    assert total == pytest.approx(float(values[-1]), rel=1e-4)


def test_constants_learn():
    """Time constants, zone and potentials, against central differences."""
    names = ("tau_membrane_ms", "tau_synapse_ms", "zone", "threshold", "reset_potential")
    start = jnp.array([12.0, 4.0, 0.4, 1.0, -0.1])
    drive = 0.25 * jr.uniform(jr.key(0), (80, 3))

    @jax.jit
    def total(values):
        unit = DifferentiableIF(3, release=cosine_release, **dict(zip(names, values, strict=True)))
        return jnp.square(simulate(unit, drive).y).sum()

    found = jax.grad(total)(start)
    for index, name in enumerate(names):
        h = 1e-5 * jnp.eye(len(names))[index]
        expected = (total(start + h) - total(start - h)) / 2e-5
        assert float(found[index]) == pytest.approx(float(expected), rel=1e-5), name


# Errors


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="DifferentiableIF: tau_membrane_ms is 0, expected more"):
        DifferentiableIF(1, tau_membrane_ms=0)
    with pytest.raises(ValueError, match="DifferentiableIF: zone is -1, expected more than 0"):
        DifferentiableIF(1, zone=-1)
    words = "reset_potential is 0.6, expected at most threshold - zone = 0.5"
    with pytest.raises(ValueError, match=words):
        DifferentiableIF(1, reset_potential=0.6)
