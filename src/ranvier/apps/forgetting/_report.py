"""The page of a forgetting run, made from its recorded results alone."""

from pathlib import Path
from typing import Any

from ranvier.apps._credit import PATHS, credit, label
from ranvier.apps._paired import written
from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.report import Page, measure_bars, task_curves

_STREAMS = {
    "permuted": "every task sees the pixels in an order of its own, the first as they are; all "
    "tasks share ten outputs (domain-incremental)",
    "split-domain": "every task is to tell two classes apart; all tasks share two outputs "
    "(domain-incremental)",
    "split-class": "every task brings two classes with outputs of their own; all are judged by the "
    "largest of ten outputs (class-incremental)",
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
    result = finished(folder, "forgetting")
    settings = result["settings"]
    page = Page(
        "Tasks learned one after another",
        f"{len(result['tasks'])} tasks of {settings['data']}: {_STREAMS[settings['stream']]}.",
    )
    drawing = Drawing(folder, page)
    _measures(drawing, result)
    _tasks(drawing, result)
    _differences(drawing, result)
    _tuning(drawing, result)
    return drawing.write(result)


def _measures(drawing: Drawing, result: dict[str, Any]) -> None:
    rows, seeds = result["summary"], result["settings"]["seeds"]
    drawing.page.section("What is kept", "measures")
    drawing.page.text(
        "Average accuracy (ACC) is that on the test images of all tasks once the last is learned; "
        "just learned, that on each task straight after it. Backward transfer (BWT) is what later "
        "tasks did to earlier ones (Lopez-Paz, Ranzato 2017); forgetting, how far earlier tasks "
        "fell from their best (Chaudhry et al. 2018). Nothing here protects earlier tasks: no "
        "replay, no penalty."
    )
    drawing.figure(
        "measures",
        measure_bars(
            {
                label(row["rule"]): {
                    "average accuracy (%)": _pair(row["average_accuracy"]),
                    "forgetting (points)": _pair(row["forgetting"]),
                }
                for row in rows
            },
            title="Accuracy over all tasks at the end, and what was forgotten",
        ),
        "Test images; "
        + (f"mean and standard deviation of {seeds} seeds." if seeds > 1 else "one seed."),
        "; ".join(
            f"{label(row['rule'])} {row['average_accuracy']['mean']:.1f} %, forgets "
            f"{row['forgetting']['mean']:.1f} points"
            for row in rows
        ),
    )
    drawing.page.table(
        [
            "way of the error",
            "learning rate",
            "just learned (%)",
            "average accuracy (%)",
            "backward transfer (points)",
            "forgetting (points)",
        ],
        [
            [
                label(row["rule"]),
                f"{row['learning_rate']:g}",
                *(
                    written(*_pair(row[name]))
                    for name in (
                        "learned_accuracy",
                        "average_accuracy",
                        "backward_transfer",
                        "forgetting",
                    )
                ),
            ]
            for row in rows
        ],
        "; ".join(PATHS[path] for path in dict.fromkeys(credit(r["rule"]).path for r in rows))
        + ".",
    )


def _tasks(drawing: Drawing, result: dict[str, Any]) -> None:
    rows = result["summary"]
    first = [row["accuracy"][-1][0] for row in rows]
    drawing.page.section("Task by task", "tasks")
    drawing.figure(
        "tasks",
        task_curves(
            {label(row["rule"]): row["accuracy"] for row in rows},
            tasks=result["tasks"],
            ylabel="test accuracy (%)",
            title=f"At the end, the first task is worth {min(first):.0f} to {max(first):.0f} %",
        ),
        "Accuracy on the test images of each task, after it and after every later one; mean over "
        "seeds.",
        "; ".join(
            f"{label(row['rule'])}: " + ", ".join(f"{score:.1f}" for score in row["accuracy"][-1])
            for row in rows
        ),
    )


def _differences(drawing: Drawing, result: dict[str, Any]) -> None:
    """Rules against each other, seed by seed."""
    if not result["differences"]:
        return
    drawing.page.section("Seed by seed", "differences")
    drawing.page.text(
        "Both rules of a pair begin with the same weights and see the same permutations and the "
        "same order of images, each at its own learning rate. The mechanism of GRAPES is supported "
        "only where importance beats the same factors dealt out to other nodes (shuffled) by more "
        "than chance: with ten seeds, by more than about two standard errors; with two or three, "
        "nothing can be said. Where the learning rates of a pair differ, so do their steps."
    )
    drawing.page.table(
        [
            "rule",
            "minus",
            "just learned (points)",
            "average accuracy (points)",
            "forgetting (points)",
        ],
        [
            [
                label(row["rule"]),
                label(row["against"]),
                *(
                    written(*_pair(row[name]), sign="+")
                    for name in ("learned_accuracy", "average_accuracy", "forgetting")
                ),
            ]
            for row in result["differences"]
        ],
        "Mean over seeds, its standard error beside it.",
    )


def _tuning(drawing: Drawing, result: dict[str, Any]) -> None:
    """What every learning rate was worth."""
    if not result["tuning"]:
        return
    settings = result["settings"]
    drawing.page.section("Learning rates", "learning-rates")
    drawing.page.text(
        "Every rule learned the whole sequence with every rate and goes on with the one that is "
        f"best on {settings['validation']} training images kept apart, seen as all tasks see them, "
        "at the end. A learner that cannot look ahead could not choose so; the budget is the same "
        "for every rule."
    )
    drawing.page.table(
        ["way of the error", *(f"{rate:g}" for rate in settings["learning_rates"])],
        [
            [
                label(rule),
                *(
                    next(
                        (
                            one["valid_accuracy"]
                            for one in result["tuning"]
                            if (one["rule"], one["learning_rate"]) == (rule, rate)
                        ),
                        None,
                    )
                    for rate in settings["learning_rates"]
                ),
            ]
            for rule in settings["rules"]
        ],
        f"Average accuracy on validation images (%), mean of {settings['tuning_seeds']} seeds; "
        "empty where training diverged.",
        decimals=2,
    )


def _pair(score: dict[str, float | None]) -> tuple[float, float | None]:
    """Mean, and spread or standard error."""
    mean, beside = score.values()
    assert mean is not None
    return mean, beside
