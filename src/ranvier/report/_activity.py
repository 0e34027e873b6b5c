"""What hidden units do over time: their spikes or outputs, and their membranes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._marks import COLUMNS, crowded, draw_dashes, draw_density
from ranvier.report._style import INK, MUTED, SERIES, SHADES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def raster(
    spikes: ArrayLike,
    *,
    membrane: ArrayLike | None = None,
    units: int | Sequence[int] = 3,
    thresholds: ArrayLike | None = None,
    time_unit: str = "steps",
    membrane_unit: str = "1",
    title: str,
) -> "Figure":
    """Draw the outputs of a population, and below the membranes of a few of its units.

    Outputs that are all 0 or 1 become one dash per spike, or shades of density where more than 160
    units fire too much for that; anything else (soft units) becomes a heat map.

    Args:
        spikes: [T, N] outputs.
        membrane: [T, N] membrane states; None draws the outputs alone.
        units: which units' membranes to show, or how many: then those whose outputs vary most.
        thresholds: one threshold or [N], in the unit of the membrane; None draws none.
        time_unit: unit of time of one row.
        membrane_unit: unit of the membrane; "1" where it has none.
        title: what the reader should see.

    Raises:
        ValueError: arrays that do not fit each other, are not finite, or a unit that is not there.

    Example:
        >>> spikes = np.zeros((20, 5)); spikes[::4, 2] = 1
        >>> figure = raster(spikes, membrane=spikes * 1.2, units=[2], thresholds=1.0,
        ...                 title="One unit fires every fourth step")
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['hidden unit', 'unit 2']
    """
    outputs = _population("spikes", spikes)
    states = None if membrane is None else _population("membrane", membrane)
    if states is not None and states.shape != outputs.shape:
        raise ValueError(
            f"membrane has shape {list(states.shape)}, expected that of spikes, "
            f"{list(outputs.shape)}. Record both in the same run."
        )
    steps, count = outputs.shape
    chosen = _choose(outputs, units) if states is not None else []
    levels = None if thresholds is None else np.broadcast_to(np.asarray(thresholds, float), count)
    spiking = bool(np.isin(outputs, (0, 1)).all())
    with figure_style():
        figure = new_figure(4.3 + 1.12 * len(chosen), title)
        panels = figure.subplots(
            1 + len(chosen), 1, sharex=True, squeeze=False, height_ratios=[3.4] + [1] * len(chosen)
        )[:, 0]
        top = panels[0]
        top.set_xlim(0.5, steps + 0.5)
        top.set_ylim(-0.5, count - 0.5)
        top.set_ylabel("hidden unit")
        if spiking:
            _spikes(figure, top, outputs, chosen)
        else:
            _heat_map(figure, top, outputs)
        for colour, unit in zip(SERIES, chosen, strict=False):
            top.plot(
                1.012,
                unit,
                "<",
                color=colour,
                ms=9,
                clip_on=False,
                transform=top.get_yaxis_transform(),
            )
        if states is not None:
            for axes, colour, unit in zip(panels[1:], SERIES, chosen, strict=False):
                level = None if levels is None else float(levels[unit])
                fired = np.flatnonzero(outputs[:, unit] == 1) if spiking else np.empty(0, int)
                _trace(axes, states[:, unit], level, fired, colour)
                axes.set_ylabel(f"unit {unit}", color=colour, fontweight="bold")
            unit_text = "" if membrane_unit == "1" else f" ({membrane_unit})"
            note = f"membrane state{unit_text}"
            note += "; dashed: threshold" if levels is not None else ""
            note += "; dots: spikes" if spiking else ""
            panels[1].set_title(note, fontweight="normal")
            figure.align_ylabels()
        panels[-1].set_xlabel(f"time ({time_unit})")
        for axes in panels[:-1]:
            axes.tick_params(axis="x", length=0, labelbottom=False)
    return figure


def _spikes(figure: "Figure", axes: "Axes", outputs: NDArray, chosen: Sequence[int]) -> None:
    times, units = np.nonzero(outputs)
    steps, count = outputs.shape
    fired = f"{outputs.mean() * 100:.2g} % of units fire in a step"
    if crowded(count, len(times)):
        image = draw_density(
            axes,
            times + 1,
            units,
            within=(0.5, steps + 0.5),
            count=count,
            columns=min(COLUMNS, steps),
        )
        bar = figure.colorbar(image, ax=axes, pad=0.045, aspect=18)
        bar.set_label("spikes per unit and step")
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        axes.set_title(f"spikes: their density, {fired}", fontweight="normal")
        return
    height = max(0.42, count / 190)  # still seen where units are many
    colours = np.full(times.size, INK, dtype=object)
    for colour, unit in zip(SERIES, chosen, strict=False):
        colours[units == unit] = colour
    draw_dashes(
        axes,
        times + 1,
        units,
        half_height=np.where(np.isin(units, chosen), 1.6 * height, height),
        colour=list(colours),
        width=np.where(np.isin(units, chosen), 2.8, 1.5),
    )
    axes.set_title(f"spikes: each dash one spike, {fired}", fontweight="normal")


def _heat_map(figure: "Figure", axes: "Axes", outputs: NDArray) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("output", SHADES)
    image = axes.imshow(
        outputs.T,
        cmap=shades,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
        vmin=min(0.0, float(outputs.min())),
        vmax=max(1.0, float(outputs.max())) if outputs.min() >= 0 else float(outputs.max()),
        extent=(0.5, outputs.shape[0] + 0.5, -0.5, outputs.shape[1] - 0.5),
    )
    bar = figure.colorbar(image, ax=axes, pad=0.045, aspect=18)
    bar.set_label("output")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    axes.set_title(f"outputs, {outputs.mean():.2g} on average", fontweight="normal")


def _trace(axes: "Axes", state: NDArray, level: float | None, fired: NDArray, colour: str) -> None:
    times = np.arange(1, state.size + 1)
    axes.plot(times, state, color=colour, linewidth=1.9)
    shown = [float(state.min()), float(state.max())]
    if level is not None:
        axes.axhline(level, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.4)
        shown.append(level)
    span = (max(shown) - min(shown)) or 1.0
    axes.set_ylim(min(shown) - 0.08 * span, max(shown) + 0.3 * span)
    axes.plot(times[fired], np.full(fired.size, max(shown) + 0.19 * span), "o", color=colour, ms=5)
    axes.locator_params(axis="y", nbins=3)


def _population(name: str, values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"{name} has shape {list(array.shape)}, expected [T, N] with at least one step and "
            "one unit. Choose one example of a batch."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} contains {array[~np.isfinite(array)][0]}, expected finite values. The run "
            "diverged: lower its learning rate or clip its gradients."
        )
    return array


def _choose(outputs: NDArray, units: int | Sequence[int]) -> list[int]:
    count = outputs.shape[1]
    if not isinstance(units, int):
        chosen = [int(unit) for unit in units]
        outside = [unit for unit in chosen if not 0 <= unit < count]
        if outside:
            raise ValueError(
                f"unit {outside[0]} is not among the {count} units, expected 0 to {count - 1}."
            )
    else:
        liveliest = np.argsort(-outputs.var(axis=0), kind="stable")[:units]
        chosen = sorted(int(unit) for unit in liveliest)
    if not 1 <= len(chosen) <= len(SERIES):
        raise ValueError(
            f"{len(chosen)} units were chosen, expected 1 to {len(SERIES)}. More traces than "
            "that cannot be read; choose the most telling ones."
        )
    return chosen
