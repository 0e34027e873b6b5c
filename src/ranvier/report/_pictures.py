"""Small pictures side by side: what units have learned to see, what a network dreams of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._style import FONT_SIZE, WIDTH, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture_grid(
    rows: Mapping[str, ArrayLike],
    *,
    title: str,
    headings: list[str] | None = None,
    signed: bool = False,
) -> "Figure":
    """Draw rows of small pictures, each row under its name.

    Args:
        rows: name to pictures, `[pictures, height, width]`; all rows as many.
        title: what the reader should see.
        headings: one per column, above the first row.
        signed: whether values are above and below zero: blue and orange, each picture to its own
            largest magnitude; if not, from 0 (white) to 1 (black).

    Raises:
        ValueError: no row, rows that differ in shape, or headings that are not as many.

    Example:
        >>> figure = picture_grid({"seen": [[[0.0, 1.0], [1.0, 0.0]]]}, title="A chequered flag")
        >>> len(figure.axes)
        1
    """
    shown = {name: np.asarray(pictures, float) for name, pictures in rows.items()}
    shapes = {pictures.shape for pictures in shown.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 3:
        raise ValueError(
            f"picture_grid got rows of shapes {sorted(shapes)}, expected at least one row, all of "
            "one shape [pictures, height, width]."
        )
    columns = next(iter(shapes))[0]
    if headings is not None and len(headings) != columns:
        raise ValueError(
            f"picture_grid got {len(headings)} headings for {columns} pictures a row, expected one "
            "each."
        )
    # Rows with names leave room for them below.
    room = 0.32 if any(name.strip() for name in shown) else 0.06
    with figure_style():
        from matplotlib.colors import LinearSegmentedColormap

        height = 1.1 + (0.9 * WIDTH / columns + room) * len(shown)
        figure = new_figure(height, title)
        below = (0.0, room / 2 / height, 1.0, 1.0 - room / 2 / height)
        figure.set_layout_engine(
            "constrained", rect=below, h_pad=room / 2, w_pad=0.03, hspace=0, wspace=0
        )
        grid = figure.subplots(len(shown), columns, squeeze=False)
        two_sided = LinearSegmentedColormap.from_list("signed", ("#0072b2", "#ffffff", "#d55e00"))
        for number, (line, (name, pictures)) in enumerate(zip(grid, shown.items(), strict=True)):
            for axes, picture in zip(line, pictures, strict=True):
                if signed:
                    most = float(np.abs(picture).max()) or 1.0
                    axes.imshow(picture, cmap=two_sided, vmin=-most, vmax=most)
                else:
                    axes.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
                axes.set_xticks([])
                axes.set_yticks([])
                for spine in axes.spines.values():
                    spine.set_visible(False)
            if number == 0 and headings is not None:
                for axes, heading in zip(line, headings, strict=True):
                    axes.set_title(heading, loc="center", fontsize=FONT_SIZE)
            if name:
                label = line[0].annotate(
                    name,
                    (0, 0),
                    (0, -4),
                    xycoords="axes fraction",
                    textcoords="offset points",
                    va="top",
                    fontsize=FONT_SIZE,
                )
                # Long names run below the other pictures of the row.
                label.set_in_layout(False)
    return figure
