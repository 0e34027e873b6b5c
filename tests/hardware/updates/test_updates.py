"""Updates by pulses: what they are on average, what they forget, and what they refuse."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.hardware import devices, updates
from ranvier.learn import Learner, fit, losses


def descend(optimiser, weights, gradients):
    """The weights after one update by each gradient, and the state of the optimiser."""

    def step(carry, gradient):
        weights, state = carry
        change, state = optimiser.update(gradient, state, weights)
        return (optax.apply_updates(weights, change), state), None

    run = eqx.filter_jit(lambda carry: jax.lax.scan(step, carry, gradients)[0])
    return run((weights, optimiser.init(weights)))


# Mixed precision


def test_weights_and_what_has_added_up_are_those_of_plain_descent(float64):
    step, limit = 2.0**-9, 4.0
    held = updates.mixed_precision(devices.linear_ideal(step), limit=limit, key=jr.key(0))
    start = limit * step * jnp.round(jr.normal(jr.key(1), (6, 7)) / step / limit)
    gradients = jr.normal(jr.key(2), (50, 6, 7))
    plain, _ = descend(optax.sgd(0.01), start, gradients)
    found, state = descend(optax.chain(optax.sgd(0.01), held), start, gradients)
    (array,) = state[1].arrays
    np.testing.assert_allclose(found + limit * step * array.drive, plain, atol=1e-13)
    assert 0.5 * limit * step < np.abs(found - plain).max() < limit * step


def regression(weights, x):
    """Squared error against a teacher that is linear."""
    return ((x @ (weights - jnp.linspace(-0.6, 0.6, 8).reshape(4, 2))) ** 2).mean()


def test_mixed_precision_becomes_plain_descent_as_the_step_shrinks(float64):
    xs = jr.normal(jr.key(3), (40, 16, 4))

    def learned(optimiser):
        def step(carry, x):
            weights, state = carry
            change, state = optimiser.update(jax.grad(regression)(weights, x), state, weights)
            return (optax.apply_updates(weights, change), state), None

        start = jnp.zeros((4, 2))
        run = eqx.filter_jit(lambda carry: jax.lax.scan(step, carry, xs)[0][0])
        return run((start, optimiser.init(start)))

    plain = learned(optax.sgd(0.05))
    for step in (1e-2, 1e-3, 1e-4):
        device = devices.linear_ideal(step)
        held = updates.mixed_precision(device, limit=1.0, key=jr.key(0))
        # Descent on a convex loss contracts: what is missing stays below a step.
        assert np.abs(learned(optax.chain(optax.sgd(0.05), held)) - plain).max() < step


def test_more_pulses_than_allowed_wait_for_the_next_update():
    drive = updates.Accumulated(most=3)
    count, left = drive(drive.start(jnp.zeros(2)), jnp.array([5.5, -1.5]), key=jr.key(0))
    assert count.tolist() == [3.0, -1.0] and left.tolist() == [2.5, -0.5]


# Trains of pulses


def test_the_mean_of_pulsed_updates_is_the_update():
    """Five standard errors, for each of six updates: a false alarm in 290,000 runs."""
    wanted = jnp.array([-0.018, -0.004, 0.0, 0.0007, 0.01, 0.0199])
    device = devices.PulsedDevice(devices.ConstantStep(), step=0.002, noise=devices.CycleNoise(0.5))
    held = updates.pulse_trains(device, limit=1.0, key=jr.key(4))
    start = jnp.zeros((40_000, 6))
    found, _ = descend(held, start, jnp.broadcast_to(wanted, (1, *start.shape)))
    found = np.asarray(found, np.float64)
    error = found.std(0) / np.sqrt(len(found))
    assert (np.abs(found.mean(0) - np.asarray(wanted)) <= 5 * error).all()
    assert (found.std(0)[[0, 1, 3, 4, 5]] > 1e-3).all()


def test_gradients_that_cancel_pull_a_weight_to_the_symmetry_point_but_not_that_of_tiki_taka():
    """Five standard errors: a false alarm in 1.7 million runs."""
    device = devices.PulsedDevice(devices.SoftBounds(), step=0.02)
    start = jnp.full((20_000, 1), 0.5)
    noise = 0.02 * jr.rademacher(jr.key(5), (100, *start.shape), jnp.float32)
    plain, _ = descend(
        updates.pulse_trains(device, limit=1.0, length=1, key=jr.key(6)), start, noise
    )
    # One pulse in every update, up or down: each leaves 1 - 0.02 of the weight.
    left = 0.5 * 0.98**100
    assert abs(float(plain.mean()) - left) < 5 * float(plain.std()) / np.sqrt(20_000)
    taka = updates.tiki_taka(device, limit=1.0, rate=0.05, length=1, key=jr.key(6))
    found, state = descend(taka, start, noise)
    # C gets a pulse only in so many updates as A is away from its symmetry point.
    assert float(found.mean()) > 0.35 > 5 * left
    assert abs(float(state.arrays[0].cells.fast.weight.mean())) < 0.01


# Tiki-Taka


def test_columns_go_over_one_after_the_other():
    device = devices.linear_ideal(2.0**-10)
    cell = updates.TransferCell(device, every=2, rate=0.5, drive=updates.Accumulated())
    optimiser = updates.on_devices(cell, updates.Accumulated(), limit=1.0, key=jr.key(0))
    start = jnp.zeros((2, 3))
    each = jnp.full((16, 2, 3), 2.0**-8)
    found, state = descend(optimiser, start, each)
    read = {column: 0.0 for column in range(3)}
    for transfer in range(8):
        read[transfer % 3] += 0.5 * 2 * (transfer + 1) * 2.0**-8
    np.testing.assert_array_equal(found, np.tile(list(read.values()), (2, 1)))
    np.testing.assert_array_equal(state.arrays[0].cells.fast.weight, np.full((2, 3), 16 * 2.0**-8))


def test_a_part_of_the_fast_array_is_in_the_weight():
    device = devices.linear_ideal(0.125)
    optimiser = updates.tiki_taka(device, every=100, mix=0.5, limit=1.0, key=jr.key(0))
    found, _ = descend(optimiser, jnp.zeros((1, 2)), jnp.full((1, 1, 2), 1.25))
    # All ten slots of the train meet; the device stops at its bound, 1.
    assert found.tolist() == [[0.5, 0.5]]


# Differential pairs


def balanced(cell, weight, pairs):
    """A pair after pulses up and down in turn."""

    def step(held, count):
        held = cell.update(held, count, key=jr.key(0))
        return held, (cell.weight(held), held.refreshes)

    counts = jnp.tile(jnp.array([[1.0], [-1.0]]), (pairs, 1))
    run = eqx.filter_jit(lambda held: jax.lax.scan(step, held, counts))
    return run(cell.start(jnp.array([weight]), key=jr.key(1)))[1]


@pytest.mark.parametrize(("steps", "period"), [(0, 58), (16, 42)])
def test_a_full_pair_is_refreshed_and_keeps_its_weight(steps, period):
    device = devices.PulsedDevice(devices.ConstantStep(), step=1 / 64, low=0.0)
    weights, refreshes = balanced(updates.OneSidedPair(device), steps / 64, 200)
    # 90 % of 64 steps are passed by the 58th; a refresh leaves the weight alone in one device.
    assert refreshes[-1] == 200 // period and refreshes[2 * period - 3] == 0
    assert set(np.asarray(weights[1::2]).ravel()) == {steps / 64}


def test_phase_change_pairs_stay_near_their_weight():
    device = devices.pcm_one_sided()
    cell = updates.OneSidedPair(device, expected_step=0.05)
    held = cell.start(jr.uniform(jr.key(0), (2000,), minval=-1.0), key=jr.key(1))
    full = held._replace(
        plus=held.plus._replace(shown=held.plus.shown + 2, weight=held.plus.weight + 2),
        minus=held.minus._replace(shown=held.minus.shown + 2, weight=held.minus.weight + 2),
    )
    before = np.asarray(cell.weight(full))
    after = eqx.filter_jit(cell.update)(full, jnp.zeros(2000), key=jr.key(2))
    error = np.asarray(cell.weight(after)) - before
    assert float(after.refreshes.min()) == 1 and float(after.plus.weight.max()) < 1.9
    # The first pulse after a reset moves a device by 0.28, half of that in noise: a refresh is
    # that coarse, on average a fifth of what it would be without writing.
    assert np.abs(error).mean() < 0.12 < 0.45 < np.abs(before).mean()


# Any rule, any loop


def network():
    return rv.chain(3, rv.SNU.soft(4), rv.Readout(2), key=jr.key(0))


BATCH = Batch(jr.normal(jr.key(7), (5, 2, 3)), jr.normal(jr.key(8), (5, 2, 2)), jnp.ones((5, 2)))


def on_ecram(rate=0.5):
    held = updates.mixed_precision(devices.ecram(), limit=1.5, key=jr.key(9))
    return optax.chain(optax.sgd(rate), optax.masked(held, updates.matrices))


def test_what_no_array_holds_goes_on_with_the_ordinary_optimiser():
    model = network()
    parameters = eqx.filter(model, eqx.is_inexact_array)
    gradients = eqx.filter_jit(rv.bptt(losses.squared_error))(model, BATCH, None)[1]
    optimiser = on_ecram()
    change, _ = eqx.filter_jit(optimiser.update)(gradients, optimiser.init(parameters), parameters)
    plain = jax.tree.map(lambda one: -0.5 * one, gradients)
    for found, wanted in zip(jax.tree.leaves(change), jax.tree.leaves(plain), strict=True):
        assert np.allclose(found, wanted, rtol=1e-6, atol=0) == (found.ndim < 2)


@pytest.mark.parametrize("rule", [rv.bptt, rv.online])
def test_training_is_interrupted_and_resumed_without_a_trace(rule, tmp_path):
    def trained(epochs, **kept):
        loss, data = rule(losses.squared_error), lambda epoch: [BATCH] * 3
        return fit(network(), data, loss, on_ecram(), epochs=epochs, **kept)

    model, history = trained(4)
    trained(2, checkpoint=tmp_path / "half.safetensors")
    resumed, again = trained(4, checkpoint=tmp_path / "half.safetensors")
    assert history.train == again.train and history.train[-1] < 0.97 * history.train[0]
    for one, two in zip(jax.tree.leaves(model), jax.tree.leaves(resumed), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_learner_without_end_learns_on_devices():
    learner = Learner(network(), losses.squared_error, on_ecram(0.02))
    xs, targets = jnp.ones((300, 3)), jnp.full((300, 2), 0.4)
    found = learner.run(xs, targets)
    assert np.abs(found[-1] - 0.4).max() < 0.05 < np.abs(found[0] - 0.4).max()


# What is refused


def test_a_gradient_that_is_no_number_does_not_vanish():
    held = updates.mixed_precision(devices.linear_ideal(), limit=1.0, key=jr.key(0))
    start = jnp.zeros(3)
    found, _ = descend(held, start, jnp.array([[jnp.nan, jnp.inf, 0.01]]))
    assert np.isnan(found).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("limit", "weights", "message"),
    [
        (0.0, jnp.ones(3), "limit is 0.0, expected more than 0"),
        (lambda one: one.max(), jnp.zeros(3), r"the limit of the weights \[\"w\"\] is 0"),
        (
            0.5,
            jnp.array([0.1, 0.2, -0.7]),
            r"33.3 % of the weights \[\"w\"\] lie outside the range of the devices, -0.5 to 0.5",
        ),
    ],
)
def test_refused_ranges(limit, weights, message):
    with pytest.raises(ValueError, match=message):
        held = updates.pulse_trains(devices.linear_ideal(), limit=limit, key=jr.key(0))
        held.init({"w": weights})


def test_weights_beyond_the_range_are_allowed_up_to_a_share():
    held = updates.pulse_trains(
        devices.linear_ideal(), limit=0.5, clipped_at_most=0.4, key=jr.key(0)
    )
    found, _ = descend(held, jnp.array([0.1, 0.2, -0.7]), jnp.zeros((1, 3)))
    np.testing.assert_allclose(found, [0.1, 0.2, -0.5], rtol=1e-6)


def test_it_needs_the_weights():
    held = updates.pulse_trains(devices.linear_ideal(), limit=1.0, key=jr.key(0))
    with pytest.raises(ValueError, match="give the parameters"):
        held.update(jnp.ones(2), held.init(jnp.ones(2)))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda d: updates.SingleDevice(d, expected_step=0.0), "expected_step is 0.0"),
        (lambda d: updates.OneSidedPair(d, refresh_at=1.5), "refresh_at is 1.5, expected 0 to 1"),
        (lambda d: updates.TransferCell(d, every=0), "every is 0, expected more than 0"),
        (lambda d: updates.TransferCell(d, mix=-1.0), "mix is -1.0, expected at least 0"),
        (lambda d: updates.StochasticTrain(0), "length is 0, expected more than 0"),
        (lambda d: updates.Accumulated(0), "most is 0, expected more than 0"),
    ],
)
def test_refused_parts(build, message):
    with pytest.raises(ValueError, match=message):
        build(devices.linear_ideal())
