"""How the input of a shown neuron runs over time, as a function of time over duration."""

from collections.abc import Callable

import numpy as np

Shape = Callable[[np.ndarray], np.ndarray]
"""From times, as parts of the duration, to the input, as parts of its level."""


def step(part: np.ndarray) -> np.ndarray:
    """Nothing, then one, then nothing: from a tenth to four fifths of the time.

    Example:
        >>> step(np.array([0.0, 0.1, 0.5, 0.9])).tolist()
        [0.0, 1.0, 1.0, 0.0]
    """
    return ((part >= 0.1) & (part < 0.8)).astype(float)


def middle(part: np.ndarray) -> np.ndarray:
    """One between two and three fifths of the time.

    Example:
        >>> middle(np.array([0.1, 0.5])).tolist()
        [0.0, 1.0]
    """
    return ((part >= 0.4) & (part < 0.6)).astype(float)


def wave(part: np.ndarray) -> np.ndarray:
    """Two periods of a sine, then a rest at zero.

    Example:
        >>> float(wave(np.array([0.1]))[0].round(3))
        1.0
    """
    return np.where(part < 0.8, np.sin(2 * np.pi * part / 0.4), 0.0)


def changes(part: np.ndarray) -> np.ndarray:
    """What `wave` changes by from step to step.

    Example:
        >>> float(changes(np.linspace(0, 1, 11)).sum().round(6))
        0.0
    """
    return np.diff(wave(part), prepend=0.0)


def pulses(*at: float) -> Shape:
    """One step long each.

    Args:
        at: when, as parts of the duration.

    Example:
        >>> pulses(0.2)(np.array([0.0, 0.1, 0.2, 0.3])).tolist()
        [0.0, 0.0, 1.0, 0.0]
    """

    def shape(part: np.ndarray) -> np.ndarray:
        found = np.zeros_like(part)
        # A small part of a step early, as times over durations are rounded.
        steps = np.searchsorted(part, np.asarray(at) - 1e-6 / len(part))
        found[steps[steps < len(part)]] = 1.0
        return found

    return shape
