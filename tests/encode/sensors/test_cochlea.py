"""The cochlea: filters against their published curves, and events where the sound is."""

import math
from functools import partial

import numpy as np
import pytest

from ranvier.encode import crossing_events
from ranvier.encode.sensors import (
    biquad_bank,
    centre_frequencies_hz,
    equivalent_bandwidth_hz,
    gammatone_bank,
    half_wave,
    leaky_events,
    log_compression,
    power_compression,
    silicon_cochlea,
)

RATE = 16_000.0
CENTRES = centre_frequencies_hz(12, low_hz=200, high_hz=5000)
CLICK = np.zeros(8000)
CLICK[0] = 1


def gain(bank, frequency_hz):
    """Amplification of a tone by every channel, from the answer to a click."""
    answer = bank(CLICK, RATE)
    turn = np.exp(-2j * np.pi * frequency_hz * np.arange(len(CLICK)) / RATE)
    return np.abs(answer.T @ turn)


BANKS = {
    "gammatone": partial(gammatone_bank, centres_hz=CENTRES),
    "biquad": partial(biquad_bank, centres_hz=CENTRES, quality=6.0),
}


def test_centres_are_evenly_spaced_on_the_scale_of_the_ear():
    scale = 21.4 * np.log10(1 + 4.37 * CENTRES / 1000)
    np.testing.assert_allclose(np.diff(scale), np.diff(scale)[0])
    np.testing.assert_allclose(CENTRES[[0, -1]], [200, 5000])
    # The scale is what bandwidths add up to.
    f = np.linspace(200, 5000, 100_001)
    between = np.trapezoid(1 / equivalent_bandwidth_hz(f), f)
    assert between == pytest.approx(scale[-1] - scale[0], rel=0.01)


@pytest.mark.parametrize("name", sorted(BANKS))
def test_a_tone_peaks_in_its_channel_with_its_own_amplitude(name):
    for index, centre in enumerate(CENTRES):
        found = gain(BANKS[name], centre)
        assert int(found.argmax()) == index
        assert found[index] == pytest.approx(1, abs=0.01)


def test_white_noise_leaves_with_equal_power_per_equivalent_bandwidth():
    """By Parseval from clicks: the integral of the squared gain is the ERB, of the gammatone's own
    definition, to 1.5 %."""
    power = (gammatone_bank(CLICK, RATE, CENTRES) ** 2).sum(0) * RATE / 2
    np.testing.assert_allclose(power, equivalent_bandwidth_hz(CENTRES), rtol=0.015)


def test_and_real_noise_does_as_well():
    """8 s of noise: relative standard errors of at most sqrt(1 / (46 Hz 8 s)) = 5 %."""
    noise = np.random.default_rng(0).standard_normal(int(8 * RATE))
    per_width = gammatone_bank(noise, RATE, CENTRES).var(0) / equivalent_bandwidth_hz(CENTRES)
    assert np.abs(per_width / (2 / RATE) - 1).max() < 0.2


def test_biquads_have_their_bandwidth():
    """Half power at f (sqrt(1 + 1 / 4 Q^2) +- 1 / 2 Q), with the bilinear warping of frequency."""
    centre, quality = 1000.0, 6.0
    warped = math.tan(math.pi * centre / RATE)
    for side in (1, -1):
        edge = warped * (math.sqrt(1 + 1 / (4 * quality**2)) + side / (2 * quality))
        frequency = math.atan(edge) * RATE / math.pi
        found = gain(
            partial(biquad_bank, centres_hz=np.array([centre]), quality=quality), frequency
        )
        assert found[0] == pytest.approx(math.sqrt(0.5), abs=1e-3)


def test_clicks_and_tones_are_late_as_order_four_says():
    """The envelope of a click is largest after 3 / 2 pi b; the group delay is 4 / 2 pi b."""
    from scipy.signal import hilbert

    answer = gammatone_bank(CLICK, RATE, CENTRES[3:])
    width = 2 * np.pi * 1.019 * equivalent_bandwidth_hz(CENTRES[3:])
    peak = np.abs(hilbert(answer, axis=0)).argmax(0) / RATE
    np.testing.assert_allclose(peak, 3 / width, rtol=0.05, atol=1 / RATE)
    for channel, centre in enumerate(CENTRES[3:]):
        at = np.arange(len(CLICK)) / RATE
        turned = [
            np.angle(answer[:, channel] @ np.exp(-2j * np.pi * f * at))
            for f in (centre - 1, centre + 1)
        ]
        delay = -np.angle(np.exp(1j * (turned[1] - turned[0]))) / (2 * np.pi * 2)
        assert delay == pytest.approx(4 / width[channel], rel=0.02)


def test_hair_cells():
    x = np.linspace(-2, 2, 9)
    assert (half_wave(x) == np.where(x > 0, x, 0)).all()
    np.testing.assert_allclose(power_compression(x), np.where(x > 0, np.abs(x) ** 0.3, 0))
    assert (np.diff(log_compression(x)) >= 0).all() and log_compression(x)[0] == 0
    # Ten times as loud, far above the floor, is one step up.
    assert log_compression(np.array(10.0)) - log_compression(np.array(1.0)) == pytest.approx(
        math.log(10), abs=1e-3
    )


@pytest.mark.parametrize("name", sorted(BANKS))
@pytest.mark.parametrize(
    "sample",
    [
        partial(crossing_events, delta=0.2),
        partial(leaky_events, tau_ms=5.0, threshold=0.1),
    ],
    ids=["send on delta", "leaky"],
)
def test_a_tone_is_heard_where_it_belongs(name, sample):
    centre = 7
    tone = 0.8 * np.sin(2 * np.pi * CENTRES[centre] * np.arange(4000) / RATE)
    events = silicon_cochlea(tone, RATE, bank=BANKS[name], compress=half_wave, sample=sample)
    count = np.bincount(events.x, minlength=12)
    assert int(count.argmax()) == centre and count[centre] > 2 * np.delete(count, centre).max() > -1
    assert (events.y == 0).all() and (np.diff(events.t) >= 0).all()
    silent = silicon_cochlea(
        np.zeros(400), RATE, bank=BANKS[name], compress=half_wave, sample=sample
    )
    assert len(silent.t) == 0


def test_leaky_units_fire_at_the_rate_of_their_equation():
    """v grows to x (1 - e^{-t / tau}) - theta k ...: the mean rate is (x - v) / theta tau, which is
    between (x - theta) / theta tau and x / theta tau for what stays below the threshold."""
    drive = np.full((20_000, 1), 3.0)
    events = leaky_events(drive, time_step_ms=0.1, tau_ms=20.0, threshold=0.5)
    rate = 1000 * len(events.sign) / 2000
    assert 1000 * (3 - 0.5) / (0.5 * 20) <= rate <= 1000 * 3 / (0.5 * 20)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gammatone_bank(np.zeros((3, 3)), RATE, CENTRES), r"sound has shape \(3, 3\)"),
        (lambda: gammatone_bank(np.zeros(3), 8000.0, CENTRES), "half the sample rate, 4000 Hz"),
        (lambda: biquad_bank(np.zeros(3), RATE, CENTRES, quality=0.0), "quality is 0.0"),
        (lambda: centre_frequencies_hz(1, low_hz=1, high_hz=2), "channels is 1"),
        (lambda: centre_frequencies_hz(4, low_hz=300, high_hz=200), "low_hz is 300"),
        (lambda: power_compression(np.zeros(2), exponent=0.0), "exponent is 0.0"),
        (lambda: leaky_events(np.zeros(3), time_step_ms=1, tau_ms=1, threshold=1), r"\(3,\)"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
