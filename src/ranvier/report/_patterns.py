"""Many firing patterns at a glance: one small panel each, with a bar for time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._series import series
from ranvier.report._style import INK, MUTED, SERIES, WIDTH, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SMALL = 12.0  # points: the least that is read at arm's length
_INPUT = 0.17  # part of a panel's height that the input takes


class Pattern(NamedTuple):
    """What one panel shows.

    Attributes:
        times: [T], in the unit of the grid.
        membrane: [T].
        drive: [T], input.
        note: added to the heading, such as a count.

    Example:
        >>> Pattern([0.0, 1.0], [-70.0, -60.0], [0.0, 1.0]).note
        ''
    """

    times: ArrayLike
    membrane: ArrayLike
    drive: ArrayLike
    note: str = ""


def pattern_grid(
    patterns: Mapping[str, Pattern],
    *,
    columns: int = 4,
    membrane_unit: str = "mV",
    time_unit: str = "ms",
    title: str,
) -> "Figure":
    """Draw the membranes of many patterns, each above its input, in small panels.

    All panels share the scale of the membrane; a bar in each says how long a stretch of time is,
    and one in the first how high a stretch of membrane is. The input has no scale.

    Args:
        patterns: name to pattern.
        columns: panels beside each other.
        membrane_unit: unit of the membrane.
        time_unit: unit of the times.
        title: what the reader should see.

    Raises:
        ValueError: no pattern, or arrays that do not fit each other.

    Example:
        >>> pattern = Pattern([0.0, 50.0, 100.0], [-70.0, 30.0, -65.0], [0.0, 14.0, 14.0])
        >>> figure = pattern_grid({"tonic spiking": pattern}, title="One of twenty", columns=1)
        >>> figure.axes[0].get_title(loc="left")
        'tonic spiking'
    """
    import textwrap

    if not patterns:
        raise ValueError("pattern_grid got no pattern, expected at least one.")
    wide = max(10, round(WIDTH / columns / 0.104))
    rows = -(-len(patterns) // columns)
    checked = {}
    for name, pattern in patterns.items():
        when = series(f"times of {name}", pattern.times)
        rest = [
            series(f"{part} of {name}", getattr(pattern, part), when.size)
            for part in ("membrane", "drive")
        ]
        checked[name] = (when, *rest, pattern.note)
    low = min(float(membrane.min()) for _, membrane, _, _ in checked.values())
    high = max(float(membrane.max()) for _, membrane, _, _ in checked.values())
    span = (high - low) or 1.0
    floor = low - span * (_INPUT + 0.12)
    with figure_style():
        figure = new_figure(0.55 + 1.72 * rows, title)
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels:
            axes.set_axis_off()
        for index, (axes, (name, shown)) in enumerate(zip(panels, checked.items(), strict=False)):
            when, membrane, drive, note = shown
            axes.plot(when, membrane, color=SERIES[0], linewidth=1.2)
            swing = np.ptp(drive) or 1.0
            axes.plot(
                when,
                floor + span * 0.06 + _INPUT * span * (drive - drive.min()) / swing,
                color=MUTED,
                linewidth=1.3,
            )
            heading = textwrap.fill(name, wide) + (f"\n{note}" if note else "")
            axes.set_title(heading, fontsize=_SMALL, fontweight="normal", linespacing=1.1, pad=3.0)
            length = _round(0.3 * (when[-1] - when[0]))
            left = when[-1] - length
            axes.plot(
                [left, when[-1]], [floor - 0.14 * span] * 2, color=INK, linewidth=2.0, clip_on=False
            )
            axes.text(
                left - 0.03 * np.ptp(when),
                floor - 0.14 * span,
                f"{length:g} {time_unit}",
                ha="right",
                va="center",
                fontsize=_SMALL,
            )
            axes.set_ylim(floor - 0.28 * span, high + 0.05 * span)
            axes.set_xlim(when[0] - 0.04 * np.ptp(when), when[-1])
            if index == 0:
                tall = _round(0.5 * span)
                edge = when[0] - 0.05 * np.ptp(when)
                axes.plot([edge] * 2, [high - tall, high], color=INK, linewidth=2.0, clip_on=False)
                axes.text(
                    edge - 0.03 * np.ptp(when),
                    high - tall / 2,
                    f"{tall:g} {membrane_unit}",
                    ha="right",
                    va="center",
                    rotation=90,
                    fontsize=_SMALL,
                )
    return figure


def _round(value: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a positive value."""
    power = 10.0 ** np.floor(np.log10(value))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= value * (1 + 1e-9))
