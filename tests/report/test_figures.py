"""What all figures share: a title, and labels with units on every axis."""

import numpy as np
import pytest

from ranvier.report import (
    Pattern,
    Spread,
    SteppedMembrane,
    TimeHistogram,
    curve_difference,
    decoded_signal,
    learning_curves,
    measure_bars,
    membranes,
    neuron_trace,
    nll_bars,
    operations_bars,
    pattern_grid,
    phase_plane,
    piano_roll,
    population_activity,
    raster,
    rate_and_membranes,
    rate_curve,
    spike_cascade,
    spike_time_histograms,
    spread_curve,
    stepped_membranes,
    surrogate_family,
    task_curves,
)

LINE, LEVEL = np.linspace(0, 1, 9), np.linspace(-65, -50, 9)
GRID = np.meshgrid(LINE, LINE)
RATES = {"measured": (LINE, LINE), "other": (LINE, 2 * LINE)}
RATE = {"xlabel": "input (nA)", "ylabel": "rate (Hz)", "title": "See"}
MEMBRANE = {"membrane_label": "membrane potential (mV)", "title": "See"}

UNITS = ("(", "epoch", "note", "unit", "output", "probability", "operations", "difference")
ROLL = np.random.default_rng(1).random((16, 88))
NLL = "NLL (nats per time step)"

FIGURES = {
    "learning_curves": lambda: learning_curves(
        {"SNU": [9.0, 8.0, 7.0]}, ylabel=NLL, title="See", reference={"published": 8.0}
    ),
    "curve_difference": lambda: curve_difference(
        [9.0, 8.0], [9.0, 8.1], names=("BPTT", "OSTL"), ylabel=NLL, title="See"
    ),
    "identical": lambda: curve_difference(
        [9.0, 8.0], [9.0, 8.0], names=("BPTT", "OSTL"), ylabel=NLL, title="See"
    ),
    "nll_bars": lambda: nll_bars([{"name": "SNU", "value": 8.8, "kind": "model"}]),
    "operations_bars": lambda: operations_bars([{"name": "SNU", "dense": 9, "event": 3}]),
    "piano_roll": lambda: piano_roll(ROLL < 0.1, ROLL, title="See"),
    "raster": lambda: raster(ROLL < 0.1, membrane=ROLL, thresholds=0.5, title="See"),
    "heat map": lambda: raster(ROLL, membrane=ROLL, title="See"),
    "population_activity": lambda: population_activity(
        [[1.0, 5.0], [2.0]], stop_ms=10, bin_ms=1, title="See"
    ),
    "spike_cascade": lambda: spike_cascade(
        {"input": LINE, "hidden": LINE, "output": LINE},
        decision=0.5,
        end=1.0,
        xlabel="time (steps)",
        title="See",
    ),
    "spike_time_histograms": lambda: spike_time_histograms(
        {"input": TimeHistogram(LINE, LINE), "hidden": TimeHistogram(LINE, LINE)},
        np.arange(10),
        decisions=LINE,
        xlabel="time (time constants)",
        title="See",
    ),
    "neuron_trace": lambda: neuron_trace(
        LINE,
        LEVEL,
        drive={"input (nA)": LINE},
        others={"w (pA)": LINE},
        fired=LINE > 0.9,
        **MEMBRANE,
    ),
    "rate_curve": lambda: rate_curve(RATES, **RATE),
    "rate_curve, marked": lambda: rate_curve(RATES, marks={"0.25 nA": 0.25}, **RATE),
    "spread_curve": lambda: spread_curve(
        {
            f"noiseless, spread start {i}": Spread([1, 30, 1000], [0.1, 0.3, 0.9], [0.1, 0.0, 0.2])
            for i in range(3)
        },
        analytic={"closed form, independent neurons": ([1, 1000], [0.1, 0.9])},
        xlabel="units",
        ylabel="error (deviations of the signal)",
        title="See",
        scale="log",
    ),
    "phase_plane": lambda: phase_plane(
        LINE,
        LINE,
        (GRID[0] - 0.5, GRID[1] - GRID[0]),
        trajectory=(LINE, LINE),
        names=("v", "w"),
        labels=("potential (mV)", "adaptation (pA)"),
        title="See",
    ),
}

# Panels that share one label, or have none but a bar.
PANELS = {
    "membranes": lambda: membranes(
        LINE,
        {"in phase, 2 mV: 40 spikes": LEVEL},
        fired={"in phase, 2 mV: 40 spikes": LINE > 0.9},
        **MEMBRANE,
    ),
    "decoded_signal": lambda: decoded_signal(
        LINE,
        LINE,
        [0.0, 0.5],
        {"500 neurons, noisy": [0.2, 0.8], "500 neurons, noiseless, spread start": [12.0, 0.0]},
        ylabel="amplitude of the pulses (1)",
        time_unit="pulses",
        title="See",
    ),
    "rate_and_membranes": lambda: rate_and_membranes(
        RATES,
        times=LINE,
        traces={"neuron 15": (0.5, LEVEL), "neuron 20": (0.7, LEVEL)},
        threshold=-50.0,
        membrane_label="potential (mV)",
        **RATE,
    ),
    "pattern_grid": lambda: pattern_grid(
        {
            f"inhibition-induced bursting {i}": Pattern(LINE, LEVEL, LINE, "12 spikes")
            for i in range(6)
        },
        title="See",
    ),
    "stepped_membranes": lambda: stepped_membranes(
        {
            f"inhibition-induced bursting {i}": SteppedMembrane(LINE, 9 * LINE, LINE, LINE, [1, -9])
            for i in range(6)
        },
        xlabel="time (intervals between time references)",
        ylabel="membrane (register value)",
        title="See",
    ),
    "task_curves": lambda: task_curves(
        {f"BP + GRAPES, over mean {i}": [[90.0] * n for n in range(1, 7)] for i in range(4)},
        tasks=[f"permutation {i}" for i in range(6)],
        ylabel="accuracy (%)",
        title="See",
    ),
    "measure_bars": lambda: measure_bars(
        {
            "BP + GRAPES, over mean": {
                "accuracy (%)": (80.0, 9.0),
                "forgetting (points)": (9.0, 1.0),
            }
        },
        title="See",
    ),
    "surrogate_family": lambda: surrogate_family(
        LINE, {f"multi_gaussian({i}.5, 0.15, 6.0)": LINE for i in range(4)}, title="See"
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_title_labels_and_units(name):
    figure = FIGURES[name]()
    figure.draw_without_rendering()
    assert figure.get_suptitle()
    shown = [axes for axes in figure.axes if any(t.get_visible() for t in axes.get_xticklabels())]
    assert shown
    for axes in figure.axes:
        names_on_axis = any(t.get_text().isalpha() for t in axes.get_yticklabels())
        # A panel may share the axis of the one beside it.
        sharing = [other.get_ylabel() for other in axes.get_shared_y_axes().get_siblings(axes)]
        assert names_on_axis or any(unit in label for unit in UNITS for label in sharing), sharing
    below = [axes for axes in figure.axes if axes.xaxis.get_label_position() == "bottom"]
    labelled = [axes.get_xlabel() for axes in below if axes.get_xlabel()]
    assert len(labelled) == 1 and any(unit in labelled[0] for unit in (*UNITS, "steps"))


@pytest.mark.parametrize("name", [*FIGURES, *PANELS])
def test_all_text_is_large_and_inside_the_figure(name):
    from matplotlib.text import Text

    figure = {**FIGURES, **PANELS}[name]()
    figure.draw_without_rendering()
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible():
            assert text.get_fontsize() >= 12
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert box.x0 > -0.02 and box.y0 > -0.02 and box.x1 < width + 0.02 and box.y1 < height + 0.02
