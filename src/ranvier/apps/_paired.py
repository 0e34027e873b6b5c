"""Scores of the same seeds, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def spread(values: Sequence[float]) -> float | None:
    """The standard deviation over seeds; None of one.

    Example:
        >>> spread([1.0, 3.0]), spread([1.0])
        (1.4142135623730951, None)
    """
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def ahead(scores: Mapping[str, Sequence[float]], one: str, two: str) -> dict[str, Any] | None:
    """By how much one rule is ahead of another, seed by seed: the mean, and its spread.

    Args:
        scores: rule to scores, one per seed.
        one, two: rules; None if they are the same, or one of them is not there.

    Example:
        >>> ahead({"fa": [2.0, 3.0], "bp": [1.0, 2.0]}, "fa", "bp")
        {'mean': 1.0, 'spread': 0.0}
    """
    if one == two or one not in scores or two not in scores:
        return None
    apart = [a - b for a, b in zip(scores[one], scores[two], strict=True)]
    return {"mean": float(np.mean(apart)), "spread": spread(apart)}


def written(mean: float, beside: float | None, sign: str = "") -> str:
    """A mean with its spread or standard error.

    Args:
        mean: of the scores.
        beside: their spread, or None.
        sign: "+" to write it in front of positive numbers.

    Example:
        >>> written(0.5, 0.25, "+"), written(0.5, None)
        ('+0.50 ± 0.25', '0.50')
    """
    return f"{mean:{sign}.2f}" + ("" if beside is None else f" ± {beside:.2f}")
