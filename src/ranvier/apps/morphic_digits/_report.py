"""The page of the digits on MorphIC, made from its recorded results alone."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.report import CurvePanel, Line, Page, confusion_matrix, named_curves, picture_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAPPED = {"one-core": "one core", "four-cores": "four cores"}


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "morphic-digits")
    result, arrays = read_run(folder)
    page = Page(
        "Digits on MorphIC",
        "Four cores of 512 neurons with synapses of one bit read digits: with weights trained off "
        "the chip, and with weights that its stochastic plasticity finds under a teacher. The "
        "chip's behaviour is published, its sources are not: this is a model of it.",
    )
    drawing = Drawing(folder, page)
    _facts(page, result)
    _off_chip(drawing, result, arrays)
    _on_chip(drawing, result, arrays)
    _costs(page, result)
    _published(page, result)
    return drawing.write(result)


def _facts(page: Page, result: dict[str, Any]) -> None:
    told = [
        (f"{found['accuracy']:.1f} %", f"right with weights from outside, on {_MAPPED[name]}")
        for name, found in result["off_chip"].items()
    ]
    told += [
        (f"{_mean(followed(result, members)):.1f} %", f"right after learning on the chip, {what}")
        for members, what in _kinds(result).items()
    ]
    page.facts(told)


def _mean(parts: list[dict[str, Any]]) -> float:
    return float(np.mean([part["accuracy"][-1] for part in parts]))


def _kinds(result: dict[str, Any]) -> dict[int, str]:
    """Networks that are followed, by neurons per class."""
    return {
        members: f"{members} neuron{'s' if members > 1 else ''} per class"
        for members in result["settings"]["members"]
    }


def followed(result: dict[str, Any], members: int) -> list[dict[str, Any]]:
    """What is told of the networks that learned over all passes.

    Args:
        result: of a run.
        members: neurons of each class.
    """
    prefix = f"members-{members}-"
    return [part for name, part in result["on_chip"].items() if name.startswith(prefix)]


def _off_chip(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    drawing.page.section("Weights from outside", "mapped")
    name, found = list(result["off_chip"].items())[-1]
    drawing.figure(
        "confusion",
        confusion_matrix(
            arrays[f"confusion {name}"],
            title=f"{100 - found['accuracy']:.1f} % of {found['images']} digits are misread on "
            f"{_MAPPED[name]}",
        ),
        "What digits are taken for on the chip. White means never.",
        "Confusion matrix of the digits.",
    )
    drawing.page.table(
        [
            "network",
            "chip (%)",
            "software (%)",
            "software, all (%)",
            "other answers",
            "other spikes",
        ],
        [
            [
                _MAPPED[key],
                part["accuracy"],
                part["software_accuracy"],
                part["software_accuracy_all"],
                part["other_answers"],
                part["other_spikes"],
            ]
            for key, part in result["off_chip"].items()
        ],
        f"Right answers of the same {found['images']} test images on the chip and in software, of "
        "all test images in software; answers and hidden spikes that differ between the two.",
        decimals=1,
    )
    drawing.page.text(
        "Weights and activities have one bit already in training (straight-through). A bright "
        "pixel sends an event on one of its two lines, a dark one on the other; the weights of "
        "the two are each other's opposite, so that a hidden neuron counts matching pixels and "
        "fires at most once. Outputs are raised by a line of their own until the first one fires. "
        "An answer can differ where an output reaches 255, the highest threshold, early."
    )


def _on_chip(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    kinds, published = _kinds(result), result["published"]
    if not kinds:
        return
    drawing.page.section("Weights that the chip finds", "learned")
    drawing.figure(
        "learning",
        learning_figure(result),
        "Means over seeds, with their standard deviation as a band; the image order of the first "
        "pass is that of the data set. Below, one pass with one neuron per class.",
        "Accuracy against images seen and against the transition probability.",
    )
    first = f"members-{max(kinds)}-seed-{result['settings']['first_seed']}"
    weights = arrays[f"weights {first}"]
    drawing.figure(
        "weights",
        picture_grid(
            {"lines of bright pixels": weights[:, 0], "lines of dark pixels": weights[:, 1]},
            title=f"Synapses after learning, {kinds[max(kinds)]}",
            headings=[str(n) for n in range(len(weights))],
        ),
        "How many of the neurons of a class have a synapse of 1: none is white, all are black.",
        "Weights of neurons that learned on the chip.",
    )
    drawing.page.text(
        "The teacher compares each neuron of the right class with those of the same number in the "
        "other classes. Where another leads, it gives both a spike, whose calcium opens their "
        "synapses, and shows the image again with the membrane of one held high and of the other "
        "low. Neurons without calcium do not learn. All that is in the registers and rules of the "
        "chip; the comparison is made outside."
    )
    drawing.page.text(
        f"Published for ODIN, with weights of 3 bits: {published['odin_accuracy']:g} % "
        f"({published['odin_source']}). One layer of real weights on the images of this chip, by "
        f"least squares and at once: {result['least_squares']:.1f} %."
    )


def learning_figure(result: dict[str, Any]) -> "Figure":
    """Accuracy against images seen, and against the transition probability.

    Args:
        result: of a run.
    """
    top = {}
    for members, what in _kinds(result).items():
        parts = followed(result, members)
        top[what] = _line(parts[0]["seen"], [part["accuracy"] for part in parts])
    reference = {
        "ODIN, published": result["published"]["odin_accuracy"],
        "real weights": result["least_squares"],
    }
    panels = [CurvePanel("images seen", "right (%)", top, doubling=True, reference=reference)]
    by_move = _first_pass(result)
    if len(by_move) > 1:
        line = _line(list(by_move), np.transpose(list(by_move.values())).tolist())
        label = f"probability of a transition (1/{2 ** result['settings']['bits']})"
        panels.append(CurvePanel(label, "right (%)", {"1 neuron per class": line}, doubling=True))
    best = max(_mean(followed(result, members)) for members in _kinds(result))
    return named_curves(panels, title=f"Synapses of one bit learn up to {best:.0f} % on the chip")


def _first_pass(result: dict[str, Any]) -> dict[int, list[float]]:
    """What networks of one neuron per class read rightly after one pass, by P."""
    found: dict[int, list[float]] = {}
    for name, part in result["on_chip"].items():
        if part["members"] == 1:
            passes = 1 if name.startswith("move-") else result["settings"]["passes"]
            once = part["seen"].index(part["seen"][-1] // passes)
            found.setdefault(part["move"], []).append(part["accuracy"][once])
    return dict(sorted(found.items()))


def _line(x: list[float], scores: list[list[float]]) -> Line:
    deviation = np.std(scores, 0, ddof=1) if len(scores) > 1 else None
    return Line(x, np.mean(scores, 0), deviation)


def _costs(page: Page, result: dict[str, Any]) -> None:
    page.section("What it costs", "costs")
    rows = [
        (f"read, {_MAPPED[name]}", part["per_image"]) for name, part in result["off_chip"].items()
    ]
    for members, what in _kinds(result).items():
        part = followed(result, members)[0]
        rows += [(f"read, {what}", part["reading"]), (f"learn, {what}", part["learning"])]
    page.table(
        ["an image", "rows read", "operations", "spikes", "packets", "changes", "energy (uJ)"],
        [
            [
                what,
                cost["line_events"],
                cost["synaptic_operations"],
                cost["spikes"],
                cost["packets_between_cores"],
                cost["synapse_changes"],
                cost["energy_uJ"],
            ]
            for what, cost in rows
        ],
        "Per image. A row is 512 synaptic operations, one per neuron of the core. Packets go "
        "between cores; none leaves the chip.",
        decimals=2,
    )
    lost = {what: cost["lost"] for what, cost in rows if cost["lost"]}
    price = rows[0][1]
    page.text(
        f"Energy is an estimate: synaptic operations at 30 pJ ({price['energy_source']}), without "
        "packets, time references, virtual events and leakage."
    )
    page.text(
        "Events that found a queue full, over all images: "
        + (", ".join(f"{n} ({what})" for what, n in lost.items()) if lost else "none")
        + "."
    )


def _published(page: Page, result: dict[str, Any]) -> None:
    page.section("Beside what is published", "published")
    page.text(
        "The abstract of the chip's paper gives no accuracy, and no public text with one was "
        "found: it claims a better trade of area against accuracy on MNIST than earlier spiking "
        f"chips. The neighbour is ODIN with {result['published']['odin_accuracy']:g} %: 16 x 16 "
        "images, one pass over 6000 of them, one layer of ten neurons with 3 bits a weight."
    )
