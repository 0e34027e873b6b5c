"""The page of codes on the learning chip, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.apps.odin_rank_order._codes import LABELS
from ranvier.apps.odin_rank_order._costs import draw_costs, draw_early
from ranvier.apps.odin_rank_order._numbers import LEARNED, over_chips, swept
from ranvier.report import CurvePanel, Page, measure_bars, named_curves, picture_grid

_MOMENTS = (5, 10, 20, 30, 45, 60)


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "odin-rank-order")
    result, arrays = read_run(folder)
    page = Page(
        "What is in the order of spikes",
        "The same pixels of a digit, sent to the learning chip ODIN brightest first, in a drawn "
        "order, darkest first, or several times each. Ten of its neurons have learned by the "
        "synapses' own rule (SDSP), and the first that fires answers. Every register and every "
        "event is that of the hardware.",
    )
    drawing = Drawing(folder, page)
    _facts(page, result)
    _sent(drawing, result, arrays)
    _order(drawing, result)
    draw_early(drawing, result)
    draw_costs(drawing, result)
    _learning(drawing, result)
    return drawing.write(result)


def _facts(page: Page, result: dict[str, Any]) -> None:
    known, first = result["published"], result["summary"]["brightest"]["own"]
    told = [(f"{first['accuracy']['mean']:.1f} %", "right, brightest first")]
    told += [
        (f"{found['own']['accuracy']['mean']:.1f} %", f"right, {LABELS[code]}, learned so")
        for code, found in result["summary"].items()
        if code != "brightest"
    ]
    told += [
        (f"{first['nanojoule']['single']['mean']:.1f} nJ", "per answer, ten synapses per spike"),
        (f"{known['accuracy']:g} %, {known['nanojoule']:g} nJ", "published"),
    ]
    page.facts(told)


def _sent(drawing: Drawing, result: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    side = result["settings"]["side"]

    def after(pixels: NDArray[np.int64], moment: int) -> NDArray[np.float64]:
        times = np.bincount(pixels[:moment], minlength=side * side)
        # Once is already dark enough to be seen.
        return np.where(times > 0, np.minimum(0.25 + 0.25 * times, 1), 0).reshape(side, side)

    drawing.page.section("What is sent", "sent")
    drawing.figure(
        "sent",
        picture_grid(
            {
                LABELS[code]: np.stack([after(pixels, moment) for moment in _MOMENTS])
                for code, pixels in arrays.items()
            },
            title="The same digit after so many spikes",
            headings=[str(moment) for moment in _MOMENTS],
        ),
        "Pixels that have spiked, of the first image to judge by; darker where one has spiked "
        "several times.",
        "One digit sent by every code, after 5 to 60 spikes.",
    )
    drawing.page.text(
        f"An order of {result['settings']['spikes']} pixels can hold "
        f"{result['bits_of_order']:.0f} bits. What follows is how much of a digit the chip takes "
        "from it."
    )


def _order(drawing: Drawing, result: dict[str, Any]) -> None:
    summary, settings = result["summary"], result["settings"]
    drawing.page.section("What is in the order", "order")
    drawing.figure(
        "order",
        measure_bars(
            {
                LABELS[code]: {
                    "learned brightest first:\nright (%)": _told(found["ranked"]["accuracy"]),
                    "learned by the code itself:\nright (%)": _told(found["own"]["accuracy"]),
                }
                for code, found in summary.items()
            },
            title=_worst(summary, settings["threshold"]),
        ),
        f"Answers by the first output spike to all {result['images']['judged']} images; the line "
        "is one standard deviation between chips.",
        "Accuracy by code, of chips that learned brightest first and by the code itself.",
    )
    drawing.page.table(
        [
            *("code", "learned", "right (%)", "lost (points)", "silent (%)"),
            *("spikes until answer", "by number (%)", "spikes sent"),
        ],
        [
            [
                LABELS[code],
                "so" if learned == "own" else "brightest first",
                *(found[learned][what]["mean"] for what in ("accuracy", "lost", "silent")),
                found[learned]["input_spikes"]["mean"],
                found[learned]["counted"]["mean"],
                found["sent"]["mean"],
            ]
            for code, found in summary.items()
            for learned in LEARNED
            if (code, learned) != ("brightest", "ranked")
        ],
        "Means over the chips. Lost: against brightest first, between chips of one seed. By "
        "number: the output that fires most once the whole image is sent, at the same threshold.",
        decimals=1,
    )
    panels = [
        CurvePanel(
            "input spikes until the answer",
            "right answers (%)",
            {
                LABELS[code]: swept(result, code, learned, "accuracy").line(
                    swept(result, code, learned, "input_spikes").mean
                )
                for code in summary
            },
        )
        for learned in LEARNED
    ]
    figure = named_curves(panels, title=_at_half_way(result))
    for axes, told in zip(figure.axes, LEARNED.values(), strict=True):
        axes.set_title(told, fontsize=13.0)
    drawing.figure(
        "thresholds",
        figure,
        f"Thresholds of {', '.join(map(str, settings['thresholds']))}, from left to right. The "
        "band is one standard deviation between chips.",
        "Accuracy over input spikes.",
    )


def _worst(summary: dict[str, Any], threshold: int) -> str:
    """The code that loses most where chips learn by it, in a title."""
    lost = {code: found["own"]["lost"]["mean"] for code, found in summary.items()}
    worst = max(lost, key=lost.__getitem__)
    if worst == "brightest":
        return f"At threshold {threshold}, no code is behind brightest first"
    return f"At threshold {threshold}, {LABELS[worst]} is {lost[worst]:.1f} points behind"


def _at_half_way(result: dict[str, Any]) -> str:
    """The best and the worst code at a threshold in the middle, in a title."""
    thresholds = result["settings"]["thresholds"]
    middle = len(thresholds) // 2 - (len(thresholds) > 1)
    right = {
        LABELS[code]: swept(result, code, "own", "accuracy").mean[middle]
        for code in result["summary"]
    }
    best, worst = max(right, key=right.__getitem__), min(right, key=right.__getitem__)
    return (
        f"At threshold {thresholds[middle]}, {best} is right at {right[best]:.0f} %, {worst} at "
        f"{right[worst]:.0f} %"
    )


def _told(one: dict[str, float | None]) -> tuple[float, float | None]:
    return one["mean"] or 0.0, one["spread"]


def _learning(drawing: Drawing, result: dict[str, Any]) -> None:
    drawing.page.section("Learning", "learning")
    chips = list(result["chips"].values())
    learning = {
        LABELS[code]: over_chips([chip[code]["while_learning"] for chip in chips])
        for code in result["summary"]
    }
    seen = chips[0]["brightest"]["seen"]
    ends = ", ".join(f"{name} {one.mean[-1]:.0f} %" for name, one in learning.items())
    drawing.figure(
        "learning",
        named_curves(
            [
                CurvePanel(
                    "training images shown",
                    "right answers (%)",
                    {name: one.line(seen) for name, one in learning.items()},
                )
            ],
            title=f"After all images: {ends}",
        ),
        "Each chip by the code that it learns, at the threshold at which it answers. Registers and "
        "teacher are the same for all: they were searched for with the brightest pixel first.",
        "Accuracy over training images.",
    )
    drawing.page.table(
        ["code", "taught (%)", "changes of weights"],
        [
            [
                LABELS[code],
                found["taught"]["mean"],
                np.mean([chip[code]["moved"] for chip in chips]),
            ]
            for code, found in result["summary"].items()
        ],
        "Taught: training images at which the teacher came in, in the mean over the chips.",
        decimals=1,
    )
