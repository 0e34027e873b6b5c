"""Codes of signals: bounds, rates and spectra that theory or the reference gives."""

import math

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier.encode as encode

SIGNALS = st.integers(0, 2**31 - 1)


def noise(seed, steps=400, channels=3, smooth=8):
    """Band-limited Gaussian noise of unit variance, `[time, channels]`."""
    white = np.random.default_rng(seed).standard_normal((steps + smooth, channels))
    kernel = np.hanning(smooth + 2)[1:-1]
    kernel /= np.sqrt((kernel**2).sum())
    return jnp.asarray(
        np.stack([np.convolve(one, kernel, "valid")[:steps] for one in white.T], 1), jnp.float32
    )


def one_by_one(signal, delta, hysteresis):
    """Level crossing with a plain loop, one event at a time."""
    reference, last, sent = float(signal[0]), 0, [0]
    for x in np.asarray(signal, np.float64)[1:]:
        count = 0
        while True:
            up = delta if last >= 0 else hysteresis
            down = delta if last <= 0 else hysteresis
            if x >= reference + up and (last >= 0 or x > reference):
                reference, last, count = reference + up, 1, count + 1
            elif x <= reference - down and (last <= 0 or x < reference):
                reference, last, count = reference - down, -1, count - 1
            else:
                break
        sent.append(count)
    return np.array(sent), reference


@given(
    seed=SIGNALS, delta=st.sampled_from([0.11, 0.37, 1.3]), ratio=st.sampled_from([0, 0.4, 1, 2])
)
@settings(max_examples=20, deadline=None)
def test_level_crossing_is_the_loop_and_its_level_is_near(seed, delta, ratio):
    back = delta * ratio
    # In single precision some sample in a hundred thousand stands at a level but for rounding.
    with jax.enable_x64(True):
        signal = jnp.asarray(noise(seed, 200), jnp.float64)
        trains = np.asarray(encode.level_crossing(signal, delta=delta, hysteresis=back))
        level = encode.decode_level_crossing(trains, delta=delta, hysteresis=back, start=signal[0])
    for channel in range(3):
        sent, reference = one_by_one(signal[:, channel], delta, back)
        np.testing.assert_array_equal(trains[:, channel], sent)
        assert float(level[-1, channel]) == pytest.approx(reference, abs=1e-4)
    assert np.abs(np.asarray(level) - np.asarray(signal)).max() <= max(delta, back) + 1e-5


@given(seed=SIGNALS, delta=st.floats(0.02, 3.0))
@settings(max_examples=20, deadline=None)
def test_send_on_delta_is_right_to_delta(seed, delta):
    signal = noise(seed)
    trains = encode.send_on_delta(signal, delta=delta)
    known = encode.decode_send_on_delta(trains, delta=delta, start=signal[0])
    assert float(jnp.abs(known - signal).max()) < delta * (1 + 1e-4)


@pytest.mark.parametrize(("delta", "per_second"), [(0.5, 40), (0.3, 60), (0.1, 200), (0.03, 660)])
def test_a_sine_sends_as_many_events_as_the_closed_form(delta, per_second):
    """The last ten of eleven seconds of 5 Hz; 2 floor(2 A / delta) per period."""
    t = np.arange(11_000) / 1000
    # A touch above 1, so that levels that divide the amplitude are not decided by rounding.
    wave = jnp.asarray((1 + 1e-4) * np.sin(2 * np.pi * 5 * t), jnp.float32)
    trains = np.abs(np.asarray(encode.send_on_delta(wave, delta=delta)))
    assert trains[1000:].sum() == 10 * per_second


@pytest.mark.parametrize(
    ("ratio", "measured"), [(1.0, 0.55), (0.5, 0.75), (0.2, 0.88), (0.05, 0.96)]
)
def test_gaussian_noise_sends_fewer_events_than_its_slope_says(ratio, measured):
    """Against sqrt(2/pi) 2 pi f_rms sigma / delta; the measured ratios stand in the reference.

    400,000 steps of noise within 20 Hz at 1 kHz: counts are known to about 1 %.
    """
    steps, rate_hz, band_hz = 400_000, 1000.0, 20.0
    spectrum = np.random.default_rng(5).standard_normal((steps // 2 + 1, 2)) @ (1, 1j)
    spectrum[np.fft.rfftfreq(steps, 1 / rate_hz) > band_hz] = 0
    signal = np.fft.irfft(spectrum)
    signal /= signal.std()
    trains = encode.send_on_delta(jnp.asarray(signal, jnp.float32), delta=ratio)
    per_second = np.abs(np.asarray(trains)).sum() / (steps / rate_hz)
    theory = math.sqrt(2 / math.pi) * 2 * math.pi * (band_hz / math.sqrt(3)) / ratio
    assert per_second / theory == pytest.approx(measured, abs=0.025)


def test_events_have_the_times_at_which_a_straight_line_crosses():
    signal = np.asarray(noise(3, 100))
    for hysteresis in (None, 0.0, 0.2, 1.0):
        events = encode.crossing_events(signal, delta=0.4, hysteresis=hysteresis, time_step_ms=2.0)
        back = 0.4 if hysteresis is None else hysteresis
        trains = encode.level_crossing(jnp.asarray(signal), delta=0.4, hysteresis=back)
        assert len(events.sign) == int(np.abs(trains).sum()) > 50
        assert (np.diff(events.time_ms) >= 0).all()
        for channel in range(3):
            mine = events.channel == channel
            # In fine steps of the interpolated signal, the same events come at the same times.
            fine = np.interp(np.arange(0, 198, 0.002), 2.0 * np.arange(100), signal[:, channel])
            again = np.asarray(encode.level_crossing(jnp.asarray(fine), delta=0.4, hysteresis=back))
            at = np.repeat(np.arange(len(fine)) * 0.002, np.abs(again).astype(int))
            assert len(at) == mine.sum()
            np.testing.assert_allclose(at, events.time_ms[mine], atol=0.01)


@pytest.mark.parametrize("hysteresis", [None, 0.0, 0.04, 0.2])
def test_events_hold_the_signal_to_one_level_between_steps_too(hysteresis):
    signal = np.asarray(noise(9, 200), np.float64)
    given = {"delta": 0.1, "hysteresis": hysteresis}
    events = encode.crossing_events(signal, time_step_ms=2.0, **given)
    # Not at the steps themselves, where an event may fall on either side.
    at = np.arange(0.37, 398, 0.61)
    true = np.stack([np.interp(at, 2.0 * np.arange(200), one) for one in signal.T], 1)
    back = 0.1 if hysteresis is None else hysteresis
    held = encode.decode_crossings(events, at, start=signal[0], **given)
    lines = encode.interpolate_crossings(events, at, start=signal[0], **given)
    assert np.abs(held - true).max() <= max(0.1, back) + 1e-4
    assert np.abs(lines - true).max() <= 0.1 + back + 1e-4
    off = [np.sqrt(((one - true) ** 2).mean()) for one in (held, lines)]
    assert off[1] < 0.8 * off[0]
    # A causal hold is no rounding: its error is about half a level, not 1 / sqrt(12) of one.
    assert 0.5 <= off[0] / 0.1 <= 0.75


def test_lines_between_crossings_of_a_ramp_are_the_ramp():
    ramp = np.linspace(0.05, 3.05, 301)
    events = encode.crossing_events(ramp, delta=0.25, time_step_ms=1.0)
    at = np.arange(0, 299, 0.7)
    found = encode.interpolate_crossings(events, at, delta=0.25, start=ramp[:1])
    np.testing.assert_allclose(found[:, 0], 0.05 + at / 100, atol=1e-5)
    with pytest.raises(ValueError, match="each of at least 1 channels"):
        encode.decode_crossings(events, at, delta=0.25, start=np.zeros(0))


def test_no_drift_after_a_million_events():
    steps = 400_001
    wave = jnp.asarray(np.where(np.arange(steps) % 2, 0.37, 0.0), jnp.float32)
    trains = encode.send_on_delta(wave, delta=0.1)
    known = np.asarray(encode.decode_send_on_delta(trains, delta=0.1))
    assert np.abs(np.asarray(trains)).sum() > 1_000_000
    assert np.abs(known[-100:] - np.asarray(wave[-100:])).max() < 0.1 + 1e-6


@given(seed=SIGNALS)
@settings(max_examples=10, deadline=None)
def test_step_forward_is_right_where_the_signal_is_slow_enough(seed):
    signal = noise(seed)
    threshold = float(jnp.abs(jnp.diff(signal, axis=0)).max()) * 1.001
    trains = encode.step_forward(signal, threshold=threshold)
    known = encode.decode_step_forward(trains, threshold=threshold, start=signal[0])
    assert float(jnp.abs(known - signal).max()) <= threshold * (1 + 1e-4)
    assert set(np.unique(trains)) <= {-1, 0, 1}


def test_a_jump_leaves_step_forward_behind_and_send_on_delta_not():
    jump = jnp.asarray([0.0] + [5.0] * 9)
    step = encode.decode_step_forward(encode.step_forward(jump, threshold=1.0), threshold=1.0)
    delta = encode.decode_send_on_delta(encode.send_on_delta(jump, delta=1.0), delta=1.0)
    assert step.tolist()[:5] == [0, 1, 2, 3, 4] and delta.tolist()[:3] == [0, 5, 5]


def test_a_moving_window_compares_with_the_mean_of_what_was():
    signal = noise(1)
    trains = np.asarray(encode.moving_window(signal, window=5, threshold=0.3))
    values = np.asarray(signal)
    for step in (7, 100, 399):
        away = values[step] - values[step - 5 : step].mean(0)
        np.testing.assert_array_equal(trains[step], np.where(abs(away) > 0.3, np.sign(away), 0))


@given(seed=SIGNALS, bound=st.floats(0.0, 1.0))
@settings(max_examples=15, deadline=None)
def test_sigma_delta_keeps_its_mean(seed, bound):
    signal = jr.uniform(jr.key(seed), (300, 4), minval=-bound, maxval=bound)
    trains = encode.sigma_delta(signal)
    assert set(np.unique(trains)) <= {-1, 1}
    off = np.cumsum(np.asarray(trains - signal, np.float64), 0)
    assert np.abs(off).max() <= 2 + 1e-3
    asynchronous = np.asarray(encode.asynchronous_sigma_delta(signal, threshold=1.0))
    off = np.cumsum(np.asarray(signal, np.float64) - asynchronous, 0)
    assert np.abs(off).max() < 1 + 1e-3


def test_sigma_delta_pushes_its_error_up_by_20_dB_per_decade():
    """Power of the error of a busy signal, over a decade well below half the rate: slope 2 +- 0.2
    (the standard error of a fit to 2,400 frequencies is 0.05)."""
    signal = jr.uniform(jr.key(7), (2**16,), minval=-0.8, maxval=0.8)
    error = np.asarray(encode.sigma_delta(signal) - signal, np.float64)
    power = np.abs(np.fft.rfft(error * np.hanning(len(error)))) ** 2
    frequency = np.fft.rfftfreq(len(error))
    inside = (frequency > 0.004) & (frequency < 0.04)
    slope = np.polyfit(np.log10(frequency[inside]), np.log10(power[inside]), 1)[0]
    assert slope == pytest.approx(2, abs=0.2)


@given(seed=SIGNALS)
@settings(max_examples=10, deadline=None)
def test_hough_never_sends_too_much_and_both_decode_as_they_peel(seed):
    kernel = jnp.asarray(np.hanning(10)[1:-1] / np.hanning(10).sum(), jnp.float32)
    signal = 0.5 + 0.2 * jnp.clip(noise(seed, 300, 2, 32), -2, 2)
    trains = encode.hough_spiker(signal, kernel)
    left = signal - encode.decode_kernel(trains, kernel)
    assert float(left.min()) > -1e-5
    assert set(np.unique(trains)) <= {0, 1}


def test_ben_is_closer_than_hough_for_a_smooth_signal():
    """Both as published; the kernel sums to 1 and the signal lies within 0 and 1."""
    t = np.arange(1000)
    signal = jnp.asarray(0.5 + 0.3 * np.sin(2 * np.pi * t / 200), jnp.float32)
    kernel = jnp.asarray(np.hanning(26)[1:-1] / np.hanning(26).sum(), jnp.float32)
    missed = {}
    for name, trains in (
        ("hough", encode.hough_spiker(signal, kernel)),
        ("ben", encode.bens_spiker(signal, kernel, threshold=0.955)),
    ):
        known = encode.decode_kernel(trains, kernel)
        missed[name] = float(jnp.sqrt(((known - signal)[50:-50] ** 2).mean()))
    assert missed["ben"] < missed["hough"] < 0.05


def test_a_kernel_that_was_sent_is_found_again():
    """Kernels that do not overlap are peeled off one by one."""
    kernel = jnp.asarray([0.2, 0.6, 0.2])
    spikes = jnp.zeros((40, 2)).at[jnp.array([3, 11, 30]), 0].set(1).at[20, 1].set(1)
    signal = encode.decode_kernel(spikes, kernel)
    np.testing.assert_array_equal(encode.hough_spiker(signal + 1e-6, kernel), spikes)
    np.testing.assert_array_equal(encode.bens_spiker(signal, kernel, threshold=0.9), spikes)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: encode.send_on_delta(x, delta=0.3),
        lambda x: encode.leaky_send_on_delta(x, delta=0.3, tau_ms=9.0, time_step_ms=1.0),
        lambda x: encode.send_on_area(x, area=0.3, time_step_ms=1.0),
        lambda x: encode.send_on_energy(x, energy=0.3, time_step_ms=1.0),
        lambda x: encode.level_crossing(x, delta=0.3, hysteresis=0.1),
        lambda x: encode.step_forward(x, threshold=0.3),
        lambda x: encode.moving_window(x, window=3, threshold=0.3),
        encode.sigma_delta,
        lambda x: encode.asynchronous_sigma_delta(x, threshold=1.0),
        lambda x: encode.bens_spiker(x, jnp.asarray([0.5, 0.5]), threshold=0.1),
        lambda x: encode.hough_spiker(x, jnp.asarray([0.5, 0.5])),
    ],
)
def test_signals_are_independent_and_programs_compile(call):
    signal = noise(11, 60, 4)
    trains = call(signal)
    np.testing.assert_array_equal(call(signal[:, 2]), trains[:, 2])
    np.testing.assert_array_equal(jax.jit(call)(signal), trains)
    np.testing.assert_array_equal(jax.vmap(call, 1, 1)(signal), trains)
    np.testing.assert_array_equal(call(signal.reshape(60, 2, 2)), trains.reshape(60, 2, 2))


# Time encoding


def band_limited(seed, band_hz=20.0, steps=4001, largest=0.7):
    """Sines below a band, every 0.1 ms."""
    generator, t = np.random.default_rng(seed), np.arange(steps) / 10_000
    tones = generator.uniform(0, 0.9 * band_hz, 6)
    phases = generator.uniform(0, 2 * np.pi, 6)
    signal = np.sin(2 * np.pi * tones * t[:, None] + phases).sum(1)
    return largest * signal / np.abs(signal).max()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_band_limited_signal_comes_back_whole(seed):
    """To 60 dB, away from the ends; intervals of at most 5 / 0.3 = 17 ms, where 25 ms would do."""
    signal = band_limited(seed)
    times = encode.time_encoding(signal, time_step_ms=0.1, bias=1.0, threshold=5.0)
    gaps = np.diff(times)
    assert gaps.min() >= 5 / 1.7 - 1e-9 and gaps.max() <= 5 / 0.3 + 1e-9
    middle = slice(1200, 2800)
    again = encode.decode_time_encoding(
        times, np.arange(4001)[middle] / 10, bias=1.0, threshold=5.0, bandwidth_hz=20.0
    )
    wrong = ((again - signal[middle]) ** 2).mean() / (signal[middle] ** 2).mean()
    assert 10 * np.log10(wrong) < -60


def test_spikes_come_when_the_integral_has_grown_by_the_threshold():
    """Straight lines have a closed form: x = t / 100 on a bias of 1 gives t + t^2 / 200 = 7 k."""
    t_ms = np.arange(0, 101.0)
    times = encode.time_encoding(t_ms / 100, time_step_ms=1.0, bias=1.0, threshold=7.0)
    expected = 100 * (np.sqrt(1 + 7 * np.arange(1, len(times) + 1) / 50) - 1)
    np.testing.assert_allclose(times, expected, atol=1e-9)
    assert len(times) == 150 // 7


# Decoders of any code


def test_a_trace_holds_one_spike_per_spike():
    train = jnp.zeros(4000).at[jnp.array([10, 500, 501])].set(1)
    trace = encode.exponential_trace(train, tau_ms=30.0, time_step_ms=0.5)
    assert float(trace.sum() * 0.5e-3) == pytest.approx(3, rel=1e-3)
    assert float(trace[10 + 60] / trace[10]) == pytest.approx(math.exp(-1), rel=1e-4)


def test_the_best_filter_is_found_from_its_own_output():
    """Delays, look-ahead and offset: a signal made by a filter is read by it."""
    spikes = jr.bernoulli(jr.key(0), 0.2, (600, 3)).astype(float)
    weights = jr.normal(jr.key(1), (4, 3, 2))
    made = encode.LinearDecoder(weights, jnp.array([1.0, -2.0]), 1)
    signal = encode.decode_linear(made, spikes)
    slow = sum(
        np.pad(np.asarray(spikes), ((5, 5), (0, 0)))[6 - d : 606 - d] @ np.asarray(weights[d])
        for d in range(4)
    )
    np.testing.assert_allclose(signal, slow + np.array([1.0, -2.0]), atol=1e-5)
    found = encode.fit_linear_decoder(spikes, signal, delays=4, look_ahead=1)
    np.testing.assert_allclose(found.weights, weights, atol=1e-3)
    np.testing.assert_allclose(found.offset, made.offset, atol=1e-3)
    # A ridge leaves less of the filter.
    weak = encode.fit_linear_decoder(spikes, signal, delays=4, look_ahead=1, ridge=1e4)
    assert float(jnp.abs(weak.weights).max()) < 0.1 * float(jnp.abs(weights).max())


def test_counts_of_windows():
    trains = jr.bernoulli(jr.key(2), 0.5, (23, 2)).astype(float)
    counts = encode.spike_counts(trains, window=5)
    np.testing.assert_array_equal(counts, np.asarray(trains)[:20].reshape(4, 5, 2).sum(1))
