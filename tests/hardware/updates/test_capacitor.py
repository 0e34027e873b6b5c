"""Capacitor and pair: what asymmetric capacitors add, and that inversion takes it away again."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.hardware import devices, updates

SLOPES = devices.PulsedDevice(
    devices.ConstantStep(), step=0.002, spreads=devices.Spreads(balance=0.2)
)
"""Slopes up and down differ by 20 % from device to device."""


def balanced(cell, weight, pairs):
    """The cells after pulses up and down in turn, and the traits of their capacitors."""

    def pair(_, held):
        for count in (1.0, -1.0):
            held = cell.update(held, jnp.full(weight.shape, count), key=jr.key(0))
        return held

    run = eqx.filter_jit(lambda held: jax.lax.fori_loop(0, pairs, pair, held))
    held = run(cell.start(weight, key=jr.key(1)))
    return np.asarray(cell.weight(held)), held.capacitor.traits


@pytest.mark.parametrize("polarity", [updates.fixed, updates.inverted])
def test_asymmetry_adds_up_unless_polarity_is_inverted(polarity, float64):
    cell = updates.CapacitorPair(SLOPES, devices.ideal(), every=200, polarity=polarity)
    start = jr.uniform(jr.key(2), (500,), float, minval=-1.5, maxval=1.5)
    found, traits = balanced(cell, start, 1000)
    # Ten transfers of a hundred pairs each; every pair of pulses leaves the difference of slopes.
    gained = 1000 * np.asarray(traits.step_up - traits.step_down)
    assert np.abs(gained).mean() > 0.5
    expected = gained if polarity is updates.fixed else np.zeros_like(gained)
    np.testing.assert_allclose(found - start, np.clip(start + expected, -3, 3) - start, atol=1e-9)


def test_a_common_asymmetry_shifts_the_mean_of_all_weights(float64):
    lopsided = devices.PulsedDevice(
        devices.ConstantStep(), step=0.002, asymmetry=0.1, spreads=devices.Spreads(balance=0.1)
    )
    start = jr.uniform(jr.key(2), (500,), float, minval=-1.5, maxval=1.5)
    shift = {}
    for polarity in (updates.fixed, updates.inverted):
        cell = updates.CapacitorPair(lopsided, devices.ideal(), every=200, polarity=polarity)
        found, traits = balanced(cell, start, 1000)
        shift[polarity] = float(np.mean(found - start))
    mean = 1000 * float((traits.step_up - traits.step_down).mean())
    assert abs(shift[updates.fixed] - mean) < 1e-9 and mean > 0.1
    assert abs(shift[updates.inverted]) < 1e-9


def test_closed_loop_writing_leaves_its_tolerance():
    """All of 20,000 writes end within the tolerance but for one run in 10^16."""
    once = devices.GaussianError(devices.Polynomial((0.5,)))
    memory = devices.Device(
        maximum_uS=25.0,
        programming=devices.WriteVerify(once, tolerance_uS=0.25, writes=100),
    )
    cell = updates.CapacitorPair(devices.linear_ideal(0.01), memory, every=1)
    start = jnp.full(5000, 1.5)
    held = cell.update(cell.start(start, key=jr.key(0)), jnp.ones(5000), key=jr.key(1))
    # The pair is written from what was read: two writes, each off by 1 % of a full pair or less,
    # but for the device that holds nothing, which cannot fall below zero.
    error = np.asarray(cell.weight(held)) - 1.51
    assert 0.01 < np.abs(error).max() <= 4 * 3 * 0.01 + 1e-5


def test_capacitors_leak_between_transfers(float64):
    leaky = devices.PulsedDevice(devices.ConstantStep(), step=0.125, lifetime=10.0)
    cell = updates.CapacitorPair(leaky, devices.ideal(), every=5, polarity=updates.fixed)
    held = cell.start(jnp.zeros(1), key=jr.key(0))
    run = eqx.filter_jit(cell.update)
    for turn in range(7):
        held = run(held, jnp.full(1, 1.0 if turn == 0 else 0.0), key=jr.key(1))
    # What the pair took after five updates stays.
    np.testing.assert_allclose(cell.weight(held), 0.125 * 0.9**5)


def test_refused_cells():
    with pytest.raises(ValueError, match="factor is 0, expected more than 0"):
        updates.CapacitorPair(devices.linear_ideal(), devices.ideal(), factor=0)
