"""What classes are taken for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._style import FAINT, FONT_SIZE, INK, MUTED, SHADES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_matrix(
    counts: ArrayLike, *, names: Sequence[str] | None = None, title: str
) -> "Figure":
    """Draw how many examples of each class were taken for each class.

    Colour stands for mistakes, relative to the most frequent one; what was recognised is written
    on the diagonal without a colour, which would drown all else.

    Args:
        counts: [classes, classes], true class by row.
        names: of the classes; their numbers if not given.
        title: what the reader should see.

    Raises:
        ValueError: counts that are not square, negative, or not whole, or too few names.

    Example:
        >>> figure = confusion_matrix([[9, 1], [0, 8]], title="One nought is taken for a one")
        >>> figure.axes[0].get_ylabel()
        'true class'
    """
    table = np.asarray(counts)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not len(table):
        raise ValueError(f"the counts have shape {list(table.shape)}, expected [classes, classes].")
    if (table < 0).any() or (table != np.round(table)).any():
        raise ValueError("the counts hold a negative number or a fraction, expected 0, 1, 2, ...")
    labels = [str(n) for n in range(len(table))] if names is None else list(names)
    if len(labels) != len(table):
        raise ValueError(f"got {len(labels)} names for {len(table)} classes, expected one each.")
    mistakes = np.where(np.eye(len(table), dtype=bool), 0, table)
    most = max(int(mistakes.max()), 1)
    with figure_style():
        from matplotlib.colors import LinearSegmentedColormap

        figure = new_figure((0.5 if len(table) <= 15 else 0.36) * len(table) + 1.6, title)
        axes = figure.subplots()
        colours = LinearSegmentedColormap.from_list("mistakes", SHADES)
        axes.imshow(mistakes, cmap=colours, vmin=0, vmax=most, aspect="auto")
        for (row, column), count in np.ndenumerate(table):
            if count == 0:
                continue
            right = row == column
            dark = not right and count > 0.55 * most
            axes.text(
                column,
                row,
                str(int(count)),
                ha="center",
                va="center",
                fontsize=FONT_SIZE,
                color=MUTED if right else "white" if dark else INK,
            )
        # Long names would run into each other.
        turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
        crowded = max(map(len, labels)) > 3
        axes.set_xticks(range(len(table)), labels, **(turned if crowded else {}))
        axes.set_yticks(range(len(table)), labels)
        axes.set_xlabel("recognised as (number of examples)")
        axes.set_ylabel("true class")
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(True)
            spine.set_color(FAINT)
    return figure
