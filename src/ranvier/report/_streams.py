"""Streams of events, what listens to them, and how it weighs each."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._marks import draw_dashes
from ranvier.report._series import series
from ranvier.report._style import FAINT, INK, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def stream_weights(
    panels: Mapping[str, ArrayLike],
    group: ArrayLike,
    *,
    names: Sequence[str],
    rest: str,
    ylabel: str,
    title: str,
) -> "Figure":
    """Draw the weight of every stream, coloured by the group that it belongs to.

    Args:
        panels: heading to weights, `[streams]`.
        group: of each stream, `[streams]`; -1 for none.
        names: of the groups.
        rest: name of the streams that belong to none.
        ylabel: name and unit of a weight.
        title: what the reader should see.

    Raises:
        ValueError: no panel, arrays that do not fit each other, or a group without a name.

    Example:
        >>> figure = stream_weights(
        ...     {"one": [0.9, 0.1]}, [0, -1], names=("group",), rest="others",
        ...     ylabel="weight (1)", title="The group is heavy",
        ... )
        >>> figure.axes[0].get_xlabel()
        'stream'
    """
    if not panels:
        raise ValueError("stream_weights got no panel, expected at least one.")
    of = series("group", group).astype(int)
    if of.max() >= len(names):
        raise ValueError(f"there is a group {of.max()}, expected names for all; got {list(names)}.")
    columns = 1 if len(panels) % 2 else 2
    rows = -(-len(panels) // columns)
    at = np.arange(of.size)
    with figure_style():
        figure = new_figure((2.5 if columns > 1 else 1.8) * rows + 1.0, title)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes in grid.ravel()[len(panels) :]:
            axes.set_axis_off()
        for axes, (heading, weights) in zip(grid.ravel(), panels.items(), strict=False):
            values = series(heading, weights, of.size)
            for number in (-1, *range(len(names))):
                own = of == number
                axes.plot(
                    at[own],
                    values[own],
                    ".",
                    color=FAINT if number < 0 else SERIES[number % len(SERIES)],
                    markersize=4.0,
                    markeredgewidth=0,
                    label=rest if number < 0 else names[number],
                )
            axes.set_title(heading)
            axes.yaxis.grid(True)
        for axes in grid.ravel()[max(len(panels) - columns, 0) : len(panels)]:
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("stream")
        figure.supylabel(ylabel, fontsize=13.0)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside lower center", ncols=len(labels), markerscale=3.0
        )
    return figure


def stream_raster(
    events: Mapping[str, ArrayLike],
    fired: ArrayLike,
    *,
    listener: str,
    time_unit: str,
    title: str,
) -> "Figure":
    """Draw events of groups of streams, one dash each, and below them when a listener fires.

    Args:
        events: name to events, `[T, streams]`, 0 or 1.
        fired: `[T]`, 0 or 1.
        listener: what fires.
        time_unit: unit of a step.
        title: what the reader should see.

    Raises:
        ValueError: no events, or arrays of different lengths.

    Example:
        >>> figure = stream_raster(
        ...     {"group": [[1, 1], [0, 0]], "others": [[0], [1]]}, [1, 0],
        ...     listener="neuron", time_unit="steps", title="It fires with the group",
        ... )
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['stream', 'neuron']
    """
    if not events:
        raise ValueError("stream_raster got no events, expected at least one group of streams.")
    spikes = series("fired", fired)
    with figure_style():
        figure = new_figure(4.6, title)
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(7, 1))
        begin = 0
        for number, (name, values) in enumerate(events.items()):
            array = np.asarray(values)
            if array.ndim != 2 or len(array) != spikes.size:
                raise ValueError(
                    f"{name!r} has events of shape {list(array.shape)}, expected "
                    f"[{spikes.size}, streams], as many steps as `fired` has."
                )
            when, which = np.nonzero(array)
            colour = SERIES[number % len(SERIES)]
            draw_dashes(top, when + 1, begin + which, half_height=0.6, colour=colour, width=2.0)
            top.annotate(
                name,
                (1.01, begin + array.shape[1] / 2),
                xycoords=top.get_yaxis_transform(),
                color=colour,
                fontweight="bold",
                rotation=90,
                va="center",
                annotation_clip=False,
            )
            begin += array.shape[1]
        top.set_ylim(-1, begin)
        top.set_ylabel("stream")
        bottom.vlines(np.flatnonzero(spikes) + 1, 0, 1, INK, linewidth=2.2)
        bottom.set_yticks([])
        bottom.set_ylabel(listener, rotation=0, ha="right", va="center")
        bottom.set_xlabel(f"time ({time_unit})")
        bottom.set_xlim(0, spikes.size + 1)
        figure.align_ylabels()
    return figure
