"""The page of the chorales on memory devices, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import add_estimates, equal_bits
from ranvier.apps._held import add_held
from ranvier.apps._on_arrays import FOUR_DAYS
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.chorales_on_pcm._settings import name_of
from ranvier.report import OverTime, Page, score_over_time, weights_as_read

_NLL = "test NLL (nats per time step)"
_PUBLISHED = 8.72
_WORDS = {
    "plain": "without devices",
    "noise-aware": "noise-aware",
    "in-the-loop": "devices in the loop",
    "by-pulses": "in the loop, by pulses",
}
_TIMES = ("25 s", "4 days", "1 year")
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
    settings, models = result["settings"], result["models"]
    best = min(models, key=lambda m: m["compensated"]["nll"]["mean"][FOUR_DAYS])
    plain = next((m for m in models if m["training"] == "plain"), models[0])
    devices = sum(array["devices"] for array in best["arrays"])
    page = Page(
        "Chorales on memory devices",
        f"A feed-forward spiking network of {settings['size']} units foretells the next chord of "
        f"Bach chorales with its weights on {devices:,} simulated devices ({settings['device']}). "
        "They are programmed once, err, drift and are read with noise; one digital factor per "
        "array makes the common part of the drift good.",
    )
    drawing = Drawing(folder, page)
    late = best["compensated"]["nll"]
    page.facts(
        [
            (
                f"{plain['floating_point_nll']:.2f}",
                "nats in floating point, without devices",
            ),
            (
                f"{late['mean'][FOUR_DAYS]:.2f} ± {late['spread'][FOUR_DAYS]:.2f}",
                f"after four days, compensated ({_WORDS[best['training']]})",
            ),
            (
                f"{plain['drifted']['nll']['mean'][FOUR_DAYS]:.2f}",
                "after four days with neither (nats per time step)",
            ),
        ]
    )
    add_held(page, {_WORDS[model["training"]]: model["arrays"] for model in _first(result)})
    _over_time(drawing, result, recordings, plain)
    _weights(drawing, result, recordings)
    _silence(drawing, result, recordings)
    _energy(drawing, plain, best)
    return drawing.write({**result, "source": _source(result)})


def _source(result: dict[str, Any]) -> str:
    return (
        "the experiment, Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), "
        f"whose devices were real; the devices here, {result['device']['source']}; data, "
        f"{result['data']['source']}"
    )


def _first(result: dict[str, Any]) -> list[dict[str, Any]]:
    seed = result["settings"]["first_seed"]
    return [model for model in result["models"] if model["seed"] == seed]


def _over_time(
    drawing: Drawing,
    result: dict[str, Any],
    recordings: dict[str, np.ndarray],
    plain: dict[str, Any],
) -> None:
    drawing.page.section("Four days, and a year", "time")
    curves = {}
    for model in _first(result):
        name, words = name_of(model["training"], model["seed"]), _WORDS[model["training"]]
        for what, said in (("compensated", ""), ("drifted", ", not compensated")):
            scores = recordings[f"{name}/{what}/nll"]
            curves[f"{words}{said}"] = OverTime(scores, words, dashed=what == "drifted")
    drawing.figure(
        "drift",
        score_over_time(
            result["seconds_since_programming"],
            curves,
            ylabel=_NLL,
            title="One digital factor per array keeps the music for a year",
            reference={"floating point": plain["floating_point_nll"]},
            solid="compensated",
            dashed="not compensated",
        ),
        f"Medians and the middle eight tenths of {result['settings']['arrays']} arrays per network."
        " Dashed: nothing is done about the drift.",
        "Curves of the test score over a logarithmic time.",
    )
    rows = []
    for model in result["models"]:
        for what, said in (("compensated", "yes"), ("drifted", "no")):
            mean, spread = (model[what]["nll"][part] for part in ("mean", "spread"))
            rows.append(
                [
                    f"{_WORDS[model['training']]}, seed {model['seed']}",
                    said,
                    model["floating_point_nll"],
                    *(f"{mean[i]:.3f} ± {spread[i]:.3f}" for i in (0, FOUR_DAYS, -1)),
                ]
            )
    drawing.page.table(
        ["training", "compensated", "floating point", *_TIMES],
        rows,
        f"{_NLL}, mean and standard deviation over arrays. Published for this network in floating "
        f"point: {_PUBLISHED} (read off a figure); the published scores on devices are not known.",
        decimals=3,
    )


def _weights(drawing: Drawing, result: dict[str, Any], recordings: dict[str, np.ndarray]) -> None:
    drawing.page.section("Weights against what was asked for", "weights")
    model = _first(result)[-1]
    name = name_of(model["training"], model["seed"])
    asked = recordings[f"{name}/weights/target"]
    shown = np.linspace(0, asked.size - 1, min(_SHOWN, asked.size)).astype(int)
    for what, title in (
        ("read", "Weights shrink as conductances drift, each at a pace of its own"),
        ("compensated", "The common part of the drift can be made good, the rest remains"),
    ):
        read = recordings[f"{name}/weights/{what}"]
        drawing.figure(
            f"weights-{what}",
            weights_as_read(
                [
                    (f"after {time}", asked[shown], values[shown])
                    for time, values in zip(_TIMES, read, strict=True)
                ],
                unit="1",
                title=title,
            ),
            f"{shown.size} of {asked.size} weights ({_WORDS[model['training']]}), in units of a "
            "full conductance. Error: root mean square.",
            "Scatter of weights as read over weights asked for, at three times.",
        )


def _silence(drawing: Drawing, result: dict[str, Any], recordings: dict[str, np.ndarray]) -> None:
    drawing.page.section("Spikes", "spikes")
    curves = {}
    for model in _first(result):
        name, words = name_of(model["training"], model["seed"]), _WORDS[model["training"]]
        for what, said in (("compensated", ""), ("drifted", ", not compensated")):
            scores = 100 * recordings[f"{name}/{what}/active"]
            curves[f"{words}{said}"] = OverTime(scores, words, dashed=what == "drifted")
    drawing.figure(
        "spikes",
        score_over_time(
            result["seconds_since_programming"],
            curves,
            ylabel="hidden units that fire in a step (%)",
            title="Currents drift, thresholds do not: spikes grow rare unless compensated",
            solid="compensated",
            dashed="not compensated",
        ),
        "Thresholds are digital. Medians and the middle eight tenths of the arrays.",
        "Curves of firing over a logarithmic time.",
    )


def _energy(drawing: Drawing, plain: dict[str, Any], best: dict[str, Any]) -> None:
    wanted = best["compensated"]["nll"]["mean"][FOUR_DAYS]
    bits = equal_bits(plain["by_bits"], wanted)
    reached = plain["by_bits"][str(bits)]
    add_estimates(
        drawing.page,
        work(best),
        bits,
        per="time step",
        baseline="The digital baseline is the network trained without devices, rounded to "
        f"{bits} bits ({reached:.3f} nats): the fewest tried with which it reaches the "
        f"{wanted:.3f} nats of the devices after four days, or the most there are.",
        by_bits=plain["by_bits"],
        score="NLL",
    )


def work(model: dict[str, Any]) -> dict[str, Any]:
    """What a time step does to the weights, from the record of a model.

    Args:
        model: of the result.
    """
    weights = [array["columns"] * array["rows"] for array in model["arrays"]]
    active = (model["input_activity"], model["compensated"]["active"]["mean"][0])
    return {
        "weights": sum(weights),
        "devices": sum(array["devices"] for array in model["arrays"]),
        "dense": sum(weights),
        "event": sum(count * share for count, share in zip(weights, active, strict=True)),
        "spiking": True,
    }
