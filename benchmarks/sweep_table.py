"""From the sweep's record to tables: one per network and kind, a line per point."""

from __future__ import annotations

import statistics
from typing import Any

from rich.table import Table

from benchmarks.peers import FLOOR, OURS
from benchmarks.sweep_plan import BASE, KINDS, Kind
from benchmarks.table import duration, ratio

NETWORKS = {
    "feedforward": "Feed-forward, 700-W-W-20",
    "recurrent": "Recurrent, 700-W-20 with feedback",
    "convolutional": "Convolutional, 2 x 34 x 34, W and 2 W channels, 10",
}
UNITS = {"training": "one training step", "inference": "inference of one batch"}


def groups(result: dict[str, Any]) -> list[tuple[str, Kind]]:
    """The networks and kinds that a record holds a measurement of."""
    held = {
        (entry["point"]["network"], entry["point"]["kind"])
        for entry in result["points"]
        if any(row.get("seconds") for row in entry["rows"].values())
    }
    return [(name, kind) for name in BASE for kind in KINDS if (name, kind) in held]


def entries(result: dict[str, Any], network: str, kind: str) -> list[dict[str, Any]]:
    """The points of one network and kind, those that differ in one number side by side."""
    found = [
        entry
        for entry in result["points"]
        if (entry["point"]["network"], entry["point"]["kind"]) == (network, kind)
    ]
    base = BASE[network]

    def order(entry: dict[str, Any]) -> tuple[int, ...]:
        at = entry["point"]
        moved = (at["batch"] != base.batch, at["width"] != base.width)
        return (*(int(each) for each in moved), at["steps"], at["width"], at["batch"])

    return sorted(found, key=order)


def columns(result: dict[str, Any], network: str, kind: str) -> list[str]:
    """Implementations besides ours: the floor, then the libraries in the record's order."""
    names = dict.fromkeys(
        name for entry in entries(result, network, kind) for name in entry["rows"]
    )
    return [name for name in names if name != OURS.name]


def cell(rows: dict[str, Any], name: str) -> str:
    """The median ratio to ours, taken round by round, or why there is none.

    Example:
        >>> ours, peer = {"seconds": [1.0, 1.0, 2.0]}, {"seconds": [2.0, 3.0, 5.0]}
        >>> cell({"ranvier": ours, "Peer": peer}, "Peer")
        '2.50'
        >>> cell({"Peer": {"left_out": "an iteration takes 30 s"}}, "Peer")
        'left out'
    """
    row, ours = rows.get(name), rows.get(OURS.name, {})
    if row is None:
        return ""
    if "left_out" in row:
        return "left out"
    if "error" in row:
        return "failed"
    if len(row["seconds"]) != len(ours.get("seconds", [])):
        return duration(statistics.median(row["seconds"]))
    return f"{ratio(row['seconds'], ours['seconds'])[0]:.2f}"


def lines(result: dict[str, Any], network: str, kind: str) -> list[tuple[str, ...]]:
    """One tuple of texts per point: T, W, batch, our time, then a cell per implementation."""
    made = []
    for entry in entries(result, network, kind):
        at, rows = entry["point"], entry["rows"]
        ours = rows.get(OURS.name, {})
        own = duration(statistics.median(ours["seconds"])) if ours.get("seconds") else "failed"
        cells = [cell(rows, name) for name in columns(result, network, kind)]
        made.append((str(at["steps"]), str(at["width"]), str(at["batch"]), own, *cells))
    return made


def reasons(result: dict[str, Any]) -> list[str]:
    """One sentence per implementation and reason for which it has no number."""
    found: dict[tuple[str, str], int] = {}
    for entry in result["points"]:
        for name, row in entry["rows"].items():
            if reason := row.get("error") or row.get("left_out"):
                found[name, reason] = found.get((name, reason), 0) + 1
    return [
        f"{name}: {reason} ({count} point{'s' if count > 1 else ''})."
        for (name, reason), count in found.items()
    ]


def markdown(result: dict[str, Any], figures: str = "../assets") -> str:
    """All tables and figures, ready for the documentation."""
    machine = result["machine"]
    loads = [
        row["load"]
        for entry in result["points"]
        for row in entry["rows"].values()
        if row.get("seconds")
    ]
    text = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['threads']} threads each, "
        f"{machine['date']}; {result['rounds']} rounds per point, everyone in turns. Our time, "
        "then times of the others divided by ours, round by round; above 1 is slower than "
        f"ranvier. Load average up to {max(loads, default=0.0):.1f}."
    ]
    for network, kind in groups(result):
        heads = ["T", "W", "batch", OURS.name, *columns(result, network, kind)]
        text += ["", f"### {NETWORKS[network]}: {UNITS[kind]}", ""]
        text += [f"![{alternative(network, kind)}]({figures}/{figure_name(network, kind)})", ""]
        text += ["| " + " | ".join(heads) + " |", "|" + "---:|" * len(heads)]
        text += ["| " + " | ".join(line) + " |" for line in lines(result, network, kind)]
    if said := reasons(result):
        text += ["", *(f"- {sentence}" for sentence in said)]
    text += ["", "| implementation | Python | packages |", "|---|---|---|"]
    for name, described in result["packages"].items():
        listed = ", ".join(f"{part} {number}" for part, number in described["packages"].items())
        text.append(f"| {name} | {described['python']} | {listed} |")
    return "\n".join(text) + "\n"


def figure_name(network: str, kind: str) -> str:
    """The file that the figure of one network and kind is kept in."""
    return f"sweep-{network}-{kind}.png"


def alternative(network: str, kind: str) -> str:
    """What the figure shows, for those who cannot see it."""
    return (
        f"{NETWORKS[network]}: time of {UNITS[kind]} of every library against time steps, width "
        "and batch"
    )


def terminal(result: dict[str, Any], network: str, kind: str) -> Table:
    """One network and kind for the terminal."""
    table = Table(
        title=f"{NETWORKS[network]}: {UNITS[kind]}",
        caption="times of the others divided by ours; above 1 is slower than ranvier",
    )
    names = columns(result, network, kind)
    for head in ("T", "W", "batch", OURS.name, *names):
        table.add_column("products" if head == FLOOR.name else head, justify="right")
    for line in lines(result, network, kind):
        table.add_row(*line)
    return table
