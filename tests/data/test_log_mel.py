"""Energies in mel bands against what is known of tones and of noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ranvier.data import log_mel
from ranvier.data._log_mel import filters

RATE = 8000


def tone(frequency, amplitude=1.0, seconds=0.2):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(seconds * RATE) / RATE)


def centres(bands, lowest=0.0, highest=RATE / 2):
    """Where triangles peak, by the formula for mel turned round."""
    mel = np.linspace(*(2595 * np.log10(1 + np.array([lowest, highest]) / 700)), bands + 2)
    return 700 * (10 ** (mel / 2595) - 1)[1:-1]


@pytest.mark.parametrize("amplitude", [1.0, 0.03, 1e-3])
@pytest.mark.parametrize("band", [4, 11, 20, 28])
def test_a_tone_peaks_in_its_band_at_every_level(band, amplitude):
    frames = log_mel(tone(centres(30)[band], amplitude), RATE, bands=30)
    assert set(frames.argmax(1)) == {band}


def test_all_bands_together_hold_the_mean_square():
    for frequency in (300, 1000, 3000):
        energy = np.exp(log_mel(tone(frequency, 0.5), RATE)).sum(1)
        np.testing.assert_allclose(energy, 0.125, rtol=2e-3)
    noise = np.random.default_rng(0).normal(0, 0.1, 10 * RATE)
    edge = centres(40)
    share = (edge[-1] - edge[0] + (edge[0] + RATE / 2 - edge[-1]) / 2) / (RATE / 2)
    assert np.exp(log_mel(noise, RATE)).sum(1).mean() == pytest.approx(0.01 * share, rel=0.02)


def test_a_louder_sound_is_shifted_by_the_logarithm():
    quiet = np.random.default_rng(1).normal(0, 1e-2, RATE)
    frames = [log_mel(factor * quiet, RATE) for factor in (1, 7)]
    np.testing.assert_allclose(frames[1] - frames[0], 2 * np.log(7), atol=1e-5)


@pytest.mark.parametrize(("count", "frames"), [(200, 1), (279, 1), (280, 2), (8000, 98)])
def test_only_whole_windows_count(count, frames):
    assert log_mel(np.zeros(count), RATE).shape == (frames, 40)


def test_frames_are_steps_apart_and_silence_is_the_floor():
    click = np.zeros(RATE)
    click[4000] = 1
    frames = log_mel(click, RATE, bands=20, floor=1e-6)
    assert frames.dtype == np.float32
    heard = np.flatnonzero((frames > np.log(1.01e-6)).any(1))
    # Windows of 200 samples, 80 apart, that hold sample 4000, but for one that barely does.
    assert set(heard) <= {48, 49, 50} and 49 in heard
    np.testing.assert_allclose(np.delete(frames, heard, 0), np.log(1e-6), rtol=1e-6)


@pytest.mark.parametrize(("lowest", "highest"), [(0.0, 4000.0), (130.0, 3400.0)])
def test_filters_cover_the_range(lowest, highest):
    weights = filters(512, RATE, 24, lowest, highest)
    lines = np.arange(257) * RATE / 512
    peaks = centres(24, lowest, highest)
    between = (lines >= peaks[0]) & (lines <= peaks[-1])
    np.testing.assert_allclose(weights.sum(0)[between], 1, rtol=1e-9)
    assert not weights[:, (lines <= lowest) | (lines >= highest)].any()
    assert np.all(weights.sum(0)[(lines > lowest) & (lines < highest)] > 0)
    assert np.all(weights.max(1) > 0.7)


@given(
    arrays(
        np.float32,
        st.integers(200, 600),
        elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=False),
    ),
    st.integers(1, 40),
)
def test_nothing_is_not_a_number(samples, bands):
    frames = log_mel(samples, RATE, bands=bands)
    assert np.isfinite(frames).all() and frames.min() >= np.float32(np.log(1e-10))


@pytest.mark.parametrize(
    ("samples", "options", "words"),
    [
        (np.zeros(199), {}, "199 samples; expected at least 200, one window of 25.0 ms"),
        (np.zeros(0), {}, "0 samples; expected at least 200"),
        (np.zeros((400, 2)), {}, r"shape \[400, 2\]; expected \[n\], one channel"),
        (np.append(np.zeros(400), np.nan), {}, "sample 400 is nan"),
        (np.zeros(400), {"bands": 0}, "bands is 0"),
        (np.zeros(400), {"bands": 300}, "band 1 of 300, .* holds no line of the spectrum"),
        (np.zeros(400), {"floor": 0.0}, "floor is 0.0"),
        (np.zeros(400), {"step_ms": 0.01}, "step_ms is 0.01, 0 samples"),
        (np.zeros(400), {"window_ms": -1.0}, "window_ms is -1.0"),
        (np.zeros(400), {"highest_hz": 5000.0}, "at most 4000.0, half the rate"),
        (np.zeros(400), {"lowest_hz": 4000.0}, "bands from 4000.0 to 4000.0 Hz"),
    ],
)
def test_what_cannot_be_analysed_is_refused(samples, options, words):
    with pytest.raises(ValueError, match=words):
        log_mel(samples, RATE, **options)


def test_a_rate_is_more_than_zero():
    with pytest.raises(ValueError, match="rate_hz is 0"):
        log_mel(np.zeros(400), 0)
