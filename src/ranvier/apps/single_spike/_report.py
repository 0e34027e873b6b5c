"""The page of a single-spike run, made from its recorded results alone."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.report import (
    Page,
    TimeHistogram,
    learning_curves,
    measure_bars,
    spike_cascade,
    spike_time_histograms,
)

_NAMES = {"s4nn": "S4NN", "mostafa": "Mostafa's rule"}


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "single-spike")
    settings, data, summary = result["settings"], result["data"], result["summary"]
    layers = "-".join(str(n) for n in (data["pixels"], *settings["hidden"], 10))
    page = Page(
        "Digits in one spike per unit",
        f"{_NAMES[settings['method']]} on {settings['data']}: {layers}, {data['train']} images to "
        f"learn from, {settings['epochs']} epochs.",
    )
    drawing = Drawing(folder, page)
    hidden = _hidden(summary["spikes"])
    page.facts(
        [
            (f"{summary['test_accuracy']:.2f} %", "test accuracy"),
            (_latency(result), "until the first output fires, on average"),
            (
                f"{hidden['before_decision']:.0f} of {hidden['units']:.0f}",
                "hidden units fire before that",
            ),
        ]
    )
    page.text(
        "Every unit fires at most once. Numbers are coded in when, and the class is that of the "
        "output that fires first; nothing that happens later can change it, so only spikes before "
        "that moment count as the cost of an answer."
    )
    _scores(drawing, result)
    _one_digit(drawing, result)
    _times(drawing, result)
    _learning(drawing, result)
    return drawing.write(result)


def _hidden(spikes: dict[str, dict[str, float]]) -> dict[str, float]:
    """All hidden layers together."""
    rows = [row for name, row in spikes.items() if name.startswith("hidden")]
    return {what: sum(row[what] for row in rows) for what in rows[0]}


def _latency(result: dict[str, Any]) -> str:
    latency, unit = result["summary"]["latency"], result["time"]["unit"]
    return "never" if latency is None else f"{latency:.3g} {unit}"


def _scores(drawing: Drawing, result: dict[str, Any]) -> None:
    known, summary = result["published"], result["summary"]
    drawing.page.section("Scores", "scores")
    drawing.page.table(
        [
            "seed",
            "best epoch",
            "validation (%)",
            "test (%)",
            "test, ties right (%)",
            "ties (%)",
            "no output (%)",
        ],
        [
            [
                one["seed"],
                one["best_epoch"],
                one["valid_accuracy"],
                one["test_accuracy"],
                one["test_accuracy_of_ties"],
                one["tied"],
                one["silent"],
            ]
            for one in result["models"]
        ],
        f"The epoch is the one that validates best{_averaged(result['settings'])}. "
        "Of outputs that fire at the same time the lower class is the answer; in the next column, "
        "a tie that the true class is part of is right. Where no output fires, S4NN takes the one "
        "with the highest potential.",
        decimals=2,
    )
    if known:
        own = summary["test_accuracy"]
        drawing.page.text(
            f"Published: {known['accuracy']:g} % ({known['source']}). Here: {own:.2f} %, "
            f"{own - known['accuracy']:+.2f} points; with ties right "
            f"{summary['test_accuracy_of_ties']:.2f} %, and "
            f"{summary['best_test_accuracy_of_ties']:.2f} % at the epoch that would be chosen on "
            "the test set."
        )


def _averaged(settings: dict[str, Any]) -> str:
    """What is judged, where it is not the last weights."""
    decay = settings.get("average")
    if not decay:
        return ""
    what = {"s4nn": "epoch", "mostafa": "batch"}[settings["method"]]
    return (
        f"; what is judged is a moving average of the weights, of which {decay:g} remains at "
        f"every {what}"
    )


def _one_digit(drawing: Drawing, result: dict[str, Any]) -> None:
    shown = result["models"][0]["example"]
    layers = {
        name: [math.inf if t is None else t for t in times]
        for name, times in shown["times"].items()
    }
    first = min(layers["output"])
    decision = first if math.isfinite(first) else None
    fired = [t for times in layers.values() for t in times if math.isfinite(t)]
    unit = result["time"]["unit"]
    right = "rightly" if shown["answer"] == shown["label"] else "wrongly"
    drawing.page.section("One digit", "digit")
    drawing.figure(
        "cascade",
        spike_cascade(
            layers,
            decision=decision,
            end=1.04 * max(fired) if fired else result["time"]["end"],
            xlabel=f"time ({unit})",
            title=f"A {shown['label']} through the layers, {right} taken for a {shown['answer']}",
        ),
        "The first image of the test set. Each dash is the only spike of a unit; the dashed line "
        "is the first output spike, and what falls behind it is pale.",
        "Spike times of one digit, layer by layer.",
    )


def _times(drawing: Drawing, result: dict[str, Any]) -> None:
    one, unit = result["models"][0], result["time"]["unit"]
    found, spikes = one["histograms"], result["summary"]["spikes"]
    drawing.page.section("When spikes fall", "times")
    drawing.figure(
        "times",
        spike_time_histograms(
            {
                name: TimeHistogram(counts["before"], counts["after"])
                for name, counts in found["layers"].items()
            },
            found["edges"],
            decisions=found["decisions"],
            xlabel=f"time ({unit})",
            title=f"An answer after {_latency(result)}, on average",
        ),
        "Spikes per test image and bin: before the decision in blue, all others pale; later ones "
        "than the last bin stand in it. Below, when images are decided. First seed.",
        "Histograms of spike times by layer.",
    )
    hidden = _hidden(spikes)
    share = 100 * hidden["before_decision"] / max(hidden["fired"], 1e-9)
    drawing.figure(
        "spikes",
        measure_bars(
            {
                name: {
                    "spikes per image (1)": (row["fired"], None),
                    "before the decision (1)": (row["before_decision"], None),
                }
                for name, row in spikes.items()
            },
            title=f"{share:.0f} % of hidden spikes come before the decision",
        ),
        "Means over the test images. Silent units have no spike: what stands for one at the end of "
        "time is not counted.",
        "; ".join(f"{name}: {row['before_decision']:.1f}" for name, row in spikes.items()),
    )


def _learning(drawing: Drawing, result: dict[str, Any]) -> None:
    known = result["published"]
    several = len(result["models"]) > 1
    curves = {}
    for one in result["models"]:
        number = f" {one['seed']}" if several else ""
        curves[f"validation{number}"] = one["curves"]["valid_error"]
        curves[f"test{number}"] = one["curves"]["test_error"]
    best = min(float(np.min(one["curves"]["valid_error"])) for one in result["models"])
    drawing.page.section("Learning", "learning")
    drawing.figure(
        "learning",
        learning_curves(
            curves,
            ylabel="wrong answers (%)",
            title=f"Wrong answers to validation images fall to {best:.2f} %",
            reference={"published": 100 - known["accuracy"]} if known else None,
        ),
        "After every epoch. The test images are watched here; nothing is chosen by them.",
        "Learning curves.",
    )
