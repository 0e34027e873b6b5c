"""How an answer depends on what drives it: measured points, and the analytic curve on top."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._series import series
from ranvier.report._style import FONT_SIZE, INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curves = Mapping[str, tuple[ArrayLike, ArrayLike]]


def rate_curve(
    measured: Curves,
    *,
    analytic: Curves | None = None,
    marks: Mapping[str, float] | None = None,
    xlabel: str,
    ylabel: str,
    title: str,
) -> "Figure":
    """Draw measured answers as points over the input, with what theory says as lines on top.

    Args:
        measured: name to `(input, answer)`, each [n].
        analytic: name to `(input, answer)`; a name that is also measured takes its colour.
        marks: label to an input that is special, such as the least one that makes it fire.
        xlabel: name and unit of the input.
        ylabel: name and unit of the answer.
        title: what the reader should see.

    Raises:
        ValueError: nothing measured, or arrays that do not fit each other.

    Example:
        >>> figure = rate_curve(
        ...     {"measured": ([0.0, 1.0, 2.0], [0.0, 0.0, 50.0])},
        ...     analytic={"closed form": ([0.0, 1.0, 2.0], [0.0, 0.0, 49.0])},
        ...     xlabel="input (nA)", ylabel="firing rate (Hz)", title="It fires from 1 nA",
        ... )
        >>> figure.axes[0].get_xlabel()
        'input (nA)'
    """
    with figure_style():
        figure = new_figure(4.9, title)
        _draw_rates(figure.subplots(), measured, analytic, marks, xlabel, ylabel)
    return figure


def rate_and_membranes(
    measured: Curves,
    *,
    analytic: Curves | None = None,
    times: ArrayLike,
    traces: Mapping[str, tuple[float, ArrayLike]],
    threshold: float,
    xlabel: str,
    ylabel: str,
    membrane_label: str,
    time_unit: str = "ms",
    title: str,
) -> "Figure":
    """Draw a rate curve and, right of it, membranes of a few of the neurons that are in it.

    Args:
        measured: name to `(input, answer)`, each [n].
        analytic: name to `(input, answer)`.
        times: [T], of the traces.
        traces: name to `(input, membrane [T])`; the input marks the neuron in the curve.
        threshold: level in the unit of the membrane.
        xlabel: name and unit of the input.
        ylabel: name and unit of the answer.
        membrane_label: name and unit of the membrane.
        time_unit: unit of the times.
        title: what the reader should see.

    Raises:
        ValueError: nothing measured, no trace, or arrays that do not fit each other.

    Example:
        >>> figure = rate_and_membranes(
        ...     {"measured": ([0.0, 1.0, 2.0], [0.0, 0.0, 50.0])},
        ...     times=[0.0, 1.0], traces={"neuron 2": (2.0, [-65.0, -60.0])}, threshold=-50.0,
        ...     xlabel="input (nA)", ylabel="firing rate (Hz)", membrane_label="potential (mV)",
        ...     title="It fires from 1 nA",
        ... )
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['firing rate (Hz)', 'potential (mV)']
    """
    if not traces:
        raise ValueError("rate_and_membranes got no trace, expected at least one.")
    when = series("times", times)
    with figure_style():
        figure = new_figure(4.3, title)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.05))
        _draw_rates(left, measured, analytic, None, xlabel, ylabel)
        right.axhline(threshold, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.4)
        for colour, (name, (place, membrane)) in zip(SERIES[1:], traces.items(), strict=False):
            right.plot(when, series(name, membrane, when.size), color=colour, linewidth=1.7)
            _mark(left, measured, place, colour)
        right.legend(
            right.lines[1:],
            traces,
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=2,
            columnspacing=1.4,
        )
        right.set_xlabel(f"time ({time_unit})")
        right.set_ylabel(membrane_label)
        right.set_xlim(when[0], when[-1])
    return figure


def _draw_rates(
    axes: "Axes",
    measured: Curves,
    analytic: Curves | None,
    marks: Mapping[str, float] | None,
    xlabel: str,
    ylabel: str,
) -> None:
    if not measured:
        raise ValueError("the rate curve got nothing measured, expected at least one curve.")
    points = {name: _pair(name, pair) for name, pair in measured.items()}
    colours = dict(zip(points, SERIES, strict=False))
    for name, (x, y) in points.items():
        size = 5.5 if x.size <= 60 else 4.0
        axes.plot(x, y, "o", color=colours[name], markersize=size, label=name, clip_on=False)
    for name, pair in (analytic or {}).items():
        x, y = _pair(name, pair)
        axes.plot(x, y, "-", color=colours.get(name, INK), linewidth=1.5, label=name, zorder=3)
    low = min(float(x.min()) for x, _ in points.values())
    high = max(float(x.max()) for x, _ in points.values())
    values = np.concatenate([y for _, y in points.values()])
    axes.set_xlim(low, high if high > low else low + 1)
    bottom, top = min(0.0, float(values.min())), max(0.0, float(values.max()))
    span = (top - bottom) or 1.0
    axes.set_ylim(bottom - 0.02 * span, top + 0.06 * span)
    for name, place in (marks or {}).items():
        axes.axvline(place, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.4)
        axes.text(
            place,
            1.01,
            name,
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            color=MUTED,
            fontsize=FONT_SIZE,
        )
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.yaxis.grid(True)
    if len(points) + len(analytic or {}) > 1:
        place = {"loc": "upper left", "bbox_to_anchor": (0.0, 1.0)}
        if marks:
            place = {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)}
        else:
            axes.set_ylim(top=top + (0.1 + 0.09 * len(axes.get_legend_handles_labels()[0])) * span)
        axes.legend(**place)


def _mark(axes: "Axes", measured: Curves, place: float, colour: str) -> None:
    """Ring the measured point at an input."""
    for name, pair in measured.items():
        x, y = _pair(name, pair)
        nearest = int(np.argmin(np.abs(x - place)))
        axes.plot(
            x[nearest],
            y[nearest],
            "o",
            color=colour,
            markersize=9,
            mec="white",
            mew=1.2,
            zorder=4,
            clip_on=False,
        )


def _pair(name: str, pair: tuple[ArrayLike, ArrayLike]) -> tuple[NDArray, NDArray]:
    x = series(f"the input of {name!r}", pair[0])
    return x, series(f"the answer of {name!r}", pair[1], x.size)
