"""The phase plane of a neuron with two variables: where each stands still, and how it moves."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._series import series
from ranvier.report._style import FAINT, INK, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ARROWS = 17  # per axis


def phase_plane(
    x: ArrayLike,
    y: ArrayLike,
    slopes: tuple[ArrayLike, ArrayLike],
    *,
    trajectory: tuple[ArrayLike, ArrayLike],
    fired: ArrayLike | None = None,
    names: tuple[str, str],
    labels: tuple[str, str],
    title: str,
) -> "Figure":
    """Draw both nullclines, the direction of motion, and the path that a run took.

    Args:
        x: [n] values of the first variable.
        y: [m] values of the second one.
        slopes: how fast the first and the second variable change, each [m, n]; values that are
            not finite are left out.
        trajectory: [T] values of both variables over time; it starts at the ring.
        fired: [T], not zero where the neuron fired; the jump of the reset is then drawn dotted.
        names: symbols of the two variables.
        labels: names and units of the two variables.
        title: what the reader should see.

    Raises:
        ValueError: arrays that do not fit each other.

    Example:
        >>> x, y = np.linspace(-1, 1, 30), np.linspace(-1, 1, 20)
        >>> grid = np.meshgrid(x, y)
        >>> figure = phase_plane(
        ...     x, y, (-grid[0] - grid[1], grid[0] - grid[1]), trajectory=([1.0, 0.0], [0.0, 0.5]),
        ...     names=("v", "w"), labels=("potential (mV)", "recovery (mV)"), title="It spirals in",
        ... )
        >>> figure.axes[0].get_xlabel()
        'potential (mV)'
    """
    from matplotlib.lines import Line2D

    across, up = series("x", x), series("y", y)
    fields = [np.ma.masked_invalid(np.asarray(field, float)) for field in slopes]
    for field in fields:
        if field.shape != (up.size, across.size):
            raise ValueError(
                f"slopes have shape {list(field.shape)}, expected [{up.size}, {across.size}], one "
                "row per value of y."
            )
    path_x = series("trajectory[0]", trajectory[0])
    path_y = series("trajectory[1]", trajectory[1], path_x.size)
    jumps = np.zeros(path_x.size) if fired is None else series("fired", fired, path_x.size)
    at = np.flatnonzero(jumps)
    at = at[at > 0]
    with figure_style():
        figure = new_figure(5.6, title)
        axes = figure.subplots()
        axes.set_xlim(across[0], across[-1])
        axes.set_ylim(up[0], up[-1])
        rows, columns = (
            np.linspace(0, n - 1, _ARROWS + 2).astype(int)[1:-1] for n in (up.size, across.size)
        )
        grid = np.ix_(rows, columns)
        # Per unit of each axis, or the longer axis would decide every direction.
        u, v = fields[0][grid] / np.ptp(across), fields[1][grid] / np.ptp(up)
        u, v = u * 8.0, v * 5.6
        length = np.ma.hypot(u, v)
        length = np.ma.where(length > 0, length, 1.0)
        axes.quiver(
            across[columns],
            up[rows],
            u / length,
            v / length,
            color=FAINT,
            pivot="mid",
            scale=30,
            width=0.0026,
            headwidth=4.5,
        )
        colours = SERIES[1], SERIES[2]
        for field, colour in zip(fields, colours, strict=True):
            axes.contour(across, up, field, levels=[0.0], colors=[colour], linewidths=2.4)
        broken = np.insert(path_x, at, np.nan), np.insert(path_y, at, np.nan)
        axes.plot(*broken, color=SERIES[0], linewidth=1.9)
        for index in at:
            axes.plot(
                path_x[index - 1 : index + 1],
                path_y[index - 1 : index + 1],
                ":",
                color=SERIES[0],
                linewidth=1.3,
            )
        axes.plot(path_x[0], path_y[0], "o", color="white", mec=INK, mew=1.8, ms=9, zorder=4)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        handles = [
            Line2D([], [], color=colours[0], label=f"{names[0]} stands still"),
            Line2D([], [], color=colours[1], label=f"{names[1]} stands still"),
            Line2D([], [], color=SERIES[0], label="path"),
            Line2D([], [], marker="o", color="white", mec=INK, mew=1.8, ms=9, label="start"),
        ]
        figure.legend(
            handles=handles,
            loc="outside lower center",
            ncols=4,
            columnspacing=1.6,
            handletextpad=0.5,
        )
    return figure
