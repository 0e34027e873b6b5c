"""The level-crossing converter: ideal, slow, blind for a while, and with a coarse clock."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.encode import crossing_events
from ranvier.encode.sensors import LevelCrossingConverter, convert_by_levels, decode_levels

RATE = 10_000.0
T = np.arange(20_000) / RATE


def sine(hz=3.0, amplitude=0.93):
    return amplitude * np.sin(2 * np.pi * hz * T)


def converter(**constants):
    return LevelCrossingConverter(**{"bits": 5, "low": -1.0, "high": 1.0, **constants})


def test_ideal_it_is_send_on_delta():
    sent = convert_by_levels(sine(), RATE, converter())
    events = crossing_events(sine(), delta=1 / 16, time_step_ms=1000 / RATE)
    np.testing.assert_allclose(1000 * sent.time_s, events.time_ms, atol=1e-3)
    np.testing.assert_array_equal(sent.sign, events.sign)


@given(seed=st.integers(0, 2**31 - 1), bits=st.integers(1, 7))
@settings(max_examples=20, deadline=None)
def test_ideal_it_is_right_to_one_level(seed, bits):
    generator = np.random.default_rng(seed)
    signal = np.cumsum(generator.standard_normal(300)) / 10
    signal = 0.99 * signal / np.abs(signal).max()
    ideal = converter(bits=bits)
    sent = convert_by_levels(signal, 1.0, ideal)
    known = decode_levels(sent, np.arange(300), ideal, start=signal[0])
    assert np.abs(known - signal).max() <= ideal.delta + 1e-9
    assert (np.diff(sent.time_s) >= 0).all()
    assert (np.abs(np.diff(sent.level)) == 1).all()


def test_it_saturates_at_its_ends():
    sent = convert_by_levels(3 * sine(), RATE, converter(bits=3))
    assert sent.level.min() == 0 and sent.level.max() == 8


def test_a_loop_follows_slopes_up_to_a_level_per_delay():
    """The sine's steepest slope is 2 pi f A; the limit is delta / delay."""
    steepest = 2 * np.pi * 3 * 0.93
    inside = converter(loop_delay_s=0.9 / 16 / steepest)
    beyond = converter(loop_delay_s=3.0 / 16 / steepest)
    off = [
        np.abs(
            decode_levels(convert_by_levels(sine(), RATE, one), T, one, start=0.0) - sine()
        ).max()
        for one in (inside, beyond)
    ]
    assert off[0] <= 1 / 16 + 1e-6 and off[1] > 2 / 16
    gaps = np.diff(convert_by_levels(sine(), RATE, beyond).time_s)
    assert gaps.min() >= beyond.loop_delay_s - 1e-9


def test_dead_time_loses_samples_but_not_the_level():
    free = convert_by_levels(sine(), RATE, converter())
    held = convert_by_levels(sine(), RATE, converter(dead_time_s=0.02))
    assert 0 < len(held.level) < len(free.level)
    assert np.diff(held.time_s).min() >= 0.02 - 1e-9
    # Each that is sent is one of those that come without a dead time.
    pairs = set(zip(np.round(free.time_s, 9), free.level, strict=True))
    assert all(pair in pairs for pair in zip(np.round(held.time_s, 9), held.level, strict=True))


def test_a_clock_rounds_times_down():
    exact = convert_by_levels(sine(), RATE, converter())
    coarse = convert_by_levels(sine(), RATE, converter(timer_s=1e-3))
    late = exact.time_s - coarse.time_s
    assert late.min() >= -1e-9 and late.max() < 1e-3
    np.testing.assert_allclose(coarse.time_s * 1000, np.round(coarse.time_s * 1000), atol=1e-6)
    assert late.mean() == pytest.approx(5e-4, rel=0.15)


def test_a_ramp_crosses_levels_at_known_times():
    sent = convert_by_levels(np.linspace(-1, 1, 11), 10.0, converter(bits=3))
    np.testing.assert_allclose(sent.time_s, np.arange(1, 9) / 8, atol=1e-12)
    assert sent.level.tolist() == list(range(1, 9))


def test_a_still_signal_sends_nothing():
    assert len(convert_by_levels(np.full(50, 0.3), RATE, converter()).level) == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: converter(bits=0), "bits is 0"),
        (lambda: converter(low=1.0), "low is 1.0, expected less than high"),
        (lambda: converter(timer_s=-1.0), "timer_s is -1.0"),
        (lambda: convert_by_levels(np.zeros((2, 2)), RATE, converter()), r"shape \(2, 2\)"),
        (lambda: convert_by_levels(np.array([0, np.nan]), RATE, converter()), "two finite"),
        (lambda: convert_by_levels(np.zeros(3), 0.0, converter()), "sample_rate_hz is 0.0"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
