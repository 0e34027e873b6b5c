"""What a machine writes down while it runs."""

from typing import Any, NamedTuple

import numpy as np

EVENTS, PROCESSED, DROPPED, TAKEN, SERVED = range(5)  # What `progress` counts.


class Work(NamedTuple):
    """What the machine writes while it runs."""

    weights: np.ndarray  # What reaches each neuron.
    words: np.ndarray  # The event word of each neuron.
    logs: np.ndarray  # [3, lines, 3], a `Log` each.
    progress: np.ndarray


def workplace(lines: int, neurons: int) -> Work:
    """Room for so many lines."""
    return Work(
        np.zeros(neurons, np.int64),
        np.zeros(neurons, np.int64),
        np.zeros((3, lines, 3), np.int64),
        np.zeros(5, np.int64),
    )


def note(kind: int, value: Any, cycle: int, work: Any) -> None:
    """Write a line into a log."""
    n = work.progress[kind]
    work.logs[kind, n, 0] = value
    work.logs[kind, n, 1] = work.progress[TAKEN] - 1
    work.logs[kind, n, 2] = cycle
    work.progress[kind] = n + 1
