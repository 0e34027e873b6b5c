"""The page of the chip's cue task, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.report import CurvePanel, Line, Page, named_curves, stream_raster

_GROUPS = ("left", "right", "recall", "noise")
_BEFORE_MS = 50
"""What is shown of a trial before the chip is asked."""


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "reckon-cue")
    result, arrays = read_run(folder)
    trials = result["trials"]
    page = Page(
        "Cues on the ReckOn chip",
        "Seven cues come from the left or from the right; more than a second later the chip is "
        f"asked which side had more. It learns from {trials['training']} trials, with e-prop and "
        "weights of 8 bits, in the whole numbers of its hardware description.",
    )
    drawing = Drawing(folder, page)
    _facts(page, result)
    _learning(drawing, result)
    _one_trial(drawing, arrays)
    _costs(page, result)
    return drawing.write(result)


def _facts(page: Page, result: dict[str, Any]) -> None:
    summary, known, hardware = result["summary"], result["published"], result["hardware"]
    told = [
        (f"{summary['test_accuracy']:.1f} %", "of test trials right in the last epoch"),
        (
            f"{summary['fresh_accuracy']:.1f} %",
            f"of {result['trials']['fresh']} fresh trials right",
        ),
        (f"{known['accuracy']:g} %", "published, in the chip's own evaluation"),
    ]
    if hardware:
        epochs = hardware["epochs"]
        told.append(
            (
                "equal" if hardware["equal"] else "not equal",
                f"to the hardware description in right answers of {epochs} "
                f"epoch{'s' if epochs > 1 else ''}",
            )
        )
    page.facts(told)


def _learning(drawing: Drawing, result: dict[str, Any]) -> None:
    known, summary, chips = result["published"], result["summary"], result["chips"]
    drawing.page.section("Learning", "learning")
    drawing.figure(
        "learning",
        named_curves(
            [
                CurvePanel(
                    "epochs",
                    "wrong answers to test trials (%)",
                    _error_lines(chips),
                    reference={"published": 100 - known["accuracy"]},
                )
            ],
            title=f"In the end {100 - summary['test_accuracy']:.1f} % of test trials go wrong",
        ),
        f"After every epoch. One of {result['trials']['test']} test trials is "
        f"{100 / result['trials']['test']:.1f} %. A band is one standard deviation between chips.",
        "Learning curves.",
    )
    drawing.page.table(
        ["chip", "right while training", "right in the test", "fresh trials (%)"],
        [
            [
                name,
                ", ".join(map(str, chip["training_hits"])),
                ", ".join(map(str, chip["test_hits"])),
                chip["fresh_accuracy"],
            ]
            for name, chip in chips.items()
        ],
        "Right answers by epoch. 'shipped' has the seeds and weights of the chip's test bench.",
        decimals=1,
    )
    hardware = result["hardware"]
    if hardware:
        drawing.page.text(
            "A simulation of the hardware description gave, while training, "
            f"{', '.join(map(str, hardware['training_hits']))}, and in the test "
            f"{', '.join(map(str, hardware['test_hits']))}."
        )
    several = "s" if summary["chips"] > 1 else ""
    drawing.page.text(
        f"Published: {known['accuracy']:g} % ({known['source']}). Here: "
        f"{summary['test_accuracy']:.1f} % of test trials, "
        f"{summary['test_accuracy'] - known['accuracy']:+.1f} points, and "
        f"{summary['fresh_accuracy']:.1f} % of fresh trials, over {summary['chips']} "
        f"chip{several}{' with seeds of their own' if several else ''}. Fresh trials are drawn as "
        "the shipped ones are; no chip has learned from them."
    )


def _error_lines(chips: dict[str, Any]) -> dict[str, Line]:
    """Every chip's errors; from three with seeds of their own on, these as one mean."""
    errors = {name: 100 - np.array(chip["test_accuracy"]) for name, chip in chips.items()}
    own = [values for name, values in errors.items() if name != "shipped"]
    epochs = np.arange(1, 1 + len(next(iter(errors.values()))))
    if len(own) < 3:
        return {name: Line(epochs, values) for name, values in errors.items()}
    lines = {name: Line(epochs, values) for name, values in errors.items() if name == "shipped"}
    mean, deviation = np.mean(own, 0), np.std(own, 0, ddof=1)
    return {**lines, f"mean of {len(own)} others": Line(epochs, mean, deviation)}


def _one_trial(drawing: Drawing, arrays: dict[str, np.ndarray]) -> None:
    spikes, asked, v = arrays["spikes"], arrays["asked"], arrays["v"]
    size = spikes.shape[1] // len(_GROUPS)
    drawing.page.section("One trial", "trial")
    drawing.figure(
        "trial",
        stream_raster(
            {name: spikes[:, n * size : (n + 1) * size] for n, name in enumerate(_GROUPS)},
            arrays["z"].any(1),
            listener="any neuron",
            time_unit="ms",
            title="Cues first, the question a second later",
        ),
        "Input events of the first test trial by group, and when any recurrent neuron fires after "
        "learning.",
        "Input events of one trial.",
    )
    begin = max(int(asked.argmax()) - _BEFORE_MS, 0)
    when, label = np.arange(begin, len(asked)), int(arrays["label"])
    panels = [
        CurvePanel(
            "time (ms)",
            f"membrane {stage} learning",
            {f"output {k}": Line(when, one[begin:, k]) for k in range(one.shape[1])},
        )
        for stage, one in zip(("before", "after"), v, strict=True)
    ]
    ahead = float((v[1][asked].argmax(1) == label).mean())
    drawing.figure(
        "outputs",
        named_curves(
            panels,
            title=f"After learning the right output leads in {100 * ahead:.0f} % of the time asked",
        ),
        f"Membranes of the outputs in the same trial before and after learning; output {label} is "
        f"right. The chip is asked from {int(asked.argmax())} ms on.",
        "Output membranes over time.",
    )


def _costs(page: Page, result: dict[str, Any]) -> None:
    page.section("What it costs", "costs")
    page.table(
        ["chip", "spikes", "synaptic operations", "weight changes", "energy (uJ)", "power (uW)"],
        [
            [
                name,
                chip["per_trial"]["spikes"],
                chip["per_trial"]["synaptic_operations"],
                chip["per_trial"]["weight_changes"][-1],
                chip["energy"]["picojoule"] * 1e-6,
                chip["power_uW"],
            ]
            for name, chip in result["chips"].items()
        ],
        "Per trial of the last epoch: spikes and operations of a test trial, changes of a training "
        "trial. Energy is an estimate: synaptic operations alone, at the published 5.3 pJ, without "
        "the steps of neurons, leakage and learning; hence less power than the "
        f"{result['published']['power_uW']:g} uW that are published for the whole chip.",
        decimals=2,
    )
