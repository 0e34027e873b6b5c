"""The page of the comparison of codes, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.codes._bits import READ
from ranvier.apps.codes._picture_codes import LABELS
from ranvier.report import CurvePanel, Line, Page, named_curves, picture_grid

_NOISE = {
    "jitter": "jitter of each spike (slots)",
    "deletion": "share of spikes lost (1)",
    "offset": "common offset, at most (slots)",
}


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result, recorded = read_run(folder)
    settings = result["settings"]
    shown = settings["spikes"].index(settings["shown"])
    page = Page(
        "What a code buys",
        f"Pictures ({settings['data']}) are sent by {len(settings['codes'])} codes with the same "
        f"number of spikes, and read by the same readout. Before that: how many bits "
        f"{settings['units']} spikes hold by what is read of them, and what noise leaves.",
    )
    drawing = Drawing(folder, page)
    means = {code: np.mean(found["accuracy"], 0) for code, found in result["codes"].items()}
    order = sorted(means, key=lambda code: -means[code][shown])
    page.facts(
        [
            (f"{means[code][shown]:.1f} %", f"{LABELS[code]}, {settings['shown']} spikes a picture")
            for code in dict.fromkeys((order[0], order[-1]))
        ]
    )
    _bits(drawing, result)
    _pictures(drawing, result, order)
    _noise(drawing, result, order)
    _decoded(drawing, result, recorded, order)
    return drawing.write(result)


def _bits(drawing: Drawing, result: dict[str, Any]) -> None:
    bits, settings, page = result["bits"], result["settings"], drawing.page
    page.section("Bits", "bits")
    page.table(
        ["read", "capacity (bits)", "bits per spike", "10 % lost (bits)", "half a slot (bits)"],
        [
            [
                label,
                bits["capacity"][reading],
                result["bits_per_spike"][reading],
                _at(bits, "deletion", reading, 0.1),
                _at(bits, "jitter", reading, 0.5),
            ]
            for reading, label in READ.items()
        ],
        f"{settings['units']} units, {settings['slots']} slots, at most one spike each. With "
        f"silence as a further slot, times hold {bits['capacity_with_silence']:.1f} bits; orders "
        f"in which several may come at once {bits['capacity_with_ties']:.1f}. Then: mutual "
        "information of what was sent and what arrives, when a tenth of all spikes is lost, or "
        "each comes early or late with a standard deviation of half a slot.",
        decimals=2,
    )
    drawing.figure(
        "bits",
        named_curves(
            [
                CurvePanel(
                    label,
                    "bits that arrive",
                    {
                        READ[reading]: Line(bits["noise"][kind]["values"], line)
                        for reading, line in bits["noise"][kind]["bits"].items()
                    },
                )
                for kind, label in _NOISE.items()
            ],
            title="Times hold the most, and lose the most to jitter; an order outlives an offset",
        ),
        "Mutual information of word and window. At the left edge, without noise, it is the "
        "capacity. Times are read one by one against the clock of the receiver, which does not "
        "know the offset.",
        "Bits over jitter, lost spikes and common offset for count, binary, timing and rank order.",
    )
    decoded = bits["decoded"]
    page.table(
        ["read", "capacity", "arrives", "left by the best guess", "words guessed right (%)"],
        [
            [
                READ[reading],
                one["capacity"],
                one["bits"],
                one["decoded_bits"],
                100 * one["correct"],
            ]
            for reading, one in decoded["readings"].items()
        ],
        f"Bits of {decoded['units']} units, of which every word and every outcome can be gone "
        f"through: jitter of {decoded['jitter']:g} slots, {100 * decoded['deletion']:g} % of "
        "spikes lost. The best guess is the word that makes what arrived most likely.",
        decimals=2,
    )


def _pictures(drawing: Drawing, result: dict[str, Any], order: list[str]) -> None:
    settings, page = result["settings"], drawing.page
    page.section("Pictures at equal spikes", "pictures")
    page.text(
        "A picture is seen by on-centre and off-centre cells. Rates, send on delta and bursts are "
        "scaled such that all cells together spend the spikes; of the other codes, the brightest "
        "cells send their words until the spikes are spent. A decoder gives one number per cell. "
        "From these, ridge regression with a quadratic kernel gives the class, and linear ridge "
        "regression the pixels.",
    )
    whole = result["without_code"]
    drawing.figure(
        "spikes",
        named_curves(
            [
                CurvePanel(
                    "spikes per picture",
                    label,
                    {
                        LABELS[code]: Line(
                            settings["spikes"],
                            np.mean(result["codes"][code][what], 0),
                            np.std(result["codes"][code][what], 0),
                        )
                        for code in order
                    },
                    doubling=True,
                    reference={"no code": float(np.mean([one[what] for one in whole]))},
                )
                for what, label in (("accuracy", "accuracy (%)"), ("missed", "variance missed (1)"))
            ],
            title="Few spikes say most where the brightest cells speak first",
        ),
        f"Above: accuracy on {settings['judged']} test pictures. Below: share of the variance of "
        f"pixels that the decoded picture misses. Means of {settings['seeds']} draws of "
        f"{settings['learn']} pictures to learn from; bands: one standard deviation.",
        "Accuracy and missed variance over spikes per picture, one curve per code.",
    )
    page.table(
        ["code", *(f"{spikes} spikes" for spikes in settings["spikes"]), "spikes sent"],
        [
            [
                LABELS[code],
                *(_told(result["codes"][code]["accuracy"], at) for at in _each(settings)),
                ", ".join(
                    f"{np.mean(result['codes'][code]['spikes'], 0)[at]:.1f}"
                    for at in _each(settings)
                ),
            ]
            for code in order
        ],
        "Accuracy in per cent, mean and standard deviation over seeds; and how many spikes a test "
        "picture took. No code: "
        f"{_told([[one['accuracy']] for one in whole], 0)}.",
    )
    page.table(
        ["code", *(f"{spikes} spikes" for spikes in settings["spikes"])],
        [
            [
                LABELS[code],
                *(_told(result["codes"][code]["missed"], at, 3) for at in _each(settings)),
            ]
            for code in order
        ],
        "Share of the variance of pixels that is missed. No code: "
        f"{_told([[one['missed']] for one in whole], 0, 3)}.",
    )


def _noise(drawing: Drawing, result: dict[str, Any], order: list[str]) -> None:
    settings, page = result["settings"], drawing.page
    shown = settings["spikes"].index(settings["shown"])
    headings = [
        *(f"jitter {value:g}" for value in settings["jitter"]),
        *(f"{100 * value:g} % lost" for value in settings["deletion"]),
        *(f"late, up to {value}" for value in settings["offset"]),
    ]
    page.section("What noise hurts which code", "noise")
    page.table(
        ["code", "accuracy (%)", *headings],
        [
            [
                LABELS[code],
                float(np.mean(result["codes"][code]["accuracy"], 0)[shown]),
                *(
                    float(value)
                    for value in np.mean(result["codes"][code]["noisy"], 0)
                    - np.mean(result["codes"][code]["accuracy"], 0)[shown]
                ),
            ]
            for code in order
        ],
        f"Points of accuracy that noise takes at {settings['shown']} spikes a picture, from "
        "readouts that learned without noise: jitter of every spike in steps (standard deviation), "
        "spikes lost, and all spikes of a picture late by a common number of steps. The window has "
        f"{settings['steps']} steps.",
        decimals=1,
    )


def _decoded(
    drawing: Drawing, result: dict[str, Any], recorded: dict[str, np.ndarray], order: list[str]
) -> None:
    drawing.page.section("Pictures decoded", "decoded")

    def shaped(pictures: np.ndarray) -> np.ndarray:
        side = round(pictures.shape[1] ** 0.5)
        return np.clip(pictures.reshape(len(pictures), side, side), 0, 1)

    drawing.figure(
        "decoded",
        picture_grid(
            {
                "sent": shaped(recorded["pixels"]),
                **{LABELS[code]: shaped(recorded[f"decoded/{code}"]) for code in order},
            },
            title=f"Pictures read from {result['settings']['shown']} spikes each",
        ),
        "The first test picture of every class, and what the readout makes of its spikes; best "
        "accuracy first.",
        "A row of pictures per code.",
    )


def _each(settings: dict[str, Any]) -> range:
    return range(len(settings["spikes"]))


def _at(bits: dict[str, Any], kind: str, reading: str, value: float) -> float:
    noise = bits["noise"][kind]
    return noise["bits"][reading][noise["values"].index(value)]


def _told(found: list[list[float]], at: int, decimals: int = 1) -> str:
    values = [line[at] for line in found]
    return f"{np.mean(values):.{decimals}f} ± {np.std(values):.{decimals}f}"
