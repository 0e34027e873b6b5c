"""The family of surrogate derivatives, one panel each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

from ranvier.report._series import series
from ranvier.report._style import FAINT, FONT_SIZE, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 3


def surrogate_family(
    distance: ArrayLike, derivatives: Mapping[str, ArrayLike], *, title: str
) -> "Figure":
    """Draw each pseudo-derivative over the distance to the threshold, on the same axes.

    The step that fires is drawn behind it.

    Args:
        distance: [n], membrane minus threshold, ascending.
        derivatives: name to pseudo-derivative [n].
        title: what the reader should see.

    Raises:
        ValueError: no surrogate, or arrays that do not fit each other.

    Example:
        >>> figure = surrogate_family([-1.0, 0.0, 1.0], {"hat(1.0)": [0, 1, 0]}, title="One hat")
        >>> figure.axes[0].get_title(loc="left")
        'hat\\n(1.0)'
    """
    if not derivatives:
        raise ValueError("surrogate_family got no surrogate, expected at least one.")
    v = series("distance", distance)
    rows = -(-len(derivatives) // _COLUMNS)
    with figure_style():
        figure = new_figure(0.7 + 1.75 * rows, title)
        grid = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
        panels = grid.ravel()
        for axes, (name, values) in zip(panels, derivatives.items(), strict=False):
            shown = series(name, values, v.size)
            axes.plot([v[0], 0, 0, v[-1]], [0, 0, 1, 1], color=FAINT, linewidth=1.5)
            axes.fill_between(v, shown, color=SERIES[0], alpha=0.16, linewidth=0)
            axes.plot(v, shown, color=SERIES[0])
            head, _, tail = name.partition("(")
            settings = "" if tail in ("", ")") else f"({tail}"
            axes.set_title(f"{head}\n{settings}", fontsize=FONT_SIZE, linespacing=1.15)
            axes.set_xlim(v[0], v[-1])
        for axes in panels[len(derivatives) :]:
            axes.set_visible(False)
        for column in range(_COLUMNS):
            used = [row for row in range(rows) if row * _COLUMNS + column < len(derivatives)]
            if used:
                grid[used[-1], column].tick_params(axis="x", labelbottom=True)
        figure.supxlabel("membrane minus threshold (unit of the membrane)", fontsize=FONT_SIZE)
        figure.supylabel("pseudo-derivative (per unit of the membrane)", fontsize=FONT_SIZE)
    return figure
