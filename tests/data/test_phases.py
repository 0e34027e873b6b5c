"""Cosines of a hidden phase: the formula, and what is refused."""

import numpy as np
import pytest

from ranvier.data import cosines_of_phase


def test_answers_are_cosines_of_the_mean_with_an_offset_each():
    x, target = cosines_of_phase(np.random.default_rng(0), 50)
    assert x.shape == (50, 256) and target.shape == (50, 10) and x.dtype == target.dtype == "f4"
    for row, wanted in zip(x.astype(float), target, strict=True):
        mean = sum(row) / 256
        by_hand = [np.cos(mean + np.pi * (i - 4.5) / 9) for i in range(10)]
        np.testing.assert_allclose(wanted, by_hand, rtol=0, atol=1e-6)


def test_readings_scatter_about_phases_from_everywhere():
    """Bounds are more than five standard deviations away."""
    x, target = cosines_of_phase(np.random.default_rng(1), 4000, inputs=64, outputs=3)
    assert target.shape == (4000, 3)
    assert abs(x.std(1, ddof=1).mean() - 1) < 0.02
    phase = x.mean(1)
    # Uniform in -pi to pi, and the mean of 64 readings about it.
    assert abs(phase.var() - (np.pi**2 / 3 + 1 / 64)) < 0.25 and abs(phase.mean()) < 0.15


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"examples": 0}, "examples is 0, expected at least 1"),
        ({"examples": 1, "inputs": 0}, "inputs is 0, expected at least 1"),
        ({"examples": 1, "outputs": 1}, "outputs is 1, expected at least 2"),
    ],
)
def test_wrong_counts_are_refused(chosen, words):
    with pytest.raises(ValueError, match=f"cosines_of_phase: {words}"):
        cosines_of_phase(np.random.default_rng(0), **chosen)
