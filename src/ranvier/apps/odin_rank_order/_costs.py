"""Figures of time and energy: how early an answer comes, and what it costs."""

from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing
from ranvier.apps.odin_rank_order._codes import LABELS
from ranvier.apps.odin_rank_order._numbers import LEARNED, early, swept, until
from ranvier.report import CurvePanel, named_curves

_NEARLY_ALL = 0.995


def draw_early(drawing: Drawing, result: dict[str, Any]) -> None:
    """Shares of images that are answered after so many spikes.

    Args:
        drawing: to add to.
        result: of the run.
    """
    threshold, thresholds = result["settings"]["threshold"], result["settings"]["thresholds"]
    chips = result["chips"].values()
    of_codes = {LABELS[code]: [chip[code]["own"] for chip in chips] for code in result["summary"]}
    of_thresholds = {
        f"threshold {value}": [chip["brightest"]["own"]["by_threshold"][k] for chip in chips]
        for k, value in enumerate(thresholds)
    }
    drawing.page.section("How early the answer comes", "early")
    drawing.figure(
        "early",
        _panels(of_codes, f"When the first output fires, at threshold {threshold}"),
        f"Share of {result['images']['judged']} images that are answered, and that are answered "
        "rightly, after so many input spikes, by chips that learned by the code that they are "
        "shown.",
        "Images answered over input spikes, by code.",
    )
    drawing.figure(
        "earlier",
        _panels(of_thresholds, "Brightest first: a lower threshold answers earlier, and less well"),
        "The same of the brightest pixel first, at every threshold.",
        "Images answered over input spikes, by threshold.",
    )


def _panels(groups: dict[str, list[dict[str, Any]]], title: str) -> Any:
    """Answered and answered rightly, from the first answer until nearly all have come."""
    longest = max(until(parts) for parts in groups.values())
    spikes = np.arange(longest + 1)
    answered = {name: early(parts, "answered", longest) for name, parts in groups.items()}
    right = {name: early(parts, "right", longest) for name, parts in groups.items()}
    begin = min(int(np.argmax(one.mean > 0)) for one in answered.values())
    end = max(int(np.argmax(one.mean >= _NEARLY_ALL * one.mean[-1])) for one in answered.values())
    figure = named_curves(
        [
            CurvePanel(
                "input spikes sent", told, {name: one.line(spikes) for name, one in shares.items()}
            )
            for told, shares in (
                ("images answered (%)", answered),
                ("answered rightly (%)", right),
            )
        ],
        title=title,
    )
    for axes in figure.axes:
        axes.set_xlim(max(begin - 2, 0), end + 2)
    return figure


def draw_costs(drawing: Drawing, result: dict[str, Any]) -> None:
    """Accuracy over energy beside what was published, and every threshold in a table.

    Args:
        drawing: to add to.
        result: of the run.
    """
    known, codes = result["published"], list(result["summary"])
    drawing.page.section("What an answer costs", "costs")
    panels = [
        CurvePanel(
            f"energy per answer (nJ), {told}, estimated",
            "right answers (%)",
            {
                LABELS[code]: swept(result, code, "own", "accuracy").line(
                    swept(result, code, "own", "nanojoule", way).mean
                )
                for code in codes
            },
            points={"published": (known["nanojoule"], known["accuracy"])},
        )
        for way, told in (
            ("single", "ten synapses per input spike"),
            ("rows", "256 synapses per input spike"),
        )
    ]
    drawing.figure(
        "energy",
        named_curves(
            panels, title="A lower threshold answers earlier, for less energy, and less well"
        ),
        "Chips that learned by the code that they are shown, at the same thresholds. An input "
        "spike is sent to the ten outputs alone, by events of single synapses, or to all 256 "
        "neurons at once; answers are the same.",
        "Accuracy over energy.",
    )
    columns = {
        "right (%)": ("accuracy",),
        "silent (%)": ("silent",),
        "input spikes": ("input_spikes",),
        "operations, ten": ("operations", "single"),
        "operations, 256": ("operations", "rows"),
        "nJ, ten": ("nanojoule", "single"),
        "nJ, 256": ("nanojoule", "rows"),
        "by number (%)": ("counted",),
    }
    drawing.page.table(
        ["code", "threshold", *columns],
        [
            [
                LABELS[code],
                str(threshold),
                *(float(swept(result, code, "own", *what).mean[k]) for what in columns.values()),
            ]
            for code in codes
            for k, threshold in enumerate(result["settings"]["thresholds"])
        ],
        "Means over chips that learned by the code. By number: once the whole image is sent.",
        decimals=1,
    )
    agree = all(
        chip[code][learned]["ways_agree"]
        for chip in result["chips"].values()
        for code in codes
        for learned in LEARNED
    )
    drawing.page.text(
        f"Published: {known['accuracy']:g} % and {known['nanojoule']:g} nJ ({known['source']}). "
        "At the published 12.7 pJ per synaptic operation, 15 nJ are 1,181 of them: 118 input "
        "spikes to ten outputs, or fewer than five to all 256 neurons.",
        f"Both ways gave {'the same answers' if agree else 'different answers'} to the images that "
        "were shown in both, until they were answered. Energy is an estimate: synaptic operations "
        "alone, without time references and leakage.",
    )
