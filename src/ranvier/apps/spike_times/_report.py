"""The page of training in spike time, made from its recorded results alone."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.report import CurvePanel, Line, Page, named_curves, parameter_pairs

_EFFECTS = {
    "time_bits": "bits of the clock",
    "weight_bits": "bits of the weights",
    "jitter": "jitter (time constants)",
    "quantiles": "quantile of activities that windows hold",
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
    settings, seeds = result["settings"], result["seeds"]
    sizes = "-".join(map(str, (*itertools.chain(*settings["channels"]), *settings["hidden"], 10)))
    page = Page(
        "Trained in spike time",
        f"Networks with {sizes} units learn {settings['data']} by the times of single spikes; "
        "beside each a twin of rectified units, with the same weights to begin with and the same "
        "images.",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (_told([one["spiking"]["accuracy"] for one in seeds]), "spiking network, test (%)"),
            (_told([one["rectified"]["accuracy"] for one in seeds]), "twin, test (%)"),
            (f"{max(one['apart_after_one_epoch'] for one in seeds):.1g}", "apart after one epoch"),
            (_told([one["spikes_per_neuron"] for one in seeds], 3), "spikes per neuron"),
        ]
    )
    _twins(drawing, result, recorded)
    _activity(page, seeds)
    _tuned(drawing, result)
    return drawing.write(result)


def _twins(drawing: Drawing, result: dict[str, Any], recorded: dict[str, np.ndarray]) -> None:
    seeds, page = result["seeds"], drawing.page
    page.section("Twins", "twins")
    drawing.figure(
        "parameters",
        parameter_pairs(
            {
                f"{'bias' if number % 2 else 'weights'} of layer {number // 2 + 1}": recorded[name]
                for number, name in enumerate(sorted(recorded, key=lambda n: int(n.split("/")[1])))
            },
            ("rectified", "spiking"),
            title="Weight by weight, both have learned the same",
        ),
        f"Parameters of seed {result['settings']['first_seed']} after "
        f"{seeds[0]['spiking']['best_epoch']} epochs, up to 2000 of each kind.",
        "Every parameter of the spiking network over that of its twin.",
    )
    page.table(
        ["seed", "twin (%)", "spiking (%)", "apart, 1 epoch", "moved", "apart, end", "moved"],
        [
            [
                result["settings"]["first_seed"] + number,
                f"{one['rectified']['accuracy']:.2f}",
                f"{one['spiking']['accuracy']:.2f}",
                f"{one['apart_after_one_epoch']:.1e}",
                f"{one['moved_in_one_epoch']:.2g}",
                f"{one['apart']:.1e}",
                f"{one['moved']:.2g}",
            ]
            for number, one in enumerate(seeds)
        ],
        "Accuracy on the test images at the epoch that the held-out images pick; the largest "
        "difference between a parameter of the one and of the other, and how far the parameter "
        "that moved most has come meanwhile.",
    )
    proofs = [one["certificate"] for one in seeds]
    page.table(
        ["seed", "same class", "logit error", "spikes per neuron", "units above zero", "latency"],
        [
            [
                result["settings"]["first_seed"] + number,
                f"{one['agreeing']} of {one['samples']}",
                f"{one['largest_logit_error']:.1e}",
                f"{one['spikes_per_neuron']:.4f}",
                f"{one['active_fraction']:.4f}",
                f"{one['latency']:.3g}",
            ]
            for number, one in enumerate(proofs)
        ],
        "The trained twin, converted into a spiking network with windows as long as its activities "
        "need, beside itself on all test images; latency in time constants.",
    )
    curves = {
        name: Line(
            range(1, len(seeds[0][name]["valid"]) + 1),
            np.mean([one[name]["valid"] for one in seeds], 0),
            np.std([one[name]["valid"] for one in seeds], 0),
        )
        for name in ("rectified", "spiking")
    }
    if len(seeds[0]["spiking"]["valid"]) > 1:
        drawing.figure(
            "learning",
            named_curves(
                [CurvePanel("epoch", "accuracy (%)", curves)], title="One curve hides the other"
            ),
            "On the held-out images, mean over seeds.",
            "Accuracy over epochs of both networks.",
        )
    for number, one in enumerate(seeds, start=result["settings"]["first_seed"]):
        if one.get("source"):
            page.text(
                f"Both twins of seed {number} start from a network that learned with batch "
                f"normalisation and is {one['source']['accuracy']:.2f} % right; its normalisation "
                "went into weights and biases."
            )
    if result["published"] and _is_published(result["settings"]):
        page.text(
            f"Expected of 784-340-10 on MNIST: {result['published']} % and more, after Stanojevic "
            "et al. (2024)."
        )


def _is_published(settings: dict[str, Any]) -> bool:
    """Whether a network is the one whose accuracy was published."""
    return settings["hidden"] == [340] and not settings["channels"]


def _activity(page: Page, seeds: list[dict[str, Any]]) -> None:
    if not seeds[0]["activity"]:
        return
    page.section("Fewer spikes", "activity")
    rows = [
        [
            "nothing",
            _told([one["spiking"]["accuracy"] for one in seeds]),
            _told([one["spikes_per_neuron"] for one in seeds], 3),
        ]
    ]
    for at, first in enumerate(seeds[0]["activity"]):
        lines = [one["activity"][at] for one in seeds]
        rows.append(
            [
                f"{first['cost']:g}",
                _told([line["accuracy"] for line in lines]),
                _told([line["spikes_per_neuron"] for line in lines], 3),
            ]
        )
    page.table(
        ["price of activity", "test accuracy (%)", "spikes per neuron"],
        rows,
        "Trained from scratch with a price on the sum of all activities, mean over the batch.",
    )


def _tuned(drawing: Drawing, result: dict[str, Any]) -> None:
    seeds, settings, page = result["seeds"], result["settings"], drawing.page
    lines = seeds[0]["tuned"]
    if not lines:
        return
    page.section("Fine-tuned for hardware", "tuned")

    def of(what: str, at: int) -> list[float]:
        return [one["tuned"][at][what] for one in seeds]

    def over(what: str) -> list[float]:
        return [float(np.mean(of(what, at))) for at in range(len(lines))]

    panels = []
    for effect, label in _EFFECTS.items():
        places = [at for at, line in enumerate(lines) if line["effect"] == effect]
        places.sort(key=lambda at: lines[at]["value"])
        if len(places) > 1:
            panels.append(
                CurvePanel(
                    label,
                    "accuracy (%)",
                    {
                        name: Line(
                            [lines[at]["value"] for at in places],
                            [over(what)[at] for at in places],
                            [float(np.std(of(what, at))) for at in places],
                        )
                        for name, what in (("as it came", "before"), ("fine-tuned", "after"))
                    },
                    doubling=effect == "jitter",
                    reference={
                        "exact": float(np.mean([one["spiking"]["accuracy"] for one in seeds]))
                    },
                )
            )
    if panels:
        drawing.figure(
            "tuned",
            named_curves(panels, title=_gained(over("before"), over("after"))),
            f"Test accuracy before and after {settings['tuning_epochs']} epochs with the effect "
            "in place. Clock and jitter: windows as long as the largest activity. Jitter is drawn "
            "anew for every image, in training and in the test.",
            "Accuracy before and after fine-tuning, over clocks, weights, jitter and windows.",
        )
    page.table(
        ["effect", "strength", "latency", "before (%)", "after (%)"],
        [
            [
                _EFFECTS[line["effect"]],
                f"{line['value']:g}",
                f"{line['latency']:.4g}",
                _told(of("before", at)),
                _told(of("after", at)),
            ]
            for at, line in enumerate(lines)
        ],
        "The same in numbers; latency in time constants.",
    )


def _gained(before: list[float], after: list[float]) -> str:
    """What training on the hardware is worth, in words that follow from the accuracies.

    Example:
        >>> _gained([90.0, 97.0, 98.0], [97.5, 97.2, 97.9])
        'Training on the hardware helps in 2 of 3 cases, by up to 7.5 points'
        >>> _gained([97.0], [96.0])
        'Training on the hardware helps in 0 of 1 cases'
    """
    gains = [late - early for early, late in zip(before, after, strict=True)]
    helped = sum(gain > 0 for gain in gains)
    most = f", by up to {max(gains):.1f} points" if helped else ""
    return f"Training on the hardware helps in {helped} of {len(gains)} cases{most}"


def _told(values: list[float], decimals: int = 2) -> str:
    if len(values) == 1:
        return f"{values[0]:.{decimals}f}"
    return f"{np.mean(values):.{decimals}f} ± {np.std(values):.{decimals}f}"
