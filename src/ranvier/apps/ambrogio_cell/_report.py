"""The page of a run of capacitors and pairs, made from its recorded results alone."""

from pathlib import Path
from typing import Any

from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.apps.ambrogio_cell._settings import WAYS
from ranvier.report import Page, learning_curves, nll_bars


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "ambrogio-cell")
    settings, data = result["settings"], result["data"]
    widths = "-".join(map(str, [data["inputs"], *settings["hidden"], 10]))
    page = Page(
        "Learning in capacitors, keeping in phase-change memory",
        f"{data['train']} images of {settings['data']}; {widths} units (tanh).",
    )
    drawing = Drawing(folder, page)
    _scores(drawing, result)
    _curves(drawing, result)
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
