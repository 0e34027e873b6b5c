"""Trains that the tests of spike-train measures share."""

import numpy as np
from hypothesis import strategies as st


def gamma_train(order: int, spikes: int, mean_interval_ms: float, seed: int) -> np.ndarray:
    """A renewal process with gamma intervals; order 1 is a Poisson process."""
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.gamma(order, mean_interval_ms / order, spikes))


def trains(largest: int = 8) -> st.SearchStrategy:
    """Sorted times on a grid that floating point holds exactly."""
    return st.lists(st.integers(0, 200), max_size=largest).map(
        lambda times: np.sort(np.array(times, float)) / 4
    )
