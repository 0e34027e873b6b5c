"""The page of the one-bit weights in pairs, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import add_estimates
from ranvier.apps._held import add_held
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps._resumable import finished
from ranvier.report import (
    OverTime,
    Page,
    Spread,
    learning_curves,
    score_over_time,
    spread_curve,
    weights_as_read,
)

_POINT = 1.0
_TIMES = {1.0: "1 s", 60.0: "1 min", 3600.0: "1 h", 86_400.0: "1 day", 172_800.0: "2 days"}
_WAYS = {
    "real": "real weights",
    "binary": "signs, learned as numbers",
    "hybrid": "signs, learned in pairs of filaments",
}


def tolerated(rates: list[dict[str, Any]], twin: float) -> float | None:
    """The largest measured rate of bit errors up to which the mean stays within a point.

    Args:
        rates: of the result, rising.
        twin: accuracy of the digital twin, per cent.

    Example:
        >>> rates = [{"wrong_bits": [0.01], "accuracy": [94.5]}, {"wrong_bits": [0.1],
        ...     "accuracy": [90.0]}]
        >>> tolerated(rates, 95.0)
        0.01
    """
    last = None
    for rate in rates:
        if np.mean(rate["accuracy"]) < twin - _POINT:
            break
        last = float(np.mean(rate["wrong_bits"]))
    return last


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    finished(folder, "binary-2t2r")
    result, recordings = read_run(folder)
    settings, rates = result["settings"], result["rates"]
    twin, limit = result["digital_twin"], tolerated(rates, result["digital_twin"])
    page = Page(
        "One-bit weights in pairs of devices",
        f"A spiking network of {settings['size']} hidden units reads digits "
        f"({settings['data']}); each weight is a sign, held by the comparison of two devices "
        f"({result['work']['devices']:,} in all), and each output has one scale.",
    )
    drawing = Drawing(folder, page)
    measured = result["rram"]
    page.facts(
        [
            (f"{twin:.2f} %", "the digital twin: the same signs without devices"),
            (
                "none" if limit is None else f"{100 * limit:.2g} %",
                "of wrong bits up to which the mean stays within a point of the twin",
            ),
            (
                f"{np.mean(measured['accuracy']):.2f} %",
                f"on measured filamentary devices after two days, "
                f"{100 * np.mean(measured['wrong_bits']):.2g} % of the bits wrong",
            ),
        ]
    )
    add_held(
        page,
        {
            "pairs of a given rate of errors": result["arrays"],
            "measured filamentary devices": measured["arrays"],
        },
        others=[result["learned_in"]],
    )
    page.section("Bit errors", "errors")
    wrong = [max(float(np.mean(rate["wrong_bits"])), rate["aimed_at"] / 10) for rate in rates]
    drawing.figure(
        "bit-errors",
        spread_curve(
            {
                "in pairs of devices": Spread(
                    wrong,
                    [float(np.mean(rate["accuracy"])) for rate in rates],
                    [float(np.std(rate["accuracy"], ddof=1)) for rate in rates],
                )
            },
            analytic={"digital twin": ([wrong[0], wrong[-1]], [twin, twin])},
            xlabel="wrong bits (share of weights)",
            ylabel="accuracy (%)",
            title="Signs forgive: few wrong bits cost a network nothing",
            from_zero=False,
        ),
        f"Means and standard deviations over {settings['arrays']} arrays on {settings['images']} "
        "digits. Nothing was done against the errors.",
        "Curve of accuracy over the share of wrong bits.",
    )
    page.table(
        ["aimed at (%)", "wrong bits (%)", "accuracy (%)", "spread", "minus twin"],
        [
            [
                100 * rate["aimed_at"],
                100 * float(np.mean(rate["wrong_bits"])),
                float(np.mean(rate["accuracy"])),
                float(np.std(rate["accuracy"], ddof=1)),
                float(np.mean(rate["accuracy"])) - twin,
            ]
            for rate in rates
        ],
        f"On the whole test set without devices: one-bit weights {result['binary_accuracy']:.2f} "
        f"%, real weights of the same network {result['real_accuracy']:.2f} %.",
        decimals=3,
    )
    _later(drawing, result, recordings)
    page.section("Learned in the pairs themselves", "hybrid")
    best = min(result["valid_error"]["hybrid"])
    drawing.figure(
        "learning",
        learning_curves(
            {_WAYS[name]: errors for name, errors in result["valid_error"].items()},
            ylabel="validation error (% of the digits)",
            title=f"Weak pulses learn as numbers do: {best:.2f} % missed",
        ),
        "Two filaments per weight; each update weakens at most one of them, by one pulse, and no "
        "number is kept beside them. Their difference is the real weight behind the sign, which is "
        "all that the network computes with; every sign of a layer has the same size.",
        "Learning curves of real weights, signs, and signs learned in pairs of filaments.",
    )
    page.table(
        ["weights", "accuracy, whole test set (%)"],
        [[_WAYS[name], result[f"{name}_accuracy"]] for name in ("real", "binary", "hybrid")],
        "The filament's constants are ours: a pulse takes a hundredth of what is left, 30 % "
        "apart between devices, 50 % from pulse to pulse.",
        decimals=2,
    )
    add_estimates(
        page,
        result["work"],
        1,
        per="digit",
        baseline=f"The digital baseline is the digital twin, one bit per weight ({twin:.2f} %).",
    )
    source = (
        "Hirtzlin et al., Front. Neurosci. 13 (2020), for the pairs, and IEDM 2019, for learning "
        "in them; Rastegari et al., ECCV 2016, "
        f"for the scale; devices, {measured['source']}"
    )
    return drawing.write({**result, "source": source})


def _later(drawing: Drawing, result: dict[str, Any], recordings: dict[str, np.ndarray]) -> None:
    """Two days on measured devices, and what the comparisons see."""
    later, page = result["later"], drawing.page
    settings, twin = result["settings"], result["digital_twin"]
    said = {apart: f"told {100 * float(apart):.0f} % apart" for apart in later["apart"]}
    page.section("Two days on measured devices", "time")
    for name, measure, unit, ylabel, title, reference in (
        (
            "later-bits",
            "wrong_bits",
            100.0,
            "wrong bits (%)",
            "The closer two devices are told, the more comparisons relax into the wrong",
            {},
        ),
        (
            "later-accuracy",
            "accuracy",
            1.0,
            "accuracy (%)",
            "What wrong bits cost as devices relax",
            {"digital twin": twin},
        ),
    ):
        drawing.figure(
            name,
            score_over_time(
                later["seconds"],
                {
                    words: OverTime(unit * recordings[f"later/{apart}/{measure}"], words)
                    for apart, words in said.items()
                },
                ylabel=ylabel,
                title=title,
                reference=reference,
            ),
            f"Medians and the middle eight tenths of {settings['arrays']} arrays on "
            f"{settings['images']} digits. The two devices of a pair are told levels so far apart, "
            "in parts of the range, around its middle.",
            f"Curves of {ylabel} over a logarithmic time.",
        )
    page.table(
        ["the devices of a pair are", *(f"{_TIMES[second]}" for second in later["seconds"])],
        [
            [
                words,
                *(
                    f"{100 * bits:.2f} % wrong, {right:.2f} ± {spread:.2f}"
                    for bits, right, spread in zip(
                        later["apart"][apart]["wrong_bits"]["mean"],
                        later["apart"][apart]["accuracy"]["mean"],
                        later["apart"][apart]["accuracy"]["spread"],
                        strict=True,
                    )
                ),
            ]
            for apart, words in said.items()
        ],
        "Wrong bits, and accuracy in per cent, mean and standard deviation over arrays.",
    )
    page.section("Weights against what was asked for", "weights")
    drawing.figure(
        "weights",
        weights_as_read(
            [
                (words, recordings[f"later/{apart}/asked"], recordings[f"later/{apart}/read"][-1])
                for apart, words in said.items()
            ],
            unit="1",
            title="What pairs compare after two days: beyond zero, a sign is wrong",
        ),
        "What the comparison of a pair sees, in parts of the range of a device, over what its two "
        "devices were told. Error: root mean square. Of this, the network knows only the sign.",
        "Scatter of differences as read over differences asked for, at three distances.",
    )
