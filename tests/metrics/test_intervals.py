import numpy as np
import pytest

from ranvier.metrics import interval_variation, intervals, local_variation
from tests.metrics.trains import gamma_train

SPIKES = 40_001


@pytest.mark.parametrize("order", [1, 2, 4, 16])
def test_gamma_processes_vary_by_one_over_the_root_of_their_order(order):
    # The estimate's deviation, from the gamma distribution's skewness and kurtosis, is
    # sqrt((1 + 1 / k) / (2 k n)); 4.4 of them are one false alarm in 100,000.
    train = gamma_train(order, SPIKES, mean_interval_ms=20.0, seed=order)
    deviation = np.sqrt((1 + 1 / order) / (2 * order * (SPIKES - 1)))
    assert abs(interval_variation(train) - order**-0.5) < 4.4 * deviation


@pytest.mark.parametrize("order", [1, 2, 4, 16])
def test_local_variation_of_gamma_processes(order):
    # Terms lie within 0..3 with the mean m, so their variance is at most m (3 - m); neighbours
    # share an interval, which at most triples it: 4.4 deviations, one in 100,000 at most.
    train = gamma_train(order, SPIKES, mean_interval_ms=20.0, seed=order)
    mean = 3 / (2 * order + 1)
    assert abs(local_variation(train) - mean) < 4.4 * np.sqrt(3 * mean * (3 - mean) / SPIKES)


def test_a_slow_change_of_rate_raises_one_and_not_the_other():
    time = np.cumsum(np.linspace(5.0, 50.0, 500))
    assert interval_variation(time) > 0.4
    assert local_variation(time) < 1e-3


def test_a_clock_does_not_vary():
    clock = np.arange(100.0)
    assert interval_variation(clock) == local_variation(clock) == 0


def test_intervals_need_spikes():
    assert intervals([]).tolist() == intervals([3.0]).tolist() == []
    for measure in (interval_variation, local_variation):
        for times in ([], [1.0], [1.0, 2.0]):
            with pytest.raises(ValueError, match=f"{len(times)} spike"):
                measure(times)
    with pytest.raises(ValueError, match="at one time"):
        interval_variation([1.0, 1.0, 1.0])
    assert local_variation([1.0, 1.0, 1.0]) == 0
