"""What every code must do: keep to its bound, compile, vectorise, refuse what it cannot take."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier.encode as encode


class Code(NamedTuple):
    """A code of single values within 0..1, what reads it, and how far that may be off."""

    encode: object
    decode: object
    low: float
    high: float


def close(bound):
    return (-bound - 1e-6, bound + 1e-6)


CODES = {
    "regular rate": Code(
        partial(encode.regular_rate, steps=50),
        partial(encode.decode_rate, spikes=50),
        *close(1 / 50),
    ),
    "latency": Code(
        lambda x: encode.spikes_at(encode.latency(x, window_ms=49.0), 50, time_step_ms=1.0),
        lambda y: encode.decode_latency(encode.first_spike(y, time_step_ms=1.0), window_ms=49.0),
        *close(0.5 / 49),
    ),
    "binary": Code(lambda x: encode.binary(x, 5), encode.decode_binary, *close(0.5 / (2**5 - 1))),
    "timing": Code(
        lambda x: encode.timing(x, 2, 10), encode.decode_timing, *close(0.5 / (10**2 - 1))
    ),
    "phase": Code(
        lambda x: encode.phase(x, 6, periods=2),
        lambda y: encode.decode_phase(y, 6),
        -1e-6,
        2**-6 + 1e-6,
    ),
}
NAMES = sorted(CODES)


@pytest.mark.parametrize("name", NAMES)
@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=15, deadline=None)
def test_what_is_decoded_is_as_right_as_stated(name, seed):
    code = CODES[name]
    values = jr.uniform(jr.key(seed), (200,))
    values = values.at[:2].set(jnp.array([0.0, 1.0]))
    off = np.asarray(values - code.decode(code.encode(values)))
    assert off.min() >= code.low and off.max() <= code.high


@pytest.mark.parametrize("name", NAMES)
def test_the_bound_is_no_larger_than_need_be(name):
    """Over 2,000 values, the worst comes within a twentieth of it."""
    code = CODES[name]
    values = jnp.linspace(0, 1, 2001)
    off = np.abs(np.asarray(values - code.decode(code.encode(values)))).max()
    assert off > 0.95 * code.high


@pytest.mark.parametrize("name", NAMES)
def test_time_is_first_and_axes_and_transformations_do_not_matter(name):
    code = CODES[name]
    values = jr.uniform(jr.key(1), (2, 3))
    trains = code.encode(values)
    single = code.encode(values[1, 2])
    assert trains.shape[0] == single.shape[0] and trains.shape[1:3] == (2, 3)
    np.testing.assert_array_equal(trains[:, 1, 2], single)
    np.testing.assert_array_equal(jax.jit(code.encode)(values), trains)
    np.testing.assert_array_equal(jax.vmap(jax.vmap(code.encode, 0, 1), 0, 1)(values), trains)
    np.testing.assert_allclose(jax.jit(code.decode)(trains), code.decode(trains), atol=1e-6)
    assert set(np.unique(trains)) == {0, 1}


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_precision_follows_the_values(name, dtype, float64):
    """The bound holds in half precision, too, to what that makes of the values themselves."""
    code = CODES[name]
    values = jnp.asarray(np.linspace(0, 1, 41), dtype)
    trains = code.encode(values)
    assert trains.dtype == dtype
    off = np.asarray(values, np.float64) - np.asarray(code.decode(trains), np.float64)
    slack = 1e-3 if dtype == "float16" else 0
    assert off.min() >= code.low - slack and off.max() <= code.high + slack


@pytest.mark.parametrize("name", NAMES)
def test_values_outside_are_taken_as_the_nearer_end(name):
    code = CODES[name]
    np.testing.assert_array_equal(
        code.encode(jnp.array([-0.5, 1.5])), code.encode(jnp.array([0.0, 1.0]))
    )


REFUSED = {
    "rate": (lambda x: encode.decode_rate(x, spikes=0), ValueError, "spikes is 0"),
    "regular": (lambda x: encode.regular_rate(x, 0), ValueError, "steps is 0"),
    "regular start": (
        lambda x: encode.regular_rate(x, 5, start=2.0),
        ValueError,
        "start contain 2, expected 0 to 1",
    ),
    "latency": (lambda x: encode.latency(x, window_ms=-1), ValueError, "window_ms is -1"),
    "pixels": (
        lambda x: encode.latency(x.astype(jnp.uint8), window_ms=1),
        TypeError,
        "type uint8.*Divide pixels by 255",
    ),
    "charging": (
        lambda x: encode.charging_latency(x, tau_ms=0.0),
        ValueError,
        "tau_ms is 0.0, expected a finite number above 0",
    ),
    "steps": (
        lambda x: encode.spikes_at(x, 2.5, time_step_ms=1.0),
        ValueError,
        "steps is 2.5, expected a whole number",
    ),
    "binary": (lambda x: encode.binary(x, 25), ValueError, r"2\^25 words are more than"),
    "timing": (lambda x: encode.timing(x, 3, 1), ValueError, "slots is 1, expected"),
    "timing words": (lambda x: encode.timing(x, 9, 10), ValueError, r"10\^9 words"),
    "decode timing": (encode.decode_timing, ValueError, r"expected \[slots, \.\.\., units\]"),
    "decode binary": (encode.decode_binary, ValueError, r"expected \[1, \.\.\., bits\]"),
    "phase": (lambda x: encode.phase(x, 0), ValueError, "bits is 0"),
    "periods": (lambda x: encode.decode_phase(x, 2), ValueError, "whole periods of 2"),
    "burst": (lambda x: encode.burst(x, 5, growth=0.5), ValueError, "growth is 0.5"),
    "rank": (lambda x: encode.rank_order(x, spikes=4), ValueError, "one for each of the 3 units"),
    "no units": (lambda x: encode.ranks(x[0]), ValueError, "no axis"),
    "by rank": (
        lambda x: encode.decode_ranks(encode.rank_order(x), jnp.ones(2)),
        ValueError,
        r"shape \(2,\), expected \(3,\)",
    ),
    "modulation": (
        lambda x: encode.decode_rank_order(x, modulation=1.5),
        ValueError,
        "modulation is 1.5",
    ),
    "delta": (lambda x: encode.send_on_delta(x, delta=0.0), ValueError, "delta is 0.0"),
    "hysteresis": (
        lambda x: encode.level_crossing(x, delta=1.0, hysteresis=-1.0),
        ValueError,
        "hysteresis is -1.0, expected a finite number of at least 0",
    ),
    "no time": (
        lambda x: encode.send_on_delta(x[:0], delta=1.0),
        ValueError,
        r"shape \(0,\), expected \[time, \.\.\.\]",
    ),
    "threshold": (
        lambda x: encode.step_forward(x, threshold=float("nan")),
        ValueError,
        "threshold is nan",
    ),
    "window": (
        lambda x: encode.moving_window(x, window=0, threshold=1.0),
        ValueError,
        "window is 0",
    ),
    "kernel": (
        lambda x: encode.bens_spiker(x, jnp.ones((2, 2))),
        ValueError,
        r"kernel has shape \(2, 2\), expected \[taps\]",
    ),
    "poisson": (
        lambda x: encode.poisson(-x, 5, time_step_ms=1.0, key=jr.key(0)),
        ValueError,
        "rates_hz contain -1, expected at least 0",
    ),
    "events": (
        lambda x: encode.crossing_events(x[None, None], delta=1.0, time_step_ms=1.0),
        ValueError,
        r"expected \[time\] or \[time, channels\]",
    ),
    "tuning": (
        lambda x: encode.gaussian_tuning(2, low=0.0, high=1.0),
        ValueError,
        "units is 2, expected a whole number of at least 3",
    ),
    "range": (
        lambda x: encode.gaussian_tuning(5, low=1.0, high=1.0),
        ValueError,
        "low is 1.0, expected less than high",
    ),
    "counts": (
        lambda x: encode.decode_population_vector(x, encode.gaussian_tuning(5, low=0.0, high=1.0)),
        ValueError,
        r"shape \(3,\), expected \[\.\.\., 5\]",
    ),
    "bias": (
        lambda x: encode.time_encoding(-x, time_step_ms=1.0, bias=1.0, threshold=1.0),
        ValueError,
        "Raise the bias",
    ),
    "interval": (
        lambda x: encode.decode_time_encoding(
            np.arange(5.0), np.zeros(1), bias=1.0, threshold=1.0, bandwidth_hz=500.0
        ),
        ValueError,
        "an interval lasts 1 ms, expected less than 1 / 2B = 1 ms",
    ),
    "spike times": (
        lambda x: encode.decode_time_encoding(
            np.zeros(3), np.zeros(1), bias=1.0, threshold=1.0, bandwidth_hz=1.0
        ),
        ValueError,
        "each later than the one before",
    ),
    "count window": (
        lambda x: encode.spike_counts(x, window=9),
        ValueError,
        "at least 9 steps",
    ),
    "filter": (
        lambda x: encode.fit_linear_decoder(x, x, delays=1),
        ValueError,
        r"expected \[time, units\] and \[time, signals\]",
    ),
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_refused(name):
    call, error, words = REFUSED[name]
    with pytest.raises(error, match=words):
        call(jnp.ones(3))
