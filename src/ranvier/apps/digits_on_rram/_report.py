"""The page of the digits on filamentary memory, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import add_estimates, equal_bits
from ranvier.apps._held import add_held
from ranvier.apps._recording import Drawing, read_run
from ranvier.report import OverTime, Page, score_over_time, weights_as_read

_WORDS = {
    "pair": "a pair of devices",
    "three-per-polarity": "three per polarity",
    "verified": "written and verified",
}
_SHOWN = 4000
"""Weights that are drawn, of all."""


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result, recordings = read_run(folder)
    settings, ways = result["settings"], result["ways"]
    page = Page(
        "Digits on filamentary memory",
        f"A spiking network of {settings['size']} hidden units reads digits "
        f"({settings['data']}) with its weights on {settings['device']}: programmed once, read "
        "from a second to two days later. It was trained without devices.",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (f"{result['accuracy_of_these']:.2f} %", "without devices, on the digits judged here"),
            *(
                (f"{way['mean'][-1]:.2f} ± {way['spread'][-1]:.2f} %", _WORDS[way["way"]])
                for way in ways
            ),
        ]
    )
    add_held(page, {_WORDS[way["way"]]: way["arrays"] for way in ways})
    page.section("Two days", "time")
    drawing.figure(
        "accuracy",
        score_over_time(
            result["seconds_since_programming"],
            {
                way["way"]: OverTime(recordings[f"{way['way']}/accuracy"], _WORDS[way["way"]])
                for way in ways
            },
            ylabel="accuracy (%)",
            title="What two days of relaxation cost, by how weights are held",
            reference={"without devices": result["accuracy_of_these"]},
        ),
        f"Medians and the middle eight tenths of {settings['arrays']} arrays on "
        f"{settings['images']} digits.",
        "Curves of accuracy over a logarithmic time.",
    )
    page.table(
        ["weights on", "devices", "1 s", "1 h", "1 day", "2 days"],
        [
            [_WORDS[way["way"]], way["devices"], *(_told(way, i) for i in (0, 2, 3, 4))]
            for way in ways
        ],
        "Accuracy in per cent, mean and standard deviation over arrays.",
    )
    page.section("Weights against what was asked for", "weights")
    for way in ways:
        name = way["way"]
        asked = recordings[f"{name}/weights/target"]
        some = np.linspace(0, asked.size - 1, min(_SHOWN, asked.size)).astype(int)
        drawing.figure(
            f"weights-{name}",
            weights_as_read(
                [
                    (f"after {time}", asked[some], values[some])
                    for time, values in zip(
                        ("1 s", "2 days"), recordings[f"{name}/weights/read"], strict=True
                    )
                ],
                unit="1",
                title=f"Weights as read: {_WORDS[name]}",
            ),
            f"{some.size} of {asked.size} weights, in units of a full conductance. Error: root "
            "mean square.",
            "Scatter of weights as read over weights asked for, at two times.",
        )
    wanted = max(way["mean"][-1] for way in ways)
    best = max(ways, key=lambda way: way["mean"][-1])
    bits = equal_bits(result["by_bits"], wanted, better="higher")
    add_estimates(
        page,
        best["work"],
        bits,
        per="digit",
        baseline=f"The digital baseline is the same network rounded to {bits} bits "
        f"({result['by_bits'][str(bits)]:.2f} %): the fewest tried with which it reaches the "
        f"{wanted:.2f} % of the devices after two days ({_WORDS[best['way']]}), or the most "
        "there are.",
        by_bits=result["by_bits"],
    )
    return drawing.write({**result, "source": result["device"]["source"]})


def _told(way: dict[str, Any], at: int) -> str:
    return f"{way['mean'][at]:.2f} ± {way['spread'][at]:.2f}"
