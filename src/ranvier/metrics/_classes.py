"""How often a class is recognised, and what it is taken for."""

import numpy as np
from numpy.typing import ArrayLike


def accuracy(labels: ArrayLike, answers: ArrayLike) -> float:
    """Share of the examples whose class was recognised, within 0..1.

    Args:
        labels: true class numbers, `[n]`.
        answers: what was said, `[n]`.

    Raises:
        ValueError: no example, or lengths that differ.

    Example:
        >>> accuracy([3, 1, 4, 1], [3, 1, 4, 5])
        0.75
    """
    true, said = _checked(labels, answers)
    return float((true == said).mean())


def confusion(labels: ArrayLike, answers: ArrayLike, classes: int) -> np.ndarray:
    """How many examples of each class (row) were taken for each class (column).

    Args:
        labels: true class numbers, `[n]`.
        answers: what was said, `[n]`.
        classes: how many there are.

    Returns:
        Counts, `[classes, classes]`; those on the diagonal were recognised.

    Raises:
        ValueError: no example, lengths that differ, or a number that is no class.

    Example:
        >>> confusion([0, 0, 1], [0, 1, 1], 2)
        array([[1, 1],
               [0, 1]])
    """
    true, said = _checked(labels, answers)
    for what, numbers in (("labels", true), ("answers", said)):
        if numbers.min() < 0 or numbers.max() >= classes:
            raise ValueError(
                f"the {what} run from {numbers.min()} to {numbers.max()}; expected class numbers "
                f"within 0..{classes - 1}."
            )
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (true, said), 1)
    return counts


def _checked(labels: ArrayLike, answers: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    true, said = np.asarray(labels), np.asarray(answers)
    if true.ndim != 1 or true.shape != said.shape or not len(true):
        raise ValueError(
            f"labels have shape {list(true.shape)} and answers {list(said.shape)}; expected [n] "
            "twice, with at least one example."
        )
    return true, said
