"""Weyl's discrepancy of signed spikes: its definition, and what sampling by differences keeps."""

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier import encode
from ranvier.metrics import discrepancy_norm

TRAINS = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


@given(TRAINS)
def test_it_is_the_largest_sum_over_any_interval(train):
    ends = range(len(train) + 1)
    sums = [abs(sum(train[a:b])) for a, b in itertools.combinations(ends, 2)]
    assert discrepancy_norm(train) == max(sums)


@given(TRAINS, st.integers(0, 2**31 - 1), st.floats(-3, 3))
def test_it_is_a_norm(train, seed, factor):
    one = np.array(train, float)
    two = np.random.default_rng(seed).integers(-3, 4, len(one))
    assert (discrepancy_norm(one) == 0) == (not one.any())
    assert discrepancy_norm(factor * one) == pytest.approx(
        abs(factor) * float(discrepancy_norm(one)), abs=1e-9
    )
    assert discrepancy_norm(one + two) <= discrepancy_norm(one) + discrepancy_norm(two)
    assert discrepancy_norm(one[::-1]) == discrepancy_norm(one)


def test_units_are_apart_and_a_moved_spike_costs_one():
    moved = np.zeros((9, 2, 3))
    moved[1, 0, 0], moved[2, 0, 0] = 1, -1
    moved[1, 1, 2], moved[8, 1, 2] = 1, -1
    expected = np.zeros((2, 3))
    expected[0, 0] = expected[1, 2] = 1
    np.testing.assert_array_equal(discrepancy_norm(moved), expected)


def smooth(seed, smooth_over, steps=150):
    white = np.random.default_rng(seed).standard_normal((steps + smooth_over, 4))
    kernel = np.hanning(smooth_over + 2)[1:-1]
    kernel /= np.sqrt((kernel**2).sum())
    return np.stack([np.convolve(one, kernel, "valid")[:steps] for one in white.T], 1)


@given(
    seed=st.integers(0, 2**31 - 1),
    delta=st.sampled_from([0.05, 0.3, 1.0, 2.5]),
    likeness=st.sampled_from([0.0, 0.9, 0.999, 1.0]),
)
@settings(max_examples=40, deadline=None)
def test_send_on_delta_keeps_it_but_for_a_constant(seed, delta, likeness):
    """Any two signals, alike or not; rounding to single precision is a thousandth of delta."""
    x, other = smooth(seed, 8), smooth(seed + 1, 3)
    y = likeness * x + np.sqrt(1 - likeness**2) * other
    one, two = (
        np.asarray(encode.send_on_delta(jnp.asarray(s, jnp.float32), delta=delta)) for s in (x, y)
    )
    apart = discrepancy_norm(one - two) - np.ptp(x - y, axis=0) / delta
    assert np.abs(apart).max() < 4 + 1e-3
    single = discrepancy_norm(one) - np.ptp(x, axis=0) / delta
    assert single.max() < 1e-3 and single.min() > -2 - 1e-3


def test_the_constants_are_no_larger_than_need_be():
    """Signals that tremble by almost delta send nothing, and are four deltas apart in range."""
    tremble = jnp.asarray([0.0, 0.99, -0.99, 0.99], jnp.float32)
    for signal in (tremble, -tremble):
        assert not encode.send_on_delta(signal, delta=1.0).any()
    assert np.ptp(np.asarray(2 * tremble)) == pytest.approx(3.96)
    assert np.ptp(np.asarray(tremble)) == pytest.approx(1.98)


@pytest.mark.parametrize("trains", [3.0, [], np.zeros((0, 4))])
def test_without_steps_there_is_nothing_to_measure(trains):
    with pytest.raises(ValueError, match=r"discrepancy_norm: the trains have shape .* \[T, \*unit"):
        discrepancy_norm(trains)


def test_numbers_that_are_none_are_refused():
    with pytest.raises(ValueError, match="not finite"):
        discrepancy_norm([1.0, np.nan])
