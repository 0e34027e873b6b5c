"""The eight published firing patterns: spike counts and intervals."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import AdEx, adex_patterns
from tests.neurons.simulate import held, spike_times

pytestmark = pytest.mark.usefixtures("float64")
# Spikes in 600 ms at steps of 0.1 and 0.01 ms.
COUNTS = {
    "tonic spiking": (60, 62),
    "adaptation": (12, 12),
    "initial burst": (12, 12),
    "regular bursting": (11, 11),
    "delayed accelerating": (45, 46),
    "delayed regular bursting": (32, 32),
    "transient spiking": (1, 1),
}


@functools.cache
def spikes(time_step_ms):
    """All patterns as the units of one neuron."""
    rows = [pattern.parameters for pattern in adex_patterns.values()]
    columns = {name: jnp.array([row[name] for row in rows]) for name in rows[0]}
    unit = AdEx(len(rows), time_step_ms=time_step_ms, **columns)
    states = held(unit, jnp.array([p.current_pA for p in adex_patterns.values()]), 600)
    times = [spike_times(unit, states, index) for index in range(len(rows))]
    return dict(zip(adex_patterns, times, strict=True))


def test_the_table_is_whole():
    assert {*COUNTS, "irregular spiking"} == set(adex_patterns)


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    assert (len(spikes(0.1)[name]), len(spikes(0.01)[name])) == COUNTS[name]


def test_adaptation_stretches_the_intervals():
    intervals = np.diff(spikes(0.1)["adaptation"])
    assert (np.diff(intervals) > -0.2).all()
    assert (intervals[0], intervals[-1]) == pytest.approx((11.6, 76.1))


def test_an_initial_burst_then_regular_spikes():
    intervals = np.diff(spikes(0.1)["initial burst"])
    assert intervals[:3] == pytest.approx([3.8, 7.7, 55.0])
    assert intervals[4:] == pytest.approx(64.2, abs=0.11)


def test_regular_bursts_have_two_spikes():
    intervals = np.diff(spikes(0.1)["regular bursting"])[2:]
    assert (intervals[1::2] < 7).all() and (intervals[::2] > 120).all()


def test_the_delayed_ones_start_late_and_speed_up():
    intervals = np.diff(spikes(0.1)["delayed accelerating"])
    assert spikes(0.1)["delayed accelerating"][0] > 1.5 * intervals[0]
    assert (np.diff(intervals) < 0.11).all() and intervals[-1] < 0.6 * intervals[0]


def test_irregular_spikes_are_chaotic():
    """Single spikes depend on the step; the distribution of the intervals does not."""
    coarse, fine = (np.diff(spikes(step)["irregular spiking"]) for step in (0.1, 0.01))
    assert abs(len(coarse) - 32) <= 3 and abs(len(fine) - 31) <= 3
    for intervals in (coarse, fine):
        assert intervals.std() / intervals.mean() > 0.4
        assert len(np.unique(intervals.round(1))) > len(intervals) / 2
    # The largest gap between the two distributions; 0.41 is where Kolmogorov and Smirnov would
    # call samples of this size different, wrongly once in a hundred.
    grid = np.union1d(coarse, fine)
    below = [np.searchsorted(np.sort(i), grid, side="right") / len(i) for i in (coarse, fine)]
    assert np.abs(below[0] - below[1]).max() < 0.41


def test_patterns_cannot_be_changed():
    with pytest.raises(TypeError):
        adex_patterns["tonic spiking"].parameters["a_nS"] = 0.0
