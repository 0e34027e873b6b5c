"""The page of the phase selectivity, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.report import Page, membranes, rate_curve

_SHOWN_MS = 500.0


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result, arrays = read_run(folder)
    settings, (low, high) = result["settings"], result["bounds_mV"]
    synapses, rate = settings["synapses"], settings["rate_Hz"]
    page = Page(
        "Phase selectivity",
        f"{synapses} inputs of {rate:g} Hz reach one leaky integrate-and-fire neuron: with the "
        "same rate, it fires if they come together, and is silent if they are spread out.",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (f"{low:.3f} mV", "weight above which inputs in phase make it fire"),
            (f"{high:.3f} mV", "weight above which inputs out of phase do, too"),
        ]
    )
    _membranes(drawing, result, arrays)
    seconds = settings["duration_ms"] / 1000
    page.section("Weights between the bounds", "weights")
    drawing.figure(
        "weights",
        rate_curve(
            {
                phase: (arrays["weights_mV"], counts / seconds)
                for phase, counts in zip(
                    ("in phase", "out of phase"), arrays["counts"], strict=True
                )
            },
            marks={f"{low:.3f} mV": low, f"{high:.3f} mV": high},
            xlabel="weight of each synapse (mV)",
            ylabel="firing rate (Hz)",
            title="Between two weights, only inputs in phase are heard",
        ),
        "Points: spikes counted. Dashed: the two weights calculated from the equation.",
        "Firing rate over weight for inputs in phase and out of phase.",
    )
    page.table(
        ["inputs", "weight (mV)", f"spikes in {seconds:g} s"],
        [[row["phase"], row["weight_mV"], row["spikes"]] for row in result["runs"]],
        "The published runs.",
        decimals=1,
    )
    return drawing.write(result)


def _membranes(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    shown = arrays["times_ms"] < _SHOWN_MS
    threshold = result["settings"]["threshold_mV"]
    seconds = result["settings"]["duration_ms"] / 1000
    traces, fired = {}, {}
    for number, row in enumerate(result["runs"]):
        count = row["spikes"]
        name = (
            f"{row['phase']}, {row['weight_mV']:g} mV: {count} spike{'' if count == 1 else 's'} "
            f"in {seconds:g} s"
        )
        traces[name] = arrays[f"run/{number}/membrane_mV"][shown]
        fired[name] = arrays[f"run/{number}/fired"][shown]
    drawing.page.section("The neuron", "neuron")
    drawing.figure(
        "membranes",
        membranes(
            arrays["times_ms"][shown],
            traces,
            fired=fired,
            threshold=threshold,
            peak=1.5 * threshold,
            membrane_label="membrane above rest (mV)",
            title="In phase, a weight fires at every volley that stays silent when spread out",
        ),
        f"The first {_SHOWN_MS:g} ms of each run. Dashed: the threshold. Lines up: spikes.",
        "; ".join(traces),
    )
