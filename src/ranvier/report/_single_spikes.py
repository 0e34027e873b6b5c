"""Networks whose units fire at most once: the spikes of one example, and when spikes fall."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._marks import draw_dashes
from ranvier.report._series import series
from ranvier.report._style import FAINT, INK, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DECISION = SERIES[1]
_TALLEST, _LOWEST = 3.0, 1.0  # inches of a panel
_DASH = 0.022  # inches, half a dash


def spike_cascade(
    layers: Mapping[str, ArrayLike],
    *,
    decision: float | None,
    end: float,
    xlabel: str,
    title: str,
) -> "Figure":
    """Draw the only spikes of one example's units, layer below layer, and when it is decided.

    What falls after the decision is pale: nobody has to wait for it.

    Args:
        layers: name to spike times, infinite where there is no spike, `[units]`; first to last.
        decision: when the first output fires; None where none does.
        end: where the figure ends, in the unit of the times; later spikes are not shown.
        xlabel: name and unit of time.
        title: what the reader should see.

    Raises:
        ValueError: no layer, or times that are not one per unit or no numbers.

    Example:
        >>> figure = spike_cascade(
        ...     {"input": [0.0, 1.0, np.inf], "output": [2.0, np.inf]},
        ...     decision=2.0, end=4.0, xlabel="time (steps)", title="Two spikes decide",
        ... )
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['input unit', 'output unit']
    """
    if not layers:
        raise ValueError("spike_cascade got no layer, expected at least one.")
    found = {name: _times(name, values) for name, values in layers.items()}
    when = np.inf if decision is None else float(decision)
    counts = np.array([len(times) for times in found.values()], float)
    heights = np.clip(counts / counts.max() * _TALLEST, _LOWEST, None)
    with figure_style():
        figure = new_figure(float(heights.sum()) + 0.62 * len(found) + 0.6, title)
        panels = figure.subplots(
            len(found), 1, sharex=True, squeeze=False, height_ratios=list(heights)
        )[:, 0]
        for axes, height, (name, times) in zip(panels, heights, found.items(), strict=True):
            units = np.flatnonzero(np.isfinite(times) & (times <= end))
            soon = times[units] < when
            first = times[units] == when
            colours = np.where(soon | first, INK, FAINT).astype(object)
            if axes is panels[-1]:
                colours[first] = _DECISION
            draw_dashes(
                axes,
                times[units],
                units,
                half_height=max(0.42, _DASH * len(times) / height),
                colour=list(colours),
                width=2.0 if len(times) > 40 else 2.6,
            )
            said = f"{np.isfinite(times).sum()} of {len(times)} fire"
            if axes is not panels[-1] and np.isfinite(when):
                said += f", {(times < when).sum()} before the decision"
            axes.set_title(said, fontweight="normal")
            axes.set_ylim(-0.5, len(times) - 0.5)
            axes.set_ylabel(f"{name} unit")
            axes.locator_params(axis="y", nbins=5, integer=True)
            _mark(axes, when)
            if axes is not panels[-1]:
                axes.tick_params(axis="x", length=0, labelbottom=False)
        panels[-1].set_xlim(-0.01 * end, end)
        panels[-1].set_xlabel(xlabel)
        figure.align_ylabels()
    return figure


class TimeHistogram(NamedTuple):
    """When the spikes of a layer fall.

    Attributes:
        before: spikes per example in each bin that come before the decision, `[bins]`.
        after: all others, `[bins]`.

    Example:
        >>> TimeHistogram([1.0, 0.0], [0.0, 2.0]).after
        [0.0, 2.0]
    """

    before: ArrayLike
    after: ArrayLike


def spike_time_histograms(
    layers: Mapping[str, TimeHistogram],
    edges: ArrayLike,
    *,
    decisions: ArrayLike,
    xlabel: str,
    title: str,
) -> "Figure":
    """Draw when the spikes of each layer fall, over many examples, and when these are decided.

    Args:
        layers: name to histogram, first to last.
        edges: of the bins, `[bins + 1]`.
        decisions: share of examples that are decided in each bin, `[bins]`.
        xlabel: name and unit of time.
        title: what the reader should see.

    Raises:
        ValueError: no layer, or arrays that do not fit the edges.

    Example:
        >>> figure = spike_time_histograms(
        ...     {"hidden": TimeHistogram([3.0, 0.0], [0.0, 2.0])}, [0.0, 1.0, 2.0],
        ...     decisions=[1.0, 0.0], xlabel="time (steps)", title="Early spikes decide",
        ... )
        >>> [axes.get_title(loc="left") for axes in figure.axes]
        ['hidden: 3.0 spikes before the decision, 2.0 after it', 'decisions: 100 % of examples']
    """
    if not layers:
        raise ValueError("spike_time_histograms got no layer, expected at least one.")
    places = series("the edges", edges)
    made = series("the decisions", decisions, places.size - 1)
    with figure_style():
        figure = new_figure(1.55 * (len(layers) + 1) + 0.6, title)
        panels = figure.subplots(len(layers) + 1, 1, sharex=True, squeeze=False)[:, 0]
        for axes, (name, found) in zip(panels, layers.items(), strict=False):
            before = series(f"{name!r} before", found.before, places.size - 1)
            after = series(f"{name!r} after", found.after, places.size - 1)
            axes.stairs(before + after, places, color=FAINT, fill=True)
            axes.stairs(before, places, color=SERIES[0], fill=True)
            axes.set_title(
                f"{name}: {before.sum():.1f} spikes before the decision, {after.sum():.1f} after "
                "it",
                fontweight="normal",
            )
            axes.set_ylabel("spikes\n(1 / bin)")
        panels[-1].stairs(100 * made, places, color=_DECISION, fill=True)
        panels[-1].set_title(
            f"decisions: {100 * made.sum():.3g} % of examples", fontweight="normal"
        )
        panels[-1].set_ylabel("examples\n(%)")
        panels[-1].set_xlabel(xlabel)
        panels[-1].set_xlim(places[0], places[-1])
        for axes in panels:
            axes.set_ylim(bottom=0)
            axes.locator_params(axis="y", nbins=3)
            if axes is not panels[-1]:
                axes.tick_params(axis="x", length=0, labelbottom=False)
        figure.align_ylabels()
    return figure


def _mark(axes: "Axes", when: float) -> None:
    if np.isfinite(when):
        axes.axvline(when, color=_DECISION, linewidth=1.6, linestyle=(0, (4, 3)), zorder=0)


def _times(name: str, values: ArrayLike) -> NDArray[np.float64]:
    times = np.asarray(values, np.float64)
    if times.ndim != 1 or not times.size or np.isnan(times).any():
        raise ValueError(
            f"the times of {name!r} have shape {list(times.shape)}, expected [units] with at least "
            "one unit and no NaN. Choose one example; write silence as infinity."
        )
    return times
