"""The page of the panorama of faults, made from its recorded results alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import add_estimates, equal_bits
from ranvier.apps._held import add_held
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.apps.fault_panorama._in_place import HIDDEN, LEARNING, Learning
from ranvier.apps.fault_panorama._kinds import KINDS, Kind
from ranvier.report import (
    OverTime,
    Page,
    Panel,
    panels_of_spread,
    score_over_time,
    weights_as_read,
)

_LOSS = 1.0
"""Points of accuracy that are called a loss."""

_AT_ONCE = 3
"""Panels of weights in a figure."""


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "fault-panorama")
    result, recordings = read_run(folder)
    settings, reference = result["settings"], result["accuracy_of_these"]
    page = Page(
        "Panorama of faults",
        f"A spiking network of {settings['size']} hidden units reads digits "
        f"({settings['data']}) with its weights on devices that are ideal but for one thing at a "
        f"time. Every point: {settings['arrays']} arrays.",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (f"{result['accuracy']:.2f} %", "of the whole test set, without devices"),
            (f"{reference:.2f} %", f"of the {settings['images']} digits that arrays are judged on"),
        ]
    )
    add_held(page, result["arrays"], others=[result["devices"]])
    page.section("All kinds", "kinds")
    _panorama(
        drawing,
        ("panorama", "Much is forgiven: what a network loses to each kind of fault"),
        result["kinds"],
        KINDS,
        reference,
        "Means and standard deviations over arrays. Line: without devices. The network was "
        "trained without devices and nothing was done against the faults.",
    )
    _later(drawing, result)
    _weights(drawing, result, recordings)
    if result["learning"]:
        page.section("Learning in the devices", "learning")
        _panorama(
            drawing,
            ("learning", "What learning by pulses loses to each imperfection of the pulses"),
            result["learning"],
            LEARNING,
            float(np.mean(result["learned_in_numbers"])),
            f"A static network (64-{HIDDEN}-10, tanh) learns small digits in its devices, by random"
            f" trains of pulses, for {settings['learning_epochs']} epochs. Line: learned in "
            "numbers. Devices take a thousand equal steps but for what each panel varies.",
        )
    bits = equal_bits(result["by_bits"], reference - _LOSS, better="higher")
    add_estimates(
        page,
        result["work"],
        bits,
        per="digit",
        baseline=f"Pairs of devices without a fault; the digital baseline is the same network "
        f"rounded to {bits} bits ({result['by_bits'][str(bits)]:.2f} %), the fewest tried that "
        f"lose less than {_LOSS:g} point, or the most there are.",
        by_bits=result["by_bits"],
    )
    source = (
        "the kinds, Zhang et al., Nat. Electron. 3 (2020), whose values are not at hand; wires, "
        "Rasch et al., AICAS 2021"
    )
    return drawing.write({**result, "source": source})


def _later(drawing: Drawing, result: dict[str, Any]) -> None:
    """A year of drift alone."""
    settings, later = result["settings"], result["later"]
    drawing.page.section("A year of drift", "time")
    curves = {}
    for exponent, found in later["exponents"].items():
        for what, said in (("compensated", ""), ("drifted", ", not compensated")):
            curves[f"{exponent}{said}"] = OverTime(
                found[what], f"mean exponent {exponent}", dashed=what == "drifted"
            )
    drawing.figure(
        "later",
        score_over_time(
            later["seconds"],
            curves,
            ylabel="accuracy (%)",
            title="Drift alone: one digital factor per array makes most of it good",
            reference={"without devices": result["accuracy_of_these"]},
            solid="compensated",
            dashed="not compensated",
        ),
        f"Medians and the middle eight tenths of {settings['arrays']} arrays on "
        f"{settings['images']} digits. Exponents spread by a quarter of their mean; nothing else "
        "is wrong with the devices.",
        "Curves of accuracy over a logarithmic time.",
    )


def _weights(drawing: Drawing, result: dict[str, Any], recordings: dict[str, np.ndarray]) -> None:
    """Every kind of fault as it looks in the weights."""
    kinds = list(result["weights_at"].items())
    if not kinds:
        return
    drawing.page.section("Weights against what was asked for", "weights")
    asked = recordings["weights/target"]
    for number, begin in enumerate(range(0, len(kinds), _AT_ONCE), 1):
        drawing.figure(
            f"weights-{number}",
            weights_as_read(
                [
                    (f"{KINDS[name].title}: {strength:g}", asked, recordings[f"weights/{name}"])
                    for name, strength in kinds[begin : begin + _AT_ONCE]
                ],
                unit="1",
                title="What each kind of fault does to weights",
            ),
            f"{asked.size} weights of one array, in units of a full conductance, each kind at the "
            "middle of the strengths tried. Error: root mean square.",
            "Scatter of weights as read over weights asked for, one panel per kind of fault.",
        )


def _panorama(
    drawing: Drawing,
    called: tuple[str, str],
    kinds: dict[str, Any],
    known: Mapping[str, Kind | Learning],
    reference: float,
    caption: str,
) -> None:
    """A figure of small panels, and a table of where each kind begins to hurt."""
    name, title = called
    drawing.figure(
        name,
        panels_of_spread(
            [
                Panel(
                    known[name].title,
                    known[name].unit,
                    kind["values"],
                    np.mean(kind["accuracy"], axis=1),
                    np.std(kind["accuracy"], axis=1, ddof=1),
                )
                for name, kind in kinds.items()
            ],
            ylabel="accuracy (%)",
            reference=reference,
            title=title,
        ),
        caption,
        "Small panels of accuracy over the strength of each kind of fault.",
    )
    drawing.page.table(
        ["kind", "strength", "range tried", f"first loss of {_LOSS:g} point", "accuracy there (%)"],
        [_row(known[name], kind, reference) for name, kind in kinds.items()],
        f"The first strength tried at which the mean is more than {_LOSS:g} point below "
        f"{reference:.2f} %, in the order of growing harm.",
        decimals=2,
    )


def _row(known: Kind | Learning, kind: dict[str, Any], reference: float) -> list[Any]:
    means = np.mean(kind["accuracy"], axis=1)
    order = range(len(means)) if known.ideal == "0" else range(len(means) - 1, -1, -1)
    lost = next((i for i in order if means[i] < reference - _LOSS), None)
    tried = f"{kind['values'][0]:g} to {kind['values'][-1]:g}"
    at = [None, None] if lost is None else [f"{kind['values'][lost]:g}", float(means[lost])]
    return [known.title, known.unit, tried, *at]
