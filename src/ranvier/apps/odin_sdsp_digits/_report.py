"""The page of the learning chip, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.report import CurvePanel, Line, Page, confusion_matrix, named_curves, picture_grid

# Clock cycles of an event by its lower bits.
_SPIKE, _PUSH, _REFERENCE = 513, 3, 2


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "odin-sdsp-digits")
    result, arrays = read_run(folder)
    learned = result["images"]["learned"]
    page = Page(
        "Digits on the learning chip ODIN",
        f"Ten neurons of the chip learn from {learned} images that are shown once, by the "
        "synapses' own rule (SDSP), and answer by their first spike to a ranking of pixels. Every "
        "register and every event is that of the hardware.",
    )
    drawing = Drawing(folder, page)
    _facts(page, result)
    _learning(drawing, result, arrays)
    _weights(drawing, arrays)
    _lesson(drawing, result, arrays)
    _costs(drawing, result)
    return drawing.write(result)


def _facts(page: Page, result: dict[str, Any]) -> None:
    summary, known = result["summary"], result["published"]
    several = f"of {summary['chips']} chips" if summary["chips"] > 1 else "of one chip"
    page.facts(
        [
            (f"{summary['accuracy']['mean']:.1f} %", f"right by the first spike, mean {several}"),
            (f"{summary['counted_accuracy']['mean']:.1f} %", "right by the number of spikes"),
            (f"{known['accuracy']:g} %", "published"),
            (
                f"{summary['nanojoule']['single']['mean']:.1f} nJ",
                "per inference, estimated, by synapses of the ten outputs alone",
            ),
            (f"{summary['nanojoule']['rows']['mean']:.0f} nJ", "by spikes to all 256 neurons"),
            (f"{known['nanojoule']:g} nJ", "published"),
        ]
    )


def _over(chips: dict[str, Any], name: str) -> tuple[np.ndarray, np.ndarray | None]:
    scores = np.array([chip[name] for chip in chips.values()])
    return scores.mean(0), scores[:, 1:].std(0, ddof=1) if len(scores) > 1 else None


def _learning(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    chips, known = result["chips"], result["published"]
    drawing.page.section("Learning", "learning")
    mean, deviation = _over(chips, "while_learning")
    drawing.figure(
        "learning",
        named_curves(
            [
                CurvePanel(
                    "training images shown",
                    "right answers (%)",
                    {"first spike": Line(arrays["seen"][1:], mean[1:], deviation)},
                    reference={"published": known["accuracy"]},
                )
            ],
            title=f"Each image once: {result['summary']['accuracy']['mean']:.1f} % of all "
            "answers are right in the end",
        ),
        "Answers by the first output spike to 2,000 of the images to judge by, or to all if fewer; "
        "the band is one standard deviation between chips. Before the first image none fires.",
        "Accuracy over training images.",
    )
    drawing.page.table(
        ["chip", "first spike (%)", "silent (%)", "number of spikes (%)", "input spikes", "taught"],
        [
            [
                name,
                chip["accuracy"],
                chip["silent"],
                chip["counted"]["accuracy"],
                chip["input_spikes"],
                chip["taught"],
            ]
            for name, chip in chips.items()
        ],
        f"Answers to all {result['images']['judged']} images. Input spikes: sent until the first "
        "output spike. Taught: share of the training images at which the teacher came in, in per "
        "cent. An answer by number is given after the whole image, at a lower threshold.",
        decimals=2,
    )
    drawing.figure(
        "confusion",
        confusion_matrix(
            np.sum([np.array(chip["confusion"])[:, :-1] for chip in chips.values()], axis=0),
            title="What is taken for what, by the first spike",
        ),
        "All chips together; silence is left out.",
        "Confusion matrix.",
    )


def _weights(drawing: Drawing, arrays: dict[str, np.ndarray]) -> None:
    weights = arrays["weights"]
    side = round(weights.shape[1] ** 0.5)
    rows = {
        f"{seen} images": weights[k].T.reshape(-1, side, side) / 7
        for k, seen in enumerate(arrays["seen"])
        if k in (0, 1, len(weights) - 1)
    }
    drawing.page.section("Weights", "weights")
    drawing.figure(
        "weights",
        picture_grid(
            rows,
            title="Each output draws its digit in weights of three bits",
            headings=[str(c) for c in range(weights.shape[2])],
        ),
        "Weights from every pixel to the output of each class, 0 (white) to 7 (black), of the "
        "first chip. Pixels that never spike keep what they had.",
        "Weights as pictures.",
    )


def _lesson(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    label, fired, codes = int(arrays["label"]), arrays["fired"], arrays["codes"]
    lower = codes & 255
    took = np.where(lower == 7, _SPIKE, np.where(lower == 255, _REFERENCE, _PUSH))
    when = np.cumsum(took) / 1000
    wrong = [c for c in np.flatnonzero(fired) if c != label]
    silent = [c for c in np.flatnonzero(~fired) if c != label]
    shown = {f"{label}, right": label}
    shown |= {f"{c}, fired wrongly": int(c) for c in wrong[:1]}
    shown |= {f"{c}, silent": int(c) for c in silent[:1]}
    drawing.page.section("One lesson", "lesson")
    registers = result["registers"]
    panels = [
        CurvePanel(
            "time (thousand clock cycles)",
            f"{what} (register value)",
            {
                name: Line(np.repeat(when, 2)[1:], np.repeat(arrays[register][:, c], 2)[:-1])
                for name, c in shown.items()
            },
            reference=reference,
        )
        for what, register, reference in (
            ("membrane", "core", {"thetamem": registers["thetamem"]}),
            ("calcium", "calcium", {"learns": registers["ca_theta1"]}),
        )
    ]
    end = when[int(arrays["shown"].sum()) - 1]
    figure = named_curves(
        panels, title=f"A {label} goes wrong: the teacher comes in after {end:.0f} thousand cycles"
    )
    figure.axes[1].set_yticks(range(int(arrays["calcium"].max()) + 1))
    drawing.figure(
        "lesson",
        figure,
        "Above the membranes, below the calcium, after every event of one image and its lesson. "
        "First the image is shown, and outputs that fire have a calcium of one. Then the right "
        "output is fired to a calcium of two and held above thetamem: its synapses rise with "
        "each pixel that is shown. Then all others are fired once: those that had fired by "
        "themselves have two as well, and with low membranes their synapses fall. In the end "
        "time references clear all.",
        "Membranes and calcium over time.",
    )


def _costs(drawing: Drawing, result: dict[str, Any]) -> None:
    chips, known, summary = result["chips"], result["published"], result["summary"]
    first = next(iter(chips.values()))
    curve = first["by_threshold"]
    accuracy, spikes = (
        np.array([[one[what] for one in chip["by_threshold"]] for chip in chips.values()])
        for what in ("accuracy", "input_spikes")
    )
    needed = first["input_spikes"]
    drawing.page.section("What an answer costs", "costs")
    deviation = accuracy.std(0, ddof=1) if len(accuracy) > 1 else None
    panels = [
        CurvePanel(
            f"energy per inference (nJ), {told}, estimated",
            "right answers (%)",
            {
                name: Line(
                    spikes.mean(0) * first["nanojoule"][way] / needed, accuracy.mean(0), deviation
                )
            },
            reference={f"published, {known['nanojoule']:g} nJ": known["accuracy"]},
        )
        for name, way, told in (
            ("ten synapses", "single", "ten synapses per input spike"),
            ("all neurons", "rows", "256 synapses per input spike"),
        )
    ]
    drawing.figure(
        "energy",
        named_curves(
            panels, title="A lower threshold answers earlier, for less energy, and less well"
        ),
        "The same weights at thresholds "
        f"{', '.join(str(one['threshold']) for one in curve)}: the image is sent until the first "
        "output spike. An input spike is sent to the ten outputs alone, by events of single "
        "synapses, or to all 256 neurons at once; answers are the same.",
        "Accuracy over energy.",
    )
    drawing.page.table(
        ["threshold", "right (%)", "silent (%)", "input spikes"],
        [
            [
                str(one["threshold"]),
                *(
                    float(np.mean([chip["by_threshold"][k][what] for chip in chips.values()]))
                    for what in ("accuracy", "silent", "input_spikes")
                ),
            ]
            for k, one in enumerate(curve)
        ],
        "Means over the chips.",
        decimals=1,
    )
    agree = all(chip["ways_agree"] for chip in chips.values())
    learning = first["learning"]
    drawing.page.text(
        f"Published: {known['accuracy']:g} % and {known['nanojoule']:g} nJ ({known['source']}). "
        f"Here: {summary['accuracy']['mean']:.1f} %, "
        f"{summary['accuracy']['mean'] - known['accuracy']:+.1f} points, and "
        f"{summary['nanojoule']['single']['mean']:.1f} nJ or "
        f"{summary['nanojoule']['rows']['mean']:.0f} nJ, by which synapses are counted. At the "
        "published 12.7 pJ, 15 nJ are 1,181 synaptic operations: 118 input spikes to ten outputs, "
        "or fewer than five to all 256 neurons.",
        f"Both ways gave {'the same answers' if agree else 'different answers'} to the images that "
        "were shown in both. Energy is an estimate: synaptic operations alone, without time "
        "references, virtual events and leakage.",
        f"To learn, an image takes {learning['nanojoule_per_image']:.0f} nJ and "
        f"{learning['cycles_per_image'] / 1000:.0f} thousand clock cycles by the same estimate.",
    )
