"""The page of a conversion into rates, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import cost_row
from ranvier.apps._recording import Drawing
from ranvier.apps.conversion._effects_report import draw_effects
from ranvier.hardware import digital_accumulate, digital_mac, estimated
from ranvier.report import CurvePanel, Line, Page, TimedLayer, named_curves, spike_time_raster


def draw_rates(folder: Path, result: dict[str, Any], recorded: dict[str, np.ndarray]) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of the run.
        result, recorded: what it left.
    """
    proof, settings = result["certificate"], result["settings"]
    samples, steps = proof["samples"], settings["steps"]
    page = Page(
        "Rates for activities",
        f"{Path(settings['model']).name}, a network of rectified units, as integrate-and-fire "
        f"neurons whose rates stand for activities: both answered {samples} test images "
        f"({settings['data']}), the spiking one after each of {steps} steps.",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (f"{proof['agreeing'][-1]} of {samples}", f"get the same class after {steps} steps"),
            (f"{100 * proof['right'][-1] / samples:.2f} %", "are classified right by spikes"),
            (f"{100 * proof['source_right'] / samples:.2f} %", "by the network they came from"),
            (f"{proof['spikes_per_neuron']:.2f}", "spikes per neuron and image"),
        ]
    )
    _over_steps(drawing, result)
    _layers(page, result)
    _one_image(drawing, recorded, settings)
    draw_effects(
        drawing,
        result,
        "What few bits of weights, and noise, cost rates",
        f"Accuracy after {steps} steps. Weights: evenly spaced levels, one scale per layer. Noise: "
        "every neuron fires above a threshold that is drawn anew in every step, of a logistic "
        f"distribution with this scale; means of {settings['trials']} draws, band one standard "
        "deviation.",
    )
    _work(page, proof)
    return drawing.write(result)


def _over_steps(drawing: Drawing, result: dict[str, Any]) -> None:
    proof, samples = result["certificate"], result["certificate"]["samples"]
    drawing.page.section("Step by step", "steps")
    at = range(1, len(proof["right"]) + 1)
    drawing.figure(
        "steps",
        named_curves(
            [
                CurvePanel(
                    "time steps",
                    "images (%)",
                    {
                        "right": Line(at, [100 * n / samples for n in proof["right"]]),
                        "same class": Line(at, [100 * n / samples for n in proof["agreeing"]]),
                    },
                    reference={"source right": 100 * proof["source_right"] / samples},
                )
            ],
            title="Rates need time to say what they mean",
        ),
        "Of all test images: those that the spiking network classifies right, and those that it "
        "gives the class of its source, after every step.",
        "Accuracy and agreement over time steps.",
    )
    drawing.page.text(
        f"{len(proof['differing'])} images differ after the last step; logits by "
        f"{proof['logit_error']:.2g} on average. Mapping the network took "
        f"{result['conversion_seconds']:.1f} s.",
        *result["notes"],
    )


def _layers(page: Page, result: dict[str, Any]) -> None:
    samples = result["certificate"]["samples"]
    page.section("Layer by layer", "layers")
    page.table(
        ["layer", "neurons", "spikes per neuron", "rate misses by", "at most", "above scale (%)"],
        [
            [
                layer["name"],
                layer["neurons"],
                layer["spikes"] / layer["neurons"] / samples,
                layer["error"],
                layer["largest_error"],
                100 * layer["clipped"],
            ]
            for layer in result["layers"]
        ],
        "Means over images; rates in spikes per step, beside the activity over the layer's scale. "
        f"Scales hold {result['settings']['percentile']:g} % of the activities above zero.",
        decimals=4,
    )


def _one_image(drawing: Drawing, recorded: dict[str, np.ndarray], settings: Any) -> None:
    layers = []
    for name in recorded["names"]:
        times, units = recorded[f"spikes/{name}"]
        count = int(recorded[f"count/{name}"])
        layers.append(TimedLayer(str(name), 0.0, settings["steps"], times, units, count))
    drawing.page.section("One image, spike by spike", "raster")
    drawing.figure(
        "raster",
        spike_time_raster(
            layers, title="The more active a unit, the more often it fires", unit="time steps"
        ),
        f"Test image {settings['shown']}: every spike of up to 400 neurons of each layer.",
        "Spikes of every layer over time steps.",
    )


def _work(page: Page, proof: dict[str, Any]) -> None:
    work = proof["operations"]
    page.section("Operations and energy", "energy")
    page.table(
        ["network", "operations", "energy (nJ)", "at least", "at most", "source"],
        [
            cost_row(estimated(what, work[name], price), picojoule=1e3)
            for what, name, price in (
                ("rectified: products", "source_macs", digital_mac()),
                ("rectified: products that are not zero", "source_effective_macs", digital_mac()),
                ("spiking: additions", "accumulates", digital_accumulate()),
                ("spiking: products of the input", "input_macs", digital_mac()),
            )
        ],
        "One image, all steps. Estimates, not measurements; memory is not counted.",
    )
