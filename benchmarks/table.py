"""From recorded measurements to tables: rows once, then Markdown or the terminal."""

from __future__ import annotations

import statistics
from typing import Any

from rich.table import Table

from benchmarks.peers import FLOOR, OURS
from benchmarks.workloads import WORKLOADS

COLUMNS = (
    "implementation",
    "median",
    "ratio to ours (least..most)",
    "ratio to the products",
    "processor time",
    "peak memory",
)


def duration(seconds: float) -> str:
    """Three figures and a unit.

    Example:
        >>> duration(0.0123456), duration(12.3e-6)
        ('12.3 ms', '12.3 µs')
    """
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= scale:
            value = seconds / scale
            return f"{value:.0f} {unit}" if value >= 99.95 else f"{value:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def ratio(numerator: list[float], denominator: list[float]) -> tuple[float, float, float]:
    """Median, least and greatest of the round-by-round ratios.

    Example:
        >>> ratio([2.0, 3.0, 8.0], [1.0, 1.0, 2.0])
        (3.0, 2.0, 4.0)
    """
    ratios = [n / d for n, d in zip(numerator, denominator, strict=True)]
    return statistics.median(ratios), min(ratios), max(ratios)


def rows(result: dict[str, Any], name: str) -> list[tuple[str, ...]]:
    """The table of one workload, one tuple of texts per implementation, fastest first."""
    measured = result["workloads"][name]
    calls = WORKLOADS[name].calls

    def seconds(row: str) -> list[float] | None:
        entry = measured.get(row, {})
        return [r["seconds"] / calls for r in entry["repeats"]] if "repeats" in entry else None

    ours, products = seconds(OURS.name), seconds(FLOOR.name)
    lines = []
    for row, entry in measured.items():
        own = seconds(row)
        if own is None:
            lines.append((float("inf"), (row, f"failed: {entry['error']}", *[""] * 4)))
            continue
        against, above = "", ""
        if ours is not None:
            middle, least, most = ratio(own, ours)
            against = f"{middle:.2f} ({least:.2f}..{most:.2f})"
        if products is not None:
            above = f"{ratio(own, products)[0]:.2f}"
        processor = statistics.median(r["processor_seconds"] for r in entry["repeats"]) / calls
        memory = f"{entry['peak_bytes'] / 1e6:.0f} MB"
        middle = statistics.median(own)
        lines.append((middle, (row, duration(middle), against, above, duration(processor), memory)))
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


def bounds(result: dict[str, Any], name: str) -> str:
    """One sentence: the workload's operations and bytes over the best rates measured."""
    entry = result["workloads"][name].get(FLOOR.name, {})
    if "repeats" not in entry or "operations" not in entry["record"]:
        return ""
    rates = {}
    for kind, unit in (("gemm", "operations"), ("triad", "bytes")):
        measured = result["rates"][kind][FLOOR.name]
        rates[unit] = measured["record"][unit] / min(r["seconds"] for r in measured["repeats"])
    record = entry["record"]
    sentence = (
        f"{record['operations'] / 1e9:.3g} GFLOP take at least "
        f"{duration(record['operations'] / rates['operations'])} at the best rate measured "
        f"(2048³ product, {rates['operations'] / 1e9:.0f} GFLOP/s); "
        f"{record['bytes'] / 1e6:.3g} MB take {duration(record['bytes'] / rates['bytes'])} "
        f"(triad, {rates['bytes'] / 1e9:.0f} GB/s)"
    )
    ours = result["workloads"][name].get(OURS.name, {})
    if "repeats" in ours:
        own = statistics.median(r["seconds"] for r in ours["repeats"])
        sentence += f"; ours is {own * rates['operations'] / record['operations']:.2f} times that"
    return sentence + "."


def markdown(result: dict[str, Any]) -> str:
    """The whole report, ready for the documentation."""
    machine = result["machine"]
    loads = [
        r["load"]
        for rows_ in result["workloads"].values()
        for entry in rows_.values()
        for r in entry.get("repeats", [])
    ]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} threads each, "
        f"{machine['date']}; {result['repeats']} rounds, in each of which every implementation "
        "is measured once while the others are idle. Ratios are taken round by round. "
        f"Load average during the rounds {min(loads):.1f} to {max(loads):.1f}.",
        "",
        "`" + " ".join(f"{k}={v}" for k, v in machine["settings"].items()) + "`",
    ]
    for name in result["workloads"]:
        lines += ["", f"### {WORKLOADS[name].title}", ""]
        lines += ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
        lines += ["| " + " | ".join(row) + " |" for row in rows(result, name)]
        if sentence := bounds(result, name):
            lines += ["", sentence]
    lines += ["", "### Versions", "", "| implementation | Python | packages |", "|---|---|---|"]
    for row, described in result["packages"].items():
        listed = ", ".join(f"{name} {number}" for name, number in described["packages"].items())
        lines.append(f"| {row} | {described['python']} | {listed} |")
    return "\n".join(lines) + "\n"


def terminal(result: dict[str, Any], name: str) -> Table:
    """One workload for the terminal."""
    table = Table(title=WORKLOADS[name].title, caption=bounds(result, name) or None)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for row in rows(result, name):
        table.add_row(*row, style="bold" if row[0] == OURS.name else None)
    return table
