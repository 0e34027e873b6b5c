"""The yin-yang data set: three classes that no straight line parts, drawn by a formula."""

import numpy as np
from numpy.typing import NDArray

_LARGE, _SMALL = 0.5, 0.1


def yin_yang(
    random: np.random.Generator, examples: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    r"""Points in a yin-yang sign: which of yin, yang and the two dots is each in?

    The sign is a disc of radius 0.5 about (0.5, 0.5), its dots have a radius of 0.1. Classes are
    equally likely, and points are uniform within a class. A point is given by $x$, $y$, $1 - x$ and
    $1 - y$, so that each coordinate is large in one of them.

    Args:
        random: draws the points.
        examples: how many, N.

    Returns:
        The points `[N, 4]`, within 0..1, and the classes `[N]`: 0 and 1 the halves, 2 the dots, as
        the authors number them.

    Raises:
        ValueError: no example.

    Source: Kriener, Göltz, Petrovici, NICE 2022, arXiv:2102.08211; 5000 points to learn from, 1000
        to validate and 1000 to judge by.

    Example:
        >>> points, classes = yin_yang(np.random.default_rng(0), 3)
        >>> points.shape, classes
        ((3, 4), array([2, 1, 1]))
    """
    if examples < 1:
        raise ValueError(f"yin_yang: examples is {examples}, expected at least 1.")
    wanted = random.integers(0, 3, examples)
    points = np.empty((examples, 2))
    left = np.arange(examples)
    while len(left):
        drawn = random.uniform(0, 2 * _LARGE, (len(left), 2))
        fits = (np.hypot(*(drawn - _LARGE).T) <= _LARGE) & (classes_of(drawn) == wanted[left])
        points[left[fits]] = drawn[fits]
        left = left[~fits]
    return np.concatenate([points, 1 - points], axis=1), wanted


def classes_of(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """The class of each point of the sign.

    Args:
        points: x and y, `[N, 2]`.
    """
    right = np.hypot(*(points - [1.5 * _LARGE, _LARGE]).T)
    left = np.hypot(*(points - [0.5 * _LARGE, _LARGE]).T)
    second = (right <= _SMALL) | ((left > _SMALL) & (left <= 0.5 * _LARGE))
    second |= (points[:, 1] > _LARGE) & (right > 0.5 * _LARGE)
    return np.where((right < _SMALL) | (left < _SMALL), 2, second.astype(np.int64))
