import numpy as np
import pytest

from ranvier.metrics import (
    autocorrelogram,
    cross_correlogram,
    intervals,
    peristimulus_histogram,
    spike_rates,
    spike_synchrony,
    spike_times,
    trains_by_unit,
    van_rossum_distance,
    victor_purpura_distance,
)

TAKE_A_TRAIN = (
    intervals,
    lambda times: spike_rates([[1.0], times], stop_ms=10),
    lambda times: peristimulus_histogram([times], bin_ms=1, stop_ms=10),
    lambda times: autocorrelogram(times, bin_ms=1, reach_ms=2),
    lambda times: cross_correlogram([1.0], times, bin_ms=1, reach_ms=2),
    lambda times: van_rossum_distance(times, [1.0], time_constant_ms=1),
    lambda times: victor_purpura_distance([1.0], times, cost_per_ms=1),
    lambda times: spike_synchrony([[1.0], times]),
)


def test_spike_times_are_the_steps_at_which_units_fire():
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.3, (40, 2, 3))
    trains = spike_times(counts, time_step_ms=0.25)
    assert len(trains) == 6
    for train, column in zip(trains, counts.reshape(40, 6).T, strict=True):
        expected = [0.25 * step for step, n in enumerate(column) for _ in range(n)]
        assert train.tolist() == expected


@pytest.mark.parametrize("spikes", [[0.5, 1.0], [[0.5]], [[-1]], [[np.nan]]])
def test_what_is_no_raster_of_spikes_has_no_times(spikes):
    with pytest.raises(ValueError, match="expected"):
        spike_times(spikes, time_step_ms=1)


@pytest.mark.parametrize("step", [0, -1.0, np.nan, np.inf])
def test_a_step_has_a_length(step):
    with pytest.raises(ValueError, match="time_step_ms"):
        spike_times([[1]], time_step_ms=step)


@pytest.mark.parametrize("measure", TAKE_A_TRAIN)
@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([3.0, 1.0], "back in time from 3 to 1 ms"),
        ([1.0, np.nan], "nan, expected finite"),
        ([np.inf], "inf, expected finite"),
        ([[1.0, 2.0]], r"shape \[1, 2\]"),
    ],
)
def test_every_measure_refuses_what_is_no_train(measure, times, message):
    with pytest.raises(ValueError, match=message):
        measure(times)


def test_a_message_names_the_train():
    with pytest.raises(ValueError, match=r"times_ms\[1\]"):
        spike_rates([[1.0], [2.0, 1.0]], stop_ms=5)
    with pytest.raises(ValueError, match="at least one train"):
        spike_rates([], stop_ms=5)


def test_spikes_of_a_population_sort_into_the_trains_of_a_raster():
    spikes = np.random.default_rng(1).random((50, 7)) < 0.2
    spikes[:, 6] = False
    steps, units = np.nonzero(spikes)
    shuffled = np.random.default_rng(2).permutation(len(steps))
    found = trains_by_unit(0.5 * steps[shuffled], units[shuffled], 7)
    for one, two in zip(found, spike_times(spikes, 0.5), strict=True):
        np.testing.assert_array_equal(one, two)
    assert [len(one) for one in trains_by_unit([], [], 3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("times", "units"), [([1.0], [3]), ([1.0], [-1]), ([1.0], [0.5]), ([np.nan], [0]), ([1.0], [])]
)
def test_spikes_of_units_that_do_not_exist_are_refused(times, units):
    with pytest.raises(ValueError, match="expected"):
        trains_by_unit(times, units, 3)
