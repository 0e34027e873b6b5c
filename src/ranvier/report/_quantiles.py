"""Medians with a band of deciles over anything, in panels side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._series import series
from ranvier.report._style import MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 2


def quantile_panels(
    panels: Mapping[str, Mapping[str, ArrayLike]],
    at: ArrayLike,
    *,
    xlabel: str,
    ylabel: str,
    title: str,
    reference: Mapping[str, float] | None = None,
    limits: tuple[float, float] | None = None,
    spacing: Literal["even", "each"] = "even",
) -> "Figure":
    """Draw medians over repetitions, and bands from the tenth to the ninetieth percentile.

    Args:
        panels: heading to name to values, `[inputs, repetitions]`; one panel has no heading.
        at: the input, `[inputs]`, rising.
        xlabel: name and unit of the input.
        ylabel: name and unit of the values.
        title: what the reader should see.
        reference: name to value of horizontal lines.
        limits: of the vertical axis; curves that leave it end there.
        spacing: "even" draws inputs where they lie, "each" side by side with a tick for each.

    Raises:
        ValueError: nothing to draw, or arrays that do not fit each other.

    Example:
        >>> figure = quantile_panels(
        ...     {"": {"float": [[0.0, 0.1], [3.0, 4.0]]}}, [0.0, 0.5],
        ...     xlabel="correlation (1)", ylabel="d' (1)", title="Correlation is found",
        ... )
        >>> figure.axes[0].get_xlabel()
        'correlation (1)'
    """
    if not panels or not all(panels.values()):
        raise ValueError("quantile_panels got nothing to draw, expected at least one curve.")
    inputs = series("the inputs", at)
    where = np.arange(inputs.size) if spacing == "each" else inputs
    rows, columns = -(-len(panels) // _COLUMNS), min(_COLUMNS, len(panels))
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    with figure_style():
        figure = new_figure(4.6 if len(panels) == 1 else 2.5 * rows + 0.9, title)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes in grid.ravel()[len(panels) :]:
            axes.set_axis_off()
        for axes, (heading, curves) in zip(grid.ravel(), panels.items(), strict=False):
            for name, value in (reference or {}).items():
                axes.axhline(value, color=MUTED, linewidth=1.4, linestyle=(0, (4, 3)), label=name)
            for name, values in curves.items():
                low, middle, high = _deciles(name, values, inputs.size)
                number = names.index(name)
                colour = SERIES[number % len(SERIES)]
                marker = "osD^v"[number % 5] if spacing == "each" else ""
                axes.fill_between(where, low, high, color=colour, alpha=0.18, linewidth=0)
                axes.plot(where, middle, color=colour, marker=marker, markersize=5.5, label=name)
            if spacing == "each":
                axes.set_xticks(where, [f"{value:g}" for value in inputs])
            if limits is not None:
                axes.set_ylim(*limits)
            axes.set_title(heading)
            axes.yaxis.grid(True)
        for axes in grid[-1]:
            axes.set_xlabel(xlabel)
        if len(panels) == 1:
            grid[0, 0].set_ylabel(ylabel)
        else:
            figure.supylabel(ylabel, fontsize=13.0)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        if len(labels) > 1:
            figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _deciles(name: str, values: ArrayLike, inputs: int) -> np.ndarray:
    array = np.asarray(values, np.float64)
    if array.ndim != 2 or array.shape[0] != inputs or not array.shape[1]:
        raise ValueError(
            f"{name!r} has values of shape {list(array.shape)}, expected [{inputs}, repetitions]."
        )
    return np.quantile(array, (0.1, 0.5, 0.9), axis=1)
