"""Many small curves of one answer, side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._series import series
from ranvier.report._style import MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 3


class Panel(NamedTuple):
    """One of many small curves.

    Attributes:
        title: above it.
        xlabel: name and unit of what is varied.
        at: `[n]`, positive.
        mean, deviation: of the answer, `[n]`.

    Example:
        >>> Panel("Noise", "spread (1)", [0.1, 1.0], [90.0, 50.0], [1.0, 2.0]).title
        'Noise'
    """

    title: str
    xlabel: str
    at: ArrayLike
    mean: ArrayLike
    deviation: ArrayLike


def panels_of_spread(
    panels: Sequence[Panel], *, ylabel: str, reference: float, title: str
) -> "Figure":
    """Draw means with their spread in small panels that share the answer's axis.

    Args:
        panels: each with a logarithmic axis of its own.
        ylabel: name and unit of the answer.
        reference: a horizontal line in every panel.
        title: what the reader should see.

    Raises:
        ValueError: no panel, or arrays that do not fit each other.

    Example:
        >>> figure = panels_of_spread(
        ...     [Panel("Noise", "spread (1)", [0.1, 1.0], [90.0, 50.0], [1.0, 2.0])],
        ...     ylabel="accuracy (%)", reference=95.0, title="Noise costs",
        ... )
        >>> figure.axes[0].get_xscale()
        'log'
    """
    if not panels:
        raise ValueError("panels_of_spread got no panel, expected at least one.")
    rows = -(-len(panels) // _COLUMNS)
    with figure_style():
        figure = new_figure(2.45 * rows + 0.4, title)
        grid = figure.subplots(rows, _COLUMNS, sharey=True, squeeze=False)
        for axes in grid.ravel()[len(panels) :]:
            axes.set_axis_off()
        for axes, panel in zip(grid.ravel(), panels, strict=False):
            at = series(f"the strengths of {panel.title!r}", panel.at)
            mean = series(f"the means of {panel.title!r}", panel.mean, at.size)
            spread = series(f"the deviations of {panel.title!r}", panel.deviation, at.size)
            axes.axhline(reference, color=MUTED, linewidth=1.2, zorder=1)
            axes.errorbar(
                at,
                mean,
                yerr=spread,
                color=SERIES[0],
                marker="o",
                markersize=4.5,
                linewidth=1.6,
                capsize=2.5,
            )
            axes.set_xscale("log")
            axes.set_xticks(_few(at), [f"{value:g}" for value in _few(at)])
            axes.minorticks_off()
            axes.tick_params(labelsize=10.5)
            axes.set_title(panel.title, fontsize=11.5)
            axes.set_xlabel(panel.xlabel, fontsize=10.5)
            axes.yaxis.grid(True)
        for row in grid:
            row[0].set_ylabel(ylabel, fontsize=11.5)
    return figure


def _few(at: np.ndarray) -> np.ndarray:
    """Ends and the middle, which have room for their numbers."""
    return at if at.size <= 3 else at[[0, at.size // 2, at.size - 1]]
