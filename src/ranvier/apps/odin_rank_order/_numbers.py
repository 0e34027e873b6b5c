"""Numbers of a finished comparison as its figures take them: over chips, thresholds and spikes."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report import Line

LEARNED = {
    "own": "chips that learned by the code that they are shown",
    "ranked": "chips that learned brightest first",
}
"""Who is shown a code."""


class OverChips(NamedTuple):
    """Mean and standard deviation, `[n]`; no deviation of one chip."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64] | None

    def line(self, x: ArrayLike) -> Line:
        """As a curve over something.

        Args:
            x: `[n]`.
        """
        return Line(x, self.mean, self.deviation)


def over_chips(scores: ArrayLike) -> OverChips:
    """Numbers of several chips in one.

    Args:
        scores: `[chips, n]`.
    """
    array = np.asarray(scores, float)
    return OverChips(array.mean(0), array.std(0, ddof=1) if len(array) > 1 else None)


def swept(result: dict[str, Any], code: str, learned: str, *what: str) -> OverChips:
    """A number of a code at every threshold.

    Args:
        result: of the run.
        code: that is shown.
        learned: one of `LEARNED`.
        what: names that lead to the number at one threshold.
    """

    def read(point: Any) -> float:
        for name in what:
            point = point[name]
        return point

    chips = result["chips"].values()
    return over_chips([[read(p) for p in chip[code][learned]["by_threshold"]] for chip in chips])


def early(parts: list[dict[str, Any]], what: str, longest: int) -> OverChips:
    """Shares of images after 0, 1, ... spikes, `[longest + 1]`.

    Args:
        parts: one for each chip, with shares until the last answer.
        what: "answered" or "right".
        longest: spikes until which they are told.
    """
    return over_chips(
        [np.pad(one[what], (0, longest + 1 - len(one[what])), "edge") for one in parts]
    )


def until(parts: list[dict[str, Any]]) -> int:
    """Spikes after which the last answer has come.

    Args:
        parts: as in `early`.
    """
    return max(len(one["answered"]) for one in parts) - 1
