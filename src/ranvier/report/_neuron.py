"""One neuron over time: its membrane, threshold and spikes, and what drives it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.report._series import series
from ranvier.report._style import FONT_SIZE, INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def neuron_trace(
    times: ArrayLike,
    membrane: ArrayLike,
    *,
    drive: Mapping[str, ArrayLike],
    title: str,
    fired: ArrayLike | None = None,
    threshold: ArrayLike | None = None,
    peak: float | None = None,
    others: Mapping[str, ArrayLike] | None = None,
    membrane_label: str,
    time_unit: str = "ms",
) -> "Figure":
    """Draw what a neuron does: its membrane with spikes, other variables, and its input below.

    Args:
        times: [T], of the steps.
        membrane: [T].
        drive: label with unit to the input `[T]`, one entry per port.
        title: what the reader should see.
        fired: [T], not zero where it fired; None where it does not spike.
        threshold: one level or [T], in the unit of the membrane; None draws none.
        peak: height to which a line is drawn at each spike, for neurons whose state shows the
            membrane after the reset; None marks spikes by dots above the trace.
        others: label with unit to a further state variable `[T]`, each in a panel of its own.
        membrane_label: name and unit of the membrane.
        time_unit: unit of the times.

    Raises:
        ValueError: arrays of different lengths, empty ones, or values that are not finite.

    Example:
        >>> figure = neuron_trace(
        ...     [0, 1, 2, 3], [0.0, 0.6, 0.0, 0.6], drive={"input (nA)": [0, 1, 1, 1]},
        ...     fired=[0, 0, 1, 0], threshold=1.0, peak=1.5,
        ...     membrane_label="membrane (mV)", title="It fires once",
        ... )
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['membrane\\n(mV)', 'input\\n(nA)']
    """
    when = series("times", times)
    state = series("membrane", membrane, when.size)
    inputs = {name: series(name, values, when.size) for name, values in drive.items()}
    further = {name: series(name, values, when.size) for name, values in (others or {}).items()}
    spikes = np.zeros(when.size) if fired is None else series("fired", fired, when.size)
    panels = 1 + len(further) + len(inputs)
    with figure_style():
        figure = new_figure(3.2 + 1.45 * (panels - 1), title)
        stack = figure.subplots(
            panels, 1, sharex=True, squeeze=False, height_ratios=[2.4] + [1] * (panels - 1)
        )[:, 0]
        draw_membrane(stack[0], when, state, spikes, threshold=threshold, peak=peak)
        stack[0].set_ylabel(_two_lines(membrane_label))
        colours = [*SERIES[1:], *SERIES]
        for axes, (name, values), colour in zip(stack[1:], further.items(), colours, strict=False):
            # What is counted in steps holds over a step.
            style = "steps-post" if time_unit == "steps" else "default"
            axes.plot(when, values, color=colour, linewidth=1.9, drawstyle=style)
            axes.set_ylabel(_two_lines(name))
            axes.locator_params(axis="y", nbins=4)
        for axes, (name, values) in zip(stack[1 + len(further) :], inputs.items(), strict=True):
            axes.step(when, values, where="post", color=INK, linewidth=1.7)
            axes.set_ylabel(_two_lines(name))
            axes.locator_params(axis="y", nbins=4)
            axes.margins(y=0.12)
        stack[-1].set_xlabel(f"time ({time_unit})")
        stack[-1].set_xlim(when[0], when[-1] if when.size > 1 else when[0] + 1)
        for axes in stack[:-1]:
            axes.tick_params(axis="x", length=0, labelbottom=False)
        figure.align_ylabels()
    return figure


def membranes(
    times: ArrayLike,
    traces: Mapping[str, ArrayLike],
    *,
    fired: Mapping[str, ArrayLike],
    title: str,
    threshold: float | None = None,
    peak: float | None = None,
    membrane_label: str,
    time_unit: str = "ms",
) -> "Figure":
    """Draw the membranes of several runs below each other, on the same axes.

    Args:
        times: [T].
        traces: heading to membrane `[T]`.
        fired: heading to [T], not zero where it fired.
        title: what the reader should see.
        threshold: level of all, in the unit of the membrane; None draws none.
        peak: height of the line at each spike; None marks spikes by dots.
        membrane_label: name and unit of the membrane.
        time_unit: unit of the times.

    Raises:
        ValueError: no trace, a trace without its spikes, or arrays that do not fit.

    Example:
        >>> figure = membranes(
        ...     [0, 1], {"alone": [0.0, 0.5]}, fired={"alone": [0, 0]}, threshold=1.0,
        ...     membrane_label="membrane (mV)", title="It stays below",
        ... )
        >>> figure.axes[0].get_title(loc="left")
        'alone'
    """
    if not traces or set(traces) != set(fired):
        raise ValueError(
            f"membranes got traces {sorted(traces)} and spikes of {sorted(fired)}, expected the "
            "same names, at least one."
        )
    when = series("times", times)
    with figure_style():
        figure = new_figure(1.0 + 1.65 * len(traces), title)
        stack = figure.subplots(len(traces), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, (name, values) in zip(stack, traces.items(), strict=True):
            state, spikes = series(name, values, when.size), series(name, fired[name], when.size)
            draw_membrane(axes, when, state, spikes, threshold=threshold, peak=peak)
            axes.set_title(name)
            axes.tick_params(axis="x", labelbottom=axes is stack[-1])
        limits = [axes.get_ylim() for axes in stack]
        stack[0].set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
        figure.supylabel(membrane_label, fontsize=FONT_SIZE)
        stack[-1].set_xlabel(f"time ({time_unit})")
        stack[-1].set_xlim(when[0], when[-1])
    return figure


def draw_membrane(
    axes: "Axes",
    times: NDArray,
    membrane: NDArray,
    fired: NDArray,
    *,
    threshold: ArrayLike | None = None,
    peak: float | None = None,
    colour: str = SERIES[0],
) -> None:
    """Draw a membrane with its threshold and spikes into axes."""
    at = np.flatnonzero(fired)
    shown = [float(membrane.min()), float(membrane.max())]
    if threshold is not None:
        level = np.broadcast_to(np.asarray(threshold, float), times.shape)
        axes.plot(times, level, color=MUTED, linestyle=(0, (4, 3)), linewidth=1.4)
        shown += [float(level.min()), float(level.max())]
    if peak is not None and at.size:
        axes.plot(
            np.insert(times, at, times[at]),
            np.insert(membrane, at, peak),
            color=colour,
            linewidth=1.7,
        )
        shown.append(peak)
    else:
        axes.plot(times, membrane, color=colour, linewidth=1.9)
    low, high = min(shown), max(shown)
    span = (high - low) or 1.0
    if peak is None and at.size:
        dots = np.full(at.size, high + 0.13 * span)
        axes.plot(times[at], dots, "o", color=colour, markersize=5.5)
        high += 0.13 * span
    axes.set_ylim(low - 0.07 * span, high + 0.09 * span)
    axes.locator_params(axis="y", nbins=6)


def _two_lines(label: str) -> str:
    """The unit below the name, or the last word below the others, for panels that are low."""
    if " (" in label or "\n" in label:
        return label.replace(" (", "\n(", 1)
    return "\n".join(label.rsplit(" ", 1)) if len(label) > 12 else label
