"""Pairs of filaments that are only weakened, against counting and a task of signs."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.convert import Binary, by_fan_in
from ranvier.core import Batch
from ranvier.hardware import devices, updates
from ranvier.learn import losses, straight_through

FILAMENT = devices.PulsedDevice(devices.SoftBounds(), step=0.1)


def test_pulses_only_ever_weaken_and_both_shrink_by_powers(float64):
    cell = updates.WeakResetPair(FILAMENT)
    held = cell.start(jnp.array([0.0, 0.5, -0.25]), key=jr.key(0))
    np.testing.assert_allclose(cell.weight(held), [0.0, 0.5, -0.25])
    for count in (2.0, -3.0):
        held = cell.update(held, jnp.full(3, count), key=jr.key(1))
    left = 1 - 0.1
    plus, minus = np.array([2.0, 2.0, 1.5]) * left**3, np.array([2.0, 1.0, 2.0]) * left**2
    start = cell.start(jnp.array([0.0, 0.5, -0.25]), key=jr.key(0))
    assert (held.plus.weight <= start.plus.weight).all()
    assert (held.minus.weight <= start.minus.weight).all()
    # Without noise of pulses (the device has none) a filament keeps nine tenths per pulse.
    np.testing.assert_allclose(held.plus.weight + 1, plus)
    np.testing.assert_allclose(held.minus.weight + 1, minus)


def test_worn_pairs_still_turn_their_sign(float64):
    cell = updates.WeakResetPair(FILAMENT)
    held = cell.start(jnp.zeros(1), key=jr.key(0))
    # One pulse ahead, then two the other way: the sign turns every time.
    for turn in range(40):
        count = (1.0 if turn == 0 else 2.0) * (-1.0) ** turn
        held = cell.update(held, jnp.full(1, count), key=jr.key(turn))
        assert np.sign(float(cell.weight(held)[0])) == np.sign(count)
    assert float(held.plus.weight[0]) < -0.95


def test_signs_are_learned_without_any_digital_weight():
    # Each of ten teachers of random signs; of 64 signs chance gets half.
    inputs, outputs = 16, 4
    device = devices.PulsedDevice(
        devices.SoftBounds(),
        step=0.04,
        spreads=devices.Spreads(devices.NormalSpread(0.3)),
        noise=devices.CycleNoise(0.5),
    )
    rule = straight_through(rv.bptt(losses.squared_error), Binary(by_fan_in))

    @jax.jit
    def wrong(key):
        teacher_key, model_key, device_key, key = jr.split(key, 4)
        teacher = jnp.where(jr.bernoulli(teacher_key, 0.5, (outputs, inputs)), 0.25, -0.25)
        student = rv.chain(inputs, rv.Readout(outputs), key=model_key)
        held = updates.weak_reset_pairs(device, limit=2.0, key=device_key, clipped_at_most=1.0)
        descent = optax.chain(optax.sgd(0.01), optax.masked(held, updates.matrices))
        weights, rest = eqx.partition(student, eqx.is_inexact_array)

        def step(carry, key):
            weights, state = carry
            x = jr.normal(key, (1, 1, inputs))
            batch = Batch(x, x @ teacher.T, jnp.ones((1, 1)))
            _, gradients = rule(eqx.combine(weights, rest), batch, None)
            change, state = descent.update(gradients, state, weights)
            return (optax.apply_updates(weights, change), state), None

        start = (weights, descent.init(weights))
        (weights, _), _ = jax.lax.scan(step, start, jr.split(key, 2000))
        return (jnp.sign(weights.layers[0].synapses["dendrite"].weight) != jnp.sign(teacher)).mean()

    assert np.mean([float(wrong(jr.key(seed))) for seed in range(10)]) < 0.05


def test_the_expected_step_is_a_part_of_the_range():
    assert updates.WeakResetPair(FILAMENT).step == pytest.approx(0.05)
    with pytest.raises(ValueError, match="WeakResetPair: expected_step is 0"):
        updates.WeakResetPair(FILAMENT, expected_step=0)
