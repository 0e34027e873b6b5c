import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.metrics import fano_factor, peristimulus_histogram, spike_counts, spike_rates
from tests.metrics.trains import gamma_train, trains


@given(st.lists(trains(), min_size=1, max_size=4), st.sampled_from([0.5, 1.0, 7.0]))
def test_counts_are_those_of_a_loop_over_spikes(found, window_ms):
    counts = spike_counts(found, window_ms=window_ms, start_ms=3.0, stop_ms=45.0)
    expected = np.zeros(counts.shape, int)
    for number, train in enumerate(found):
        for time in train:
            window = int((time - 3.0) // window_ms)
            if 0 <= window < counts.shape[1]:
                expected[number, window] += 1
    assert (counts == expected).all()


@given(st.lists(trains(), min_size=1, max_size=4))
def test_histogram_and_rates_hold_the_same_spikes(found):
    histogram = peristimulus_histogram(found, bin_ms=0.5, stop_ms=51.0)
    counts = spike_counts(found, window_ms=0.5, stop_ms=51.0)
    np.testing.assert_allclose(histogram.rate_hz, counts.mean(0) * 2000)
    rates = spike_rates(found, stop_ms=51.0)
    np.testing.assert_allclose(rates, counts.sum(1) / 0.051)
    np.testing.assert_allclose(histogram.rate_hz.mean(), rates.mean(), atol=1e-9)


def test_tenths_of_a_millisecond_lose_no_window():
    assert spike_counts([[]], window_ms=0.1, stop_ms=0.3).shape == (1, 3)
    assert spike_counts([[]], window_ms=0.3, stop_ms=1.0).shape == (1, 3)


def test_a_poisson_process_has_a_fano_factor_of_one():
    # (n - 1) F is chi-squared with n - 1 degrees: 4.4 deviations, one false alarm in 100,000.
    train = gamma_train(1, 60_000, mean_interval_ms=10.0, seed=0)
    counts = spike_counts([train], window_ms=100.0, stop_ms=500_000.0)
    (factor,) = fano_factor(counts, axis=1)
    assert abs(factor - 1) < 4.4 * np.sqrt(2 / counts.shape[1])


@pytest.mark.parametrize("order", [2, 5])
def test_of_a_renewal_process_the_fano_factor_tends_to_the_squared_variation(order):
    # In long windows; the end effect, (1 - CV^4) / 6 over the mean count, is below 0.002. Of a
    # nearly normal count the deviation is F sqrt(2 / n): 4.4 of them, one in 100,000.
    train = gamma_train(order, 420_000, mean_interval_ms=1.0, seed=order)
    counts = spike_counts([train], window_ms=100.0, stop_ms=400_000.0)
    (factor,) = fano_factor(counts, axis=1)
    assert abs(factor - 1 / order) < 4.4 / order * np.sqrt(2 / counts.shape[1]) + 0.002


def test_a_clock_has_no_variance_and_trials_are_taken_one_by_one():
    clock = np.arange(0.0, 1000.0, 10.0)
    assert fano_factor(spike_counts([clock], window_ms=50, stop_ms=1000), axis=1) == 0
    assert fano_factor([[1, 0], [3, 0]]).tolist()[0] == 1.0
    assert np.isnan(fano_factor([[1, 0], [3, 0]])[1])


@pytest.mark.parametrize(
    ("counts", "axis"), [([[1, 2]], 0), ([1, 2], 0), ([[1], [2]], 1), ([[1, 2]], 2), ([[-1, 1]], 1)]
)
def test_what_has_no_variance_is_refused(counts, axis):
    with pytest.raises(ValueError, match="counts"):
        fano_factor(counts, axis)


@pytest.mark.parametrize(
    "bounds", [{"stop_ms": 0}, {"start_ms": 5, "stop_ms": 5}, {"stop_ms": np.inf}]
)
def test_an_observation_has_a_length(bounds):
    for measure in (spike_rates, lambda t, **k: spike_counts(t, window_ms=1, **k)):
        with pytest.raises(ValueError, match="observation"):
            measure([[1.0]], **bounds)
    with pytest.raises(ValueError, match="at least one window"):
        peristimulus_histogram([[1.0]], bin_ms=3, stop_ms=2)
