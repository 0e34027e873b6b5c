"""The page of a run of capacitors and pairs, made from its recorded results alone."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import add_estimates, equal_bits
from ranvier.apps._held import add_held
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.ambrogio_cell._settings import WAYS
from ranvier.report import (
    OverTime,
    Page,
    learning_curves,
    nll_bars,
    score_over_time,
    weights_as_read,
)

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
    settings, data = result["settings"], result["data"]
    widths = "-".join(map(str, [data["inputs"], *settings["hidden"], 10]))
    page = Page(
        "Learning in capacitors, keeping in phase-change memory",
        f"{data['train']} images of {settings['data']}; {widths} units (tanh).",
    )
    drawing = Drawing(folder, page)
    if result["later"] is not None:
        kept = {"the pairs, as written for good": result["later"]["held"]}
        add_held(page, kept, others=result["learned_in"])
    _scores(drawing, result)
    _curves(drawing, result)
    if result["later"] is not None:
        _later(drawing, result["later"], recordings)
    _estimated(drawing, result)
    return drawing.write(result)


def _scores(drawing: Drawing, result: dict[str, Any]) -> None:
    settings, rows, published = result["settings"], result["summary"], result["published"]
    drawing.page.section("Scores", "scores")
    drawing.page.text(
        "A capacitor takes every update in small steps and loses its charge; every "
        f"{settings['images_per_transfer']} images what it holds goes over to a pair of "
        "phase-change devices, written until they read as they should. Steps up and down differ "
        f"by {100 * settings['slope_spread']:.0f} % from capacitor to capacitor. Inverted polarity "
        "reads capacitors with the other sign after every transfer, so that what the difference "
        "of steps adds in one interval it takes away in the next.",
        f"Published for MNIST: {published['mnist_test_accuracy']:g} % ({published['source']}; not "
        f"checked there). {published['note']}",
    )
    drawing.figure(
        "scores",
        nll_bars(
            [
                {
                    "name": WAYS[row["way"]],
                    "value": 100 - row["test_accuracy"],
                    "spread": row["test_accuracy_spread"],
                    "published": None,
                    "kind": "baseline" if row["way"] == "float" else "model",
                }
                for row in rows
            ],
            title="Test images taken for something else: shorter is better",
            xlabel="test error (% of the images)",
        ),
        "Test error at the epoch that validates best, "
        + (
            f"mean and standard deviation of {settings['seeds']} seeds."
            if settings["seeds"] > 1
            else "one seed."
        ),
        "; ".join(f"{WAYS[row['way']]} {100 - row['test_accuracy']:.2f} %" for row in rows),
    )
    drawing.page.table(
        ["weights are", "learning rate", "validation accuracy (%)", "test accuracy (%)", "spread"],
        [
            [
                WAYS[row["way"]],
                f"{row['learning_rate']:g}",
                row["valid_accuracy"],
                row["test_accuracy"],
                row["test_accuracy_spread"],
            ]
            for row in rows
        ],
        f"{rows[0]['parameters']} parameters; biases are numbers everywhere.",
        decimals=2,
    )


def _curves(drawing: Drawing, result: dict[str, Any]) -> None:
    first = result["settings"]["first_seed"]
    rate = {row["way"]: row["learning_rate"] for row in result["summary"]}
    models = [
        one
        for one in result["models"]
        if one["seed"] == first and one["learning_rate"] == rate[one["way"]]
    ]
    best = min(min(one["curves"]["valid_error"]) for one in models)
    drawing.page.section("Learning", "learning")
    drawing.figure(
        "learning",
        learning_curves(
            {WAYS[one["way"]]: one["curves"]["valid_error"] for one in models},
            ylabel="validation error (% of the images)",
            title=f"The best network misses {best:.2f} % of the validation images",
        ),
        "Error on the validation images after every epoch, first seed.",
        "Learning curves.",
    )


def _later(drawing: Drawing, later: dict[str, Any], recordings: dict[str, np.ndarray]) -> None:
    drawing.page.section("A year in the pairs", "later")
    drawing.figure(
        "later",
        score_over_time(
            later["seconds"],
            {
                "compensated": OverTime(recordings["later/compensated"], "compensated"),
                "not compensated": OverTime(
                    recordings["later/drifted"], "not compensated", dashed=True
                ),
            },
            ylabel="accuracy (%)",
            title="What was learned in the cells, written to their pairs and left alone",
            reference={"as learned": later["without_devices"]},
        ),
        f"All of the weight goes onto the pair. Medians and the middle eight tenths of "
        f"{later['arrays']} arrays on {later['images']} test images ({WAYS[later['way']]}).",
        "Curves of accuracy over a logarithmic time.",
    )
    asked = recordings["later/weights/target"]
    some = np.linspace(0, asked.size - 1, min(_SHOWN, asked.size)).astype(int)
    drawing.figure(
        "weights",
        weights_as_read(
            [
                (f"after {time}", asked[some], values[some])
                for time, values in zip(
                    ("25 s", "1 year"), recordings["later/weights/read"], strict=True
                )
            ],
            unit="1",
            title="Weights as pairs show them, over those that were learned",
        ),
        f"{some.size} of {asked.size} weights, in units of a full conductance. Error: root mean "
        "square.",
        "Scatter of weights as read over weights asked for, at two times.",
    )


def _estimated(drawing: Drawing, result: dict[str, Any]) -> None:
    """Of the way that does best on devices, beside the digital twin that does as well."""
    twin = next((one for one in result["models"] if one["way"] == "float"), None)
    held = [row for row in result["summary"] if row["way"] != "float"]
    if twin is None or not held:
        return
    best = max(held, key=lambda row: row["test_accuracy"])
    bits = equal_bits(twin["by_bits"], best["test_accuracy"], better="higher")
    done = work(result)
    add_estimates(
        drawing.page,
        done,
        bits,
        per="image",
        baseline=f"The digital baseline is the network of numbers, rounded to {bits} bits "
        f"({twin['by_bits'][str(bits)]:.2f} %): the fewest tried with which it reaches the "
        f"{best['test_accuracy']:.2f} % of {WAYS[best['way']]}, or the most there are.",
        by_bits=twin["by_bits"],
    )
    drawing.page.text(
        "Of a cell only the pair of devices is in the area; no sourced size of its capacitor and "
        "transistors is at hand. Published for such cells: 28,065 billion operations per second "
        f"and watt, which is {done['dense'] * 2 / 28.065 / 1000:.2f} nJ for the products of one "
        "image, and 3.6 trillion per second and mm² (Ambrogio et al., Nature 558, 2018, abstract)."
    )


def work(result: dict[str, Any]) -> dict[str, Any]:
    """What one image does to the weights, from the result of a run.

    Args:
        result: of the run.

    Example:
        >>> data = {"inputs": 4, "active_inputs": 0.5}
        >>> done = work({"data": data, "settings": {"hidden": [3]}})
        >>> done["weights"], done["event"], done["devices"]
        (42, 36.0, 84)
    """
    widths = [result["data"]["inputs"], *result["settings"]["hidden"], 10]
    weights = [one * two for one, two in itertools.pairwise(widths)]
    return {
        "weights": sum(weights),
        "devices": 2 * sum(weights),
        "dense": sum(weights),
        "event": weights[0] * result["data"]["active_inputs"] + sum(weights[1:]),
        "spiking": False,
    }
