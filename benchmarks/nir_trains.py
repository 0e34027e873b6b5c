"""Spike trains side by side: which spikes are in both, and whether one is regular."""

from __future__ import annotations

from typing import Any

import numpy as np


def matched(ours: np.ndarray, theirs: np.ndarray, within: int) -> int:
    """How many spikes of the first have one of the second close by, each used once.

    Args:
        ours, theirs: spikes per step, `[time, ...]`.
        within: steps.

    Example:
        >>> one, two = np.array([1, 0, 0, 1, 0]), np.array([0, 1, 0, 0, 0])
        >>> matched(one, two, 1), matched(one, two, 0)
        (1, 0)
    """
    count = 0
    flat = (array.reshape(len(array), -1).T for array in (ours, theirs))
    for one, two in zip(*flat, strict=True):
        left, right = (np.repeat(np.arange(len(a)), a.astype(int)).tolist() for a in (one, two))
        i = j = 0
        while i < len(left) and j < len(right):
            if abs(left[i] - right[j]) <= within:
                count, i, j = count + 1, i + 1, j + 1
            elif left[i] < right[j]:
                i += 1
            else:
                j += 1
    return count


def regular(spikes: np.ndarray, interval: float, step_s: float, first: float | None = None) -> bool:
    """Whether a train is one spike at a time, each within one step of the interval's length.

    Args:
        spikes: per step, `[time]`.
        interval: that is due, in seconds.
        step_s: of a step, in seconds.
        first: until the first spike; as the others if not given.

    Example:
        >>> regular(np.array([0, 0, 1, 0, 0, 0, 1]), 3.5, 1.0)
        True
        >>> regular(np.zeros(9), 3.5, 1.0)
        False
    """
    if spikes.max(initial=0) != 1:
        return False
    steps = np.concatenate([[0], np.flatnonzero(spikes) + 1])
    due = np.full(len(steps) - 1, interval / step_s)
    due[0] = (interval if first is None else first) / step_s
    off = np.abs(np.diff(steps) - due)
    enough = len(spikes) - steps[-1] <= interval / step_s + 1
    # The first interval may be a step longer: some give a spike out a step after the crossing.
    return bool(enough and off[0] <= 2 and (off[1:] <= 1 + 1e-6).all())


def against(ours: Any, theirs: Any, within: int, late: int = 0) -> dict[str, Any]:
    """What is in both, what is lost and what is added.

    Example:
        >>> one, two = np.array([[1.0], [0], [1]]), np.array([[0.0], [1], [1]])
        >>> against(one, two, 0)
        {'spikes': 2, 'lost': 1, 'added': 1}
        >>> against(one, two, 0, late=1)["lost"]
        1
    """
    for one in (ours, theirs):
        if not isinstance(one, np.ndarray):
            return one
    both = matched(ours, theirs, within)
    first, second = int(ours.sum()), int(theirs.sum())
    return {"spikes": second, "lost": first - both, "added": second - both}
