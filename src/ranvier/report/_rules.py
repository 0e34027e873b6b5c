"""Learning rules side by side: how their gradients point, what they cost, how they learn."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._labels import EndLabel, label_ends
from ranvier.report._style import INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DASHES = ("solid", (0, (3.2, 1.6)), (0, (1.0, 1.4)))


def looks(names: Sequence[str]) -> dict[str, tuple[str, object]]:
    """A colour and a dash per name, black for the first: what the others are held against."""
    found = {}
    for number, name in enumerate(names):
        later = number - 1
        dash = _DASHES[later // len(SERIES) % len(_DASHES)] if number else "solid"
        found[name] = (SERIES[later % len(SERIES)] if number else INK, dash)
    return found


def gradient_alignment(
    cosines: Mapping[str, Mapping[str, Sequence[float]]], *, title: str
) -> "Figure":
    """Draw the cosine of each rule's gradient with the exact one, a panel per parameter group.

    Args:
        cosines: rule to group to values, one per seed.
        title: what the reader should see.

    Raises:
        ValueError: no rule.

    Example:
        >>> figure = gradient_alignment(
        ...     {"bptt": {"weights": [1.0]}, "rflo": {"weights": [0.2, 0.3]}}, title="One is exact"
        ... )
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['bptt', 'rflo']
    """
    if not cosines:
        raise ValueError("gradient_alignment got no rule; expected at least one.")
    names = list(cosines)
    groups = list(dict.fromkeys(group for rule in cosines.values() for group in rule))
    look = looks(names)
    with figure_style():
        figure = new_figure(0.42 * len(names) + 1.7, title)
        panels = np.atleast_1d(figure.subplots(1, len(groups), sharey=True))
        heights = np.arange(len(names))[::-1]
        for panel, group in zip(panels, groups, strict=True):
            panel.axvline(0, color=MUTED, linewidth=1.0)
            panel.axvline(1, color=MUTED, linewidth=1.0, linestyle=(0, (2, 2)))
            for name, height in zip(names, heights, strict=True):
                values = np.asarray(cosines[name].get(group, ()), float)
                if values.size:
                    panel.plot([0, values.mean()], [height] * 2, color=look[name][0], linewidth=6)
                    panel.plot(values, [height] * values.size, "o", color=INK, markersize=4)
            panel.set_title(group.replace(" ", "\n", 1) if len(group) > 8 else group)
            panel.set(xlim=(-1.15, 1.15), ylim=(-0.6, len(names) - 0.4))
            panel.set_xticks([-1, 0, 1])
        panels[0].set_yticks(heights, names)
        figure.supxlabel("cosine with the exact gradient (a point per network)", fontsize=13.0)
    return figure


def rule_scores(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    ylabel: str,
    title: str,
    whole: bool = False,
) -> "Figure":
    """Draw a score over the sequences seen, a line per rule; the first is drawn black.

    The vertical axis shows the range of the scores after the first fifth; how far outside it they
    start is written at the edge.

    Args:
        curves: rule to samples and scores, which may be of unlike lengths.
        ylabel: name and unit of the score.
        title: what the reader should see.
        whole: show the whole range.

    Raises:
        ValueError: no curve.

    Example:
        >>> figure = rule_scores(
        ...     {"bptt": ([0, 16], [50.0, 90.0])}, ylabel="accuracy (%)", title="It learns"
        ... )
        >>> figure.axes[0].get_xlabel()
        'sequences seen'
    """
    if not curves:
        raise ValueError("rule_scores got no curve; expected at least one.")
    look = looks(list(curves))
    with figure_style():
        figure = new_figure(max(4.8, 0.3 * len(curves) + 1.9), title)
        axes = figure.subplots()
        ends = []
        for name, (samples, scores) in curves.items():
            colour, dash = look[name]
            scores = np.asarray(scores, float)
            axes.plot(samples, scores, color=colour, linestyle=dash)
            ends.append(EndLabel(f"{name}  {scores[-1]:.3g}", float(scores[-1]), colour, "normal"))
        axes.set(xlabel="sequences seen", ylabel=ylabel)
        axes.yaxis.grid(True)
        axes.set_xlim(left=0)
        axes.locator_params(axis="x", nbins=6)
        if not whole:
            _settle(axes, [np.asarray(scores, float) for _, scores in curves.values()])
        label_ends(axes, ends)
    return figure


def _settle(axes: "Axes", curves: Sequence[NDArray[np.float64]]) -> None:
    """Limit the vertical axis to where scores are after the first fifth."""
    settled = np.concatenate([scores[len(scores) // 5 :] for scores in curves])
    low, high = settled.min(), settled.max()
    room = 0.06 * (high - low) or 0.5
    start = float(np.mean([scores[0] for scores in curves]))
    axes.set_ylim(low - room, high + room)
    if not low - room <= start <= high + room:
        above = start > high
        axes.annotate(
            f"{'↑' if above else '↓'} starts at {start:.3g}",
            (0.98, 0.97 if above else 0.03),
            xycoords="axes fraction",
            ha="right",
            va="top" if above else "bottom",
            color=MUTED,
        )


def rule_costs(
    costs: Mapping[str, tuple[ArrayLike, ArrayLike]], *, xlabel: str, ylabel: str, title: str
) -> "Figure":
    """Draw what rules cost over a size, both axes logarithmic; the first is drawn black.

    Args:
        costs: rule to sizes and costs.
        xlabel, ylabel: names with units.
        title: what the reader should see.

    Raises:
        ValueError: no rule.

    Example:
        >>> figure = rule_costs(
        ...     {"bptt": ([16, 32], [1.0, 2.0])}, xlabel="units", ylabel="memory (kB)",
        ...     title="It grows",
        ... )
        >>> figure.axes[0].get_xscale()
        'log'
    """
    if not costs:
        raise ValueError("rule_costs got no rule; expected at least one.")
    look = looks(list(costs))
    with figure_style():
        figure = new_figure(max(4.8, 0.3 * len(costs) + 1.9), title)
        axes = figure.subplots()
        ends = []
        sizes = np.asarray(next(iter(costs.values()))[0], float)
        axes.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=ylabel)
        for name, (at, values) in costs.items():
            colour, dash = look[name]
            values = np.asarray(values, float)
            axes.plot(at, values, "o", color=colour, markersize=5)
            axes.plot(at, values, color=colour, linestyle=dash)
            ends.append(EndLabel(name, float(values[-1]), colour, "normal"))
        axes.set_xticks(sizes, [f"{size:g}" for size in sizes])
        axes.minorticks_off()
        axes.grid(True)
        axes.set_ylim(axes.get_ylim())
        _number(axes)
        label_ends(axes, ends)
    return figure


def _number(axes: "Axes") -> None:
    """Number a logarithmic axis too short for two powers of ten by what lies between them."""
    from matplotlib.ticker import LogLocator, MaxNLocator, StrMethodFormatter

    low, high = axes.get_ylim()
    if high < 100 * low:
        wide = high > 5 * low
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)) if wide else MaxNLocator(4))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
