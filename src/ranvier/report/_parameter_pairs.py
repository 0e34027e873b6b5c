"""Parameters of two networks, one over the other."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._style import FAINT, FONT_SIZE, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 2


def parameter_pairs(
    groups: Mapping[str, ArrayLike], names: tuple[str, str], *, title: str
) -> "Figure":
    """Draw one point per parameter: what the one network has, and what the other.

    Args:
        groups: name of a group to `[2, n]`, the one and the other.
        names: of the two networks.
        title: what the reader should see.

    Raises:
        ValueError: no group, or one of another shape.

    Example:
        >>> figure = parameter_pairs({"weights": [[0.0, 1.0], [0.0, 1.1]]}, ("a", "b"), title="Two")
        >>> figure.axes[0].get_xlabel()
        'a'
    """
    shapes = {name: np.shape(pair) for name, pair in groups.items()}
    if not groups or any(len(s) != 2 or s[0] != 2 or s[1] == 0 for s in shapes.values()):
        raise ValueError(
            f"parameter_pairs got groups of shapes {shapes}, expected [2, n] of each, and at least "
            "one."
        )
    rows = math.ceil(len(groups) / _COLUMNS)
    columns = min(len(groups), _COLUMNS)
    with figure_style():
        figure = new_figure(3.9 * rows, title)
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in grid[len(groups) :]:
            axes.set_visible(False)
        for axes, (name, pair) in zip(grid, groups.items(), strict=False):
            one, two = np.asarray(pair, np.float64)
            low, high = min(one.min(), two.min()), max(one.max(), two.max())
            room = 0.05 * (high - low) or 1.0
            ends = low - room, high + room
            axes.plot(ends, ends, color=FAINT, linewidth=1.2, zorder=1)
            axes.plot(one, two, ".", color=SERIES[0], markersize=3.5, rasterized=len(one) > 500)
            axes.set(xlim=ends, ylim=ends, xlabel=names[0], ylabel=names[1])
            axes.set_aspect("equal")
            axes.locator_params(nbins=4)
            axes.set_title(
                f"{name}\nlargest difference {np.abs(one - two).max():.1g}",
                fontsize=FONT_SIZE,
                color=MUTED,
                loc="left",
            )
    return figure
