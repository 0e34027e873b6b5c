"""One neuron in three files, all frameworks: when it spikes, drawn from the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ranvier.core import atomic_path

SHOWN = {
    "lif": "r = 1, drive 2, times in seconds",
    "lif, scaled": "r = τ/Δt, drive 0.01, times in seconds",
    "lif, steps": "r = τ/Δt, drive 0.01, times in steps",
}
SECONDS = 0.2
RIGHT, WRONG = "#1b7837", "#b2182b"


def draw(result: dict[str, Any], path: Path) -> None:
    """A raster per file, a row per framework.

    Args:
        result: what `python -m benchmarks.nir` recorded.
        path: of the PNG.
    """
    from matplotlib.figure import Figure

    cases = result["neurons"]
    rows = list(cases["lif"]["frameworks"])
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    for axes, (name, title) in zip(figure.subplots(1, 3, sharey=True), SHOWN.items(), strict=True):
        for row, framework in enumerate(rows):
            found = cases[name]["frameworks"][framework]
            if "refused" in found:
                axes.text(0.1, row, "not read", ha="center", va="center", color="0.4")
            elif not found["spikes"]:
                axes.text(0.1, row, "silent", ha="center", va="center", color=WRONG)
            elif "steps" in found:
                times = [1e-4 * (step + 1) for step in found["steps"]]
                colour = RIGHT if found["right"] else WRONG
                axes.vlines([t for t in times if t <= SECONDS], row - 0.3, row + 0.3, colour, lw=2)
            else:
                most = "a spike" if found["most"] == 1 else f"{found['most']} spikes"
                axes.barh(row, SECONDS, 0.6, color=WRONG)
                axes.text(0.1, row, f"{most} in every step", ha="center", va="center", color="w")
        axes.set_title(title, fontsize=9)
        axes.set_xlim(0, SECONDS)
        axes.set_xlabel("time (s)")
        axes.set_yticks(range(len(rows)), rows)
    figure.axes[0].set_ylim(len(rows) - 0.5, -0.5)
    figure.suptitle("One LIF neuron, 72.1 spikes per second by NIR's equation, in three NIR files")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")
