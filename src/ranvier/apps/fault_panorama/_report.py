"""The page of the panorama of faults, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import add_estimates, equal_bits
from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.apps.fault_panorama._kinds import KINDS
from ranvier.report import Page, Panel, panels_of_spread

_LOSS = 1.0
"""Points of accuracy that are called a loss."""


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "fault-panorama")
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
    page.section("All kinds", "kinds")
    drawing.figure(
        "panorama",
        panels_of_spread(
            [
                Panel(
                    KINDS[name].title,
                    KINDS[name].unit,
                    kind["values"],
                    np.mean(kind["accuracy"], axis=1),
                    np.std(kind["accuracy"], axis=1, ddof=1),
                )
                for name, kind in result["kinds"].items()
            ],
            ylabel="accuracy (%)",
            reference=reference,
            title="Much is forgiven: what a network loses to each kind of fault",
        ),
        "Means and standard deviations over arrays. Line: without devices. The network was "
        "trained without devices and nothing was done against the faults.",
        "Small panels of accuracy over the strength of each kind of fault.",
    )
    page.table(
        ["kind", "strength", "range tried", f"first loss of {_LOSS:g} point", "accuracy there (%)"],
        [_row(name, kind, reference) for name, kind in result["kinds"].items()],
        f"The first strength tried at which the mean is more than {_LOSS:g} point below "
        f"{reference:.2f} %, in the order of growing harm.",
        decimals=2,
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


def _row(name: str, kind: dict[str, Any], reference: float) -> list[Any]:
    known = KINDS[name]
    means = np.mean(kind["accuracy"], axis=1)
    order = range(len(means)) if known.ideal == "0" else range(len(means) - 1, -1, -1)
    lost = next((i for i in order if means[i] < reference - _LOSS), None)
    tried = f"{kind['values'][0]:g} to {kind['values'][-1]:g}"
    at = [None, None] if lost is None else [f"{kind['values'][lost]:g}", float(means[lost])]
    return [known.title, known.unit, tried, *at]
