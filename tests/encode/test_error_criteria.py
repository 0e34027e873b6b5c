"""Leaky references, and errors that must grow before they are sent: closed forms and loops."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier.encode as encode
from tests.encode.test_signals import SIGNALS, noise

STEP_MS = 0.5


def leaky(signal, **given):
    return encode.leaky_send_on_delta(signal, time_step_ms=STEP_MS, **given)


def known(trains, **given):
    return encode.decode_leaky_send_on_delta(trains, time_step_ms=STEP_MS, **given)


# A reference that leaks


@given(seed=SIGNALS, delta=st.floats(0.05, 2.0), tau_ms=st.floats(1.0, 200.0))
@settings(max_examples=20, deadline=None)
def test_a_leaky_sum_of_the_spikes_is_right_to_delta(seed, delta, tau_ms):
    signal = noise(seed, 200)
    trains = leaky(signal, delta=delta, tau_ms=tau_ms)
    off = known(trains, delta=delta, tau_ms=tau_ms) - signal
    assert float(jnp.abs(off).max()) < delta * (1 + 1e-4)
    assert (np.asarray(trains) == np.round(trains)).all()


def test_leaky_send_on_delta_is_a_plain_loop():
    signal, delta, kept = np.asarray(noise(2, 300), np.float64), 0.3, np.exp(-STEP_MS / 20)
    trains = np.asarray(leaky(jnp.asarray(signal, jnp.float32), delta=delta, tau_ms=20.0))
    for channel in range(3):
        reference = 0.0
        for step, x in enumerate(signal[:, channel]):
            reference, count = kept * reference, 0
            while x >= reference + delta:
                reference, count = reference + delta, count + 1
            while x <= reference - delta:
                reference, count = reference - delta, count - 1
            assert trains[step, channel] == count
    assert np.abs(trains).max() > 1


@pytest.mark.parametrize("level", [0.5, 1.0, -3.0])
def test_a_level_costs_as_many_spikes_as_the_closed_form(level):
    """Spikes come when L - delta is reached from L: every tau ln(L / (L - delta)) ms; in steps of
    0.01 ms each comes up to a step late, and the next so much earlier."""
    delta, tau_ms = 0.2, 30.0
    held = jnp.full((20_000,), level)
    given = {"delta": delta, "tau_ms": tau_ms, "time_step_ms": 0.01}
    trains = np.asarray(encode.leaky_send_on_delta(held, **given))
    at = np.flatnonzero(trains[1:])
    assert (trains[1:][at] == np.sign(level)).all() and len(at) > 10
    expected = tau_ms * np.log(abs(level) / (abs(level) - delta))
    assert np.diff(at).mean() * 0.01 == pytest.approx(expected, abs=0.01)
    assert not encode.leaky_send_on_delta(held * 0.19 / level, **given).any()


def test_a_lost_spike_is_forgotten_and_a_late_listener_catches_up():
    signal = noise(4, 400, 1)
    trains = leaky(signal, delta=0.2, tau_ms=10.0)
    whole = known(trains, delta=0.2, tau_ms=10.0)
    at = int(np.flatnonzero(np.asarray(trains[:, 0]))[5])
    sign = float(np.sign(trains[at, 0]))
    missed = known(trains.at[at, 0].add(-sign), delta=0.2, tau_ms=10.0)
    later = np.arange(at, 400)
    expected = -sign * 0.2 * np.exp(-(later - at) * STEP_MS / 10)
    np.testing.assert_allclose((missed - whole)[at:, 0], expected, atol=1e-5)
    late = known(trains[100:], delta=0.2, tau_ms=10.0)
    assert float(jnp.abs(late - whole[100:])[200:].max()) < 1e-3
    # Without a leak it would be wrong for ever.
    plain = encode.send_on_delta(signal, delta=0.2)
    for_ever = encode.decode_send_on_delta(plain.at[at, 0].add(1.0), delta=0.2)
    assert float(jnp.abs(for_ever - encode.decode_send_on_delta(plain, delta=0.2))[-1, 0]) > 0.19


def test_with_a_long_time_constant_it_is_send_on_delta_from_zero():
    signal = noise(6) - noise(6)[0]
    trains = leaky(signal, delta=0.25, tau_ms=1e9)
    np.testing.assert_array_equal(trains, encode.send_on_delta(signal, delta=0.25))


# Errors that grow

CRITERIA = {
    "area": (lambda x, most, dt: encode.send_on_area(x, area=most, time_step_ms=dt), 1),
    "energy": (lambda x, most, dt: encode.send_on_energy(x, energy=most, time_step_ms=dt), 2),
}
NAMES = sorted(CRITERIA)


def grown(before, now, power, dt, fine=400):
    """The integral of a power of the size of a straight line, by the midpoint rule."""
    line = before + (now - before) * (np.arange(fine) + 0.5) / fine
    return float((np.abs(line) ** power).mean() * dt)


@pytest.mark.parametrize("name", NAMES)
@given(seed=SIGNALS, most=st.sampled_from([0.05, 0.31, 2.0]))
@settings(max_examples=8, deadline=None)
def test_errors_are_sent_when_they_have_grown(name, seed, most):
    """A plain loop over a fine grid decides the same, where it is not too close to call."""
    send, power = CRITERIA[name]
    signal = np.asarray(noise(seed, 120, 1), np.float64)[:, 0]
    trains = np.asarray(send(jnp.asarray(signal, jnp.float32), most, STEP_MS))
    reference, error, sent = signal[0], 0.0, 0
    for step in range(1, len(signal)):
        here, there = signal[step - 1] - reference, signal[step] - reference
        error += grown(here, there, power, STEP_MS)
        reached = error >= most
        if abs(error - most) < 1e-4 * most:
            reached = trains[step] != 0
        assert (trains[step] != 0) == reached
        if reached:
            assert trains[step] == pytest.approx(there, abs=1e-5)
            reference, error, sent = signal[step], 0.0, sent + 1
    assert sent > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_sum_of_graded_spikes_is_the_signal_where_they_are_sent(name):
    send, power = CRITERIA[name]
    signal = noise(8)
    trains = send(signal, 0.4, STEP_MS)
    held = np.asarray(encode.decode_graded(trains, start=signal[0]))
    sent = np.asarray(trains) != 0
    np.testing.assert_allclose(held[sent], np.asarray(signal)[sent], atol=1e-6)
    assert not trains[0].any() and 20 < sent.sum() < 600
    for channel in range(3):
        error = 0.0
        for step in range(1, 400):
            if sent[step, channel]:
                error = 0.0
                continue
            away = np.asarray(signal)[[step - 1, step], channel] - held[step, channel]
            error += grown(*away, power, STEP_MS)
            assert error < 0.4 * (1 + 1e-3)


@pytest.mark.parametrize(
    ("name", "period_ms"),
    [("area", (2 * 0.5 / 0.02) ** 0.5), ("energy", (3 * 0.5 / 4e-4) ** (1 / 3))],
)
def test_a_ramp_is_sent_at_the_intervals_of_the_closed_form(name, period_ms):
    """Slope 0.02 per ms, threshold 0.5; steps of 0.01 ms, to which intervals are rounded up."""
    ramp = jnp.asarray(0.02 * 0.01 * np.arange(20_000), jnp.float32)
    at = np.flatnonzero(np.asarray(CRITERIA[name][0](ramp, 0.5, 0.01)))
    intervals = np.diff(at) * 0.01
    assert len(at) == int(200 / intervals.mean())
    np.testing.assert_allclose(intervals, period_ms, atol=0.02)


@pytest.mark.parametrize(("name", "exponent"), [("area", 0.5), ("energy", 2 / 3)])
def test_rates_are_those_of_the_mean_root_of_the_slope(name, exponent):
    """A sine of 2 Hz for 20 s; small thresholds, so that slopes hold from spike to spike."""
    t = np.arange(200_000) * 0.1
    omega = 2 * np.pi * 2 / 1000
    wave = jnp.asarray(np.sin(omega * t), jnp.float32)
    most = 1e-2 if name == "area" else 1e-4
    sent = np.count_nonzero(CRITERIA[name][0](wave, most, 0.1)) / t[-1]
    slope = (np.abs(omega * np.cos(omega * t)) ** exponent).mean()
    scale = (2 * most) ** 0.5 if name == "area" else (3 * most) ** (1 / 3)
    assert sent == pytest.approx(slope / scale, rel=0.04)


def test_a_small_error_that_lasts_is_sent_and_a_short_peak_is_not():
    small = jnp.full((100,), 0.2).at[0].set(0.0)
    assert not encode.send_on_delta(small, delta=0.5).any()
    assert float(encode.send_on_area(small, area=1.0, time_step_ms=0.5).sum()) == pytest.approx(0.2)
    peak = jnp.zeros(100).at[50].set(0.9)
    assert encode.send_on_delta(peak, delta=0.5).any()
    assert not encode.send_on_area(peak, area=1.0, time_step_ms=0.5).any()
    # Ten times as high for a tenth of the time is the same area and ten times the energy.
    wide, high = jnp.zeros(400).at[100:200].set(0.1), jnp.zeros(400).at[100:110].set(1.0)
    sent = [
        np.count_nonzero(encode.send_on_area(x, area=4.0, time_step_ms=0.5)) for x in (wide, high)
    ]
    assert sent[0] > 0 and sent[1] > 0
    given = {"energy": 2.0, "time_step_ms": 0.5}
    assert not encode.send_on_energy(wide, **given).any()
    assert encode.send_on_energy(high, **given).any()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_million_spikes_do_not_drift(name, dtype, float64):
    """Rounding of one spike is made good by the next, in half precision, too."""
    steps = 1_000_001 if dtype == "float32" else 20_001
    wave = jnp.asarray(np.where(np.arange(steps) % 2, 0.37, 0.0), dtype) + jnp.asarray(0.1, dtype)
    trains = CRITERIA[name][0](wave, 1e-4, 1.0)
    assert trains.dtype == dtype and np.count_nonzero(trains) == steps - 1
    held = np.asarray(encode.decode_graded(trains, start=wave[0]), np.float64)
    exact = 3e-4 if dtype == "float16" else 1e-6
    assert np.abs(held[-100:] - np.asarray(wave, np.float64)[-100:]).max() < exact


# What is refused


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: leaky(x, delta=0.0, tau_ms=1.0), ValueError, "delta is 0.0"),
        (lambda x: leaky(x, delta=1.0, tau_ms=-1.0), ValueError, "tau_ms is -1.0"),
        (lambda x: leaky(x.astype(int), delta=1.0, tau_ms=1.0), TypeError, "of type int32"),
        (lambda x: leaky(x[:0], delta=1.0, tau_ms=1.0), ValueError, "at least 1 step"),
        (lambda x: known(x, delta=1.0, tau_ms=0.0), ValueError, "decode_leaky_send_on_delta: tau"),
        (
            lambda x: encode.send_on_area(x, area=-1.0, time_step_ms=1.0),
            ValueError,
            "send_on_area: area is -1.0",
        ),
        (
            lambda x: encode.send_on_energy(x, energy=1.0, time_step_ms=0.0),
            ValueError,
            "send_on_energy: time_step_ms is 0.0",
        ),
        (lambda x: encode.decode_graded(x[0, 0]), ValueError, r"decode_graded: .* shape \(\)"),
    ],
)
def test_what_does_not_fit_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call(noise(0, 5))
