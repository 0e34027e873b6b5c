"""One input on its way through a network whose neurons spike once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._style import FONT_SIZE, INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 400
_WINDOW = "#e8eff7"


class TimedLayer(NamedTuple):
    """What one layer did.

    Attributes:
        name: of the layer.
        begin: of its window, in time constants from the first possible spike.
        window: its length.
        times: `[units]`, from the beginning of the window; the end of it is no spike. With
            `units`, `[spikes]`: as many as there are.
        units: `[spikes]`, which unit each is of; one after the other if not given.
        count: units in all, where `units` are given.

    Example:
        >>> TimedLayer("relu", 1.0, 2.0, np.array([0.5, 2.0])).fired.tolist()
        [True, False]
    """

    name: str
    begin: float
    window: float
    times: ArrayLike
    units: ArrayLike | None = None
    count: int = 0

    @property
    def fired(self) -> np.ndarray:
        """Of every time, whether it is a spike."""
        return np.asarray(self.times) < self.window

    @property
    def size(self) -> int:
        """Units in all."""
        return np.size(self.times) if self.units is None else self.count

    @property
    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Times and units of what is a spike."""
        fired = self.fired
        units = np.arange(self.size) if self.units is None else np.asarray(self.units)
        return np.asarray(self.times)[fired], units[fired]


def spike_time_raster(
    layers: Sequence[TimedLayer], *, title: str, unit: str = "time constants"
) -> "Figure":
    """Draw the spikes of one input, every layer in its window, from the input up.

    Of a layer with more than 400 units, 400 are drawn, evenly chosen.

    Args:
        layers: in the order of their windows.
        title: what the reader should see.
        unit: of time.

    Raises:
        ValueError: no layer, or one without units.

    Example:
        >>> one = TimedLayer("relu", 0.0, 1.0, np.array([0.5, 1.0]))
        >>> len(spike_time_raster([one], title="A neuron spikes").axes)
        1
    """
    if not layers or any(layer.size == 0 for layer in layers):
        raise ValueError("spike_time_raster got no layer or one without units; give at least one.")
    heights = [0.6 + 0.7 * np.log10(1 + layer.size) for layer in layers]
    end = max(layer.begin + layer.window for layer in layers)
    with figure_style():
        figure = new_figure(0.8 + sum(heights) * 0.62, title)
        grid = figure.subplots(len(layers), 1, sharex=True, squeeze=False, height_ratios=heights)
        for axes, layer, colour in zip(
            grid[:, 0], layers, (SERIES[k % len(SERIES)] for k in range(len(layers))), strict=True
        ):
            (times, units), count = layer.spikes, layer.size
            chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST)).astype(int))
            seen = np.isin(units, chosen)
            places = np.searchsorted(chosen, units[seen])
            axes.axvspan(layer.begin, layer.begin + layer.window, color=_WINDOW, lw=0, zorder=0)
            axes.plot(
                layer.begin + times[seen],
                places,
                ".",
                color=colour,
                markersize=max(2.0, min(6.0, 160 / len(chosen))),
                rasterized=len(places) > 2000,
            )
            axes.set_ylim(len(chosen) - 0.5, -0.5)
            axes.set_yticks([])
            axes.set_xlim(0, end * 1.02)
            share = f"{len(np.unique(units))} of {count} spike"
            side = layer.begin + layer.window < 0.62 * end
            axes.text(
                layer.begin + layer.window + 0.012 * end if side else layer.begin - 0.012 * end,
                (len(chosen) - 1) / 2,
                f"{layer.name}\n{share}",
                ha="left" if side else "right",
                va="center",
                color=INK,
                fontsize=FONT_SIZE - 1,
            )
            for spine in ("left", "right", "top"):
                axes.spines[spine].set_visible(False)
        grid[-1, 0].set_xlabel(f"time ({unit}); shaded: the window of each layer")
        grid[-1, 0].tick_params(axis="x", colors=MUTED)
    return figure
