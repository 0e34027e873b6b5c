"""The comparison of online rules as tables: how gradients agree, what a step costs."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from rich.table import Table

from benchmarks.online_plan import RULES

GRADIENTS = (
    *("network", "rule", "ranvier", "braintrace", "weights", "difference", "cosine"),
    *("ours to exact", "theirs to exact"),
)
TIMES = (
    *("network", "rule", "units", "batch", "ours, µs", "theirs, µs", "theirs / ours"),
    *("memory, ours", "theirs", "theirs / ours", "traces, ours", "theirs"),
)


def agreement(ours: Any, theirs: Any, exact: Any) -> dict[str, float]:
    """Relative difference of ours from theirs, and cosines of all three.

    Args:
        ours, theirs, exact: nested lists of the same shape.

    Raises:
        ValueError: arrays of different shapes.

    Example:
        >>> found = agreement([3.0, 4.0], [3.0, 4.5], [3.0, 4.0])
        >>> round(found["difference"], 3), found["ours_to_exact"]
        (0.092, 1.0)
    """
    one, two, three = (np.ravel(np.asarray(array, float)) for array in (ours, theirs, exact))
    if not len(one) == len(two) == len(three):
        sizes = [len(one), len(two), len(three)]
        raise ValueError(
            f"agreement: got gradients of {sizes} numbers, expected as many in each. Were they "
            "taken of the same point?"
        )
    norm = float(np.linalg.norm(two))
    return {
        "difference": float(np.linalg.norm(one - two)) / norm if norm else float("inf"),
        "cosine": cosine(one, two),
        "ours_to_exact": cosine(one, three),
        "theirs_to_exact": cosine(two, three),
    }


def cosine(one: np.ndarray, two: np.ndarray) -> float:
    """Of the angle between two gradients; zero where one of them is.

    Example:
        >>> cosine(np.array([1.0, 0.0]), np.array([0.0, 2.0]))
        0.0
    """
    norms = float(np.linalg.norm(one) * np.linalg.norm(two))
    return min(1.0, float(one @ two) / norms) if norms else 0.0


def gradient_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row per network, rule and group of weights of the hidden layer; the readout's as one."""
    calls = {rule.name: (rule.ours, rule.theirs) for rule in RULES}
    found = []
    for entry in result["gradients"]:
        point = entry["point"]
        head = (point["network"], point["rule"], *calls[point["rule"]])
        if "error" in entry:
            found.append((*head, f"failed: {entry['error']}", "", "", "", ""))
            continue
        groups = entry["groups"]
        readout = [groups[name] for name in groups if name.startswith("readout")]
        merged = {name: pick(g[name] for g in readout) for name, pick in _WORST.items()}
        rows = {name: g for name, g in groups.items() if not name.startswith("readout")}
        for name, group in {**rows, "readout": merged}.items():
            cells = (group[key] for key in ("cosine", "ours_to_exact", "theirs_to_exact"))
            numbers = (f"{group['difference']:.1e}", *(f"{cell:.4f}" for cell in cells))
            found.append((*head, name, *numbers))
    return found


_WORST = {"difference": max, "cosine": min, "ours_to_exact": min, "theirs_to_exact": min}


def time_rows(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """One row per point: medians over the rounds, ratios within each round with their range."""
    found = []
    for entry in result["times"]:
        point = entry["point"]
        head = (point["network"], point["rule"], str(point["units"]), str(point["batch"]))
        if "error" in entry:
            found.append((*head, f"failed: {entry['error']}", *[""] * 7))
            continue
        ours, theirs = (entry["rows"][name] for name in ("ranvier", "braintrace"))
        ratios = time_ratios(ours, theirs)
        middle = statistics.median(ratios)
        times = (statistics.median(side["seconds_per_step"]) for side in (ours, theirs))
        memory = (side["program_bytes"] for side in (ours, theirs))
        traces = (side["carried_bytes"] for side in (ours, theirs))
        found.append(
            (
                *head,
                *(f"{1e6 * seconds:.3g}" for seconds in times),
                f"{middle:.2f} ({min(ratios):.2f}..{max(ratios):.2f})",
                *(_megabytes(size) for size in memory),
                f"{theirs['program_bytes'] / ours['program_bytes']:.2f}",
                *(_megabytes(size) for size in traces),
            )
        )
    return found


def time_ratios(ours: dict[str, Any], theirs: dict[str, Any]) -> list[float]:
    """Their time over ours, round by round.

    Example:
        >>> time_ratios({"seconds_per_step": [1.0, 2.0]}, {"seconds_per_step": [3.0, 3.0]})
        [3.0, 1.5]
    """
    pairs = zip(theirs["seconds_per_step"], ours["seconds_per_step"], strict=True)
    return [a / b for a, b in pairs]


def _megabytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1e6:.3g} MB"


def shown(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """Rows for the terminal."""
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*row)
    return table


def markdown(result: dict[str, Any]) -> str:
    """Both tables, with the versions that were compared."""
    versions = "; ".join(
        f"{side}: " + ", ".join(f"{name} {number}" for name, number in found["packages"].items())
        for side, found in result["packages"].items()
    )
    machine = result["machine"]
    lines = [
        f"{machine['processor']}, one thread, {machine['date']}; {result['rounds']} rounds.",
        f"Versions: {versions}.",
        "",
        *_lines(GRADIENTS, gradient_rows(result)),
        "",
        *_lines(TIMES, time_rows(result)),
    ]
    return "\n".join(lines)


def _lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    table = [headings, ["---"] * len(headings), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in table]
