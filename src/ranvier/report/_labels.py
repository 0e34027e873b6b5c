"""Labels beside the ends of lines, moved apart where they would overlap."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._style import FONT_SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_GAP = 26.0  # points between the axes and the labels, crossed by the thin lines


class EndLabel(NamedTuple):
    """A text that belongs to the end of a line.

    Attributes:
        text: to be written.
        value: height of the end.
        colour: of the line.
        weight: of the letters.
        x: where the line ends; at the right edge of the axes if not given.

    Example:
        >>> EndLabel("sSNU", 8.4, "#d55e00", "bold").text
        'sSNU'
    """

    text: str
    value: float
    colour: str
    weight: str
    x: float | None = None


def spread(positions: ArrayLike, gap: float, low: float, high: float) -> NDArray[np.float64]:
    """Move positions apart to at least `gap`, each as little as possible, in the same order.

    Least squares under `p_(i+1) - p_i >= gap`, by pooling adjacent violators. Where the room
    `high - low` is too small for all of them, they are spaced evenly over it.

    Args:
        positions: [n] wanted places, any order.
        gap: least distance, in the unit of the positions.
        low: least place allowed.
        high: largest place allowed.

    Returns:
        [n] places, in the order given.

    Example:
        >>> spread([0.0, 0.0, 5.0], gap=2.0, low=-9.0, high=9.0).tolist()
        [-1.0, 1.0, 5.0]
    """
    wanted = np.asarray(positions, dtype=np.float64)
    count = wanted.size
    if count == 0:
        return wanted
    gap = min(gap, (high - low) / max(count - 1, 1))
    order = np.argsort(wanted, kind="stable")
    offsets = gap * np.arange(count)
    blocks: list[tuple[float, int]] = []
    for target in wanted[order] - offsets:
        mean, size = float(target), 1
        while blocks and blocks[-1][0] > mean:
            before, held = blocks.pop()
            mean, size = (before * held + mean * size) / (held + size), held + size
        blocks.append((mean, size))
    pooled = np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])
    placed = np.clip(pooled, low, high - offsets[-1]) + offsets
    result = np.empty(count)
    result[order] = placed
    return result


def label_ends(axes: "Axes", labels: Sequence[EndLabel]) -> None:
    """Write labels right of the axes, each tied to its line's end by a thin one, none overlapping.

    The limits of the axes must be final. Heights outside them are labelled at the edge.

    Args:
        axes: axes of a figure with constrained layout.
        labels: what to write.
    """
    if not labels:
        return
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure. Make them with figure.subplots().")
    bottom, top = axes.get_ylim()
    inside = np.clip([label.value for label in labels], min(bottom, top), max(bottom, top))
    for label, height in zip(labels, inside, strict=True):
        _lead(axes, label, float(height))
    written = [
        axes.annotate(
            label.text,
            xy=(1.0, height),
            xycoords=("axes fraction", "data"),
            xytext=(_GAP, 0.0),
            textcoords="offset points",
            va="center",
            ha="left",
            color=label.colour,
            fontweight=label.weight,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": label.colour,
                "linewidth": 1.0,
                "shrinkA": 1.0,
                "shrinkB": 0.0,
                "relpos": (0.0, 0.5),
            },
        )
        for label, height in zip(labels, inside, strict=True)
    ]
    figure.draw_without_rendering()
    points = 72.0 / figure.dpi
    heights = axes.transData.transform(np.column_stack([np.ones(len(inside)), inside]))[:, 1]
    heights = heights * points
    box = axes.get_window_extent()
    margin = 0.5 * FONT_SIZE
    places = spread(heights, 1.38 * FONT_SIZE, box.y0 * points + margin, box.y1 * points - margin)
    for text, place, height in zip(written, places, heights, strict=True):
        text.set_position((_GAP, place - height))


def _lead(axes: "Axes", label: EndLabel, height: float) -> None:
    """Dots from where a line ends to the edge, where it ends before."""
    edge = axes.get_xlim()[1]
    if label.x is None or label.x >= edge:
        return
    from matplotlib.lines import Line2D

    look: dict[str, Any] = {"color": label.colour, "zorder": 1.5}
    axes.add_artist(Line2D([label.x], [height], marker="o", markersize=4.5, **look))
    dotted = (0, (1, 2.5))
    axes.add_artist(Line2D([label.x, edge], [height] * 2, linewidth=1, linestyle=dotted, **look))
