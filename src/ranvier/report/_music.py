"""Piano rolls as pictures: what was played above, what was foreseen below."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._roll import is_black_key, note_name
from ranvier.report._style import INK, SHADES, figure_style, integer_ticks, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MISSED = "#d55e00"
_HIT = "#1b2027"
_PAPER = "#eef1f5"


def piano_roll(
    truth: ArrayLike,
    prediction: ArrayLike,
    *,
    first_key: int = 21,
    step_name: str = "quarter note",
    title: str,
) -> "Figure":
    """Draw a piece above the probability a model gave to each note before hearing it.

    Notes that were played are framed in the lower panel: dark where the model gave them at least
    one half (hit), orange where it gave less (missed). Dark blue without a frame is a false alarm.

    Args:
        truth: [T, keys] of 0 and 1.
        prediction: [T, keys] probabilities in [0, 1], row t for the same moment as row t of
            `truth`.
        first_key: MIDI number of the first key.
        step_name: what one time step is.
        title: what the reader should see.

    Raises:
        ValueError: shapes differ or are not [T, keys], probabilities outside [0, 1], no notes.

    Example:
        >>> truth = np.zeros((4, 88)); truth[:, 48] = 1
        >>> figure = piano_roll(truth, 0.9 * truth, title="One held note")
        >>> figure.axes[1].get_xlabel()
        'time (steps of one quarter note)'
    """
    played, probability = _check(truth, prediction)
    used = np.flatnonzero((played | (probability >= 0.5)).any(axis=0))
    low, high = max(int(used[0]) - 2, 0), min(int(used[-1]) + 3, played.shape[1])
    played, probability = played[:, low:high], probability[:, low:high]
    keys = np.arange(first_key + low, first_key + high)
    steps = played.shape[0]
    box = (0.5, steps + 0.5, keys[0] - 0.5, keys[-1] + 0.5)
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.lines import Line2D

    shades = LinearSegmentedColormap.from_list("probability", SHADES)
    look: dict[str, Any] = {
        "extent": box,
        "origin": "lower",
        "aspect": "auto",
        "interpolation": "nearest",
    }
    with figure_style():
        figure = new_figure(7.4, title)
        upper, lower = figure.subplots(2, 1, sharex=True, sharey=True)
        paper = np.where([is_black_key(int(key)) for key in keys], 1.0, 0.0)[:, None]
        ground = LinearSegmentedColormap.from_list("paper", ["#ffffff", _PAPER])
        upper.imshow(np.repeat(paper, steps, axis=1), cmap=ground, vmin=0, vmax=1, **look)
        ink = LinearSegmentedColormap.from_list("ink", [INK, INK])
        upper.imshow(np.ma.masked_where(~played.T, played.T), cmap=ink, **look)
        image = lower.imshow(probability.T, cmap=shades, vmin=0, vmax=1, **look)
        hit = played & (probability >= 0.5)
        _frame(lower, hit, keys[0], _HIT, 1.3)
        _frame(lower, played & ~hit, keys[0], _MISSED, 2.0)
        upper.set_title("played")
        lower.set_title("foreseen, one step ahead")
        lower.set_xlabel(f"time (steps of one {step_name})")
        for axes in (upper, lower):
            axes.set_ylabel("note")
            axes.set_yticks(*_key_ticks(keys))
            axes.spines[["top", "right"]].set_visible(True)
        upper.tick_params(axis="x", length=0)
        integer_ticks(lower)
        bar = figure.colorbar(image, ax=lower, pad=0.015, aspect=16)
        bar.set_label("probability of the note")
        bar.set_ticks([0, 0.5, 1])
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        false_alarms = int(((probability >= 0.5) & ~played).sum())
        square = {"linestyle": "none", "marker": "s", "markersize": 11, "markeredgewidth": 1.8}
        figure.legend(
            [
                Line2D([], [], color=shades(0.8), markeredgecolor=_HIT, **square),
                Line2D([], [], color=shades(0.2), markeredgecolor=_MISSED, **square),
                Line2D([], [], color=shades(0.8), markeredgecolor=shades(0.8), **square),
            ],
            [
                f"hit ({int(hit.sum())})",
                f"missed ({int((played & ~hit).sum())})",
                f"false alarm ({false_alarms})",
            ],
            loc="outside lower center",
            ncols=3,
            handletextpad=0.2,
            columnspacing=1.6,
        )
    return figure


def _check(truth: ArrayLike, prediction: ArrayLike) -> tuple[NDArray[np.bool_], NDArray]:
    played, probability = np.asarray(truth), np.asarray(prediction, dtype=np.float64)
    if played.ndim != 2 or played.shape != probability.shape or played.shape[0] == 0:
        raise ValueError(
            f"truth has shape {list(played.shape)} and prediction {list(probability.shape)}, "
            "expected two equal shapes [T, keys] with at least one step. Leave out the first "
            "step of the truth, which nothing foresees."
        )
    if not ((probability >= 0) & (probability <= 1)).all():  # NaN fails as well
        raise ValueError(
            f"predictions range from {probability.min():.3g} to {probability.max():.3g}, expected "
            "probabilities from 0 to 1. Apply the sigmoid to logits first."
        )
    played = played.astype(bool)
    if not played.any():
        raise ValueError("the piece has no notes, expected at least one. Choose another piece.")
    return played, probability


def _key_ticks(keys: NDArray) -> tuple[list[int], list[str]]:
    """The Cs, and where there is room the Gs between them."""
    wanted = {0} if keys.size > 40 else {0, 7}
    if keys.size < 10:
        wanted = {0, 2, 4, 5, 7, 9, 11}
    ticks = [int(key) for key in keys if key % 12 in wanted]
    return ticks, [note_name(key) for key in ticks]


def _frame(axes: "Axes", cells: NDArray[np.bool_], first: int, colour: str, width: float) -> None:
    """Draw the outline of every connected run of cells."""
    from matplotlib.collections import LineCollection

    across = np.diff(cells.astype(np.int8), axis=0, prepend=0, append=0)
    beside = np.diff(cells.astype(np.int8), axis=1, prepend=0, append=0)
    lines = [
        ((step + 0.5, first + key - 0.5), (step + 0.5 + right, first + key - 0.5 + up))
        for edges, right, up in ((across, 0, 1), (beside, 1, 0))
        for step, key in np.argwhere(edges)
    ]
    axes.add_collection(
        LineCollection(lines, colors=colour, linewidths=width, capstyle="projecting"),
        autolim=False,
    )
