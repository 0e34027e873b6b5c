"""The page of a feedback run, made from its recorded results alone."""

import itertools
from pathlib import Path
from typing import Any

from ranvier.apps._credit import PATHS, credit, label
from ranvier.apps._paired import ahead, written
from ranvier.apps._recording import Drawing
from ranvier.apps._resumable import finished
from ranvier.apps._static import CLASSES
from ranvier.report import Page, alignment_angles, learning_curves, nll_bars


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result = finished(folder, "feedback")
    settings = result["settings"]
    page = Page(
        "Still images learned without the way back",
        f"{result['data']['train']} images of {settings['data']}; {_layers(settings)}; "
        f"{len(settings['rules'])} ways for the error to reach hidden layers.",
    )
    drawing = Drawing(folder, page)
    _scores(drawing, result)
    _curves(drawing, result)
    angles(drawing, result, "error", "Error against backpropagation's")
    angles(drawing, result, "weights", "Feedback against the weights in whose place it stands")
    _importance(drawing, result)
    return drawing.write(result)


def _layers(settings: dict[str, Any]) -> str:
    convolved = "".join(
        f"{channels} channels of {settings['kernel']} x {settings['kernel']} places, "
        for channels in settings["channels"]
    )
    widths = "-".join(map(str, [*settings["hidden"], CLASSES]))
    return f"{convolved}{widths} units ({settings['unit']})"


def feedback_products(settings: dict[str, Any], path: str) -> int | None:
    """Multiplications per image that carry errors to fully connected hidden layers.

    Args:
        settings: the widths.
        path: how the error comes.

    Returns:
        None where convolutions carry errors.

    Example:
        >>> settings = {"hidden": [4, 3], "channels": []}
        >>> [feedback_products(settings, path) for path in ("bp", "dfa", "drtp")]
        [42, 70, 0]
    """
    if settings["channels"]:
        return None
    hidden = settings["hidden"]
    between = sum(a * b for a, b in itertools.pairwise(hidden))
    return {
        "bp": between + hidden[-1] * CLASSES,
        "fa": between + hidden[-1] * CLASSES,
        "dfa": sum(hidden) * CLASSES,
        "sdfa": sum(hidden) * CLASSES,
        "ifa": between + hidden[0] * CLASSES,
    }.get(path, 0)


def _scores(drawing: Drawing, result: dict[str, Any]) -> None:
    settings, rows = result["settings"], result["summary"]
    drawing.page.section("Scores", "scores")
    drawing.page.text(
        "The output layer always learns from its true error; the ways differ in what hidden layers "
        f"get. The last {settings['validation']} training images choose the epoch"
        + (" and the learning rate" if len(settings["learning_rates"]) > 1 else "")
        + (
            f"; {settings['held_out']} further training images, which nothing learned from, judge."
            if settings["held_out"]
            else "; the test set judges."
        )
    )
    seeds = settings["seeds"]
    drawing.figure(
        "scores",
        nll_bars(
            [
                {
                    "name": label(row["rule"]),
                    "value": 100 - row["test_accuracy"],
                    "spread": row["test_accuracy_spread"],
                    "published": None,
                    "kind": "baseline" if row["rule"] in ("bp", "shallow") else "model",
                }
                for row in rows
            ],
            title="Test images taken for something else: shorter is better",
            xlabel="test error (% of the images)",
        ),
        "Test error at the epoch that validates best, "
        + (f"mean and standard deviation of {seeds} seeds." if seeds > 1 else "one seed."),
        "; ".join(f"{label(row['rule'])} {100 - row['test_accuracy']:.2f} %" for row in rows),
    )
    drawing.page.table(
        [
            "way of the error",
            "learning rate",
            "after one epoch (valid, %)",
            "validation accuracy (%)",
            "test accuracy (%)",
            "spread",
            "behind BP (points)",
            "feedback products per image",
        ],
        [
            [
                label(row["rule"]),
                f"{row['learning_rate']:g}",
                row["first_epoch_accuracy"],
                row["valid_accuracy"],
                row["test_accuracy"],
                row["test_accuracy_spread"],
                row["behind_bp"]["mean"] if row["behind_bp"] else None,
                feedback_products(settings, credit(row["rule"]).path),
            ]
            for row in rows
        ],
        "; ".join(PATHS[path] for path in dict.fromkeys(credit(r["rule"]).path for r in rows))
        + ".",
        decimals=2,
    )


def of_first_seed(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The trainings of the first seed.

    Args:
        result: holds `models` and `settings`.
    """
    return [one for one in result["models"] if one["seed"] == result["settings"]["first_seed"]]


def _curves(drawing: Drawing, result: dict[str, Any]) -> None:
    models = of_first_seed(result)
    best = min(min(one["curves"]["valid_error"]) for one in models)
    drawing.page.section("Learning", "learning")
    drawing.figure(
        "learning",
        learning_curves(
            {label(one["rule"]): one["curves"]["valid_error"] for one in models},
            ylabel="validation error (% of the images)",
            title=f"The best network misses {best:.2f} % of the validation images",
        ),
        "Error on the validation images after every epoch, first seed.",
        "Learning curves.",
    )


def angles(
    drawing: Drawing, result: dict[str, Any], kind: str, title: str, suffix: str = ""
) -> None:
    """Show angles of one kind over epochs, if anything has some.

    Args:
        drawing: where.
        result: holds `models`, `summary` and `settings`.
        kind: "error" or "weights".
        title: of the section.
        suffix: tells its figure from others of that kind.
    """
    models = [
        one for one in of_first_seed(result) if credit(one["rule"]).path not in ("bp", "shallow")
    ]
    models = [one for one in models if not credit(one["rule"]).form]
    panels: dict[str, dict[str, list[float]]] = {}
    for one in models:
        for what, found in one["angles"].items():
            if what.startswith(f"{kind}, "):
                panels.setdefault(what.partition(", ")[2], {})[label(one["rule"])] = found
    if not panels:
        return
    steepest = max(found[-1] for lines in panels.values() for found in lines.values())
    drawing.page.section(title, f"angles-{kind}{suffix}")
    drawing.figure(
        f"angles-{kind}{suffix}",
        alignment_angles(
            panels,
            ylabel="angle (degrees)",
            title="Every angle ends below 90 degrees"
            if round(steepest) < 90
            else "Not every angle ends below 90 degrees",
        ),
        {
            "error": "Between the errors that arrive at the inputs of a hidden layer's units, over "
            "validation examples, and those that backpropagation would send there. At 90 degrees a "
            "layer learns nothing of use; below, its loss falls.",
            "weights": "For feedback alignment between the fixed feedback and the weights above "
            "the layer; for direct feedback between it and the product of all weights above.",
        }[kind]
        + " Epoch 0 is before training; first seed.",
        "; ".join(
            f"{layer}: " + ", ".join(f"{name} {found[-1]:.0f}" for name, found in lines.items())
            for layer, lines in panels.items()
        ),
    )
    rows = [row for row in result["summary"] if any(w.startswith(kind) for w in row["angles"])]
    drawing.page.table(
        ["way of the error", *(f"{layer} (degrees)" for layer in panels)],
        [
            [label(row["rule"]), *(row["angles"].get(f"{kind}, {layer}") for layer in panels)]
            for row in rows
        ],
        "At the epoch that validates best, mean over seeds.",
        decimals=1,
    )


def _importance(drawing: Drawing, result: dict[str, Any]) -> None:
    """GRAPES beside its controls."""
    rows = [row for row in result["summary"] if row["over_plain"]]
    if not rows:
        return
    scores = {
        rule: [m["test_accuracy"] for m in result["models"] if m["rule"] == rule]
        for rule in result["settings"]["rules"]
    }
    drawing.page.section("GRAPES and what it must beat", "grapes")
    drawing.page.text(
        "Node importance is close to two for nearly every node of a fresh network, so that GRAPES "
        "is, for a good part, a larger learning rate. Its mechanism is supported where importance "
        "beats the same factors dealt out to other nodes (shuffled), their mean at every node, and "
        "the plain rule at its own best learning rate."
    )
    drawing.page.table(
        ["rule", "test accuracy (%)", "over the plain rule (points)", "importance over this"],
        [
            [
                label(row["rule"]),
                row["test_accuracy"],
                written(*row["over_plain"].values(), sign="+"),
                _over_control(row["rule"], scores),
            ]
            for row in rows
        ],
        "Mean over seeds, the standard deviation over seeds of the paired difference beside it.",
        decimals=2,
    )


def _over_control(rule: str, scores: dict[str, list[float]]) -> str | None:
    way = credit(rule)
    apart = ahead(scores, f"{way.path}+{way.form}", rule) if way.control else None
    return written(*apart.values(), sign="+") if apart else None
