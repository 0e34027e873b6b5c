"""What is kept of tasks that are learned one after another."""

from collections.abc import Sequence

import numpy as np


def average_accuracy(accuracy: Sequence[Sequence[float]]) -> float:
    r"""Mean accuracy over all tasks once the last is learned, ACC: $\frac{1}{T} \sum_j R_{T,j}$.

    Args:
        accuracy: row i holds the accuracy on tasks 1 to i after task i was learned; what a row
            holds of later tasks is not looked at.

    Raises:
        ValueError: fewer than two tasks, or a row that is too short.

    Source: D. Lopez-Paz, M. Ranzato, "Gradient episodic memory for continual learning", NeurIPS
    2017.

    Example:
        >>> average_accuracy([[90.0], [70.0, 80.0]])
        75.0
    """
    return float(_checked(accuracy)[-1].mean())


def learned_accuracy(accuracy: Sequence[Sequence[float]]) -> float:
    r"""Mean accuracy on each task just after it was learned: $\frac{1}{T} \sum_j R_{j,j}$.

    Args:
        accuracy: as `average_accuracy` takes it.

    Raises:
        ValueError: fewer than two tasks, or a row that is too short.

    Source: M. Riemer et al., "Learning to learn without forgetting by maximizing transfer and
    minimizing interference", ICLR 2019.

    Example:
        >>> learned_accuracy([[90.0], [70.0, 80.0]])
        85.0
    """
    return float(np.mean(_checked(accuracy).diagonal()))


def backward_transfer(accuracy: Sequence[Sequence[float]]) -> float:
    r"""What later tasks did to earlier ones, BWT: $\frac{1}{T-1} \sum_{j<T} R_{T,j} - R_{j,j}$.

    Below zero, earlier tasks were forgotten.

    Args:
        accuracy: as `average_accuracy` takes it.

    Raises:
        ValueError: fewer than two tasks, or a row that is too short.

    Source: D. Lopez-Paz, M. Ranzato, "Gradient episodic memory for continual learning", NeurIPS
    2017.

    Example:
        >>> backward_transfer([[90.0], [70.0, 80.0]])
        -20.0
    """
    rows = _checked(accuracy)
    return float(np.mean(rows[-1, :-1] - rows.diagonal()[:-1]))


def forgetting(accuracy: Sequence[Sequence[float]]) -> float:
    r"""How far each task fell from its best, on average over all tasks but the last.

    $\frac{1}{T-1} \sum_{j<T} \left(\max_{j \le i<T} R_{i,j} - R_{T,j}\right)$.

    Args:
        accuracy: as `average_accuracy` takes it.

    Raises:
        ValueError: fewer than two tasks, or a row that is too short.

    Source: A. Chaudhry, P. K. Dokania, T. Ajanthan, P. H. S. Torr, "Riemannian walk for
    incremental learning: understanding forgetting and intransigence", ECCV 2018.

    Example:
        >>> forgetting([[90.0], [95.0, 80.0], [70.0, 60.0, 85.0]])
        22.5
    """
    rows = _checked(accuracy)
    best = [rows[task:-1, task].max() for task in range(len(rows) - 1)]
    return float(np.mean(best - rows[-1, :-1]))


def _checked(accuracy: Sequence[Sequence[float]]) -> np.ndarray:
    """The lower triangle as a square array; what lies above the diagonal is NaN."""
    count = len(accuracy)
    if count < 2:
        raise ValueError(f"accuracy holds {count} tasks; expected at least two, one after another.")
    rows = np.full((count, count), np.nan)
    for number, row in enumerate(accuracy, start=1):
        if len(row) < number:
            raise ValueError(
                f"row {number} of accuracy holds {len(row)} tasks; expected the {number} that were "
                "learned by then."
            )
        rows[number - 1, :number] = row[:number]
    return rows
