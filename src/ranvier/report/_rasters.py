"""What a whole population does: its spikes, its rate over time, and the rate of each unit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ranvier.metrics import peristimulus_histogram, spike_rates
from ranvier.report._marks import ROWS, crowded, draw_dashes, draw_density
from ranvier.report._style import INK, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def population_activity(
    times_ms: Sequence[ArrayLike],
    *,
    start_ms: float = 0.0,
    stop_ms: float,
    bin_ms: float,
    title: str,
) -> "Figure":
    """Draw the spikes of a population, below them its rate over time, and beside them each rate.

    Up to 160 units, or a few spikes, get one dash per spike. More of them become an image whose
    shade is the mean rate of the units and times that share a cell, so that ten thousand units
    show what they do together. The panel below is the peristimulus time histogram (PSTH); the one
    at the side the rate of each unit, or the mean of those in a row.

    Args:
        times_ms: one array of sorted times per unit, milliseconds.
        start_ms: where the figure begins.
        stop_ms: where it ends.
        bin_ms: length of a bin of the histogram over time.
        title: what the reader should see.

    Raises:
        ValueError: no unit, times that are unsorted or not finite, or less than one bin of time.

    Example:
        >>> figure = population_activity(
        ...     [[10.0, 40.0], [12.0], []], stop_ms=50, bin_ms=5, title="Two of three fire"
        ... )
        >>> [axes.get_ylabel() for axes in figure.axes[:2]]
        ['unit', 'rate (Hz)']
    """
    histogram = peristimulus_histogram(times_ms, bin_ms=bin_ms, start_ms=start_ms, stop_ms=stop_ms)
    rates = spike_rates(times_ms, start_ms=start_ms, stop_ms=stop_ms)
    count = len(times_ms)
    times = np.concatenate([np.asarray(one, np.float64) for one in times_ms])
    units = np.repeat(np.arange(count), [len(np.asarray(one)) for one in times_ms])
    inside = (times >= start_ms) & (times < stop_ms)
    times, units = times[inside], units[inside]
    shaded = crowded(count, len(times))
    with figure_style():
        figure = new_figure(5.4, title)
        grid = figure.add_gridspec(2, 2, width_ratios=(5.2, 1), height_ratios=(3.4, 1))
        top = figure.add_subplot(grid[0, 0])
        below = figure.add_subplot(grid[1, 0], sharex=top)
        side = figure.add_subplot(grid[0, 1], sharey=top)
        if shaded:
            image = draw_density(
                top, times, units, within=(start_ms, stop_ms), count=count, per_time=1000.0
            )
            beside = top.inset_axes((0.0, 1.05, 0.6, 0.05))
            bar = figure.colorbar(image, cax=beside, orientation="horizontal", ticklocation="top")
            bar.set_label("mean rate of all that shares a cell (Hz)", loc="left")
            bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        else:
            draw_dashes(
                top, times, units, half_height=max(0.42, count / 190), colour=INK, width=1.5
            )
            top.set_title("each dash one spike", fontweight="normal")
        top.set_ylabel("unit")
        top.set_ylim(-0.5, count - 0.5)
        top.set_xlim(start_ms, stop_ms)
        top.tick_params(axis="x", length=0, labelbottom=False)
        below.stairs(histogram.rate_hz, histogram.edges_ms, color=SERIES[0], fill=True)
        below.set_ylim(bottom=0)
        below.set_ylabel("rate (Hz)")
        below.set_xlabel("time (ms)")
        below.locator_params(axis="y", nbins=3)
        below.yaxis.grid(True)
        rows = np.linspace(-0.5, count - 0.5, min(ROWS, count) + 1)
        of = np.clip(np.searchsorted(rows, np.arange(count), "right") - 1, 0, len(rows) - 2)
        means = np.bincount(of, rates, len(rows) - 1) / np.bincount(of, minlength=len(rows) - 1)
        side.stairs(means, rows, orientation="horizontal", color=SERIES[0], fill=True)
        side.set_xlim(left=0)
        side.xaxis.tick_top()
        side.xaxis.set_label_position("top")
        side.spines["bottom"].set_visible(False)
        side.spines["top"].set_visible(True)
        side.set_xlabel("rate (Hz)")
        side.locator_params(axis="x", nbins=2)
        side.tick_params(axis="y", length=0, labelleft=False)
        figure.align_ylabels((top, below))
    return figure
