import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.metrics import (
    autocorrelogram,
    count_correlation,
    cross_correlogram,
    spike_counts,
)
from tests.metrics.trains import gamma_train, trains


@given(trains(), trains(), st.sampled_from([0.5, 1.0, 3.0]), st.sampled_from([3.0, 10.0]))
def test_a_correlogram_counts_all_pairs_within_reach(one, two, bin_ms, reach_ms):
    found = cross_correlogram(one, two, bin_ms=bin_ms, reach_ms=reach_ms)
    side = int(reach_ms / bin_ms)
    expected = np.zeros(2 * side + 1, int)
    for first in one:
        for second in two:
            place = int(np.floor((second - first) / bin_ms + 0.5)) + side
            if 0 <= place <= 2 * side:
                expected[place] += 1
    assert (found.counts == expected).all()
    assert found.lags_ms[side] == 0


@given(trains())
def test_an_autocorrelogram_pairs_no_spike_with_itself(times):
    found = autocorrelogram(times, bin_ms=0.25, reach_ms=5)
    middle = len(found.counts) // 2
    twice = sum(int(n) * (int(n) - 1) for n in np.unique(times, return_counts=True)[1])
    assert found.counts[middle] == twice


def test_pieces_of_long_trains_add_up():
    clock = np.arange(3000.0)
    found = cross_correlogram(clock, clock, bin_ms=1, reach_ms=2999)
    assert found.counts.tolist() == [*range(1, 3000), 3000, *range(2999, 0, -1)]


def test_independent_poisson_trains_meet_as_often_as_expected():
    # Counts per bin are nearly Poisson: 5.4 deviations in 41 bins, one false alarm in 300,000.
    one, two = (gamma_train(1, 6000, 10.0, seed) for seed in (1, 2))
    stop = min(one[-1], two[-1])
    one, two = one[one < stop], two[two < stop]
    found = cross_correlogram(one, two, bin_ms=5, reach_ms=100)
    expected = found.expected(len(one), len(two), stop)
    assert (np.abs(found.counts - expected) < 5.4 * np.sqrt(expected)).all()


def test_a_delay_is_seen_where_it_is():
    one = gamma_train(1, 500, 40.0, seed=3)
    found = cross_correlogram(one, one + 7.0, bin_ms=1, reach_ms=20)
    assert found.lags_ms[np.argmax(found.counts)] == 7.0


def test_shared_spikes_correlate_counts_by_their_share():
    # Of independent Poisson trains with a share of half in common the correlation is one half;
    # Fisher's z has the deviation 1 / sqrt(n - 3): 4.4 of them, one in 100,000.
    own, other, shared = (gamma_train(1, 40_000, 10.0, seed) for seed in (4, 5, 6))
    pair = [np.sort(np.concatenate([shared, alone])) for alone in (own, other)]
    counts = spike_counts(pair, window_ms=50, stop_ms=350_000)
    matrix = count_correlation(counts)
    assert abs(np.arctanh(matrix[0, 1]) - np.arctanh(0.5)) < 4.4 / np.sqrt(counts.shape[1] - 3)
    np.testing.assert_allclose(matrix, np.corrcoef(counts), atol=1e-12)


def test_a_constant_count_correlates_with_nothing():
    matrix = count_correlation([[1, 1, 1], [0, 1, 2]])
    assert (
        np.isnan(matrix[0]).all()
        and np.isnan(matrix[:, 0]).all()
        and matrix[1, 1] == pytest.approx(1)
    )


def test_bad_shapes_and_reaches_are_refused():
    for counts in ([1, 2], [[1], [2]], np.zeros((0, 5)), [[np.nan, 1]]):
        with pytest.raises(ValueError, match="counts"):
            count_correlation(counts)
    with pytest.raises(ValueError, match="at least one bin"):
        cross_correlogram([1.0], [1.0], bin_ms=2, reach_ms=1)
    with pytest.raises(ValueError, match="duration_ms"):
        cross_correlogram([1.0], [1.0], bin_ms=1, reach_ms=5).expected(1, 1, 5)
    assert not cross_correlogram([], [1.0], bin_ms=1, reach_ms=5).counts.any()
