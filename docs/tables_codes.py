"""The tables of codes."""

import statistics
from typing import Any

_READ = {
    "count": "how many spike (count)",
    "binary": "who spikes (binary)",
    "timing": "who spikes when (timing)",
    "rank-order": "who before whom (rank order)",
}


def codes(result: dict[str, Any]) -> str:
    """Bits, pictures at equal spikes, and what noise takes, each as a table.

    Args:
        result: what `ranvier run codes` wrote, with the `command` that made it.

    Example:
        >>> one = {"spikes": [[16.0]], "accuracy": [[60.0], [62.0]], "missed": [[0.5]],
        ...        "noisy": [[59.0], [60.0]]}
        >>> print(pictures({"settings": {"spikes": [16], "shown": 16}, "codes": {"rate": one},
        ...                 "without_code": [{"accuracy": 90.0, "missed": 0.1}]}).splitlines()[2])
        | `rate` | 61.0 ± 1.0 | 0.500 |
    """
    return "\n\n".join(
        [bits(result), pictures(result), noise(result), f"```bash\n{result['command']}\n```"]
    )


def bits(result: dict[str, Any]) -> str:
    """What a window holds, and what arrives of it."""
    found, settings = result["bits"], result["settings"]
    lines = [
        "| what is read | capacity, bits | bits per spike | jitter of half a slot | jitter of two "
        "slots | a tenth lost | offset of up to 4 slots |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for reading, label in _READ.items():
        cells = [
            found["capacity"][reading],
            result["bits_per_spike"][reading],
            *(
                found["noise"][kind]["bits"][reading][found["noise"][kind]["values"].index(value)]
                for kind, value in (
                    ("jitter", 0.5),
                    ("jitter", 2.0),
                    ("deletion", 0.1),
                    ("offset", 4),
                )
            ),
        ]
        lines.append(f"| {label} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    return "\n".join([f"{settings['units']} units, {settings['slots']} slots of time.", "", *lines])


def pictures(result: dict[str, Any]) -> str:
    """Accuracy over spikes, and what the decoded pictures miss."""
    settings = result["settings"]
    counts, shown = settings["spikes"], settings["spikes"].index(settings["shown"])
    lines = [
        f"| code | {' | '.join(f'{count} spikes' for count in counts)} "
        f"| variance missed at {settings['shown']} |",
        "|---|" + "--:|" * (len(counts) + 1),
    ]
    for code, found in result["codes"].items():
        accuracies = [_told([line[at] for line in found["accuracy"]]) for at in range(len(counts))]
        missed = statistics.mean(line[shown] for line in found["missed"])
        lines.append(f"| `{code}` | {' | '.join(accuracies)} | {missed:.3f} |")
    whole = result["without_code"]
    accuracy = _told([one["accuracy"] for one in whole])
    missed = statistics.mean(one["missed"] for one in whole)
    nothing = " | " * (len(counts) - 1)
    return "\n".join([*lines, f"| no code | {nothing}{accuracy} | {missed:.3f} |"])


def noise(result: dict[str, Any]) -> str:
    """Points of accuracy that each noise takes."""
    settings = result["settings"]
    shown = settings["spikes"].index(settings["shown"])
    names = [
        *(f"jitter {value:g}" for value in settings["jitter"]),
        *(f"{100 * value:g} % lost" for value in settings["deletion"]),
        *(f"late, up to {value}" for value in settings["offset"]),
    ]
    lines = [
        f"| code, {settings['shown']} spikes | {' | '.join(names)} |",
        "|---|" + "--:|" * len(names),
    ]
    for code, found in result["codes"].items():
        taken = [
            statistics.mean(
                noisy[at] - clean[shown]
                for noisy, clean in zip(found["noisy"], found["accuracy"], strict=True)
            )
            for at in range(len(names))
        ]
        lines.append(f"| `{code}` | {' | '.join(f'{value:+.1f}' for value in taken)} |")
    return "\n".join(lines)


def _told(values: list[float]) -> str:
    return f"{statistics.mean(values):.1f} ± {statistics.pstdev(values):.1f}"
