"""A network and the chip that holds it, side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._marks import draw_dashes
from ranvier.report._style import INK, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def spikes_beside(
    rows: Mapping[str, tuple[ArrayLike, ArrayLike]], *, names: tuple[str, str], title: str
) -> "Figure":
    """Draw the spikes of populations twice, left and right, one row of panels per population.

    Args:
        rows: name to spikes on the left and on the right, `[T, N]` each; more than one in a step
            is drawn as one.
        names: of the left and of the right.
        title: what the reader should see.

    Raises:
        ValueError: no rows, or spikes of different shapes in one.

    Example:
        >>> one = np.eye(4)
        >>> figure = spikes_beside({"hidden": (one, one)}, names=("network", "chip"), title="Alike")
        >>> [axes.get_xlabel() for axes in figure.axes]
        ['time step', 'time step']
    """
    if not rows:
        raise ValueError("spikes_beside got no rows, expected at least one population.")
    pairs = {name: tuple(np.asarray(a) for a in pair) for name, pair in rows.items()}
    for name, (one, two) in pairs.items():
        if one.ndim != 2 or one.shape != two.shape:
            raise ValueError(
                f"spikes_beside: {name!r} has shapes {one.shape} and {two.shape}, expected [T, N] "
                "twice."
            )
    with figure_style():
        sizes = [pair[0].shape[1] for pair in pairs.values()]
        shares = [max(size, 0.25 * max(sizes)) for size in sizes]
        figure = new_figure(1.6 + 1.9 * len(pairs), title)
        grid = figure.subplots(
            len(pairs), 2, squeeze=False, sharex=True, sharey="row", height_ratios=shares
        )
        for number, (line, (name, pair)) in enumerate(zip(grid, pairs.items(), strict=True)):
            for axes, spikes in zip(line, pair, strict=True):
                when, which = np.nonzero(spikes)
                draw_dashes(
                    axes,
                    when + 1,
                    which,
                    half_height=0.42,
                    colour=SERIES[number % len(SERIES)],
                    width=2.0,
                )
                axes.set_xlim(0.4, len(spikes) + 0.6)
                axes.xaxis.get_major_locator().set_params(integer=True)
                axes.set_ylim(-0.8, spikes.shape[1] - 0.2)
            line[0].set_ylabel(name)
        for axes, name in zip(grid[0], names, strict=True):
            axes.set_title(name)
        for axes in grid[-1]:
            axes.set_xlabel("time step")
    return figure


def memory_map(memories: Mapping[str, ArrayLike], *, unit: str, title: str) -> "Figure":
    """Draw synapse memories, a row for what sends and a column for what receives.

    Args:
        memories: name to weights with their signs, `[from, to]`; `(from, to)` axes are named by
            `"from -> to"`.
        unit: of a weight.
        title: what the reader should see.

    Raises:
        ValueError: no memory, a name without an arrow, or something that is no matrix.

    Example:
        >>> figure = memory_map({"input -> neuron": [[3, -2]]}, unit="steps", title="Two weights")
        >>> figure.axes[0].get_ylabel()
        'input'
    """
    shown = {name: np.asarray(held, float) for name, held in memories.items()}
    if not shown or any(" -> " not in name or held.ndim != 2 for name, held in shown.items()):
        raise ValueError(
            "memory_map got "
            f"{ {name: held.shape for name, held in shown.items()} }, expected matrices by names "
            "such as 'input -> neuron'."
        )
    with figure_style():
        from matplotlib.colors import LinearSegmentedColormap

        signed = LinearSegmentedColormap.from_list("signed", ("#0072b2", "#ffffff", "#d55e00"))
        figure = new_figure(5.6, title)
        widths = [
            max(held.shape[1], 0.18 * max(h.shape[1] for h in shown.values()))
            for held in shown.values()
        ]
        grid = figure.subplots(1, len(shown), squeeze=False, width_ratios=widths)[0]
        most = max(float(np.abs(held).max()) for held in shown.values()) or 1.0
        picture = None
        for axes, (name, held) in zip(grid, shown.items(), strict=True):
            before, after = name.split(" -> ")
            picture = axes.imshow(
                held, cmap=signed, vmin=-most, vmax=most, aspect="auto", interpolation="nearest"
            )
            axes.set_xlabel(after)
            axes.set_ylabel(before)
            axes.tick_params(colors=INK)
        if picture is not None:
            figure.colorbar(picture, ax=list(grid), label=f"weight ({unit})", shrink=0.8)
    return figure


def counts_beside(counts: Mapping[str, tuple[ArrayLike, ArrayLike]], *, title: str) -> "Figure":
    """Draw how many spikes units fire on a chip over how many they fire in the network.

    The area of a mark grows with the number of cases that it stands for.

    Args:
        counts: name to spike counts in the network and on the chip, of the same shape.
        title: what the reader should see.

    Raises:
        ValueError: no counts, or shapes that differ.

    Example:
        >>> figure = counts_beside({"hidden": ([0, 1, 1], [0, 1, 2])}, title="Nearly alike")
        >>> figure.axes[0].get_xlabel()
        'spikes in the network'
    """
    pairs = {n: tuple(np.asarray(a, float).ravel() for a in pair) for n, pair in counts.items()}
    if not pairs or any(one.shape != two.shape for one, two in pairs.values()):
        raise ValueError("counts_beside expects counts by name, as many of the network as on chip.")
    with figure_style():
        figure = new_figure(4.4, title)
        grid = figure.subplots(1, len(pairs), squeeze=False)[0]
        for number, (axes, (name, (one, two))) in enumerate(zip(grid, pairs.items(), strict=True)):
            points, cases = np.unique(np.stack([one, two]), axis=1, return_counts=True)
            top = max(float(points.max(initial=1.0)), 1.0)
            axes.plot([0, top], [0, top], color="#aeb6c0", linewidth=1.5, zorder=0)
            axes.scatter(
                *points,
                s=4 + 260 * cases / cases.max(),
                color=SERIES[number % len(SERIES)],
                alpha=0.6,
                linewidths=0,
            )
            axes.set_title(name)
            axes.set_xlabel("spikes in the network")
        grid[0].set_ylabel("spikes on the chip")
    return figure
