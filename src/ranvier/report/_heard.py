"""From a sensor to an answer: what goes in, what the hidden units do, what the readouts say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._style import FAINT, INK, MUTED, SERIES, SHADES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 3


def heard(
    features: ArrayLike,
    hidden: ArrayLike,
    output: ArrayLike,
    classes: Sequence[str],
    *,
    inputs: str = "input",
    names: Sequence[str] | None = None,
    step: str = "time step",
    title: str,
) -> "Figure":
    """Draw one recording on its way through a network.

    Above, the input as a map; in the middle, a dash per spike of a hidden unit, or a map where
    outputs are not spikes; below, the running mean of each class's readout. The three classes with
    the largest means are coloured and named.

    Args:
        features: [T, width] input.
        hidden: [T, units] outputs of hidden units.
        output: [T, classes] readouts.
        classes: names.
        inputs: what an input is.
        names: of the inputs; their numbers if not given.
        step: what a step is, with its unit.
        title: what the reader should see.

    Raises:
        ValueError: arrays of different length, or not one name per class.

    Example:
        >>> figure = heard(np.eye(9), np.eye(9), np.ones((9, 2)), ["no", "yes"], title="A word")
        >>> [axes.get_ylabel() for axes in figure.axes][:3]
        ['input', 'hidden unit', 'mean readout']
    """
    given, units, said = (
        _plane(n, a) for n, a in (("features", features), ("hidden", hidden), ("output", output))
    )
    if not len(given) == len(units) == len(said):
        raise ValueError(
            f"features, hidden and output have {len(given)}, {len(units)} and {len(said)} steps; "
            "expected as many of each."
        )
    if said.shape[1] != len(classes):
        raise ValueError(
            f"got {len(classes)} names for {said.shape[1]} classes, expected one each."
        )
    steps = len(given)
    means = np.cumsum(said, 0) / np.arange(1, steps + 1)[:, None]
    with figure_style():
        from matplotlib.colors import LinearSegmentedColormap

        figure = new_figure(7.4, title)
        top, middle, low = figure.subplots(3, 1, sharex=True, height_ratios=[1.5, 2, 1.6])
        shades = LinearSegmentedColormap.from_list("shades", SHADES)
        extent = (0.5, steps + 0.5, -0.5, given.shape[1] - 0.5)
        picture = top.imshow(
            given.T,
            origin="lower",
            aspect="auto",
            extent=extent,
            cmap=shades,
            interpolation="nearest",
        )
        bar = figure.colorbar(picture, ax=top, pad=0.015, fraction=0.05)
        bar.set_label("input (s.d.)")
        bar.outline.set_edgecolor(FAINT)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
        top.set_ylabel(inputs)
        if names is not None:
            top.set_yticks(range(len(names)), names)
        if np.isin(units, (0, 1)).all():
            times, numbers = np.nonzero(units)
            middle.plot(times + 1, numbers, "|", color=INK, ms=max(2.2, 150 / units.shape[1]))
            middle.set_ylim(-1, units.shape[1])
        else:
            extent = (0.5, steps + 0.5, -0.5, units.shape[1] - 0.5)
            middle.imshow(
                units.T,
                origin="lower",
                aspect="auto",
                extent=extent,
                cmap=shades,
                interpolation="nearest",
            )
        middle.set_ylabel("hidden unit")
        best = np.argsort(means[-1])[::-1]
        for number in best[_SHOWN:][::-1]:
            low.plot(np.arange(1, steps + 1), means[:, number], color=FAINT, lw=1.2)
        for colour, number in zip(SERIES, best[:_SHOWN], strict=False):
            low.plot(
                np.arange(1, steps + 1), means[:, number], color=colour, label=str(classes[number])
            )
        low.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=_SHOWN)
        low.set_ylabel("mean readout")
        low.set_xlabel(step)
        low.tick_params(labelcolor=MUTED)
        low.set_xlim(0.5, steps + 0.5)
    return figure


def _plane(name: str, values: ArrayLike) -> NDArray:
    """Finite numbers over time and units."""
    array = np.asarray(values, float)
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ValueError(
            f"{name} has shape {list(array.shape)}; expected finite numbers [T, n], at least one."
        )
    return array
