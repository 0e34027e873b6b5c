"""The page of SPOON's digits, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.report import CurvePanel, Line, Page, named_curves, picture_grid

_ALONE = "output-alone"
_CHANNELS, _APART = 2, 1.6


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "spoon-digits")
    result, arrays = read_run(folder)
    count = result["digits"]
    page = Page(
        "Digits on the SPOON chip",
        f"{count['train']} digits to learn from and {count['test']} to judge by, as events of "
        "which each pixel has one at most, in a model of the chip in whole numbers.",
    )
    drawing = Drawing(folder, page)
    _facts(page, result)
    _learning(drawing, result)
    _deployment(page, result)
    _inside(drawing, result, arrays)
    _costs(page, result)
    return drawing.write(result)


def _comparable(result: dict[str, Any]) -> str:
    if result["settings"]["data"] == "mnist":
        return ""
    return (
        f" Numbers on these {result['digits']['train']} digits are not comparable to the published "
        "ones, which are of all of MNIST."
    )


def _facts(page: Page, result: dict[str, Any]) -> None:
    summary, known = result["summary"], result["published"]
    page.facts(
        [
            (f"{summary['off_chip']:.1f} %", "right, trained off the chip"),
            (f"{summary['on_chip']:.1f} %", "right, trained on the chip by DRTP"),
            (
                f"{known['off_chip']:g} % and {known['on_chip']:g} %",
                "published for the chip on all of MNIST",
            ),
            (
                str(result["off_chip"]["differing"]),
                "test digits that chip and rounded network answer otherwise",
            ),
        ]
    )


def _learning(drawing: Drawing, result: dict[str, Any]) -> None:
    summary, known, chips = result["summary"], result["published"], result["chips"]
    drawing.page.section("Learning on the chip", "learning")
    own = [chip for name, chip in chips.items() if name != _ALONE]
    images = np.array(own[0]["images"])
    shown = _apart(images)
    wrong = 100 - np.array([chip["test_accuracy"] for chip in own])[:, shown]
    spread = wrong.std(0, ddof=1) if len(own) > 1 else None
    alone = 100 - np.array(chips[_ALONE]["test_accuracy"])[shown]
    reference = {"off the chip": 100 - summary["off_chip"]}
    if result["settings"]["data"] == "mnist":
        reference["published, on chip"] = 100 - known["on_chip"]
        reference["published, off chip"] = 100 - known["off_chip"]
    thousands = images[shown] / 1000
    panel = CurvePanel(
        "digits seen (thousands)",
        "test digits wrong (%)",
        {
            "both layers (DRTP)": Line(thousands, wrong.mean(0), spread),
            "output layer alone": Line(thousands, alone),
        },
        doubling=True,
        reference=reference,
        logarithmic=True,
    )
    gap = summary["gap"]
    side = "behind" if gap >= 0 else "ahead of"
    several = f"mean and standard deviation of {len(own)} chips" if len(own) > 1 else "one chip"
    drawing.figure(
        "learning",
        named_curves(
            [panel],
            title=f"Learning on the chip ends {abs(gap):.1f} points {side} backpropagation",
        ),
        f"Test digits wrong against digits seen, one at a time: {several} of other seeds; the "
        "output layer alone with the first seed. Equal factors are equally far apart.",
        "Errors over digits seen.",
    )
    drawing.page.table(
        ["chip", "right in the test (%)", "right while learning (%)", "cut hidden activities (%)"],
        [
            [name, chip["test_accuracy"][-1], chip["training_accuracy"][-1], 100 * chip["cut"]]
            for name, chip in chips.items()
        ],
        "After the last epoch. While it learns, a chip answers before it is told.",
        decimals=2,
    )
    published = (
        f"Published: {known['on_chip']:g} % trained on the chip, {known['off_chip']:g} % off it, "
        f"{known['off_chip'] - known['on_chip']:.1f} points apart ({known['source']}). Here "
        f"{summary['on_chip']:.2f} % and {summary['off_chip']:.2f} %, {summary['gap']:.2f} points "
        "apart."
    )
    drawing.page.text(published + _comparable(result))


def _apart(images: np.ndarray) -> list[int]:
    """Tests from the last one back that are far enough apart for their labels.

    Example:
        >>> _apart(np.array([1, 2, 3, 4]))
        [0, 1, 3]
    """
    kept = [len(images) - 1]
    for number in range(len(images) - 2, -1, -1):
        if images[kept[-1]] >= _APART * images[number]:
            kept.append(number)
    return kept[::-1]


def _deployment(page: Page, result: dict[str, Any]) -> None:
    page.section("Trained off the chip", "off-chip")
    found = result["off_chip"]["accuracy"]
    page.table(
        ["network", "right in the test (%)"],
        [
            ["trained in numbers", found["float"]],
            ["the same, rounded to the chip's bits", found["rounded"]],
            ["trained on with rounding", found["trained_rounded"]],
            ["that one on the chip", found["chip"]],
        ],
        f"Chip and rounded network answer {result['off_chip']['differing']} of "
        f"{result['digits']['test']} test digits otherwise.",
        decimals=2,
    )


def _inside(drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    drawing.page.section("Inside", "inside")
    kernels = np.moveaxis(arrays["kernels"], -1, 0)
    drawing.figure(
        "kernels",
        picture_grid(
            {"weights of the kernels": kernels},
            title=f"{len(kernels)} kernels, learned off the chip, serve on it",
            headings=[str(n) for n in range(len(kernels))],
            signed=True,
        ),
        "Orange is above zero, blue below, each kernel to its own largest magnitude.",
        "Kernels of the convolution.",
    )
    registers = result["registers"]
    events, moments = arrays["events"].astype(int), arrays["moments"]
    shape = (registers["rows"], registers["columns"])
    border = (registers["kernel"] - 1) // 2
    seen = np.zeros((len(moments), *shape))
    for picture, moment in zip(seen, moments, strict=True):
        row, column, time = events[:moment].T
        picture[row, column] = registers["window"] - time
    sums = arrays["accumulators"]
    rest = np.subtract(shape, sums.shape[1:3]) - border
    padded = np.pad(sums, ((0, 0), (border, rest[0]), (border, rest[1]), (0, 0)))
    # The channels that are moved most.
    chosen = np.sort(np.abs(sums[-1]).max((0, 1)).argsort()[::-1][:_CHANNELS])
    rows = {f"accumulators of channel {n}": padded[..., n] for n in chosen}
    times = [int(events[moment - 1, 2]) for moment in moments]
    drawing.figure(
        "events",
        picture_grid(
            {"values of events so far": seen, **rows},
            title=f"A digit {int(arrays['label'])} arrives event by event",
            headings=[f"t = {time}" for time in times],
            signed=True,
        ),
        f"The first test digit, taken for a {int(arrays['answer'])}, after "
        f"{', '.join(map(str, moments[:-1]))} and all of {moments[-1]} events; t in ticks of "
        f"{registers['window']}. Above the value of each event, bright pixels first; below "
        "accumulators of the convolution, orange above zero and blue below. Each picture to its "
        "own largest magnitude.",
        "Events and accumulators at several times.",
    )


def _costs(page: Page, result: dict[str, Any]) -> None:
    page.section("What it costs", "costs")
    whole, *parts = result["off_chip"]["energy"]
    each, known = result["off_chip"]["per_digit"], result["published"]
    first = next(iter(result["chips"].values()))
    learning = first["per_digit"]["training"]
    page.table(
        ["", "events", "accumulations", "products", "weight changes"],
        [
            ["classify", each["events"], each["accumulations"], each["macs"], 0],
            [
                "learn, last epoch",
                *(learning[name] for name in ("events", "accumulations", "macs", "weight_changes")),
            ],
        ],
        "Per digit. Products with an activity of zero are left out.",
        decimals=0,
    )
    page.table(
        ["energy of a digit", "nJ", "between"],
        [
            ["published, 28 nm at 0.6 V", known["energy_nJ"], ""],
            ["the same with learning (16.8 % more power)", first["energy"]["nJ"], ""],
            *(
                [
                    f"{part['what']}, 45 nm at 0.9 V",
                    part["nJ"],
                    f"{part['low']:.1f} to {part['high']:.1f}",
                ]
                for part in parts
            ),
        ],
        "The published energy is what the model gives for any digit. Below it, estimates from what "
        "was counted here, of another process and voltage; control, clocks, the accumulators' "
        "memory and leakage are not in them.",
        decimals=1,
    )
    total = sum(part["nJ"] for part in parts)
    page.text(
        f"Together the counted operations would take {total:.0f} nJ, {total / whole['nJ']:.2f} of "
        "the published energy."
    )
