"""Event cameras: counts, times and statistics in scenes whose answer is known."""

import dataclasses
import math

import numpy as np
import pytest

from ranvier.encode.sensors import (
    CAMERAS,
    Camera,
    event_camera,
    lin_log,
    photoreceptor_noise,
    pure_log,
    scene_events,
)
from tests.encode.sensors.first_passage import on_rate

EXACT = Camera(mismatch=0.0, cutoff_hz=0.0, leak_hz=0.0, shot_hz=0.0, refractory_s=0.0)


def only(**constants):
    return dataclasses.replace(EXACT, **constants)


def still(intensity, steps=101, step_s=0.01, rows=20, columns=20):
    frames = np.full((steps, rows, columns), float(intensity))
    return frames, step_s * np.arange(steps)


def wave(step_s=1e-3, seconds=0.3, rows=4, columns=4):
    t = step_s * np.arange(round(seconds / step_s))
    phase = np.arange(rows * columns).reshape(rows, columns)
    log = 4.2 + 0.63 * np.sin(2 * np.pi * 5 * t[:, None, None] + phase)
    return np.exp(log), t


def counts(events, rows, columns, on=None):
    chosen = slice(None) if on is None else events.p == on
    found = np.zeros((rows, columns), int)
    np.add.at(found, (events.y[chosen], events.x[chosen]), 1)
    return found


def test_a_still_scene_is_silent():
    for intensity in (0.0, 10.0, 128.0, 255.0):
        assert len(event_camera(*still(intensity), CAMERAS["clean"], seed=0).t) == 0


def test_the_presets_are_those_of_the_publication():
    assert CAMERAS["default"] == Camera(0.2, 0.2, 0.03, 300.0, 0.01, 0.001, 5e-4)
    assert CAMERAS["clean"] == Camera(0.2, 0.2, 0.02, 0.0, 0.0, 0.0, 0.0)
    assert CAMERAS["noisy"] == Camera(0.2, 0.2, 0.05, 30.0, 0.1, 5.0, 0.0)


def test_leak_alone_sends_on_events_at_its_rate():
    """Whatever the thresholds. 400 pixels for 40 s at 1 Hz: 16,000 events; the spread of leaks
    from pixel to pixel, 0.1 decades, raises the mean by 2.7 % and leaves it 1.2 % uncertain."""
    frames, times = still(100.0, steps=4001)
    events = event_camera(frames, times, only(leak_hz=1.0, mismatch=0.04), seed=1)
    assert (events.p == 1).all()
    decades = 0.1 * math.log(10)
    expected = 400 * 40 * math.exp(decades**2 / 2)
    # Half an event of each pixel has not come yet.
    assert len(events.t) + 200 == pytest.approx(expected, rel=0.06)


def test_noise_is_as_frequent_as_stated_and_rarer_in_the_bright():
    """20 Hz in the dark and a quarter in full light, on and off alike; five standard errors of
    Poisson counts of 8,000 and 2,000."""
    for intensity, rate in ((0.0, 20.0), (255.0, 5.0)):
        frames, times = still(intensity, steps=2001, step_s=5e-4)
        events = event_camera(frames, times, only(shot_hz=20.0), seed=2)
        expected = rate * 400 * 1.0
        assert abs(len(events.t) - expected) < 5 * math.sqrt(expected)
        assert abs(int((events.p == 1).sum()) - expected / 2) < 5 * math.sqrt(expected / 2)


@pytest.mark.parametrize(("ratio", "per_second"), [(1.0, 376.6), (2.09, 63.3), (3.04, 7.27)])
def test_noise_of_the_photoreceptor_crosses_thresholds_as_often_as_theory_says(ratio, per_second):
    """A bandwidth of 100 Hz in steps of a hundredth of its period, 2,500 pixels for 0.14 s. Five
    standard errors of Poisson counts (events of one pixel come more evenly than that), and 2 % for
    the theory of steps."""
    camera = only(cutoff_hz=100.0, photoreceptor_rms=0.2 / ratio)
    frames = np.broadcast_to(np.full((1, 50, 50), 80.0), (1501, 50, 50))
    events = event_camera(frames, 1e-4 * np.arange(1501), camera, seed=5)
    # The noise begins at 0; after six time constants it no longer knows.
    late = events.t > 10_000
    rate = on_rate(ratio, step=2 * np.pi * 100 * 1e-4) * 2 * np.pi * 100
    assert rate == pytest.approx(per_second, rel=0.01)
    expected = rate * 2500 * 0.14
    for on in (0, 1):
        found = int((events.p[late] == on).sum())
        assert abs(found - expected) < 5 * math.sqrt(expected) + 0.02 * expected


def test_noise_of_the_photoreceptor_does_not_know_how_bright_it_is():
    camera = only(cutoff_hz=100.0, photoreceptor_rms=0.1)
    dark, bright = (event_camera(*still(i, step_s=1e-3), camera, seed=3) for i in (5.0, 250.0))
    for one, other in zip(dark, bright, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(dark.t) > 500


def test_noise_of_the_photoreceptor_is_as_large_as_stated_whatever_the_step():
    """A small threshold follows it: the sum of signs is the noise, to one threshold. 4,096 pixels
    know the deviation to 1.1 %; four standard errors."""
    camera = only(cutoff_hz=50.0, photoreceptor_rms=0.6, threshold_on=0.01, threshold_off=0.01)
    for step_s, steps in ((1e-3, 15), (1e-2, 4)):
        frames, times = still(100.0, steps=steps, step_s=step_s, rows=64, columns=64)
        events = event_camera(frames, times, camera, seed=6)
        level = 0.01 * (counts(events, 64, 64, on=1) - counts(events, 64, 64, on=0))
        grown = math.sqrt(1 - math.exp(-4 * math.pi * 50 * times[-1]))
        assert level.std() == pytest.approx(0.6 * grown, rel=0.045)
        assert abs(level.mean()) < 4 * 0.6 / 64 + 0.01


def test_the_published_fit_is_the_rate_of_first_passages_within_its_range():
    """Exact at all rates it cannot be, as a polynomial; off by less than 1.4 down to 1e-4."""
    for exponent in (0.0, -0.5, -1.0, -2.0, -3.0, -4.0):
        rms = photoreceptor_noise(100 * 10**exponent, cutoff_hz=100.0, threshold=0.25)
        found = on_rate(0.25 / rms) * 2 * np.pi / 10**exponent
        assert 0.9 < found < 1.4
    rms = photoreceptor_noise(30.0, cutoff_hz=30.0)
    assert rms == pytest.approx(0.2 / 10**0.321)
    assert photoreceptor_noise(30.0, cutoff_hz=30.0, threshold=0.4) == pytest.approx(2 * rms)
    rates = np.array([1e-3, 1e-2, 0.1, 1.0, 10.0])
    quiet = [photoreceptor_noise(float(rate), cutoff_hz=100.0) for rate in rates]
    assert (np.diff(quiet) > 0).all()


def test_a_step_of_contrast_sends_its_logarithm_over_the_threshold():
    for contrast in (1.1, 1.25, 2.0, 5.0):
        frames = np.stack([np.full((3, 3), 40.0), np.full((3, 3), 40.0 * contrast)])
        events = event_camera(frames, np.array([0.0, 0.02]), EXACT, seed=0)
        expected = math.floor(math.log(contrast) / 0.2)
        assert (counts(events, 3, 3, on=1) == expected).all() and not (events.p == 0).any()
        back = event_camera(frames[::-1], np.array([0.0, 0.02]), EXACT, seed=0)
        assert (counts(back, 3, 3, on=0) == expected).all() and not (back.p == 1).any()


def test_the_spread_of_thresholds_is_found_in_the_counts():
    """A ramp of five e-folds: A / n is the threshold to one part in n = 25; 4,096 pixels know the
    deviation of 0.03 to 1 %, and rounding of counts adds less than 3 %."""
    t = np.linspace(0, 1, 401)
    frames = np.broadcast_to(np.exp(0.5 + 5 * t)[:, None, None], (401, 64, 64))
    events = event_camera(
        frames, t, only(mismatch=0.03, threshold_on=0.2), seed=3, response=pure_log
    )
    found = 5 / (counts(events, 64, 64) + 0.5)
    assert found.mean() == pytest.approx(0.2, rel=0.01)
    assert found.std() == pytest.approx(0.03, rel=0.08)


def test_brightness_does_not_count_for_a_pure_logarithm_and_does_below_twenty():
    frames, times = wave()
    plain = event_camera(frames, times, CAMERAS["clean"], seed=4, response=pure_log)
    dimmed = event_camera(frames / 64, times, CAMERAS["clean"], seed=4, response=pure_log)
    for one, other in zip(plain, dimmed, strict=True):
        np.testing.assert_array_equal(one, other)
    dark = event_camera(frames / 64, times, CAMERAS["clean"], seed=4, response=lin_log)
    bright = event_camera(frames, times, CAMERAS["clean"], seed=4, response=lin_log)
    assert len(dark.t) < 0.2 * len(plain.t)
    # Above twenty the two responses are the same.
    for one, other in zip(plain, bright, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_response_is_continuous_and_rises():
    intensity = np.linspace(0, 255, 5101)
    response = lin_log(intensity)
    assert (np.diff(response) > 0).all() and np.diff(response).max() < 0.008
    with pytest.raises(ValueError, match="frames contain 0"):
        pure_log(np.zeros(3))


def test_the_low_pass_is_slow_in_the_dark():
    """A step down to I settles as e^{-2 pi f_c (I + 20) / 275 t}."""
    dark = np.concatenate([np.full((1, 1, 1), 200.0), np.full((4000, 1, 1), 50.0)])
    times = 1e-4 * np.arange(4001)
    events = event_camera(dark, times, only(cutoff_hz=10.0, threshold_off=0.05), seed=0)
    rate = 2 * math.pi * 10 * 70 / 275
    fallen = 0.05 * np.arange(1, len(events.t) + 1)
    expected = -np.log(1 - fallen / math.log(4)) / rate
    assert len(events.t) == math.floor(math.log(4) / 0.05)
    np.testing.assert_allclose(events.t * 1e-6, expected, rtol=0.01, atol=2e-4)


def test_refractory_pixels_lose_events():
    frames, times = wave()
    free = event_camera(frames, times, EXACT, seed=0)
    held = event_camera(frames, times, only(refractory_s=0.01), seed=0)
    assert 0 < len(held.t) < len(free.t)
    for row in range(4):
        for column in range(4):
            mine = (held.y == row) & (held.x == column)
            assert np.diff(held.t[mine]).min() >= 10_000 - 1


def test_events_are_typed_ordered_and_drawn_by_the_seed():
    frames, times = wave()
    one, again, other = (event_camera(frames, times, CAMERAS["noisy"], seed=s) for s in (1, 1, 2))
    assert [part.dtype.name for part in one] == ["int64", "int16", "int16", "uint8"]
    assert (np.diff(one.t) >= 0).all() and one.t.max() <= 1e6 * times[-1]
    assert one.x.max() == 3 == one.y.max() and set(one.p) == {0, 1}
    for left, right in zip(one, again, strict=True):
        np.testing.assert_array_equal(left, right)
    assert len(one.t) != len(other.t) or (one.t != other.t).any()


def test_frames_and_the_scene_itself_agree():
    """At steps of 0.1 ms, on and off counts are equal and times agree to two or three."""
    frames, times = wave(step_s=1e-4)
    from_frames = event_camera(frames, times, EXACT, seed=0)
    phase = np.arange(16).reshape(4, 4)

    def scene_of(t):
        return 4.2 + 0.63 * np.sin(2 * np.pi * 5 * t + phase)

    # Looks so close that the wave bends little in between.
    scene = scene_events(scene_of, float(times[-1]), largest_change=0.05)
    for on in (0, 1):
        np.testing.assert_array_equal(counts(from_frames, 4, 4, on), counts(scene, 4, 4, on))
    for row in range(4):
        for column in range(4):
            one, two = (e.t[(e.y == row) & (e.x == column)] for e in (from_frames, scene))
            np.testing.assert_allclose(one, two, atol=250)


def test_a_moving_edge_sends_as_many_events_at_any_speed_and_at_known_times():
    """A ramp of log intensity that moves: pixel x crosses level k when v t = x + k C / slope."""
    x = np.arange(6.0)[None, :]
    for speed in (10.0, 1000.0):
        duration = 20 / speed

        def scene(t, speed=speed):
            return np.clip(speed * t - x - 1, 0, 5.5) * 0.3

        events = scene_events(scene, duration, threshold_on=0.25)
        assert (counts(events, 1, 6) == 6).all() and (events.p == 1).all()
        for column in range(6):
            expected = (column + 1 + np.arange(1, 7) * 0.25 / 0.3) / speed
            found = events.t[events.x == column] * 1e-6
            # Ends of the ramp are more than half a level away, which is the longest look.
            np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_jump_of_a_scene_sends_all_its_events_at_once():
    events = scene_events(lambda t: np.array([[0.0 if t < 0.3 else 1.0]]), 1.0)
    assert events.t.tolist() == [300_000] * 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f, t: event_camera(f[0], t, EXACT, seed=0), "expected.*rows, columns"),
        (lambda f, t: event_camera(f, t[::-1], EXACT, seed=0), "times_s do not rise"),
        (lambda f, t: event_camera(3 * f, t, EXACT, seed=0), "from 300 to 300, expected 0 to 255"),
        (lambda f, t: Camera(threshold_on=0.0), "threshold_on is 0.0"),
        (lambda f, t: Camera(mismatch=math.nan), "mismatch is nan"),
        (lambda f, t: Camera(cutoff_hz=0.0, photoreceptor_rms=0.1), "noise without a bandwidth"),
        (lambda f, t: photoreceptor_noise(0.0, cutoff_hz=9.0), "rate_hz is 0.0"),
        (lambda f, t: photoreceptor_noise(10.0, cutoff_hz=9.0), "is 10, expected 9e-05 to 9 for"),
        (lambda f, t: scene_events(lambda t: np.zeros(3), 1.0), r"shape \(3,\)"),
        (lambda f, t: scene_events(lambda t: np.full((1, 1), np.inf), 1.0), "is not finite"),
        (lambda f, t: scene_events(lambda t: np.zeros((1, 1)), 0.0), "duration_s is 0.0"),
    ],
)
def test_what_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(*still(100.0, steps=3))
