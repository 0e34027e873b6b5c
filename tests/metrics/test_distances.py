"""Van Rossum's and Victor and Purpura's distances, against their definitions."""

import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.metrics import van_rossum_distance, victor_purpura_distance
from tests.metrics.trains import gamma_train, trains

van_rossum = functools.partial(van_rossum_distance, time_constant_ms=5.0)
victor_purpura = functools.partial(victor_purpura_distance, cost_per_ms=0.3)
DISTANCES = pytest.mark.parametrize("distance", [van_rossum, victor_purpura])


@DISTANCES
@given(one=trains(), two=trains(), three=trains())
def test_distances_are_metrics(distance, one, two, three):
    assert distance(one, one) == 0
    assert (distance(one, two) > 0) == (one.tolist() != two.tolist())
    assert distance(one, two) == pytest.approx(distance(two, one), abs=1e-9)
    assert distance(one, three) <= distance(one, two) + distance(two, three) + 1e-9


@DISTANCES
@given(one=trains(), two=trains(), shift=st.integers(-100, 100))
def test_distances_do_not_depend_on_when_time_begins(distance, one, two, shift):
    moved = distance(one + shift, two + shift)
    assert moved == pytest.approx(distance(one, two), abs=1e-7)


@given(trains(), trains())
def test_van_rossum_is_the_sum_over_all_pairs(one, two):
    times = np.concatenate([one, two])
    charges = np.concatenate([np.ones(len(one)), -np.ones(len(two))])
    kernel = np.exp(-np.abs(times[:, None] - times) / 5.0)
    assert van_rossum(one, two) ** 2 == pytest.approx(charges @ kernel @ charges / 2, abs=1e-9)


def test_van_rossum_is_the_integral_of_the_filtered_trains():
    one, two = gamma_train(1, 30, 10.0, seed=0), gamma_train(1, 25, 12.0, seed=1)
    at = np.arange(0.0, 600.0, 0.01)

    def filtered(times):
        since = at[:, None] - times
        return np.where(since >= 0, np.exp(-np.maximum(since, 0) / 5.0), 0).sum(1)

    integral = ((filtered(one) - filtered(two)) ** 2).sum() * 0.01 / 5.0
    # A sum of jumps over steps of 0.01 ms errs by about a step per jump.
    assert van_rossum(one, two) ** 2 == pytest.approx(integral, rel=0.01)


def test_limits_of_van_rossum():
    one, two = np.array([10.0, 30.0, 50.0]), np.array([30.0])
    assert van_rossum_distance(one, two, time_constant_ms=1e-3) ** 2 == pytest.approx(2 / 2)
    assert van_rossum_distance(one, two, time_constant_ms=1e9) ** 2 == pytest.approx(2**2 / 2)
    for gap in (0.5, 3.0, 40.0):
        squared = van_rossum([100.0], [100.0 + gap]) ** 2
        assert squared == pytest.approx(1 - np.exp(-gap / 5.0))


@given(trains(), trains())
def test_victor_purpura_is_the_least_cost_of_all_steps(one, two):
    @functools.cache
    def cost(i: int, j: int) -> float:
        if i == 0 or j == 0:
            return i + j
        moved = cost(i - 1, j - 1) + 0.3 * abs(one[i - 1] - two[j - 1])
        return min(cost(i - 1, j) + 1, cost(i, j - 1) + 1, moved)

    assert victor_purpura(one, two) == pytest.approx(cost(len(one), len(two)), abs=1e-9)


@given(trains(), trains())
def test_limits_of_victor_purpura(one, two):
    assert victor_purpura_distance(one, two, cost_per_ms=0) == abs(len(one) - len(two))
    common = sum(min((one == time).sum(), (two == time).sum()) for time in np.intersect1d(one, two))
    # Times lie on a grid of a quarter of a millisecond: moving a spike never pays.
    far = victor_purpura_distance(one, two, cost_per_ms=8.0)
    assert far == len(one) + len(two) - 2 * common


@given(trains(), trains(), st.floats(0, 4), st.floats(0, 4))
def test_a_higher_cost_brings_no_trains_nearer(one, two, cost, more):
    near = victor_purpura_distance(one, two, cost_per_ms=cost)
    assert near <= victor_purpura_distance(one, two, cost_per_ms=cost + more) + 1e-9


def test_silent_trains_and_long_ones():
    assert van_rossum([], []) == victor_purpura([], []) == 0
    assert van_rossum([], [1.0, 1000.0]) == pytest.approx(1.0)
    assert victor_purpura([], [1.0, 2.0]) == 2
    long = gamma_train(1, 100_000, 10.0, seed=2)
    assert van_rossum(long, long[1:]) ** 2 == pytest.approx(0.5)


@pytest.mark.parametrize("setting", [0, -1.0, np.nan, np.inf])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match="time_constant_ms"):
        van_rossum_distance([], [], time_constant_ms=setting)
    if setting != 0:
        with pytest.raises(ValueError, match="cost_per_ms"):
            victor_purpura_distance([], [], cost_per_ms=setting)
