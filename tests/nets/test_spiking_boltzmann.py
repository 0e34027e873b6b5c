"""Spiking neurons as samplers: their rate, and the distribution of what they do together."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import RestrictedBoltzmann, SpikingBoltzmann, sampling_unit
from ranvier.synapses import Rectangular


def boxed(units):
    return sampling_unit(units, synapse=Rectangular(4.0), tau_membrane_ms=0.01)


def rates(unit, inputs, steps):
    def step(state, key):
        state = unit.step(state, jnp.zeros(unit.shape), inputs, key=key)
        return state, state.y

    _, spikes = jax.lax.scan(step, unit.init(), jr.split(jr.key(0), steps))
    return spikes[steps // 10 :].mean(0)


def intervals(current, tau_membrane_ms, steps):
    """Mean and variance of the intervals in closed form, the membrane recovering from reset."""
    after = np.arange(1, 4000)
    membrane = current * (-np.expm1(-after / tau_membrane_ms))
    chance = 1 / (1 + np.exp(-(membrane - math.log(steps))))
    chance[after < steps] = 0.0
    alive = np.concatenate([[1.0], np.cumprod(1 - chance)[:-1]])
    first = alive * chance
    mean = (first * after).sum()
    return mean, (first * after**2).sum() - mean**2


@pytest.mark.parametrize("steps", [4, 8])
def test_rate_is_the_sigmoid_of_the_input(steps):
    dt, per = 4.0 / steps, 250
    levels = np.linspace(-4, 3, 15)
    unit = sampling_unit(len(levels) * per, time_step_ms=dt)
    inputs = jnp.repeat(jnp.asarray(levels, jnp.float32), per)
    length = 2000
    found = np.asarray(jax.jit(lambda x: rates(unit, x, length))(inputs)).reshape(-1, per).mean(1)
    seen = per * (length - length // 10)
    for level, rate in zip(levels, found, strict=True):
        mean, variance = intervals(level, 1.0 / dt, steps)
        error = math.sqrt(variance / mean**3 / seen)
        # 30 comparisons at 5 standard errors: a right unit fails once in 58,000 seeds.
        assert abs(rate - 1 / mean) < 5 * error
        assert abs(rate - 1 / (1 + math.exp(-level)) / steps) < 5 * error + 0.004 / steps


def test_with_rectangular_currents_activity_follows_the_boltzmann_distribution_exactly():
    keys = jr.split(jr.key(1), 3)
    weight = 1.5 * jr.normal(keys[0], (3, 2))
    bias = 0.7 * jr.normal(keys[1], (3,))
    machine = RestrictedBoltzmann(weight, jnp.zeros(3), jnp.zeros(2))
    cell = SpikingBoltzmann(machine, visible=boxed(3), hidden=boxed(2), gain=1.0)
    chains, settled = 10_000, 80

    @jax.jit
    def active(keys):
        xs = jnp.broadcast_to(bias, (settled, chains, 3))
        _, spikes = cell.history(cell.init((chains,)), xs, keys=keys)
        both = jnp.concatenate([spikes.visible, spikes.hidden], -1)
        return both[-4:].sum(0)

    z = np.asarray(active(jr.split(keys[2], settled)))
    assert set(np.unique(z)) == {0.0, 1.0}
    states = (np.arange(32)[:, None] >> np.arange(5)) & 1
    energies = eqx.tree_at(lambda m: m.visible_bias, machine, bias).energy(
        states[:, :3].astype(np.float32), states[:, 3:].astype(np.float32)
    )
    expected = chains * np.asarray(jax.nn.softmax(-energies))
    found = np.bincount((z @ (2 ** np.arange(5))).astype(int), minlength=32)
    # 31 degrees of freedom, independent chains: a right sampler is refused once in 100,000 seeds.
    assert ((found - expected) ** 2 / expected).sum() < 75.0


def test_with_exponential_currents_it_comes_close():
    keys = jr.split(jr.key(2), 2)
    weight = 1.2 * jr.normal(keys[0], (6, 4))
    # Biases that keep all units busy, so that it is the weights that say what goes with what.
    machine = RestrictedBoltzmann(weight, -weight.sum(1) / 2, -weight.sum(0) / 2)
    cell, chains, settled = SpikingBoltzmann(machine), 10_000, 120

    @jax.jit
    def active(keys):
        xs = jnp.zeros((chains, 6))
        _, spikes = cell.history(cell.init((chains,)), xs, keys=keys)
        return spikes.visible[-4:].sum(0)

    z = np.asarray(active(jr.split(keys[1], settled)))
    states, expected = (np.asarray(part) for part in machine.exact_probabilities())
    found = np.bincount((z @ (2 ** np.arange(6))).astype(int), minlength=64) / chains
    rate = expected @ states
    alone = np.where(states, rate, 1 - rate).prod(1)

    def divergence(one, other):
        at = one > 0
        return (one[at] * np.log(one[at] / other[at])).sum()

    # Sampling alone gives 63 / 2 / 10,000 = 0.003 nats on average.
    assert divergence(found, expected) < 0.03
    assert divergence(found, expected) < 0.15 * divergence(expected, alone)


def test_clamped_units_hear_their_current_alone():
    machine = RestrictedBoltzmann(5.0 * jnp.ones((4, 3)), jnp.full(4, 3.0), jnp.zeros(3))
    cell = SpikingBoltzmann(machine).freed(2, 3)
    x = jnp.tile(jnp.array([-20.0, 20.0, 0.0, -20.0]), (200, 50, 1))
    keys = jr.split(jr.key(3), 200)
    _, spikes = jax.jit(lambda k: cell.history(cell.init((50,)), x, keys=k))(keys)
    share = 4 * np.asarray(spikes.visible[40:].mean((0, 1)))
    assert share[0] == share[3] == 0.0
    assert abs(share[1] - 1) < 0.02 and share[2] > 0.9


def test_units_that_are_clamped_begin_at_random_times():
    machine = RestrictedBoltzmann(jnp.zeros((400, 2)), jnp.zeros(400), jnp.zeros(2))
    deaf, x = SpikingBoltzmann(machine).freed(0, 0), jnp.full((10, 400), 30.0)
    one, two, three = jr.split(jr.key(4), 3)
    state, _ = deaf.history(deaf.init((10,)), deaf.onset(x, key=one), keys=jr.split(two, 4))
    _, spikes = deaf.history(state, x, keys=jr.split(three, 40))
    by_step = np.asarray(spikes.visible.mean((1, 2)))
    # 4000 units at four phases: standard errors of 0.007; 40 steps at 6 of them.
    assert np.abs(by_step - 0.25).max() < 0.042
    assert spikes.visible.sum(0).min() == spikes.visible.sum(0).max() == 10


def test_it_is_a_cell():
    machine = RestrictedBoltzmann(jnp.zeros((3, 2)), jnp.zeros(3), jnp.zeros(2))
    _, ys = rv.run(SpikingBoltzmann(machine), jnp.zeros((20, 5, 3)), key=jr.key(0))
    assert ys.shape == (20, 5, 3) and set(np.unique(ys)) <= {0.0, 1.0}
    held, spikes = SpikingBoltzmann(machine).history(
        SpikingBoltzmann(machine).init((5,)), jnp.zeros((5, 3)), keys=jr.split(jr.key(0), 20)
    )
    assert spikes.visible.shape == (20, 5, 3) and held.spikes.hidden.shape == (5, 2)


def test_what_cannot_be():
    machine = RestrictedBoltzmann(jnp.zeros((3, 2)), jnp.zeros(3), jnp.zeros(2))
    with pytest.raises(ValueError, match="2 hidden units"):
        SpikingBoltzmann(machine, hidden=sampling_unit(5))
    with pytest.raises(ValueError, match="free is"):
        SpikingBoltzmann(machine, free=(2, 4))
    with pytest.raises(ValueError, match="bias_rate_hz"):
        SpikingBoltzmann(machine, bias_rate_hz=0.0)
    with pytest.raises(ValueError, match="whole number"):
        sampling_unit(3, refractory_ms=3.5)
