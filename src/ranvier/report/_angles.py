"""Angles between what a network is taught and what it should be taught, over its training."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ranvier.report._labels import EndLabel, label_ends
from ranvier.report._rules import looks
from ranvier.report._style import MUTED, figure_style, integer_ticks, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def alignment_angles(
    panels: Mapping[str, Mapping[str, Sequence[float]]], *, ylabel: str, title: str
) -> "Figure":
    """Draw angles over epochs, a panel per layer and a line per rule.

    Args:
        panels: layer to rule to angles in degrees, the first of them before training.
        ylabel: between what and what the angle is.
        title: what the reader should see.

    Raises:
        ValueError: no angle at all.

    Example:
        >>> figure = alignment_angles(
        ...     {"layer 1": {"DFA": [90.0, 70.0, 60.0]}}, ylabel="angle (degrees)", title="It turns"
        ... )
        >>> figure.axes[0].get_xlabel()
        'epoch'
    """
    if not panels or not any(panels.values()):
        raise ValueError("alignment_angles got no angle; expected at least one panel with a line.")
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    look = looks(names)
    with figure_style():
        figure = new_figure(max(4.4, 0.3 * len(names) + 1.9), title)
        axes = np.atleast_1d(figure.subplots(1, len(panels), sharey=True))
        for panel, (layer, lines) in zip(axes, panels.items(), strict=True):
            ends = []
            panel.axhline(90, color=MUTED, linewidth=1.2, linestyle=(0, (2, 2)))
            for name, angles in lines.items():
                colour, dash = look[name]
                panel.plot(range(len(angles)), angles, color=colour, linestyle=dash)
                ends.append(EndLabel(f"{name}  {angles[-1]:.0f}°", angles[-1], colour, "normal"))
            panel.set(title=layer, xlabel="epoch")
            panel.set_xlim(0, max(len(angles) - 1 for angles in lines.values()) or 1)
            panel.set_ylim(0, 105)
            panel.set_yticks(range(0, 91, 15))
            panel.yaxis.grid(True)
            integer_ticks(panel)
            label_ends(panel, ends)
        axes[0].set_ylabel(ylabel)
    return figure
