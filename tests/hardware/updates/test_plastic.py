"""Devices as the memory of a plastic layer.

Statistical bounds are five standard errors at fixed seeds.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.hardware import devices, updates
from ranvier.hardware.updates import AbruptReset, OnCells, OneSidedPair, Rounded, SingleDevice
from ranvier.learn.plasticity import Bounded, CoincidenceSTDP, Memory, OverlappingPulses, Plastic
from ranvier.nets import Layer
from ranvier.synapses import Dense

KEY = jr.key(0)
SPIKES = (np.random.default_rng(0).random((60, 8)) < 0.4).astype(np.float32)


def layer(low=0.2, high=0.8, grain=0.125):
    weight = grain * jnp.round(jr.uniform(KEY, (3, 8), minval=low, maxval=high) / grain)
    return Layer(rv.SNU(3, threshold=1.5), {"dendrite": Dense(weight)})


def one_way(step=0.125, **parts):
    return devices.PulsedDevice(devices.ConstantStep(), step=step, low=0.0, high=1.0, **parts)


def test_ideal_devices_are_numbers_with_bounds():
    """A device with constant steps between 0 and 1 learns bit by bit what `Bounded` does."""
    rule = CoincidenceSTDP(0.25, 0.125)
    cell = SingleDevice(one_way())
    run = eqx.filter_jit(lambda cell: rv.run(cell, SPIKES, key=KEY))
    plain, ys = run(Plastic(layer(), rule, memory=Bounded(0.0, 1.0)))
    held, zs = run(Plastic(layer(), rule, memory=OnCells(cell, limit=1.0), key=KEY))
    np.testing.assert_array_equal(zs, ys)
    np.testing.assert_array_equal(held.held.cells.weight, plain.held)
    assert float(ys.mean()) > 0.1 and float(held.held.raised.sum()) > 10


def test_a_reset_forgets_at_once_and_never_raises():
    cell = AbruptReset(one_way(resetting=devices.Reset(0.25)))
    held, update = cell.start(jnp.array([0.0, 0.125, 0.5, 1.0]), key=KEY), jax.jit(cell.update)
    after = update(held, jnp.array([-1.0, -1.0, -1.0, -3.0]), key=KEY)
    assert cell.weight(after).tolist() == [0.0, 0.125, 0.25, 0.25]
    raised = update(after, jnp.array([2.0, 0.0, 1.0, 0.0]), key=KEY)
    assert cell.weight(raised).tolist() == [0.25, 0.125, 0.375, 0.25]


def test_phase_change_devices_differ_and_their_pulses_too():
    """SET pulses raise a device less and less; a RESET leaves it near 0.01, with its spread."""
    cell = AbruptReset(devices.pcm_one_sided())
    held = cell.start(jnp.zeros(4000), key=KEY)

    def pulse(held, key):
        held = cell.update(held, jnp.ones(4000), key=key)
        return held, cell.weight(held)

    held, course = jax.jit(lambda held: jax.lax.scan(pulse, held, jr.split(KEY, 20)))(held)
    means, spread = course.mean(1), course.std(1)
    assert (np.diff(means) > 0).all() and np.diff(means)[-1] < 0.25 * np.diff(means)[0]
    assert float(spread[0]) > 0.1
    melted = cell.weight(jax.jit(cell.update)(held, -jnp.ones(4000), key=KEY))
    # Levels below the bound of 0 stop there: mean of a clipped normal, 0.01 + 0.0141... of spread.
    deviation = np.hypot(0.02, 0.01)
    ratio = 0.01 / deviation
    density = np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    from scipy import stats

    wanted = 0.01 * stats.norm.cdf(ratio) + deviation * density
    assert float(melted.mean()) == pytest.approx(wanted, abs=5 * deviation / np.sqrt(4000))


def test_bounds_are_kept_by_reading_first():
    cell = OneSidedPair(one_way(), refresh_at=1.0)
    memory = OnCells(cell, limit=1.0, bounds=(0.0, 0.5))
    start, change = jax.jit(memory.start), jax.jit(memory.change)
    held = start(jnp.array([[0.0, 0.5, 0.25]]), key=KEY)
    down = change(held, jnp.full((1, 3), -0.125), key=KEY)
    up = change(held, jnp.full((1, 3), 0.125), key=KEY)
    assert memory.weight(down).tolist() == [[0.0, 0.375, 0.125]]
    assert memory.weight(up).tolist() == [[0.125, 0.5, 0.375]]
    assert down.lowered.tolist() == [[0.0, 1.0, 1.0]] and up.raised.tolist() == [[1.0, 0.0, 1.0]]
    assert not down.raised.any() and not up.lowered.any()


def test_pulses_of_refreshes_are_counted():
    """A refresh writes the difference anew: as many pulses as it has steps."""
    memory = OnCells(OneSidedPair(one_way(), refresh_at=0.9), limit=1.0, bounds=(-1.0, 1.0))
    held = jax.jit(memory.start)(jnp.array([[0.5, -0.25]]), key=KEY)
    change = jax.jit(memory.change)
    for sign in (1, -1) * 4:
        held = change(held, jnp.array([[0.125, 0.125]]) * sign, key=KEY)
    # The first pair is full after four pulses up: 1.0 and 0.375; five steps are written.
    assert held.cells.refreshes.tolist() == [[1.0, 0.0]]
    assert held.cells.rewritten.tolist() == [[5.0, 0.0]]
    assert memory.weight(held).tolist() == [[0.5, -0.25]]
    assert held.raised.tolist() == [[4.0, 4.0]] and held.lowered.tolist() == [[4.0, 4.0]]


def test_rounded_pulses_lose_what_is_less_than_half():
    count, _ = Rounded()(Rounded().start(jnp.zeros(3)), jnp.array([0.4, 0.6, -1.0001]), key=KEY)
    assert count.tolist() == [0.0, 1.0, -1.0]


def test_depression_by_chance_comes_as_often_as_its_share():
    """An input that never takes part gets a pulse down with the ratio of the steps as chance."""
    rule = CoincidenceSTDP(0.125, 0.3 * 0.125)
    memory = OnCells(SingleDevice(one_way()), updates.StochasticTrain(1), limit=1.0)
    weight = jnp.full((1, 5000), 0.5)

    @jax.jit
    def changed(weight):
        held = memory.start(weight, key=KEY)
        _, change = rule(rule.init(weight), weight, jnp.zeros(5000), jnp.ones(1))
        return memory.change(held, change, key=KEY)

    held = changed(weight)
    assert float(held.lowered.mean()) == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / 5000))


def test_overlapping_pulses_program_devices():
    """Whatever fires before the neuron is raised by one pulse, whatever fires after it is reset."""
    rule = OverlappingPulses.rectangular(2, 2, potentiation=0.125, depression=0.125)
    memory: Memory = OnCells(AbruptReset(one_way()), limit=1.0)
    weight = jnp.full((1, 3), 0.5)
    pre = np.zeros((6, 3), np.float32)
    pre[2, 0], pre[4, 1] = 1, 1
    post = np.zeros((6, 1), np.float32)
    post[3] = 1

    def step(carry, at):
        state, held = carry
        state, change = rule(state, weight, *at)
        return (state, memory.change(held, change, key=KEY)), None

    start = (rule.init(weight), memory.start(weight, key=KEY))
    (_, held), _ = jax.jit(lambda start: jax.lax.scan(step, start, (pre, post)))(start)
    assert memory.weight(held).tolist() == [[0.625, 0.0, 0.5]]


def test_arrays_are_drawn_by_their_keys_and_runs_by_theirs():
    memory = OnCells(AbruptReset(devices.pcm_one_sided(), expected_step=0.1), limit=0.5)

    @eqx.filter_jit
    def learned(build, running):
        cell = Plastic(layer(), CoincidenceSTDP(0.05, 0.05), memory=memory, key=build)
        return memory.weight(rv.run(cell, SPIKES, key=running)[0].held)

    one = learned(jr.key(1), jr.key(2))
    np.testing.assert_array_equal(one, learned(jr.key(1), jr.key(2)))
    assert not jnp.array_equal(one, learned(jr.key(3), jr.key(2)))
    assert not jnp.array_equal(one, learned(jr.key(1), jr.key(4)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: OnCells(SingleDevice(one_way()), limit=0.0), "limit is 0.0, expected more than 0"),
        (
            lambda: OnCells(SingleDevice(one_way()), limit=1.0, bounds=(1.0, 0.0)),
            "bounds: low is 1.0, expected less than high",
        ),
        (
            lambda: OnCells(SingleDevice(one_way()), limit=1.0).start(jnp.zeros((1, 1)), key=None),
            "OnCells: no key",
        ),
        (lambda: AbruptReset(one_way(), expected_step=0.0), "expected_step is 0.0, expected more"),
    ],
)
def test_what_makes_no_sense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
