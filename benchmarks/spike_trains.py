"""Measures of spike trains beside Elephant and PySpike: ``python -m benchmarks.spike_trains``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import spike_trains_plan as plan
from benchmarks.peers import Implementation, prepare
from benchmarks.session import Session, settings
from ranvier import metrics
from ranvier.core import atomic_path

THEIRS = Implementation("Elephant, PySpike", "spike_trains", "spike_trains")
DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "spike_trains.json"
HEADINGS = ("measure", "largest relative difference", *plan.trains())


def ours(pair: list[np.ndarray]) -> dict[str, Any]:
    """Every measure of one pair."""
    counts = metrics.spike_counts(pair, window_ms=plan.WINDOW_MS, stop_ms=plan.STOP_MS)
    lags = metrics.cross_correlogram(*map(plan.middles, pair), bin_ms=1, reach_ms=plan.REACH_MS)
    rate = metrics.peristimulus_histogram(pair, bin_ms=plan.BIN_MS, stop_ms=plan.STOP_MS)
    found: dict[str, Any] = {
        "rate (Hz)": metrics.spike_rates(pair, stop_ms=plan.STOP_MS)[0].item(),
        "CV of intervals": metrics.interval_variation(pair[0]),
        "local variation": metrics.local_variation(pair[0]),
        "correlation of counts": metrics.count_correlation(counts)[0, 1].item(),
        "correlogram": lags.counts.tolist(),
        "PSTH (Hz)": rate.rate_hz.tolist(),
        "SPIKE-synchronisation": metrics.spike_synchrony(pair),
    }
    for constant in plan.TIME_CONSTANTS_MS:
        distance = metrics.van_rossum_distance(*pair, time_constant_ms=constant)
        found[f"van Rossum, {constant:g} ms"] = distance
    for cost in plan.COSTS_PER_MS:
        distance = metrics.victor_purpura_distance(*pair, cost_per_ms=cost)
        found[f"Victor and Purpura, {cost:g} per ms"] = distance
    return found


def apart(one: Any, two: Any) -> float:
    """The largest difference in parts of the largest number."""
    one, two = np.atleast_1d(one).astype(float), np.atleast_1d(two).astype(float)
    return float(np.abs(one - two).max() / max(np.abs(two).max(), 1e-300))


def rows(result: dict[str, Any]) -> list[list[str]]:
    """One row per measure: how far the sides are apart, and ranvier's numbers."""

    def shown(value: Any) -> str:
        return "sum " + f"{sum(value):,.0f}" if isinstance(value, list) else f"{value:.4f}"

    found = []
    for name in next(iter(result["pairs"].values()))["ranvier"]:
        sides = [(pair["ranvier"][name], pair["peers"][name]) for pair in result["pairs"].values()]
        gap = max(apart(one, two) for one, two in sides)
        found.append([name, f"{gap:.0e}" if gap else "0", *(shown(one) for one, _ in sides)])
    return found


def markdown(result: dict[str, Any]) -> str:
    """The table as Markdown.

    Args:
        result: what the comparison recorded.
    """
    versions = ", ".join(f"{name} {number}" for name, number in result["packages"].items())
    lines = [f"Measured with {versions}.", "", f"| {' | '.join(HEADINGS)} |"]
    lines.append("|---|" + "---:|" * (len(HEADINGS) - 1))
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows(result))])


def main(
    record: Annotated[Path, typer.Option(help="Write every number as JSON.")] = DEFAULT,
) -> None:
    """Measure the same trains on both sides and print how far they are apart."""
    console = Console()
    with console.status("environment of Elephant and PySpike"):
        prepare(THEIRS)
    with Session(THEIRS, settings(threads=1)) as session:
        packages = session.ask(command="describe")["packages"]
        pairs = {
            name: {
                "ranvier": ours(pair),
                "peers": session.ask(command="prepare", workload={"pair": name}, warm_up=0)[
                    "record"
                ],
            }
            for name, pair in plan.trains().items()
        }
    result = {"packages": packages, "pairs": pairs}
    with atomic_path(record) as temporary:
        temporary.write_text(json.dumps(result, indent=1) + "\n")
    table = Table(*HEADINGS)
    for row in rows(result):
        table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
