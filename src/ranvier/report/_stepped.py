"""Membranes of digital neurons, which move in steps: one small panel each, with its input."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._series import series
from ranvier.report._style import FAINT, INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SMALL = 12.0  # points: the least that is read at arm's length
_COLUMNS = 4
_WIDE = 19  # letters of a heading


class SteppedMembrane(NamedTuple):
    """What one panel shows.

    Attributes:
        times: [T], of events, in intervals.
        membrane: [T], after each event.
        threshold: [T].
        spikes: [n], times of spikes, in intervals; there may be none.
        steps: [I], input of each interval, below 0 where it inhibits.

    Example:
        >>> SteppedMembrane([0.5, 1.0], [1, 0], [2, 2], [], [1]).spikes
        []
    """

    times: ArrayLike
    membrane: ArrayLike
    threshold: ArrayLike
    spikes: ArrayLike
    steps: ArrayLike


def stepped_membranes(
    shown: Mapping[str, SteppedMembrane], *, xlabel: str, ylabel: str, title: str
) -> "Figure":
    """Draw membranes that move in steps, each below its spikes and its input, in small panels.

    All panels share the scales of membrane and input; each has its own length of time.

    Args:
        shown: name to what its panel shows.
        xlabel: of time.
        ylabel: of the membrane.
        title: what the reader should see.

    Raises:
        ValueError: nothing to show, or arrays that do not fit each other.

    Example:
        >>> once = SteppedMembrane([0.5, 1.0, 2.0], [1, 0, 0], [2, 2, 2], [1.0], [1, 0])
        >>> figure = stepped_membranes(
        ...     {"a spike": once}, xlabel="time", ylabel="membrane", title="It fires once"
        ... )
        >>> figure.axes[0].get_title(loc="left")
        'a spike'
    """
    if not shown:
        raise ValueError("stepped_membranes got nothing to show, expected at least one membrane.")
    checked = {name: _checked(name, given) for name, given in shown.items()}
    lines = [line for panel in checked.values() for line in (panel.membrane, panel.threshold)]
    low, high = min(map(np.min, lines)), max(map(np.max, lines))
    most = max(1.0, *(np.abs(panel.steps).max() for panel in checked.values()))
    span = max(high - low, 1.0)
    rows = _Rows(low, high, high + 0.25 * span, high + 0.72 * span, 0.3 * span / most)
    columns = min(_COLUMNS, len(checked))
    with figure_style():
        figure = new_figure(0.9 + 2.1 * -(-len(checked) // columns), title)
        grid = figure.subplots(-(-len(checked) // columns), columns, squeeze=False)
        for axes in grid.ravel()[len(checked) :]:
            axes.set_axis_off()
        for axes, (name, panel) in zip(grid.ravel(), checked.items(), strict=False):
            _draw(axes, name, panel, rows, first=axes in grid[:, 0])
        figure.supxlabel(xlabel, fontsize=_SMALL)
        figure.supylabel(ylabel, fontsize=_SMALL)
    return figure


class _Panel(NamedTuple):
    times: np.ndarray
    membrane: np.ndarray
    threshold: np.ndarray
    spikes: np.ndarray
    steps: np.ndarray


class _Rows(NamedTuple):
    """Heights, in the unit of the membrane."""

    low: float
    high: float
    spikes: float
    drive: float
    per_step: float


def _checked(name: str, given: SteppedMembrane) -> _Panel:
    times = series(f"times of {name}", given.times)
    spikes = np.asarray(given.spikes, dtype=np.float64)
    return _Panel(
        times,
        series(f"membrane of {name}", given.membrane, times.size),
        series(f"threshold of {name}", given.threshold, times.size),
        series(f"spikes of {name}", spikes) if spikes.size else spikes,
        series(f"steps of {name}", given.steps),
    )


def _draw(axes: "Axes", name: str, panel: _Panel, rows: _Rows, *, first: bool) -> None:
    import textwrap

    from matplotlib.ticker import MaxNLocator

    end = max(float(panel.times[-1]), float(panel.steps.size))
    when = np.concatenate([[0.0], panel.times, [end]])
    for line, look in (
        (panel.threshold, {"color": MUTED, "linewidth": 1.1, "linestyle": (0, (3, 2))}),
        (panel.membrane, {"color": SERIES[0], "linewidth": 1.6}),
    ):
        held = np.concatenate([line[:1], line, line[-1:]])
        axes.step(when, held, where="post", **look)
    tall = 0.35 * (rows.drive - rows.spikes)
    axes.vlines(
        panel.spikes, rows.spikes, rows.spikes + tall, color=SERIES[1], linewidth=1.8, zorder=3
    )
    edges = np.arange(panel.steps.size + 1)
    axes.stairs(
        rows.drive + rows.per_step * panel.steps,
        edges,
        baseline=rows.drive,
        fill=True,
        color=INK,
        linewidth=0,
    )
    axes.plot([0, end], [rows.drive] * 2, color=FAINT, linewidth=1.0, zorder=0)
    axes.set_title(
        textwrap.fill(name, _WIDE, break_on_hyphens=True),
        fontsize=_SMALL,
        fontweight="normal",
        linespacing=1.1,
        pad=3.0,
    )
    axes.set_xlim(0, end)
    axes.set_ylim(rows.low - 0.6, rows.drive + 0.34 * (rows.high - rows.low))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=3, integer=True, min_n_ticks=2))
    bottom, top = int(np.ceil(rows.low)), int(np.floor(rows.high))
    values = sorted({bottom, 0, top}) if bottom <= 0 <= top else [bottom, top]
    axes.set_yticks([*values, rows.spikes + tall / 2, rows.drive])
    names = [*(str(value).replace("-", "\N{MINUS SIGN}") for value in values), "spikes", "input"]
    axes.set_yticklabels(names if first else [])
    axes.tick_params(labelsize=_SMALL)
