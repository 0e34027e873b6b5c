"""What time does to a network on devices: scores over time, weights beside their targets."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._series import series
from ranvier.report._style import INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKS = (
    (1.0, "1 s"),
    (60.0, "1 min"),
    (3600.0, "1 h"),
    (86_400.0, "1 day"),
    (30 * 86_400.0, "1 month"),
    (365 * 86_400.0, "1 year"),
    (3650 * 86_400.0, "10 years"),
)


class OverTime(NamedTuple):
    """Scores of several arrays at several times, and how they are drawn.

    Attributes:
        scores: `[times, arrays]`.
        group: curves of one group share a colour.
        dashed: whether the curve is dashed.

    Example:
        >>> OverTime([[8.6, 8.7], [9.0, 9.4]], "plain").dashed
        False
    """

    scores: ArrayLike
    group: str
    dashed: bool = False


def score_over_time(
    seconds: ArrayLike,
    curves: Mapping[str, OverTime],
    *,
    ylabel: str,
    title: str,
    reference: Mapping[str, float] | None = None,
    solid: str = "",
    dashed: str = "",
    limit: float | None = None,
) -> "Figure":
    """Draw scores over a logarithmic time: medians, and bands from the tenth to the ninetieth
    percentile over arrays.

    Args:
        seconds: `[times]`, since programming.
        curves: name to scores.
        ylabel: name and unit of the score.
        title: what the reader should see.
        reference: name to value of horizontal lines.
        solid, dashed: what the two kinds of lines stand for.
        limit: upper end of the axis; curves that leave it end there. None shows all.

    Raises:
        ValueError: no curve, or arrays that do not fit each other.

    Example:
        >>> figure = score_over_time(
        ...     [25.0, 3600.0],
        ...     {"compensated": OverTime([[8.6, 8.7], [8.7, 8.8]], "plain")},
        ...     ylabel="NLL (nats)", title="Nothing is forgotten", reference={"ideal": 8.6},
        ... )
        >>> figure.axes[0].get_xscale()
        'log'
    """
    if not curves:
        raise ValueError("score_over_time got no curve, expected at least one.")
    from matplotlib.lines import Line2D

    at = series("seconds", seconds)
    reference = dict(reference or {})
    groups = list(dict.fromkeys(curve.group for curve in curves.values()))
    with figure_style():
        figure = new_figure(5.2, title)
        axes = figure.subplots()
        axes.set_xscale("log")
        _time_axis(axes, at)
        handles = []
        for name, value in reference.items():
            handles.append(axes.axhline(value, color=MUTED, linewidth=1.6, zorder=1, label=name))
        for name, curve in curves.items():
            scores = _scores(name, curve.scores, at.size)
            low, middle, high = np.quantile(scores, (0.1, 0.5, 0.9), axis=1)
            colour = SERIES[groups.index(curve.group) % len(SERIES)]
            dash = (0, (3.2, 1.6)) if curve.dashed else "solid"
            axes.fill_between(at, low, high, color=colour, alpha=0.16, linewidth=0)
            axes.plot(at, middle, color=colour, linestyle=dash, marker="o", markersize=4.5)
        if limit is not None:
            axes.set_ylim(top=limit)
        axes.set_ylabel(ylabel)
        axes.yaxis.grid(True)
        for number, group in enumerate(groups):
            colour = SERIES[number % len(SERIES)]
            handles.append(Line2D([], [], color=colour, marker="o", markersize=4.5, label=group))
        kinds: tuple[tuple[str, Any], ...] = ((solid, "solid"), (dashed, (0, (3.2, 1.6))))
        for words, dash in kinds:
            if words:
                handles.append(Line2D([], [], color=INK, linestyle=dash, label=words))
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure


def weights_as_read(
    panels: Sequence[tuple[str, ArrayLike, ArrayLike]], *, unit: str, title: str
) -> "Figure":
    """Draw weights as devices show them over the weights that were asked for, one panel per time.

    Args:
        panels: heading, asked for and shown, each `[n]`.
        unit: of the weights.
        title: what the reader should see.

    Raises:
        ValueError: no panel, or arrays that do not fit each other.

    Example:
        >>> figure = weights_as_read(
        ...     [("at once", [0.0, 1.0], [0.1, 0.9])], unit="1", title="Errors are small"
        ... )
        >>> len(figure.axes)
        1
    """
    if not panels:
        raise ValueError("weights_as_read got no panel, expected at least one.")
    with figure_style():
        figure = new_figure(3.6, title)
        row = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
        for axes, (heading, asked, shown) in zip(row, panels, strict=True):
            x = series(f"what was asked for {heading!r}", asked)
            y = series(f"what is shown {heading!r}", shown, x.size)
            ends = np.array([min(x.min(), y.min()), max(x.max(), y.max())])
            axes.plot(ends, ends, color=INK, linewidth=1.0, zorder=3)
            axes.plot(
                x, y, ".", color=SERIES[0], markersize=2.4, alpha=0.35, markeredgewidth=0, zorder=2
            )
            error = float(np.sqrt(np.mean((y - x) ** 2)))
            axes.set_title(f"{heading}\nerror {error:.3f}", fontweight="normal", fontsize=12.0)
            axes.set_xlabel(f"asked for ({unit})")
            axes.set_aspect("equal")
            axes.grid(True)
        row[0].set_ylabel(f"as read ({unit})")
    return figure


def _time_axis(axes: "Axes", seconds: NDArray[np.float64]) -> None:
    """Ticks at times that people have words for."""
    low, high = seconds.min(), seconds.max()
    shown = [(at, word) for at, word in _MARKS if low / 1.3 <= at <= high * 1.3]
    axes.set_xlim(low, high)
    axes.set_xticks([at for at, _ in shown], [word for _, word in shown])
    axes.minorticks_off()
    axes.set_xlabel(f"time since programming, from {low:g} s on")


def _scores(name: str, scores: ArrayLike, times: int) -> NDArray[np.float64]:
    array = np.asarray(scores, np.float64)
    if array.ndim != 2 or array.shape[0] != times or array.shape[1] == 0:
        raise ValueError(
            f"{name!r} has scores of shape {list(array.shape)}, expected [{times}, arrays]."
        )
    return array
