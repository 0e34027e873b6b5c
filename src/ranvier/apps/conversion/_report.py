"""The page of a conversion, made from its recorded results alone."""

from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._estimates import cost_row
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.conversion._effects_report import draw_effects
from ranvier.apps.conversion._rates_report import draw_rates
from ranvier.hardware import digital_accumulate, digital_mac, estimated
from ranvier.report import Page, TimedLayer, spike_time_raster


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
    if result["settings"]["to"] == "rate":
        return draw_rates(folder, result, recorded)
    proof, settings = result["certificate"], result["settings"]
    page = Page(
        "One spike is enough",
        f"{Path(settings['model']).name}, a network of rectified units, as integrate-and-fire "
        f"neurons that spike at most once: both answered {proof['samples']} test images "
        f"({settings['data']}).",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (f"{proof['agreeing']} of {proof['samples']}", "images get the same class"),
            (f"{result['accuracy']:.2f} %", "are classified right, by both where they agree"),
            (f"{proof['spikes_per_neuron']:.3f}", "spikes per neuron and image"),
            (f"{proof['latency']:.3g}", "time constants from the first spike to the answer"),
        ]
    )
    _proof(page, result)
    _one_image(drawing, recorded, settings)
    draw_effects(
        drawing,
        result,
        "What clocks, few bits, noise and short windows cost",
        "Clock: spikes at the nearest of two to the power of so many moments of their window. "
        "Weights: evenly spaced levels, one scale per layer. Jitter: Gaussian, means of "
        f"{settings['trials']} draws, band one standard deviation. Latency: all windows shortened "
        "alike; what is larger than its window is clipped.",
    )
    _work(page, result)
    return drawing.write(result)


def _proof(page: Page, result: dict[str, Any]) -> None:
    proof, samples = result["certificate"], result["certificate"]["samples"]
    page.section("Sample by sample", "certificate")
    page.text(
        f"Largest difference between two logits, over all images and classes: "
        f"{proof['largest_logit_error']:.2g}, in double precision. "
        f"{len(proof['beyond'])} images had an activity above its window, whose spike then came at "
        "the window's beginning. "
        f"Reading and mapping the network took {result['conversion_seconds']:.1f} s.",
        *result["notes"],
    )
    page.table(
        ["layer", "neurons", "spikes per neuron", "above zero", "window", "largest activity"],
        [
            [
                layer["name"],
                layer["neurons"],
                layer["spikes"] / layer["neurons"] / samples,
                layer["active"] / layer["neurons"] / samples,
                layer["window"],
                layer["largest"],
            ]
            for layer in result["layers"]
        ],
        "Mean over images. A neuron spikes if its rectified unit is above zero: the two columns "
        "are the same to the spike if the conversion is exact. Input and output are not counted. "
        "Windows in time constants.",
        decimals=4,
    )
    if proof["differing"]:
        page.table(
            ["image", "rectified", "spiking", "margin", "why"],
            [
                [one["sample"], one["source"], one["spiking"], one["margin"], one["why"]]
                for one in proof["differing"][:50]
            ],
            f"Images with two answers, {len(proof['differing'])} in all.",
            decimals=4,
        )


def _one_image(drawing: Drawing, recorded: dict[str, np.ndarray], settings: Any) -> None:
    drawing.page.section("One image, spike by spike", "raster")
    layers = [
        TimedLayer(str(name), float(begin), float(window), recorded[f"times/{name}"])
        for name, begin, window in zip(
            recorded["names"], recorded["begins"], recorded["windows"], strict=True
        )
    ]
    drawing.figure(
        "raster",
        spike_time_raster(
            layers, title="Every layer waits for its window, and says most by what comes first"
        ),
        f"Test image {settings['shown']}. A dot is a spike; an early one stands for a large value, "
        "none for zero. The answer is read where the last window ends.",
        "Spikes of every layer over time, each within its window.",
    )


def _work(page: Page, result: dict[str, Any]) -> None:
    work = result["simulated"]
    if not work:
        return
    page.section("Operations and energy", "energy")
    page.text(
        f"{work['samples']} images were run event by event: all spikes sorted, every membrane "
        f"advanced from spike to spike. Largest difference from the formula: "
        f"{work['largest_difference']:.2g}. On average {work['early']:.0f} neurons were above "
        "their threshold at some moment before their window, and had to wait for it.",
    )
    page.table(
        ["network", "operations", "energy (nJ)", "at least", "at most", "source"],
        [
            cost_row(
                estimated("rectified: products", work["products"], digital_mac()), picojoule=1e3
            ),
            cost_row(
                estimated("spiking: additions", work["operations"], digital_accumulate()),
                picojoule=1e3,
            ),
        ],
        "One image. A spike costs an addition to the slope of every neuron that it reaches; the "
        "advance of membranes between spikes and memory are not counted. Estimates, not "
        "measurements.",
    )
