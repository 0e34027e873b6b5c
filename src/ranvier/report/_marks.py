"""Spikes on axes: a dash each while they can be told apart, shades where they cannot."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ranvier.report._style import SHADES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

# Rows and columns of an image of spikes: about two pixels of a figure to each.
ROWS, COLUMNS = 160, 280


def crowded(units: int, spikes: int) -> bool:
    """Whether dashes would run into each other: more units than rows, and not just a few spikes.

    Args:
        units: rows of the raster.
        spikes: how many there are in all.

    Example:
        >>> crowded(50, 100_000), crowded(10_000, 300), crowded(10_000, 100_000)
        (False, False, True)
    """
    return units > ROWS and spikes > 3000


def draw_dashes(
    axes: "Axes",
    times: NDArray,
    units: NDArray,
    *,
    half_height: NDArray | float,
    colour: list[str] | str,
    width: NDArray | float,
) -> None:
    """Draw one dash per spike.

    Args:
        axes: where.
        times: of each spike, in the unit of the axis.
        units: which unit each is of.
        half_height: of a dash, in units; one number or one per spike.
        colour: one, or one per spike.
        width: of a dash, points; one number or one per spike.
    """
    from matplotlib.collections import LineCollection

    dashes = np.empty((len(times), 2, 2))
    dashes[:, :, 0] = np.asarray(times, np.float64)[:, None]
    dashes[:, 0, 1], dashes[:, 1, 1] = units - half_height, units + half_height
    axes.add_collection(
        LineCollection(
            list(dashes),
            colors=colour,
            linewidths=np.broadcast_to(width, len(times)),
            rasterized=len(times) > 6000,
            capstyle="butt",
        ),
        autolim=False,
    )


def draw_density(
    axes: "Axes",
    times: NDArray,
    units: NDArray,
    *,
    within: tuple[float, float],
    count: int,
    per_time: float = 1.0,
    columns: int = COLUMNS,
) -> "AxesImage":
    """Draw how many spikes a unit has per unit of time, as shades over time and units.

    Args:
        axes: where.
        times: of each spike, in the unit of the axis.
        units: which unit each is of.
        within: where the image begins and ends in time.
        count: units in all.
        per_time: what one spike per unit of time is called on the scale of shades.
        columns: cells along time.

    Returns:
        The image; the darkest shade stands for the densest two in a thousand cells and above.
    """
    from matplotlib.colors import LinearSegmentedColormap

    rows = min(ROWS, count)
    density, edges, _ = np.histogram2d(
        units, times, bins=(rows, columns), range=((-0.5, count - 0.5), within)
    )
    density *= per_time * rows * columns / (count * (within[1] - within[0]))
    lively = density[density > 0]
    return axes.imshow(
        density,
        cmap=LinearSegmentedColormap.from_list("density", SHADES),
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        vmin=0.0,
        vmax=float(np.quantile(lively, 0.998)) if lively.size else 1.0,
        extent=(*within, edges[0], edges[-1]),
    )
