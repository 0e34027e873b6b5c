"""Pulsed devices against counting, closed forms and the moments that they state."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.hardware import devices

COUNT = 200_000


@eqx.filter_jit
def pulsed(device, held, count, key=None):
    return device.pulse(held, count, key=key)


@eqx.filter_jit
def started(device, weight, key):
    return device.start(weight, key=key)


@eqx.filter_jit
def alternated(device, held, pairs):
    """The devices after pairs of a pulse up and one down, and before the last pulse down."""

    def pair(_, both):
        up = device.pulse(both[1], 1, key=None)
        return up, device.pulse(up, -1, key=None)

    return jax.lax.fori_loop(0, pairs, pair, (held, held))


def test_a_device_of_constant_steps_counts_its_pulses():
    device = devices.linear_ideal(1 / 128)
    counts = jnp.arange(-140, 141)
    held = started(device, jnp.zeros(281), jr.key(0))
    # A dyadic step is counted exactly; the bounds stop the count at 128.
    np.testing.assert_array_equal(
        pulsed(device, held, counts).weight, np.clip(np.arange(-140, 141) / 128, -1, 1)
    )


def test_soft_bounds_have_a_closed_form(float64):
    device = devices.PulsedDevice(devices.SoftBounds(), step=0.013, low=-0.7, high=1.3)
    counts = np.arange(-400, 401)
    held = started(device, jnp.full(801, 0.2), jr.key(0))
    n = np.abs(counts)
    up = 1.3 - (1.3 - 0.2) * (1 - 0.013 / 1.3) ** n
    down = -0.7 + (0.2 + 0.7) * (1 - 0.013 / 0.7) ** n
    found = pulsed(device, held, counts).weight
    np.testing.assert_allclose(found, np.where(counts > 0, up, down), rtol=1e-11)


def test_alternating_pulses_lead_every_device_to_its_symmetry_point(float64):
    device = devices.PulsedDevice(
        devices.SoftBounds(),
        step=0.02,
        asymmetry=0.2,
        spreads=devices.Spreads(devices.NormalSpread(0.1), balance=0.1, high=0.1, low=0.1),
    )
    ends = jnp.stack([jnp.full(500, -1.0), jnp.full(500, 1.0)])
    held = started(device, ends, jr.key(3))
    traits = held.traits
    u, d = np.asarray(traits.step_up), np.asarray(traits.step_down)
    rise, fall = u / np.asarray(traits.high), d / -np.asarray(traits.low)
    point = (u - d) / (rise + fall)
    np.testing.assert_allclose(device.symmetry_point(traits), point, atol=1e-12)
    assert point.std() > 0.05
    before, after = (np.asarray(both.weight) for both in alternated(device, held, 2000))
    # The middle of the cycle lies off the point by a known part of half a step.
    off = (before - after) / 2 * (rise - fall) / (rise + fall)
    np.testing.assert_allclose((before + after) / 2, point + off, atol=1e-10)


def test_where_steps_always_cancel_the_symmetry_point_is_zero():
    device = devices.linear_ideal()
    assert not np.asarray(device.symmetry_point(device.draw((3,), key=jr.key(0)))).any()


def test_a_pulse_curve_there_and_back(float64):
    curve = devices.PulseCurve(97, 100, up_nonlinearity=2.4, down_nonlinearity=4.88)
    for rising, most in ((True, 97), (False, 100)):
        p = np.linspace(0, most, 401)
        weights = curve.weight(p, rising, -1.0, 1.0)
        np.testing.assert_allclose(weights[jnp.array([0, -1])], [-1, 1], atol=1e-12)
        np.testing.assert_allclose(curve.pulses(weights, rising, -1.0, 1.0), p, atol=1e-9)


def test_ag_a_si_goes_from_end_to_end_in_97_pulses_and_back_in_100(float64):
    device = devices.silver_silicon()
    curve = device.law
    up = pulsed(device, started(device, jnp.full(98, -1.0), jr.key(0)), jnp.arange(98)).weight
    np.testing.assert_allclose(up, curve.weight(np.arange(98), True, -1.0, 1.0), atol=1e-12)
    down = pulsed(device, started(device, jnp.ones(101), jr.key(0)), -jnp.arange(101)).weight
    np.testing.assert_allclose(
        down, curve.weight(100 - np.arange(101), False, -1.0, 1.0), atol=1e-12
    )
    # The last pulse but one is not enough, in either direction.
    assert up[-2] < 1 - 1e-3 and down[-2] > -1 + 1e-4


def test_the_table_of_nonlinearities():
    assert devices.curve_constant(4.88) == 0.2
    assert 0.269 < devices.curve_constant(3.9) < 0.387
    with pytest.raises(ValueError, match=r"nonlinearity is 9\.0, expected 0\.5 to 8\.0"):
        devices.curve_constant(9.0)


def test_a_noisy_train_has_the_mean_and_the_variance_of_its_law():
    """Five standard errors, each of four numbers: a false alarm in 400,000 runs."""
    for law, noise in (
        (devices.ConstantStep(), devices.CycleNoise(0.5)),
        (devices.SoftBounds(), devices.CycleNoise(of_step=0.5)),
    ):
        device = devices.PulsedDevice(law, step=0.02, noise=noise)
        held = started(device, jnp.zeros(COUNT), jr.key(1))
        found = np.asarray(pulsed(device, held, 20, jr.key(2)).weight, np.float64)
        left, mean, variance = 1 - 0.02 * isinstance(law, devices.SoftBounds), 0.0, 0.0
        for _ in range(20):
            mean, variance = left * mean + 0.02, left**2 * variance + (0.5 * 0.02) ** 2
        assert abs(found.mean() - mean) < 5 * np.sqrt(variance / COUNT)
        assert abs(found.var() / variance - 1) < 5 * np.sqrt(2 / COUNT)


def test_what_is_shown_has_the_noise_of_the_last_write():
    """Five standard errors of a variance: a false alarm in 1.7 million runs."""
    device = devices.PulsedDevice(devices.ConstantStep(), step=0.01, write_noise=3.0)
    held = started(device, jnp.zeros(COUNT), jr.key(1))
    once = pulsed(device, held, jnp.arange(COUNT) % 2, jr.key(2))
    written = np.arange(COUNT) % 2 == 1
    np.testing.assert_array_equal(once.shown[~written], held.shown[~written])
    noise = np.asarray(once.shown - once.weight)[written]
    assert abs(noise.var() / 0.03**2 - 1) < 5 * np.sqrt(2 / written.sum())
    np.testing.assert_allclose(once.weight[written], 0.01)


def test_devices_differ_as_stated():
    """Ten moments within five standard errors: a false alarm in 170,000 runs."""
    device = devices.PulsedDevice(
        devices.LinearStep(0.5, 0.4, 0.05, 0.1),
        step=0.01,
        asymmetry=0.3,
        spreads=devices.Spreads(devices.NormalSpread(0.1), balance=0.05, high=0.15, low=0.2),
    )
    traits = device.draw((COUNT,), key=jr.key(5))
    up, down = np.asarray(traits.step_up) / 0.01, np.asarray(traits.step_down) / 0.01
    for found, mean, spread in (
        ((up + down + 0.3) / 2, 1, 0.1),
        ((up - down) / 2, 0.15, 0.05),
        (traits.high, 1, 0.15),
        (traits.low, -1, 0.2),
        (traits.law[1], 0.4, 0.1),
    ):
        found = np.asarray(found, np.float64)
        assert abs(found.mean() - mean) < 5 * spread / np.sqrt(COUNT)
        assert abs(found.std() / spread - 1) < 5 / np.sqrt(2 * COUNT)


def test_steps_of_an_array_may_be_log_normal():
    """Two moments within five standard errors: a false alarm in 870,000 runs."""
    steps = devices.LogNormalSpread(0.7)((COUNT,), key=jr.key(6))
    logs = np.log(np.asarray(steps, np.float64))
    assert abs(logs.mean()) < 5 * 0.7 / np.sqrt(COUNT)
    assert abs(logs.std() / 0.7 - 1) < 5 / np.sqrt(2 * COUNT)


def test_corrupt_devices_never_move():
    """The share is within five standard errors: a false alarm in 1.7 million runs."""
    device = devices.hfo2_array()
    held = started(device, jr.uniform(jr.key(0), (20_000,), minval=-1.0), jr.key(1))
    stuck = np.asarray(held.traits.stuck)
    assert abs(stuck.mean() - 0.0977) < 5 * np.sqrt(0.0977 * 0.9023 / 20_000)
    assert np.abs(np.asarray(held.weight)[stuck]).max() <= 0.01
    for count in (7, -3):
        after = pulsed(device, held, count, jr.key(count + 9))
        np.testing.assert_array_equal(after.weight[stuck], held.weight[stuck])
        np.testing.assert_array_equal(after.shown[stuck], held.weight[stuck])
        assert (after.weight != held.weight)[~stuck].mean() > 0.9


@pytest.mark.parametrize("name", list(devices.pulsed))
def test_published_devices_follow_their_pulses_within_their_bounds(name):
    device = devices.pulsed[name]()
    middle = (device.low + device.high) / 2
    held = started(device, jnp.full(4000, middle), jr.key(0))
    traits = held.traits
    free = ~np.asarray(traits.stuck)
    for count in (30, -30):
        found = pulsed(device, held, count, jr.key(1)).weight
        assert bool(((found >= traits.low) & (found <= traits.high)).all())
        moved = np.asarray(found - held.weight)[free].mean()
        assert moved * count > 0
    # These constants were not read where they were published.
    assert device.source.checked == (name not in {"silver-silicon", "tunnel-junction"})
    assert len(devices.pulsed.summary(name)) < 72
    assert np.isfinite(np.asarray(device.symmetry_point(traits))).all()


def test_a_traced_count_is_as_many_single_pulses():
    device = devices.ecram()
    held = started(device, jnp.zeros(50), jr.key(0))
    counts = jnp.arange(50) % 5 - 2
    one_by_one = held
    for turn in range(2):
        left = jnp.where(jnp.abs(counts) > turn, jnp.sign(counts), 0)
        one_by_one = pulsed(device, one_by_one, left)
    np.testing.assert_allclose(
        pulsed(device, held, counts).weight, one_by_one.weight, rtol=1e-6, atol=1e-8
    )


def test_phase_change_memory_resets_to_its_own_level():
    device = devices.pcm_one_sided()
    held = pulsed(device, started(device, jnp.zeros(1000), jr.key(0)), 5, jr.key(1))
    which = jnp.arange(1000) < 500
    after = device.reset(held, which, key=None)
    np.testing.assert_array_equal(after.weight[500:], held.weight[500:])
    np.testing.assert_allclose(after.weight[:500], np.maximum(held.traits.reset[:500], 0))
    assert float(held.weight.mean()) > 0.5 > 0.1 > float(after.weight[:500].mean())


def test_charge_leaks_to_a_part_in_e_after_a_lifetime(float64):
    device = devices.PulsedDevice(devices.ConstantStep(), step=0.1, lifetime=1000.0)
    held = device.leak(started(device, jnp.full(2, 0.5), jr.key(0)), 1000)
    np.testing.assert_allclose(held.weight, 0.5 * (1 - 1 / 1000) ** 1000)
    np.testing.assert_array_equal(held.shown, held.weight)


def test_a_reading_has_its_noise():
    """Five standard errors of a standard deviation: a false alarm in 1.7 million runs."""
    device = devices.PulsedDevice(devices.ConstantStep(), step=0.1, read_noise=0.02)
    held = started(device, jnp.zeros(COUNT), jr.key(0))
    assert not np.asarray(device.read(held)).any()
    found = np.asarray(device.read(held, key=jr.key(4)))
    assert abs(found.std() / 0.02 - 1) < 5 / np.sqrt(2 * COUNT)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"step": 0.0}, "step is 0.0, expected more than 0"),
        ({"step": 0.1, "low": 0.5}, "expected 0 between them"),
        ({"step": 0.1, "asymmetry": 2.0}, "asymmetry is 2.0, expected -1 to 1"),
        ({"step": 0.1, "write_noise": -1.0}, "noise of at least 0"),
        ({"step": 0.1, "lifetime": 0.5}, "a lifetime of at least 1"),
    ],
)
def test_refused_devices(wrong, message):
    with pytest.raises(ValueError, match=message):
        devices.PulsedDevice(devices.ConstantStep(), **wrong)


def test_refused_shares():
    with pytest.raises(ValueError, match="a share of 0 to 1"):
        devices.Corruption(1.5, within=0.0)
