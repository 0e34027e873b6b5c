"""Make the pictures of the gallery of neurons: `python docs/gallery_neurons.py`."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gallery import shrink

SHOWN = {
    "lif": {"trace": "neuron-lif"},
    "hodgkin-huxley": {"trace": "neuron-hodgkin-huxley"},
    "qif": {"rates": "rates-qif"},
    "threshold-switch": {"rates": "rates-threshold-switch"},
    "morris-lecar": {"plane": "plane-morris-lecar"},
    "adex": {"plane": "plane-adex", "patterns": "patterns-adex"},
    "izhikevich": {"patterns": "patterns-izhikevich"},
}
"""Neuron to its figures, and what they are called in the documentation."""


def main() -> None:
    """Run every command of the gallery and store its figures small."""
    from ranvier.apps import (
        fi_curve,
        neuron,
        odin_behaviours,
        phase_change_neurons,
        phase_selectivity,
        surrogates,
    )

    def showing(name: str) -> Callable[[Path], Any]:
        return lambda folder: neuron.run(folder, name)

    runs = [(showing(name), figures) for name, figures in SHOWN.items()]
    runs += [
        (fi_curve.run, {"fi-curve": "fi-curve"}),
        (phase_selectivity.run, {"membranes": "phase-membranes", "weights": "phase-weights"}),
        (
            phase_change_neurons.run,
            {"signal": "phase-change-signal", "correlation": "phase-change-correlation"},
        ),
        (odin_behaviours.run, {"behaviours": "odin-behaviours"}),
        (surrogates.run, {"surrogates": "surrogates"}),
    ]
    assets = Path(__file__).parent / "assets"
    for run, figures in runs:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / "run"
            run(folder)
            for figure, name in figures.items():
                size = shrink(folder / "figures" / f"{figure}.png", assets / f"{name}.png")
                print(f"{name}.png  {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
