"""The page of the phase-change neurons, made from its recorded results alone."""

from pathlib import Path
from typing import Any, Literal

import numpy as np

from ranvier.apps._estimates import NODE_NM, add_areas, cost_row
from ranvier.apps._held import warn_unchecked
from ranvier.apps._pulse_energies import programming
from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.phase_change_neurons._theory import (
    POPULATIONS,
    PUBLISHED,
    Constants,
    expected_error,
    inverse_gaussian,
)
from ranvier.hardware import device_area
from ranvier.report import Page, Spread, decoded_signal, membranes, rate_curve, spread_curve

_SHOWN = 200
"""Pulses of the figures over time."""


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figures.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result, arrays = read_run(folder)
    settings = result["settings"]
    constants = Constants(**{name: settings[name] for name in Constants._fields})
    at = settings["sizes"].index(PUBLISHED)
    page = Page(
        "Phase-change neurons",
        f"Phase-change neurons hear one signal, of which even the slowest part is faster than a "
        f"neuron, which fires once in {constants.interval:.1f} pulses. Noise keeps the neurons "
        "apart from each other, so that together they follow it.",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (_told(result, "noisy", at), f"correlation with the signal, {PUBLISHED} neurons"),
            (_told(result, "noiseless", at), "the same without noise"),
            (
                f"{result['slowest_over_rate']:.1f} to {result['fastest_over_rate']:.1f}",
                "frequencies of the signal, in firing rates of a neuron",
            ),
        ]
    )
    warn_unchecked(page, [{"source": "numbers of our own, none measured", "checked": False}])
    _signal(drawing, result, arrays, at)
    _conductances(drawing, constants, arrays)
    _sizes(drawing, result, constants)
    _intervals(drawing, result, constants, arrays)
    _estimated(page, constants)
    return drawing.write(result)


def _told(result: dict[str, Any], name: str, at: int) -> str:
    found = result["populations"][name]["correlation"]
    return f"{found['mean'][at]:.3f} ± {found['deviation'][at]:.3f}"


def _signal(
    drawing: Drawing, result: dict[str, Any], arrays: dict[str, np.ndarray], at: int
) -> None:
    shown = slice(0, _SHOWN)
    windows = slice(0, _SHOWN // result["settings"]["window"])
    drawing.page.section("The signal", "signal")
    drawing.figure(
        "signal",
        decoded_signal(
            arrays["pulse"][shown],
            arrays["amplitude"][shown],
            arrays["window_start"][windows],
            {
                f"{PUBLISHED} neurons, {name}": arrays[f"{name}/decoded"][windows]
                for name in POPULATIONS
            },
            ylabel="amplitude of the pulses (1)",
            time_unit="pulses",
            title="With noise the count of spikes follows the signal; without it all fire at once",
        ),
        f"The spikes of {result['settings']['window']} pulses, times the interval of a neuron and "
        "over their number: nothing is fitted. Note the scale of each panel. Neurons that start "
        "apart come together without noise, since after a common spike nothing tells them apart: "
        f"{_range(result['levels'])} different conductances are left of {max(_sizes_of(result))}.",
        "A signal over time and what the spikes of three populations tell of it.",
    )


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low} to {high}"


def _sizes_of(result: dict[str, Any]) -> list[int]:
    return result["settings"]["sizes"]


def _conductances(drawing: Drawing, constants: Constants, arrays: dict[str, np.ndarray]) -> None:
    shown = slice(0, _SHOWN)
    names = {
        "noisy, first neuron": ("noisy", 0),
        "noisy, second neuron": ("noisy", 1),
        "noisy, third neuron": ("noisy", 2),
        "noiseless, every neuron": ("noiseless", 0),
    }
    drawing.page.section("The neurons", "neurons")
    drawing.figure(
        "conductances",
        membranes(
            arrays["pulse"][shown],
            {
                heading: arrays[f"{name}/conductance_uS"][shown, unit]
                for heading, (name, unit) in names.items()
            },
            fired={
                heading: arrays[f"{name}/fired"][shown, unit]
                for heading, (name, unit) in names.items()
            },
            threshold=constants.threshold_uS,
            peak=1.4 * constants.threshold_uS,
            membrane_label="conductance (µS)",
            time_unit="pulses",
            title="Under the same pulses, noisy neurons fire at times of their own",
        ),
        "Each pulse grows the conductance; above the threshold (dashed) the neuron fires (lines "
        "up) and is melted.",
        "Conductances of three noisy neurons and a noiseless one over time, with their spikes.",
    )


def _sizes(drawing: Drawing, result: dict[str, Any], constants: Constants) -> None:
    sizes, window = np.array(_sizes_of(result)), result["settings"]["window"]
    fine = np.geomspace(sizes[0], sizes[-1], 200)
    error = expected_error(constants, window, fine)
    closed = {"correlation": 1 / np.sqrt(1 + error**2), "error": error}
    wanted: dict[str, tuple[str, Literal["linear", "log"], str]] = {
        "correlation": (
            "correlation with the signal (1)",
            "linear",
            "With noise every neuron adds to what the population tells",
        ),
        "error": (
            "error (deviations of the signal)",
            "log",
            "The error falls with the square root of the number of noisy neurons",
        ),
    }
    drawing.page.section("How many neurons", "sizes")
    for measure, (ylabel, scale, title) in wanted.items():
        drawing.figure(
            measure,
            spread_curve(
                {
                    name: Spread(
                        sizes,
                        result["populations"][name][measure]["mean"],
                        result["populations"][name][measure]["deviation"],
                    )
                    for name in POPULATIONS
                },
                analytic={"closed form, independent neurons": (fine, closed[measure])},
                xlabel="neurons",
                ylabel=ylabel,
                title=title,
                scale=scale,
            ),
            f"Means and standard deviations over {result['settings']['repeats']} signals; smaller "
            "populations are parts of larger ones.",
            f"{measure} over the number of neurons for three populations, with the closed form.",
        )
    at = sizes.tolist().index(PUBLISHED)
    drawing.page.table(
        ["population", f"correlation, {PUBLISHED} neurons", "error (standard deviations)"],
        [
            *[
                [
                    name,
                    result["populations"][name]["correlation"]["mean"][at],
                    result["populations"][name]["error"]["mean"][at],
                ]
                for name in POPULATIONS
            ],
            ["closed form", *(result["expected"][key][at] for key in ("correlation", "error"))],
        ],
        "All neurons are alike. In a population whose devices differ, they drift apart without "
        "noise, too; that is not simulated here.",
        decimals=3,
    )


def _intervals(
    drawing: Drawing, result: dict[str, Any], constants: Constants, arrays: dict[str, np.ndarray]
) -> None:
    found = result["intervals"]
    mean, variance = constants.interval, constants.interval_variance
    seen = np.flatnonzero(arrays["probability"])
    shown = slice(int(seen[0]), int(seen[-1]) + 1)
    fine = np.linspace(max(seen[0], 1), seen[-1], 400)
    drawing.page.section("Intervals under equal pulses", "intervals")
    drawing.figure(
        "intervals",
        rate_curve(
            {"measured": (arrays["interval"][shown], arrays["probability"][shown])},
            analytic={"inverse Gaussian": (fine, inverse_gaussian(fine, mean, variance))},
            xlabel="interval between two spikes (pulses)",
            ylabel="probability (1 / pulse)",
            title="Intervals are those of a random walk with a drift to a threshold",
        ),
        f"{found['count']} intervals of {PUBLISHED} neurons under pulses of one; the curve has "
        "the mean and the variance of theory.",
        "Probability of intervals between spikes, measured and calculated.",
    )
    drawing.page.table(
        ["", "mean (pulses)", "variance (pulses²)"],
        [
            ["measured", found["mean"], found["variance"]],
            ["theory", found["expected_mean"], found["expected_variance"]],
        ],
        "The variance of theory is that to leading order; a count of whole pulses adds terms of "
        "order one.",
        decimals=2,
    )


def _estimated(page: Page, constants: Constants) -> None:
    """Energy and area of the population, and why no digital twin stands beside it."""
    crystallising, melting = programming(PUBLISHED, PUBLISHED / constants.interval)
    page.section("Energy and area, estimated", "energy")
    page.text(
        "Nothing here was measured, and energies of pulses are not sourced. There are no weights, "
        "so that there is no target to compare them with, and no array that drifts. No digital "
        "baseline is given: what follows the signal is the noise of the neurons, a digital "
        "population of equal accuracy would have to draw it, and no sourced energy or area of a "
        "random generator per neuron is at hand. One digital neuron without noise, however often "
        "it is built, tells no more than the populations without noise above.",
    )
    page.table(
        ["per pulse of the signal", "pulses", "energy (nJ)", "from", "to", "source"],
        [cost_row(cost, 1e3) for cost in (crystallising, melting)],
        f"{PUBLISHED} neurons: every pulse reaches all of them, and one in "
        f"{constants.interval:.1f} fires and is melted. From, to: ten times less or more. "
        "Amplifiers and comparators are not counted.",
        decimals=2,
    )
    cells = device_area(PUBLISHED, node_nm=NODE_NM)
    add_areas(page, [cells], "one device per neuron")
