"""When networks of single spikes decide, and what it took, by hand."""

import numpy as np
import pytest

from ranvier.metrics import decision_latency, spikes_before


def test_spikes_in_the_moment_of_the_decision_come_too_late():
    times = np.array([[0.0, 2.0, 3.0, np.inf], [4.0, 4.0, 9.0, 1.0]])
    assert spikes_before(times, [3.0, 4.0]).tolist() == [2, 1]


def test_without_a_decision_all_real_spikes_count():
    outputs = np.array([[np.inf, np.inf], [5.0, 3.0]])
    decision = decision_latency(outputs)
    assert decision.tolist() == [np.inf, 3.0]
    assert spikes_before([[1.0, np.inf], [1.0, 8.0]], decision).tolist() == [1, 1]


def test_leading_axes_are_examples():
    times = np.random.default_rng(0).uniform(0, 1, (2, 3, 5))
    assert decision_latency(times).shape == (2, 3)
    counts = spikes_before(times, np.full((2, 3), 0.5))
    assert (counts == (times < 0.5).sum(-1)).all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"outputs have shape \[3, 0\]"):
        decision_latency(np.zeros((3, 0)))
    with pytest.raises(ValueError, match=r"decisions have shape \[2\], expected \[3\]"):
        spikes_before(np.zeros((3, 4)), np.zeros(2))
