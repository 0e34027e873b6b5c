"""What a chip says to digits of one code: how well, how early, and at what price."""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._odin_digits.images import Digits
from ranvier.apps._odin_digits.judge import (
    SILENT,
    Answers,
    accuracy,
    answers,
    by_threshold,
    nanojoule,
)
from ranvier.apps.odin_rank_order._settings import Settings

_BOTH = 100
"""Images that are sent both ways, until they are answered, to count operations."""


def measured(settings: Settings, weights: NDArray[np.uint8], digits: Digits) -> dict[str, Any]:
    """Scores and costs of a chip, JSON-able.

    Args:
        settings: thresholds.
        weights: `[pixels, 10]`.
        digits: to judge by, in one of the codes.
    """
    shown = functools.partial(answers, settings, weights)
    said = shown(digits, settings.threshold)
    few = digits.only(np.arange(min(_BOTH, len(digits.labels))))
    needed = said.needed[: len(few.labels)]
    until = few._replace(lengths=needed)
    rows, single = (shown(until, settings.threshold, single=way) for way in (False, True))
    per_spike = {"rows": rows.operations, "single": single.operations}
    some = digits.evenly(settings.swept)
    return {
        **_point(said, settings.threshold, digits, per_spike),
        "sent": float(digits.lengths.mean()),
        "operations_per_spike": per_spike,
        "ways_agree": all(
            np.array_equal(way.first, said.first[: len(needed)])
            and np.array_equal(way.needed, needed)
            for way in (rows, single)
        ),
        "by_threshold": [
            _point(shown(some, threshold), threshold, some, per_spike)
            for threshold in settings.thresholds
        ],
    }


def _point(
    said: Answers, threshold: int, digits: Digits, per_spike: dict[str, float]
) -> dict[str, Any]:
    """Scores and costs at one threshold."""
    point = by_threshold(said, threshold, digits)
    needed = point["input_spikes"]
    return {
        **point,
        "counted": accuracy(said.counted, digits),
        "operations": {way: needed * one for way, one in per_spike.items()},
        "nanojoule": {way: nanojoule(needed, one) for way, one in per_spike.items()},
        **_early(said, digits),
    }


def _early(said: Answers, digits: Digits) -> dict[str, list[float]]:
    """Images that are answered, and rightly, after 0, 1, ... spikes until the last, per cent."""
    spoke = said.first != SILENT
    longest = int(said.needed[spoke].max(initial=0))

    def share(chosen: NDArray[np.bool_]) -> list[float]:
        at = np.bincount(said.needed[chosen], minlength=longest + 1)
        return (100 * at.cumsum() / len(chosen)).round(3).tolist()

    return {"answered": share(spoke), "right": share(said.first == digits.labels)}
