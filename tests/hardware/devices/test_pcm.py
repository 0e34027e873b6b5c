"""Phase-change memory against the moments of its published model, on 400 thousand devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.hardware import devices

COUNT = 400_000
HOUR, DAY, YEAR = 3600.0, 86_400.0, 365.25 * 86_400.0

# Target in uS: spread when programmed, mean drift exponent, mean after an hour, a day and a year.
PUBLISHED = {
    0.0: (0.154, 0.1005, 0.066, 0.051, 0.032),
    1.25: (0.359, 0.0711, 0.875, 0.712, 0.499),
    5.0: (0.608, 0.0493, 3.88, 3.33, 2.52),
    12.5: (0.953, 0.0490, 9.70, 8.31, 6.25),
    25.0: (1.055, 0.0490, 19.4, 16.6, 12.5),
}


def _programmed(target_uS: float) -> devices.Stored:
    return devices.pcm().program(jnp.full(COUNT, target_uS), key=jax.random.key(7))


@pytest.mark.parametrize("target", PUBLISHED)
def test_moments_are_those_of_the_published_model(target):
    # The table is rounded to its last digit; sampling adds less than half of that for 400 000.
    spread, exponent, *means = PUBLISHED[target]
    held = _programmed(target)
    assert float(held.programmed_uS.std()) == pytest.approx(spread, abs=0.003)
    assert float(held.traits.mean()) == pytest.approx(exponent, abs=0.0002)
    for seconds, mean in zip((HOUR, DAY, YEAR), means, strict=True):
        # Readings: noise that would lead below zero stops there, which lifts the smallest ones.
        found = float(devices.pcm().read(held, seconds, key=jax.random.key(8)).mean())
        assert found == pytest.approx(mean, rel=0.012, abs=0.0006)


def test_a_target_of_nothing_keeps_half_of_a_gaussian():
    mean = float(_programmed(0.0).programmed_uS.mean())
    # Standard error 0.154 / sqrt(400 000) = 0.00024; five of them.
    assert mean == pytest.approx(0.26348 / np.sqrt(2 * np.pi), abs=0.0012)


def test_drift_is_a_straight_line_in_log_log():
    device, held = devices.pcm(), _programmed(12.5)
    seconds = np.array([0.0, 80.0, 980.0, 9980.0, 99_980.0])
    logs = np.stack([np.log(np.asarray(device.conductance(held, s)[:100])) for s in seconds])
    slopes = np.diff(logs, axis=0) / np.diff(np.log(1 + seconds / 20.0))[:, None]
    np.testing.assert_allclose(slopes, -np.asarray(held.traits[:100])[None].repeat(4, 0), rtol=2e-3)
    twice = device.conductance(held, 2 * (DAY + 20.0) - 20.0) / device.conductance(held, DAY)
    np.testing.assert_allclose(twice, 2.0**-held.traits, rtol=1e-4)


def test_a_reading_has_the_published_width():
    device, held = devices.pcm(), _programmed(12.5)
    read = device.read(held, DAY, key=jax.random.key(1)) - device.conductance(held, DAY)
    t, t_read = DAY + 20.0, 250e-9
    r = np.asarray(held.programmed_uS) / 25.0
    strength = np.minimum(0.0088 / np.maximum(r**0.65, 1e-3), 0.2)
    drifted = np.asarray(held.programmed_uS) * (t / 20.0) ** -np.asarray(held.traits)
    width = drifted * strength * np.sqrt(np.log((t + t_read) / (2 * t_read)))
    np.testing.assert_allclose(device.spread(held, DAY), width, rtol=2e-4)
    # The mean square of 400 000 standard normals: standard error 0.0022; five of them.
    assert float((np.asarray(read) / width).var()) == pytest.approx(1, abs=0.011)


def test_other_ranges_scale_the_error_of_programming():
    wide, narrow = devices.pcm(50.0), devices.pcm()
    key = jax.random.key(3)
    one = wide.program(jnp.full(1000, 25.0), key=key)
    two = narrow.program(jnp.full(1000, 12.5), key=key)
    np.testing.assert_allclose(one.programmed_uS, 2 * two.programmed_uS, rtol=1e-5)
    np.testing.assert_array_equal(one.traits, two.traits)


@pytest.mark.parametrize("name", ["hermes_1", "hermes_2"])
def test_hermes_fits_join_at_their_edges(name):
    # The fits were made piece by piece; a digit lost in one of them would tear them apart.
    device = getattr(devices, name)()
    curves = (device.retention.spread, device.reading.strength)
    for curve in curves:
        below, above = (float(curve(curve.edge + step)) for step in (-1e-6, 1e-6))
        assert below == pytest.approx(above, rel=0.06)
    mean = device.retention.mean
    below, above = (float(mean(mean.edge + step)) for step in (-1e-6, 1e-6))
    assert below == pytest.approx(above, rel=0.06)


def test_a_time_before_the_reference_time_is_refused():
    with pytest.raises(ValueError, match="expected at least 0"):
        devices.pcm().conductance(_programmed(5.0), -1.0)


def test_targets_outside_the_range_are_refused():
    with pytest.raises(ValueError, match="got targets from 1 to 26 uS, expected 0 to 25"):
        devices.pcm().program(jnp.array([1.0, 26.0]), key=jax.random.key(0))
