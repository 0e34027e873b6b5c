"""A few curves with names at their ends, in one or several panels."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._labels import EndLabel, label_ends
from ranvier.report._series import series
from ranvier.report._style import (
    FONT_SIZE,
    MUTED,
    Stroke,
    figure_style,
    integer_ticks,
    new_figure,
    strokes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EACH = 3.5


class Line(NamedTuple):
    """One curve with its spread.

    Attributes:
        x: `[n]`.
        mean: `[n]`.
        deviation: `[n]`, or None where it is not known.

    Example:
        >>> Line([1, 2], [3.0, 4.0]).deviation is None
        True
    """

    x: ArrayLike
    mean: ArrayLike
    deviation: ArrayLike | None = None


class CurvePanel(NamedTuple):
    """Curves that share their axes.

    Attributes:
        xlabel: name and unit.
        ylabel: name and unit.
        lines: name to curve.
        doubling: whether every step along x is a factor; then each x is a tick.
        reference: name to a horizontal line.
        points: name to a place, marked and named there.
        logarithmic: whether equal factors along y are equally far apart.

    Example:
        >>> CurvePanel("spikes", "accuracy (%)", {"rate": Line([1, 2], [3.0, 4.0])}).doubling
        False
    """

    xlabel: str
    ylabel: str
    lines: Mapping[str, Line]
    doubling: bool = False
    reference: Mapping[str, float] = {}
    points: Mapping[str, tuple[float, float]] = {}
    logarithmic: bool = False


def named_curves(panels: Sequence[CurvePanel], *, title: str) -> "Figure":
    """Draw panels of curves one above the other, each name at the end of its curve.

    Args:
        panels: from top to bottom; a name looks the same in all.
        title: what the reader should see.

    Raises:
        ValueError: no panel, a panel without curves, or arrays that do not fit each other.

    Example:
        >>> panel = CurvePanel("spikes", "accuracy (%)", {"rate": Line([1, 2], [3.0, 4.0])})
        >>> named_curves([panel], title="More spikes say more").axes[0].get_xlabel()
        'spikes'
    """
    if not panels or not all(panel.lines for panel in panels):
        raise ValueError("named_curves got a panel without curves, expected at least one in each.")
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    looks = strokes(names)
    with figure_style():
        figure = new_figure(_EACH * len(panels) + 0.5, title)
        grid = figure.subplots(len(panels), 1, squeeze=False)[:, 0]
        ends = []
        for axes, panel in zip(grid, panels, strict=True):
            ends.append(_draw(axes, panel, looks))
        for axes, labels in zip(grid, ends, strict=True):
            label_ends(axes, labels)
    return figure


def _draw(axes: "Axes", panel: CurvePanel, looks: Mapping[str, Stroke]) -> list[EndLabel]:
    labels = []
    for name, line in panel.lines.items():
        x = series(f"x of {name!r}", line.x)
        y = series(f"the means of {name!r}", line.mean, x.size)
        look = looks[name]
        marker = "o" if x.size == 1 else None
        axes.plot(x, y, color=look.colour, linestyle=look.dash, linewidth=2.0, marker=marker)
        if line.deviation is not None:
            off = series(f"the deviations of {name!r}", line.deviation, x.size)
            axes.fill_between(x, y - off, y + off, color=look.colour, alpha=0.18, linewidth=0)
        labels.append(EndLabel(name, float(y[-1]), look.colour, "normal", float(x[-1])))
    for name, height in panel.reference.items():
        axes.axhline(height, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.4, zorder=1)
        labels.append(EndLabel(name, height, MUTED, "normal"))
    every = np.unique(np.concatenate([np.asarray(line.x, float) for line in panel.lines.values()]))
    ends = every[0], every[-1]
    if panel.points:
        ends = _mark(axes, panel.points, ends)
    if panel.doubling:
        axes.set_xscale("log")
        axes.set_xticks(every, [f"{value:g}" for value in every])
        axes.minorticks_off()
    elif np.array_equal(every, np.round(every)):
        integer_ticks(axes)
    if panel.logarithmic:
        from matplotlib.ticker import LogLocator

        axes.set_yscale("log", subs=[])
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
    alone = 0.5 if ends[0] == ends[1] else 0.0
    axes.set_xlim(ends[0] - alone, ends[1] + alone)
    axes.set_xlabel(panel.xlabel, fontsize=FONT_SIZE)
    axes.set_ylabel(panel.ylabel, fontsize=FONT_SIZE)
    axes.yaxis.grid(True)
    return labels


def _mark(
    axes: "Axes", points: Mapping[str, tuple[float, float]], ends: tuple[float, float]
) -> tuple[float, float]:
    """Mark places of their own; gives the ends of the horizontal axis that hold them, too."""
    places = [x for x, _ in points.values()]
    low, high = min(*places, ends[0]), max(*places, ends[1])
    for name, (x, y) in points.items():
        axes.plot(x, y, "D", color=MUTED, markersize=8, clip_on=False, zorder=3)
        right = x < (low + high) / 2
        axes.annotate(
            name,
            (x, y),
            xytext=(10 if right else -10, 9),
            textcoords="offset points",
            ha="left" if right else "right",
            color=MUTED,
        )
    room = 0.03 * (high - low)
    return low - room * (low < ends[0]), high + room * (high > ends[1])
