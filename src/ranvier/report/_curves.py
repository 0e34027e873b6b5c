"""Learning curves: how a score falls over epochs, and how far two curves are apart."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._labels import EndLabel, label_ends
from ranvier.report._style import (
    FAINT,
    INK,
    MUTED,
    figure_style,
    integer_ticks,
    new_figure,
    strokes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LARGEST, _LARGEST_TEXT = "#d55e00", "#b34f00"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def learning_curves(
    curves: Mapping[str, ArrayLike],
    *,
    ylabel: str,
    title: str,
    reference: Mapping[str, float] | None = None,
) -> "Figure":
    """Draw a score per epoch for several models, with reference values as horizontal lines.

    The vertical axis shows the range in which the curves settle; what lies above it (the first
    epochs, a very poor reference) is named at the upper edge instead of flattening the rest.

    Args:
        curves: name to scores, one per epoch starting with epoch 1; lengths may differ, NaN
            leaves a gap.
        ylabel: name and unit of the score, such as "test NLL (nats per time step)".
        title: what the reader should see.
        reference: name to value of horizontal lines (published results, baselines).

    Raises:
        ValueError: there is no curve, or a curve is empty, not one-dimensional or never finite.

    Example:
        >>> figure = learning_curves(
        ...     {"SNU": [12.0, 9.5, 9.0], "sSNU": [11.0, 9.0, 8.6]},
        ...     ylabel="NLL (nats per time step)",
        ...     title="Both models learn",
        ...     reference={"published sSNU": 8.39},
        ... )
        >>> figure.axes[0].get_xlabel()
        'epoch'
    """
    reference = dict(reference or {})
    if not curves:
        raise ValueError(
            "learning_curves got no curve, expected a dictionary of name to scores with at "
            "least one entry. Pass the recorded history of a run."
        )
    scores = {name: _curve(name, values) for name, values in curves.items()}
    look = strokes(scores)
    low, high, start = _settled_range(scores, reference)
    with figure_style():
        figure = new_figure(max(4.6, 0.27 * (len(scores) + len(reference)) + 1.9), title)
        axes = figure.subplots()
        longest = max(values.size for values in scores.values())
        axes.set_xlim((1, longest) if longest > 1 else (0.5, 1.5))
        axes.set_ylim(low, high)
        axes.set_xlabel("epoch")
        axes.set_ylabel(ylabel)
        axes.yaxis.grid(True)
        integer_ticks(axes)
        labels = [_draw_reference(axes, name, value) for name, value in reference.items()]
        for name, values in scores.items():
            colour, dash = look[name]
            epochs = np.arange(1, values.size + 1)
            last = int(np.flatnonzero(np.isfinite(values))[-1])
            axes.plot(epochs, values, color=colour, linestyle=dash)
            axes.plot(epochs[last], values[last], "o", color=colour, markersize=6, clip_on=False)
            if epochs[last] < longest:
                axes.plot(
                    [epochs[last], longest], [values[last]] * 2, ":", color=colour, linewidth=1.0
                )
            labels.append(EndLabel(f"{name}  {values[last]:.2f}", values[last], colour, "bold"))
        _note_start(axes, start)
        label_ends(axes, labels)
    return figure


def curve_difference(
    first: ArrayLike,
    second: ArrayLike,
    *,
    names: tuple[str, str],
    ylabel: str,
    title: str,
) -> "Figure":
    """Draw two learning curves on top of each other, and below how far apart they are.

    Args:
        first: [epochs] scores of the first run.
        second: [epochs] scores of the second run.
        names: the names of the two.
        ylabel: name and unit of the score.
        title: what the reader should see.

    Raises:
        ValueError: the curves differ in length, are empty or have values that are not finite.

    Example:
        >>> figure = curve_difference(
        ...     [9.0, 8.5], [9.0, 8.5], names=("BPTT", "OSTL"),
        ...     ylabel="NLL (nats per time step)", title="Two rules, one curve",
        ... )
        >>> figure.axes[1].get_title(loc="left")
        'identical to the last bit in all 2 epochs'
    """
    one, other = _curve(names[0], first), _curve(names[1], second)
    if one.shape != other.shape:
        raise ValueError(
            f"'{names[0]}' has {one.size} epochs and '{names[1]}' has {other.size}, expected the "
            "same number. Compare runs of equal length, or cut the longer one."
        )
    for name, values in zip(names, (one, other), strict=True):
        if not np.isfinite(values).all():
            epoch = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
            raise ValueError(
                f"'{name}' has the value {values[epoch - 1]} in epoch {epoch}, expected finite "
                "scores. Find out why that run diverged before comparing it."
            )
    epochs = np.arange(1, one.size + 1)
    difference = np.abs(one - other)
    low, high, start = _settled_range({names[0]: one, names[1]: other}, {})
    look = strokes(names)
    with figure_style():
        figure = new_figure(6.1, title)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        upper.plot(epochs, one, color=look[names[0]].colour, linewidth=6.0, alpha=0.28)
        upper.plot(epochs, other, color=look[names[1]].colour, linewidth=2.0)
        upper.set_ylim(low, high)
        _note_start(upper, start)
        upper.set_ylabel(ylabel)
        upper.yaxis.grid(True)
        upper.legend(upper.lines, names, loc="upper right")
        lower.set_xlabel("epoch")
        lower.set_ylabel(f"difference{_unit(ylabel)}")
        upper.set_xlim((1, one.size) if one.size > 1 else (0.5, 1.5))
        integer_ticks(lower)
        _draw_difference(lower, epochs, difference)
        figure.align_ylabels()
    return figure


def _draw_difference(axes: "Axes", epochs: NDArray, difference: NDArray) -> None:
    apart = difference > 0
    if not apart.any():
        axes.plot(epochs, difference, color=INK)
        axes.set_ylim(-1.0, 1.0)
        axes.set_yticks([0.0], ["0"])
        axes.set_title(f"identical to the last bit in all {epochs.size} epochs")
        return
    values = difference[apart]
    largest = int(np.argmax(difference))
    bottom = 10.0 ** (np.floor(np.log10(values.min())) - (0.6 if not apart.all() else 0.15))
    axes.set_yscale("log")
    axes.set_ylim(bottom, 10.0 ** (np.ceil(np.log10(values.max())) + 0.15))
    axes.yaxis.grid(True)
    axes.minorticks_off()
    from matplotlib.ticker import LogLocator

    axes.yaxis.set_major_locator(LogLocator(numticks=5))
    axes.plot(epochs[apart], values, "-", color=FAINT, linewidth=1.2)
    axes.plot(epochs[apart], values, "o", color=INK, markersize=4.5, clip_on=False)
    axes.plot(epochs[largest], difference[largest], "o", color=_LARGEST, markersize=9)
    message = f"largest difference {_power(difference[largest])}, in epoch {epochs[largest]}"
    if not apart.all():
        axes.plot(epochs[~apart], np.full((~apart).sum(), bottom), "|", color=INK, markersize=9)
        message += f"\nidentical to the last bit in {(~apart).sum()} of {epochs.size} epochs ( | )"
    axes.set_title(message, color=_LARGEST_TEXT)


def _note_start(axes: "Axes", start: float) -> None:
    if start > axes.get_ylim()[1]:
        axes.set_title(
            f"↑ from {start:.3g} in the first epoch", color=MUTED, fontweight="normal", pad=4.0
        )


def _draw_reference(axes: "Axes", name: str, value: float) -> EndLabel:
    low, high = axes.get_ylim()
    if not np.isfinite(value):
        raise ValueError(
            f"the reference '{name}' is {value}, expected a finite number. Leave out references "
            "that are not known."
        )
    if low <= value <= high:
        axes.axhline(value, color=MUTED, linewidth=1.3, linestyle=(0, (1.5, 2.5)))
        return EndLabel(f"{name}  {value:.2f}", value, MUTED, "normal")
    return EndLabel(f"{name}  {value:.2f} {'↑' if value > high else '↓'}", value, MUTED, "normal")


def _power(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"


def _curve(name: str, values: ArrayLike) -> NDArray[np.float64]:
    curve = np.asarray(values, dtype=np.float64)
    if curve.ndim != 1 or curve.size == 0:
        raise ValueError(
            f"the curve '{name}' has shape {list(curve.shape)}, expected [epochs] with at least "
            "one epoch. Pass one score per epoch."
        )
    if not np.isfinite(curve).any():
        raise ValueError(
            f"the curve '{name}' has no finite value in {curve.size} epochs, expected scores. "
            "The run diverged: lower its learning rate or clip its gradients."
        )
    return curve


def _settled_range(
    curves: Mapping[str, NDArray], reference: Mapping[str, float]
) -> tuple[float, float, float]:
    """Limits that show where curves settle, and the largest value of all."""
    finite = {name: values[np.isfinite(values)] for name, values in curves.items()}
    everything = np.concatenate(list(finite.values()))
    low, start = float(everything.min()), float(everything.max())
    settled = max(float(values[_early(values.size) :].max()) for values in finite.values())
    high = start if start - low < 2.5 * (settled - low) else settled
    span = high - low or max(abs(high), 1.0) * 0.1
    near = [v for v in reference.values() if low - 1.5 * span <= v <= high + 1.5 * span]
    low, high = min([low, *near]), max([high, *near])
    span = high - low or span
    return low - 0.06 * span, high + 0.06 * span, start


def _early(epochs: int) -> int:
    """How many first epochs may lie above the axis: few of many, none of a handful."""
    return int(np.ceil(np.sqrt(epochs))) if epochs >= 8 else 0


def _unit(label: str) -> str:
    return f"\n{label[label.index('(') :]}" if "(" in label else ""
