"""What a population tells of a signal: over time, and over how many there are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ranvier.report._series import series
from ranvier.report._style import FONT_SIZE, INK, MUTED, SERIES, figure_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Spread(NamedTuple):
    """Means with their standard deviations over an input.

    Attributes:
        at: the input, [n].
        mean: [n].
        deviation: [n], not negative.

    Example:
        >>> Spread([1, 10], [0.1, 0.3], [0.05, 0.02]).at
        [1, 10]
    """

    at: ArrayLike
    mean: ArrayLike
    deviation: ArrayLike


def spread_curve(
    measured: Mapping[str, Spread],
    *,
    analytic: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    xlabel: str,
    ylabel: str,
    title: str,
    scale: Literal["linear", "log"] = "linear",
    from_zero: bool = True,
) -> "Figure":
    """Draw means with their spread over a size on a logarithmic axis, and what theory says.

    What is named first is drawn on top.

    Args:
        measured: name to means and deviations.
        analytic: name to `(size, answer)`, each [n].
        xlabel: name and unit of the size.
        ylabel: name and unit of the answer.
        title: what the reader should see.
        scale: of the answer.
        from_zero: whether a linear axis of answers above zero begins there.

    Raises:
        ValueError: nothing measured, arrays that do not fit each other, or a number that is not
            positive on a logarithmic axis.

    Example:
        >>> figure = spread_curve(
        ...     {"noisy": Spread([1, 10], [0.1, 0.3], [0.05, 0.02])},
        ...     analytic={"closed form": ([1, 10], [0.1, 0.3])},
        ...     xlabel="neurons", ylabel="correlation (1)", title="More neurons tell more",
        ... )
        >>> figure.axes[0].get_xscale()
        'log'
    """
    if not measured:
        raise ValueError("spread_curve got nothing measured, expected at least one curve.")
    from matplotlib.ticker import LogLocator

    with figure_style():
        figure = new_figure(4.6, title)
        axes = figure.subplots()
        axes.set_xscale("log")
        axes.set_yscale(scale)
        for number, (name, (at, mean, deviation)) in enumerate(measured.items()):
            x = _positive(f"the input of {name!r}", at)
            y = series(f"the mean of {name!r}", mean, x.size)
            if scale == "log":
                _positive(f"the mean of {name!r}", y)
            axes.errorbar(
                x,
                y,
                yerr=series(f"the deviation of {name!r}", deviation, x.size),
                color=SERIES[number % len(SERIES)],
                marker="osD^v"[number % 5],
                markersize=6,
                linestyle="",
                linewidth=1.6,
                capsize=3.5,
                label=name,
                zorder=3 + 1 / (1 + number),
            )
        for name, (at, answer) in (analytic or {}).items():
            x = _positive(f"the input of {name!r}", at)
            y = series(f"the answer of {name!r}", answer, x.size)
            axes.plot(x, y, color=INK, linewidth=1.5, label=name, zorder=1)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        if scale == "log":
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.yaxis.set_major_formatter("{x:g}")
        elif from_zero and axes.get_ylim()[0] > 0:
            axes.set_ylim(bottom=0)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        axes.yaxis.grid(True)
        if len(measured) + len(analytic or {}) > 1:
            figure.legend(loc="outside lower center", ncols=2)
    return figure


def decoded_signal(
    times: ArrayLike,
    signal: ArrayLike,
    starts: ArrayLike,
    decoded: Mapping[str, ArrayLike],
    *,
    ylabel: str,
    time_unit: str,
    title: str,
) -> "Figure":
    """Draw a signal and what was decoded of it, window after window, a panel per decoder.

    Args:
        times: [T].
        signal: [T].
        starts: [windows], when each window begins; the last is as long as that before it.
        decoded: heading to what was decoded, [windows], in the unit of the signal.
        ylabel: name and unit of the signal.
        time_unit: unit of the times.
        title: what the reader should see.

    Raises:
        ValueError: nothing decoded, fewer than two windows, or arrays that do not fit each other.

    Example:
        >>> figure = decoded_signal(
        ...     [0, 1, 2, 3], [1.0, 1.2, 0.9, 1.0], [0, 2], {"500 neurons": [1.1, 0.9]},
        ...     ylabel="amplitude (1)", time_unit="pulses", title="The count follows the signal",
        ... )
        >>> figure.axes[0].get_title(loc="left")
        '500 neurons'
    """
    if not decoded:
        raise ValueError("decoded_signal got nothing decoded, expected at least one entry.")
    when, begins = series("times", times), series("starts", starts)
    if begins.size < 2:
        raise ValueError("decoded_signal got one window, expected at least two.")
    heard = series("signal", signal, when.size)
    edges = np.append(begins, 2 * begins[-1] - begins[-2])
    with figure_style():
        figure = new_figure(1.2 + 1.75 * len(decoded), title)
        stack = figure.subplots(len(decoded), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (name, values), colour in zip(
            stack, decoded.items(), SERIES * len(decoded), strict=False
        ):
            told = series(name, values, begins.size)
            axes.stairs(told, edges, baseline=None, color=colour, linewidth=1.9, label="decoded")
            axes.plot(when, heard, color=MUTED, linewidth=1.4, label="signal", zorder=3)
            axes.set_title(name)
            axes.margins(y=0.1)
            axes.locator_params(axis="y", nbins=5)
            axes.yaxis.grid(True)
            axes.tick_params(axis="x", labelbottom=axes is stack[-1])
        stack[0].legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
        figure.supylabel(ylabel, fontsize=FONT_SIZE)
        stack[-1].set_xlabel(f"time ({time_unit})")
        stack[-1].set_xlim(when[0], edges[-1])
    return figure


def _positive(name: str, values: ArrayLike) -> np.ndarray:
    found = series(name, values)
    if not (found > 0).all():
        raise ValueError(f"{name} contains {found.min():g}, expected more than 0: the axis is log.")
    return found
