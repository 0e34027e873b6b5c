"""The page of the spiking machine, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import add_areas, add_by_bits, areas, equal_bits
from ranvier.apps._held import add_held
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.pcm_rbm._energy import energy_rows, operations
from ranvier.apps.pcm_rbm._settings import WAYS
from ranvier.report import (
    OverTime,
    Page,
    picture_grid,
    rate_curve,
    score_over_time,
    weights_as_read,
)

_SIDE, _FIELDS, _SHOWN = 28, 40, 4000
_HIGHEST_HZ = 250.0
_ENERGY = ["", "operations", "energy (µJ)", "low (µJ)", "high (µJ)", "source of the price"]


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
    settings, models = result["settings"], result["models"]
    visible = _SIDE**2 + 10 * settings["label_units"]
    page = Page(
        "A spiking restricted Boltzmann machine on phase-change memory",
        f"{visible} visible and {settings['hidden']} hidden neurons, {visible * settings['hidden']}"
        f" weights that are used both ways. They learn {settings['images']} digits "
        f"({settings['data']}), each shown {settings['epochs']} times, by event-driven contrastive "
        "divergence. A digit is told by which label units fire most while it is shown.",
    )
    drawing = Drawing(folder, page)
    page.facts([(f"{one['test_accuracy']:.2f} %", f"{WAYS[one['way']]}, test") for one in models])
    add_held(
        page,
        {WAYS[result["arrays"]["way"]]: result["arrays"]["held"]},
        others=[result["learned_in"]],
    )
    _scores(drawing, result)
    _pictures(drawing, result, recorded)
    _neurons(drawing, recorded)
    _arrays(drawing, result, recorded)
    _energies(drawing, result, visible)
    source = "Ishii et al., IEDM 2019; Neftci et al., Front. Neurosci. 7:272 (2014)"
    return drawing.write({**result, "source": source})


def _scores(drawing: Drawing, result: dict[str, Any]) -> None:
    settings, models, page = result["settings"], result["models"], drawing.page
    page.section("Accuracy", "accuracy")
    page.table(
        [
            "",
            "training pictures",
            "test pictures",
            "training, by free energy",
            "test, by free energy",
        ],
        [
            [
                WAYS[one["way"]],
                one["train_accuracy"],
                one["test_accuracy"],
                one["train_accuracy_by_free_energy"],
                one["test_accuracy_by_free_energy"],
            ]
            for one in models
        ],
        f"Per cent of {result['pictures']['learn_judged']} training and "
        f"{result['pictures']['test']} test pictures; the class whose label units fire most in "
        f"{settings['answer_ms']:g} ms, and the class with the least free energy, without a spike.",
        decimals=2,
    )
    page.table(
        ["published", "accuracy (%)", "on", "source", "checked"],
        [
            [
                one["what"],
                one["accuracy"],
                one["on"],
                one["source"],
                "yes" if one["checked"] else "no",
            ]
            for one in result["published"]
        ],
        "What was published. The first number is no test score: it is about the hundred pictures "
        "that were learned.",
        decimals=1,
    )
    drawing.figure(
        "learning",
        rate_curve(
            {
                WAYS[one["way"]]: (
                    np.asarray(one["seen"]) / 1000,
                    100 - np.asarray(one["accuracy"]),
                )
                for one in models
            },
            xlabel="training pictures shown (thousands)",
            ylabel="error (%)",
            title="Fewer and fewer pictures are taken for something else",
        ),
        f"Error by spikes on {result['pictures']['check']} pictures of the training set that were "
        "kept back.",
        "Error over pictures shown, for every way to hold weights.",
    )


def _pictures(drawing: Drawing, result: dict[str, Any], recorded: dict[str, np.ndarray]) -> None:
    page = drawing.page
    page.section("What was learned", "learned")
    for one in result["models"]:
        way = one["way"]
        weights = recorded[f"{way}/weights"][: _SIDE**2].T[:_FIELDS]
        fields = weights.reshape(-1, _SIDE, _SIDE)
        lines = [fields[at : at + 10] for at in range(0, len(fields) // 10 * 10, 10)]
        drawing.figure(
            f"fields-{way}",
            picture_grid(
                {" " * number: line for number, line in enumerate(lines)},
                title=f"Hidden units look for strokes: {WAYS[way]}",
                signed=True,
            ),
            f"Weights of the first {10 * len(lines)} hidden units from the pixels; orange is "
            "positive, blue negative, each picture to its own largest weight.",
            "Small pictures of weights.",
        )
    drawing.figure(
        "dreams",
        picture_grid(
            {
                WAYS[one["way"]]: recorded[f"{one['way']}/dreams"].reshape(-1, _SIDE, _SIDE)
                for one in result["models"]
            },
            headings=[str(digit) for digit in range(10)],
            title="Told a class, the networks dream of it",
        ),
        "Label units of one class are clamped. Pixels begin with the mean of all pictures and then "
        "run free for 200 ms; mean activity of the last 50 ms. Weights of the "
        "classic machine are run by the same spiking neurons.",
        "Ten small pictures per network.",
    )


def _neurons(drawing: Drawing, recorded: dict[str, np.ndarray]) -> None:
    inputs, rate = recorded["rate/input"], recorded["rate/Hz"]
    drawing.page.section("Neurons as samplers", "neurons")
    drawing.figure(
        "rates",
        rate_curve(
            {"measured": (inputs, rate)},
            analytic={"250 Hz times the sigmoid": (inputs, _HIGHEST_HZ / (1 + np.exp(-inputs)))},
            xlabel="input (1)",
            ylabel="firing rate (Hz)",
            title="The rate of a neuron is the sigmoid of its input",
        ),
        "LIF neurons with a logistic escape and a refractory period of 4 ms, threshold at ln 4; "
        "nothing was fitted. Largest difference: "
        f"{np.abs(rate - _HIGHEST_HZ / (1 + np.exp(-inputs))).max():.2f} Hz.",
        "Measured rates on the sigmoid curve.",
    )


def _arrays(drawing: Drawing, result: dict[str, Any], recorded: dict[str, np.ndarray]) -> None:
    arrays, settings, page = result["arrays"], result["settings"], drawing.page
    page.section("A year on phase-change memory", "arrays")
    page.text(
        f"The weights of the machine “{WAYS[arrays['way']]}” are written to pairs of devices of "
        f"another model of phase-change memory, one that drifts ({arrays['source']}). One array is "
        "read both ways.",
    )
    drawing.figure(
        "drift",
        score_over_time(
            arrays["seconds_since_programming"],
            {
                "compensated": OverTime(recorded["aged/compensated"], "compensated"),
                "as it is": OverTime(recorded["aged/plain"], "as it is", dashed=True),
            },
            ylabel="accuracy (%)",
            title="What a year of drift does, with and without one digital factor",
            reference={"without devices": arrays["without_devices"]},
        ),
        f"Accuracy by spikes on {settings['aged']} test pictures, medians and the middle eight "
        f"tenths of {settings['arrays']} arrays.",
        "Accuracy over time since programming.",
    )
    page.table(
        ["", "25 s", "1 hour", "1 day", "30 days", "1 year"],
        [
            [name, *(_told(arrays[kind], at) for at in range(5))]
            for name, kind in (("as it is", "plain"), ("compensated", "compensated"))
        ],
        f"Accuracy in per cent, mean and standard deviation; {arrays['without_devices']:.2f} "
        "without devices.",
    )
    asked = recorded["aged/weights/target"]
    some = np.linspace(0, asked.size - 1, min(_SHOWN, asked.size)).astype(int)
    panels = [
        (when, asked[some], recorded[f"aged/weights/{kind}"][at][some])
        for when, kind, at in (
            ("after 25 s", "read", 0),
            ("after a year", "read", 1),
            ("and compensated", "compensated", 1),
        )
    ]
    drawing.figure(
        "weights",
        weights_as_read(panels, unit="1", title="Weights as read over weights that were learned"),
        f"{some.size} of {asked.size} weights, in units of a full conductance. Error: root mean "
        "square.",
        "Scatter of weights as read over weights asked for.",
    )


def _energies(drawing: Drawing, result: dict[str, Any], visible: int) -> None:
    settings, page, twin = result["settings"], drawing.page, result["twin"]
    weights = visible * settings["hidden"]
    wanted = twin["accuracy"]
    bits = equal_bits(twin["by_bits"], wanted, better="higher")
    page.section("Energy and area, estimated", "energy")
    page.text(
        f"The digital baseline is the machine “{WAYS[twin['way']]}”, its weights rounded to {bits} "
        f"bits ({twin['by_bits'][str(bits)]:.2f} %): the fewest tried with which it reaches the "
        f"{wanted:.2f} % of “{WAYS[result['arrays']['way']]}”, or the most there are; both on the "
        f"same {twin['pictures']} test pictures, by spikes.",
        "Every spike reaches all units of the other side: one synaptic operation each. The price "
        "on the chip is a projection of its authors from 90 nm to 28 nm; a factor of two either "
        "way is our own guess of its uncertainty. Neurons, leakage and the pulses of learning are "
        "not counted.",
    )
    for one in result["models"]:
        if one["way"] == "classic":
            continue
        up, down = one["spikes"][-1]
        learned = operations({"visible": up, "hidden": down}, visible, settings["hidden"])
        answered = operations(one["spikes_per_answer"], visible, settings["hidden"])
        for what, count in (("to learn a picture once", learned), ("to tell one", answered)):
            page.table(
                _ENERGY,
                energy_rows(count, weights, bits),
                f"{WAYS[one['way']]}: {what}.",
                decimals=2,
            )
    add_areas(
        page,
        areas({"weights": weights, "devices": 2 * weights}, bits),
        f"two devices or {bits} bits per weight",
    )
    add_by_bits(page, twin["by_bits"], "accuracy (%)")


def _told(found: dict[str, Any], at: int) -> str:
    return f"{found['mean'][at]:.2f} ± {found['spread'][at]:.2f}"
