"""Tasks learned one after another: what each is still worth, and measures over all of them."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ranvier.report._rules import looks
from ranvier.report._style import INK, MUTED, SERIES, WIDTH, figure_style, integer_ticks, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = 3
_TITLE_WIDTH = 17  # characters of bold 13 points across a panel
_HANDLE, _LETTER = 0.85, 0.11  # inches of a legend's line and of a character
_DASHES = ("solid", (0, (3.2, 1.6)), (0, (1.0, 1.4)))


def task_curves(
    panels: Mapping[str, Sequence[Sequence[float]]],
    *,
    tasks: Sequence[str],
    ylabel: str,
    title: str,
) -> "Figure":
    """Draw the score of every task over the tasks learned so far, a panel per rule.

    Args:
        panels: rule to rows; row i holds the scores on tasks 1 to i once task i was learned.
        tasks: what they are called.
        ylabel: name and unit of the score.
        title: what the reader should see.

    Raises:
        ValueError: no rule, or rows that are not as many as the tasks.

    Example:
        >>> figure = task_curves(
        ...     {"BP": [[90.0], [70.0, 91.0]]}, tasks=("0 and 1", "2 and 3"),
        ...     ylabel="accuracy (%)", title="The first task is forgotten",
        ... )
        >>> figure.axes[0].get_title(loc="left")
        'BP'
    """
    if not panels:
        raise ValueError("task_curves got no rule; expected at least one.")
    for name, rows in panels.items():
        if len(rows) != len(tasks):
            raise ValueError(
                f"{name!r} has {len(rows)} rows for {len(tasks)} tasks; expected one after each."
            )
    across = min(_COLUMNS, len(panels))
    down = -(-len(panels) // across)
    with figure_style():
        figure = new_figure(2.5 * down + 1.5, title)
        axes = np.ravel(figure.subplots(down, across, sharex=True, sharey=True, squeeze=False))
        for panel, (name, rows) in zip(axes, panels.items(), strict=False):
            for number, task in enumerate(tasks):
                after = range(number + 1, len(tasks) + 1)
                panel.plot(
                    after,
                    [rows[last - 1][number] for last in after],
                    marker="o",
                    markersize=4.5,
                    color=SERIES[number % len(SERIES)],
                    linestyle=_DASHES[number // len(SERIES) % len(_DASHES)],
                    label=task,
                )
            panel.set_title("\n".join(textwrap.wrap(name, _TITLE_WIDTH)))
            panel.yaxis.grid(True)
            panel.set_xlim(0.8, len(tasks) + 0.2)
            integer_ticks(panel)
        for panel in axes[len(panels) :]:
            panel.set_visible(False)
        for panel in axes[max(len(panels) - across, 0) : len(panels)]:
            panel.tick_params(labelbottom=True)
            panel.set_xlabel("tasks learned")
        figure.supylabel(ylabel, fontsize=13.0)
        handles, labels = axes[0].get_legend_handles_labels()
        beside = max(1, int(WIDTH / (_HANDLE + _LETTER * max(map(len, tasks)))))
        figure.legend(handles, labels, loc="outside lower center", ncols=beside)
    return figure


def measure_bars(
    rows: Mapping[str, Mapping[str, tuple[float, float | None]]], *, title: str
) -> "Figure":
    """Draw several measures of the same things side by side, a bar each, with their spread.

    Args:
        rows: name to measure, with its unit, to mean and spread; None where there is no spread.
        title: what the reader should see.

    Raises:
        ValueError: nothing to draw.

    Example:
        >>> figure = measure_bars(
        ...     {"BP": {"accuracy (%)": (80.0, 1.0), "forgetting (points)": (12.0, None)}},
        ...     title="It forgets",
        ... )
        >>> [panel.get_xlabel() for panel in figure.axes]
        ['accuracy (%)', 'forgetting (points)']
    """
    measures = list(dict.fromkeys(measure for row in rows.values() for measure in row))
    if not measures:
        raise ValueError("measure_bars got no measure; expected a row with at least one.")
    names = list(rows)
    look = looks(names)
    heights = np.arange(len(names))[::-1]
    with figure_style():
        figure = new_figure(0.5 * len(names) + 1.6, title)
        panels = np.atleast_1d(figure.subplots(1, len(measures), sharey=True))
        for panel, measure in zip(panels, measures, strict=True):
            ends = []
            for name, height in zip(names, heights, strict=True):
                mean, spread = rows[name][measure]
                panel.barh(height, mean, height=0.66, color=look[name][0])
                if spread is not None:
                    panel.errorbar(mean, height, xerr=spread, color=MUTED, capsize=4, linewidth=1.6)
                ends.append(max(mean, 0) + (spread or 0))
                written = f"{mean:.1f}" + ("" if spread is None else f" ± {spread:.1f}")
                panel.annotate(
                    written,
                    (ends[-1], height),
                    xytext=(6, 0),
                    textcoords="offset points",
                    va="center",
                    annotation_clip=False,
                )
            panel.axvline(0, color=INK, linewidth=1.0)
            panel.set_xlim(min(0.0, panel.get_xlim()[0]), 1.6 * max(*ends, 1e-9))
            panel.set_xlabel(measure)
            panel.locator_params(axis="x", nbins=5)
            panel.spines["left"].set_visible(False)
            panel.tick_params(axis="y", length=0, pad=8)
        panels[0].set_yticks(heights, names)
    return figure
