"""Resistive memories against the closed forms of their published fits, on 400 thousand devices."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from ranvier.hardware import devices

COUNT = 400_000
HOUR, DAY, YEAR = 3600.0, 86_400.0, 365.25 * 86_400.0
# By powers of the relative target, in uS: after programming, one day and two days later.
NEURRAM = {
    0.0: (0.348, 16.030, -43.853, 45.393, -16.815),
    DAY: (0.701, 22.086, -50.773, 47.095, -16.458),
    2 * DAY: (0.782, 20.274, -43.507, 37.062, -11.934),
}


def _programmed(device, target_uS):
    return device.program(jnp.full(COUNT, target_uS), key=jax.random.key(7))


def _stopped_at_zero(mean, width):
    """Mean and spread of a Gaussian whose part below zero is put at zero."""
    part, edge = norm.cdf(mean / width), width * norm.pdf(mean / width)
    first = mean * part + edge
    return first, np.sqrt((mean**2 + width**2) * part + mean * edge - first**2)


@pytest.mark.parametrize("seconds", NEURRAM)
@pytest.mark.parametrize("r", [0.0, 0.1, 0.5, 0.9])
def test_neurram_has_the_fitted_width_at_every_fitted_time(r, seconds):
    # Errors that stopped at zero go on below it: the width later is not that of their sum.
    device = devices.rram()
    held = _programmed(device, 40.0 * r)
    width = sum(c * r**k for k, c in enumerate(NEURRAM[seconds]))
    mean, spread = _stopped_at_zero(40.0 * r, width)
    found = np.asarray(device.conductance(held, seconds), np.float64)
    # Standard error of the mean 0.0016 spreads, of a spread at most 0.0014 of it; five of them.
    assert found.mean() == pytest.approx(mean, abs=0.008 * spread)
    assert found.std() == pytest.approx(spread, rel=0.007)


def test_relaxing_devices_add_to_the_error_they_have():
    device = devices.rram()
    held = _programmed(device, 20.0)
    first = np.asarray(held.programmed_uS)
    np.testing.assert_allclose(device.conductance(held, 0.0), first, rtol=1e-5)
    widths = [sum(c * 0.5**k for k, c in enumerate(NEURRAM[s])) for s in (0.0, DAY)]
    later = np.asarray(device.conductance(held, DAY))
    expected = widths[0] / widths[1]
    assert np.corrcoef(first, later)[0, 1] == pytest.approx(expected, abs=0.008)
    halfway = np.asarray(device.conductance(held, DAY**0.5 - 1.0), np.float64)
    assert halfway.std() == pytest.approx(sum(widths) / 2, rel=0.006)


@pytest.mark.parametrize(
    "acceptance, constant, share", [(0.2, 0.00081107, 0.00106879), (2.0, 0.01121854, 0.01129027)]
)
def test_cmo_relaxes_by_the_logarithm_of_time(acceptance, constant, share):
    device = devices.rram_cmo(acceptance)
    assert (device.minimum_uS, device.maximum_uS, device.source.checked) == (9.0, 88.2, True)
    held = _programmed(device, 50.0)
    written = constant + share * 50.0
    assert float(held.programmed_uS.std()) == pytest.approx(written, rel=0.006)
    for seconds in (0.0, HOUR, DAY, YEAR):
        logarithm = np.log(seconds + 1.0)
        moved = np.asarray(device.conductance(held, seconds), np.float64)
        width = np.hypot(written, 0.41183342 + 0.04201137 * logarithm)
        assert moved.mean() == pytest.approx(50.0 - 0.08900206 * logarithm, abs=0.008 * width)
        assert moved.std() == pytest.approx(width, rel=0.006)
        read = np.asarray(device.read(held, seconds, key=jax.random.key(8)), np.float64)
        noise = 0.0277316483 * np.log10(50.0)
        noise *= np.sqrt(np.log((seconds + 1.0 + 1e-6) / 2e-6))
        assert read.std() == pytest.approx(np.hypot(width, noise), rel=0.008)


def test_no_reading_leaves_the_bounds():
    device = devices.rram_cmo()
    for target in (9.0, 88.2):
        held = _programmed(device, target)
        for key in (None, jax.random.key(1)):
            read = device.read(held, YEAR, key=key)
            assert float(read.min()) >= 9.0 and float(read.max()) <= np.float32(88.2)


def test_refusals_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"acceptance_percent is 1.0, expected one of \[0.2, 2.0"):
        devices.rram_cmo(1.0)
    with pytest.raises(ValueError, match="around the range from 5 to 25 uS"):
        devices.Device(maximum_uS=25.0, minimum_uS=5.0, bounds_uS=(0.0, 20.0))
    with pytest.raises(ValueError, match="growth_uS -1"):
        devices.LogarithmicRelaxation(shift_uS=0.0, width_uS=1.0, growth_uS=-1.0)
