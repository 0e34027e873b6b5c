"""Spike trains that every side measures, and what it measures of them. NumPy alone."""

from __future__ import annotations

import numpy as np

STOP_MS = 20_000.0
WINDOW_MS, BIN_MS, REACH_MS = 40.0, 100.0, 20.0
TIME_CONSTANTS_MS = (1.0, 10.0, 100.0)
COSTS_PER_MS = (0.01, 0.1, 1.0)


def trains() -> dict[str, list[np.ndarray]]:
    """Pairs of trains by name, on a grid of a thousandth of a millisecond."""
    rng = np.random.default_rng(0)
    shared = np.sort(rng.uniform(0, STOP_MS, 300))
    clock = np.arange(25.0, STOP_MS, 50.0)
    found = {
        "Poisson, independent": [rng.uniform(0, STOP_MS, n) for n in (400, 380)],
        "Poisson, spikes in common": [
            np.concatenate([shared + rng.normal(0, 2, 300), rng.uniform(0, STOP_MS, 100)])
            for _ in range(2)
        ],
        "gamma, order 4": [np.cumsum(rng.gamma(4, 12.5, 380)) for _ in range(2)],
        "clocks that jitter": [clock + rng.normal(0, 4, len(clock)) for _ in range(2)],
    }
    return {
        name: [np.unique(np.clip(one, 1, STOP_MS - 1).round(3)) for one in pair]
        for name, pair in found.items()
    }


def middles(train: np.ndarray) -> np.ndarray:
    """The middle of the millisecond in which each spike lies, for peers that bin before."""
    return np.floor(train) + 0.5
