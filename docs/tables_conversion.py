"""The tables of conversions."""

from typing import Any


def approaches(runs: list[dict[str, Any]]) -> str:
    """A command and two tables per run of `ranvier run approaches`.

    Args:
        runs: what it wrote, each with the `command` that made it and a `title`.

    Example:
        >>> row = {
        ...     "network": "dense", "label": "conversion to rates", "accuracy": 98.0,
        ...     "accuracy_spread": None, "source_accuracy": 98.1, "latency": "32 steps",
        ...     "first_near": 12, "spikes_per_neuron": 4.5, "accumulates": 5500.0,
        ...     "macs": 18200.0, "updates": 4096.0, "published": None,
        ...     "energy_nJ": {"32-bit arithmetic": 92.4},
        ... }
        >>> run = {"title": "One way", "command": "ranvier run approaches", "summary": [row]}
        >>> approaches([run]).splitlines()[-1]
        '| dense | conversion to rates | 92 |'
    """
    lines = []
    for run in runs:
        lines += ["", f"## {run['title']}", "", "```bash", run["command"], "```", ""]
        lines += [
            "| network | approach | test (%) | source (%) | latency | near its source from step "
            "| spikes per neuron | additions | products | published (%) |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for row in run["summary"]:
            spread = row["accuracy_spread"]
            cells = [
                row["network"],
                row["label"],
                f"{row['accuracy']:.2f}" + ("" if spread is None else f" ± {spread:.2f}"),
                _number(row["source_accuracy"], 2),
                row["latency"],
                _number(row["first_near"], 0),
                _number(row["spikes_per_neuron"], 2),
                f"{row['accumulates']:,.0f}",
                f"{row['macs']:,.0f}",
                _number(row["published"], 2),
            ]
            lines.append(f"| {' | '.join(cells)} |")
        kinds = list(run["summary"][0]["energy_nJ"])
        lines += [
            "",
            "Energy per image, nJ, estimated:",
            "",
            f"| network | approach | {' | '.join(kinds)} |",
            "|---|---|" + "---:|" * len(kinds),
        ]
        for row in run["summary"]:
            cells = [f"{row['energy_nJ'][kind]:,.0f}" for kind in kinds]
            lines.append(f"| {row['network']} | {row['label']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"
