"""The comparison of memory arrays as tables: differences in standard errors, and times."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from benchmarks import arrays_plan as plan

CONDUCTANCES = (
    *("device", "time", "mean, theirs", "ours", "spread, theirs", "ours"),
    *("largest z of a mean", "of a spread"),
)
LAYERS = (
    *("layer", "time", "factor, theirs", "ours", "z", "spread of outputs, theirs", "ours"),
    *("z of means: rms", "largest", "z of spreads: rms", "largest"),
)
TIMES = ("program", "ours, ms", "theirs, ms", "theirs / ours", "processor, theirs / ours")
# The level that the table of conductances shows; the z are the largest of all.
SHOWN = "50 %"


def apart(ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Differences of means and of spreads, in standard errors.

    Args:
        ours, theirs: moments, as `arrays_plan.moments` gives them.

    Example:
        >>> one = {"count": 100, "mean": 1.0, "variance": 1.0, "fourth": 3.0}
        >>> mean, spread = apart(one, {**one, "mean": 1.2})
        >>> round(float(mean), 3), float(spread)
        (-1.414, 0.0)
    """
    means, spreads, errors = [], [], []
    for side in (ours, theirs):
        mean, variance, fourth = (np.asarray(side[k]) for k in ("mean", "variance", "fourth"))
        safe = np.maximum(variance, 1e-30)
        means.append(mean)
        spreads.append(np.sqrt(variance))
        count = side["count"]
        errors.append((variance / count, (fourth - variance**2) / (4 * safe * count)))
    of_mean, of_spread = (np.sqrt(np.maximum(errors[0][i] + errors[1][i], 1e-30)) for i in (0, 1))
    return (means[0] - means[1]) / of_mean, (spreads[0] - spreads[1]) / of_spread


def paired(ours: np.ndarray, theirs: np.ndarray, target: np.ndarray) -> tuple[float, float]:
    """Differences over the same targets, in standard errors: of the mean, of the squared error.

    Example:
        >>> target = np.arange(4.0)
        >>> paired(target + [1, -1, 1, -1], target, target)[0]
        0.0
    """

    def z(difference: np.ndarray) -> float:
        error = difference.std() / np.sqrt(difference.size)
        return float(difference.mean() / error) if error else 0.0

    ours, theirs, target = (np.asarray(array, np.float64) for array in (ours, theirs, target))
    return z(ours - theirs), z((ours - target) ** 2 - (theirs - target) ** 2)


def named(seconds: float | None) -> str:
    """A time in words.

    Example:
        >>> [named(s) for s in (None, 0.0, plan.HOUR, 2 * plan.DAY)]
        ['programmed', '0 s', '1 hour', '2 days']
    """
    if seconds is None:
        return "programmed"
    for unit, length in (("year", plan.YEAR), ("day", plan.DAY), ("hour", plan.HOUR)):
        if seconds >= length:
            count = round(seconds / length)
            return f"{count} {unit}" + ("s" if count > 1 else "")
    return f"{seconds:g} s"


def conductance_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row per device and time: one level, and the largest z of all levels and the matrix."""
    rows = []
    for entry in result["conductances"]:
        found = entry["found"]
        for time in dict.fromkeys(one["time"] for one in found):
            here = [one for one in found if one["time"] == time]
            shown = next(one for one in here if one["target"] == SHOWN)
            worst = (max(abs(one[k]) for one in here) for k in ("z_mean", "z_spread"))
            rows.append(
                (
                    entry["device"],
                    time,
                    *(f"{shown[k]:.4f}" for k in ("mean_theirs", "mean_ours")),
                    *(f"{shown[k]:.4f}" for k in ("spread_theirs", "spread_ours")),
                    *(f"{z:.1f}" for z in worst),
                )
            )
    return rows


def layer_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row per layer and time."""
    rows = []
    for entry in result["layers"]:
        for one in entry["found"]:
            rows.append(
                (
                    entry["name"],
                    one["time"],
                    *(f"{one[k]:.4f}" for k in ("gain_theirs", "gain_ours")),
                    f"{one['z_gain']:+.1f}",
                    *(f"{one[k]:.4f}" for k in ("spread_theirs", "spread_ours")),
                    *(f"{one[k]:.2f}" for k in ("rms_mean", "most_mean")),
                    *(f"{one[k]:.2f}" for k in ("rms_spread", "most_spread")),
                )
            )
    return rows


def time_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row per program: medians over rounds, ratios within each round with their range.

    Example:
        >>> side = {"seconds": [0.002, 0.004], "processor_seconds": [0.002, 0.004]}
        >>> other = {"seconds": [0.006, 0.008], "processor_seconds": [0.006, 0.008]}
        >>> run = {"threads": 1, "rows": {"draw": {"ranvier": side, "aihwkit": other}}}
        >>> time_rows({"times": [run]})[0]
        ('draw', '3.00', '7.00', '2.50 (2.00..3.00)', '2.50')
    """
    rows = []
    for run in result["times"]:
        for name, sides in run["rows"].items():
            ours, theirs = sides["ranvier"], sides.get("aihwkit")
            middle = f"{1e3 * statistics.median(ours['seconds']):.2f}"
            label = name if run["threads"] == 1 else f"{name}; {run['threads']} threads"
            if theirs is None:
                rows.append((label, middle, "", "", ""))
                continue
            wall, processor = (ratios(ours, theirs, k) for k in ("seconds", "processor_seconds"))
            rows.append(
                (
                    label,
                    middle,
                    f"{1e3 * statistics.median(theirs['seconds']):.2f}",
                    f"{statistics.median(wall):.2f} ({min(wall):.2f}..{max(wall):.2f})",
                    f"{statistics.median(processor):.2f}",
                )
            )
    return rows


def ratios(ours: dict[str, Any], theirs: dict[str, Any], name: str) -> list[float]:
    """Theirs over ours, round by round.

    Example:
        >>> ratios({"seconds": [1.0, 2.0]}, {"seconds": [3.0, 3.0]}, "seconds")
        [3.0, 1.5]
    """
    return [b / a for a, b in zip(ours[name], theirs[name], strict=True)]


def markdown(result: dict[str, Any]) -> str:
    """All tables, with the versions that were compared."""
    versions = "; ".join(
        f"{side}: " + ", ".join(f"{name} {number}" for name, number in found["packages"].items())
        for side, found in result["packages"].items()
    )
    lines = [f"Versions: {versions}.", "", *_lines(CONDUCTANCES, conductance_rows(result))]
    lines += ["", *_lines(LAYERS, layer_rows(result))]
    if result["times"]:
        runs = "; ".join(
            f"{run['rounds']} rounds with {run['threads']} "
            + ("thread" if run["threads"] == 1 else "threads")
            + (f" ({run['beside']})" if run.get("beside") else "")
            for run in result["times"]
        )
        machine = result["times"][0]["machine"]
        lines += ["", *_lines(TIMES, time_rows(result)), ""]
        lines += [f"{machine['processor']}, {machine['date']}; {runs}."]
    return "\n".join(lines)


def _lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    table = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in table]
