"""Horizontal bars: scores of models beside published ones, and operations per time step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ranvier.core import nearest
from ranvier.report._style import BASELINE, FONT_SIZE, INK, MUTED, figure_style, new_figure, strokes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_KINDS = ("model", "baseline")
_DENSE = "#b9c3ce"
_EVENT = "#0072b2"


def nll_bars(
    rows: Sequence[Mapping[str, Any]],
    *,
    title: str = "Negative log-likelihood on the test set: shorter is better",
    xlabel: str = "test NLL (nats per time step)",
) -> "Figure":
    """Draw one bar per model or baseline, with the published value as a diamond.

    Rows come best first within their kind, models above baselines. A bar more than twice as long
    as the median bar is cut, visibly, so that it does not flatten the others.

    Args:
        rows: each with `name`, `value` (nats per time step), `kind` ("model" or "baseline"), and
            where known `spread` (standard deviation over seeds) and `published` (nats per time
            step); None counts as not known.
        title: what the reader should see.
        xlabel: name and unit of the values.

    Raises:
        ValueError: no rows, a kind that does not exist, a value that is negative or not finite.

    Example:
        >>> figure = nll_bars([
        ...     {"name": "sSNU", "value": 8.45, "spread": 0.02, "published": 8.39, "kind": "model"},
        ...     {"name": "note frequency", "value": 11.09, "kind": "baseline"},
        ... ])
        >>> figure.axes[0].get_xlabel()
        'test NLL (nats per time step)'
    """
    if not rows:
        raise ValueError("nll_bars got no rows, expected at least one. Pass one row per model.")
    for row in rows:
        if row.get("kind") not in _KINDS:
            raise ValueError(
                f"the row '{row.get('name')}' has kind {row.get('kind')!r}. "
                f"{nearest(str(row.get('kind')), _KINDS)}"
            )
        _not_negative(row, "value")
        for optional in ("spread", "published"):
            if row.get(optional) is not None:
                _not_negative(row, optional)
    rows = sorted(rows, key=lambda row: (_KINDS.index(row["kind"]), float(row["value"])))
    values = np.array([float(row["value"]) for row in rows])
    published = [row.get("published") for row in rows]
    # Where most are nothing at all, what is something is shown whole.
    whole = values <= 2.0 * (np.median(values) or values.max())
    ends = values + np.array([float(row.get("spread") or 0.0) for row in rows])
    reach = max([ends[whole].max(), *(float(p) for p in published if p is not None)]) or 1.0
    cut = 1.12 * reach
    look = strokes(row["name"] for row in rows if row["kind"] == "model")
    places = _places(rows)
    with figure_style():
        figure = new_figure(0.47 * (places[-1] + 1) + 1.75, title)
        axes = figure.subplots()
        for place, row, value, fits in zip(places, rows, values, whole, strict=True):
            model = row["kind"] == "model"
            colour = look[row["name"]].colour if model else BASELINE
            axes.barh(place, value if fits else cut, height=0.66, color=colour)
            end = value if fits else cut
            if not fits:
                for shift in (0.90, 0.92):
                    slit = [shift * cut - 0.006 * cut, shift * cut + 0.006 * cut]
                    axes.plot(slit, [place + 0.4, place - 0.4], color="white", linewidth=3)
            spread = row.get("spread")
            if spread is not None and fits:
                axes.errorbar(value, place, xerr=spread, color=INK, capsize=4, linewidth=1.6)
                end += float(spread)
            if row.get("published") is not None:
                axes.plot(row["published"], place, "D", color="white", ms=10, mec=INK, mew=1.8)
                end = max(end, float(row["published"]) + 0.012 * reach)
            _write(axes, end, place, row, model)
        if any(p is not None for p in published):
            axes.plot([], [], "D", color="white", ms=10, mec=INK, mew=1.8, label="published value")
            axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), handletextpad=0.2)
        axes.set_yticks(places, [row["name"] for row in rows])
        for label, row in zip(axes.get_yticklabels(), rows, strict=True):
            label.set_color(INK if row["kind"] == "model" else MUTED)
        axes.set_xlim(0, cut)
        axes.set_xlabel(xlabel)
        _plain_rows(axes, places)
    return figure


def operations_bars(
    rows: Sequence[Mapping[str, Any]],
    *,
    title: str = "Work per time step: every connection, or only those that carry a spike",
    unit: str = "operations per time step",
) -> "Figure":
    """Draw dense beside event-driven operation counts, with the numbers and their ratio.

    The axis is logarithmic, from 1, where the counts differ more than thirtyfold.

    Args:
        rows: each with `name`, `dense` and `event` (operations per time step; `event` None where
            the model sends no events).
        title: what the reader should see.
        unit: label of the axis.

    Raises:
        ValueError: no rows, or a count that is negative or not finite.

    Example:
        >>> figure = operations_bars([{"name": "SNU", "dense": 26400, "event": 2100}])
        >>> figure.axes[0].get_xlabel()
        'operations per time step'
    """
    if not rows:
        raise ValueError(
            "operations_bars got no rows, expected at least one. Pass one row per model."
        )
    counts = []
    for row in rows:
        _not_negative(row, "dense")
        if row.get("event") is not None:
            _not_negative(row, "event")
        counts += [float(row[key]) for key in ("dense", "event") if row.get(key) is not None]
    positive = [count for count in counts if count > 0] or [1.0]
    logarithmic = max(positive) > 30 * min(positive) and min(positive) >= 1
    places = np.arange(len(rows), dtype=float)
    with figure_style():
        figure = new_figure(0.86 * len(rows) + 1.9, title)
        axes = figure.subplots()
        if logarithmic:
            axes.set_xscale("log")
            axes.set_xlim(1.0, 10 ** (np.log10(max(positive)) * 1.04))
            axes.minorticks_off()
        else:
            axes.set_xlim(0.0, max(positive) * 1.04)
            axes.locator_params(axis="x", nbins=6)
        axes.xaxis.set_major_formatter(lambda value, _: _count(value))
        for place, row in zip(places, rows, strict=True):
            for key, shift, colour in (("dense", -0.2, _DENSE), ("event", 0.2, _EVENT)):
                if row.get(key) is None:
                    none = _beside(axes, axes.get_xlim()[0], place + shift, "sends no events")
                    none.set_color(MUTED)
                    continue
                count = float(row[key])
                axes.barh(place + shift, count, height=0.36, color=colour)
                text = _count(count)
                if key == "event" and count > 0:
                    text += f"   ({_ratio(float(row['dense']), count)})"
                _beside(axes, max(count, axes.get_xlim()[0]), place + shift, text)
        handles = [axes.barh(-9, 1, color=colour) for colour in (_DENSE, _EVENT)]
        axes.legend(
            handles, ["dense", "event-driven"], ncols=2, loc="lower left", bbox_to_anchor=(0, 1.0)
        )
        axes.set_yticks(places, [row["name"] for row in rows])
        axes.set_xlabel(unit + (" (logarithmic)" if logarithmic else ""))
        _plain_rows(axes, places)
        axes.set_ylim(places[-1] + 0.55, -0.55)
    return figure


def _write(axes: Any, end: float, place: float, row: Mapping[str, Any], model: bool) -> None:
    text = f"{float(row['value']):.2f}"
    if row.get("spread") is not None:
        text += f" ± {float(row['spread']):.2f}"
    written = _beside(axes, end, place, text)
    written.set_fontweight("bold" if model else "normal")
    if row.get("published") is not None:
        axes.annotate(
            f"published {float(row['published']):.2f}",
            xy=(1.0, 0.5),
            xycoords=written,
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            color=MUTED,
            annotation_clip=False,
        )


def _beside(axes: Any, x: float, y: float, text: str) -> Any:
    return axes.annotate(
        text,
        xy=(x, y),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        annotation_clip=False,
        fontsize=FONT_SIZE,
    )


def _places(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    """Row heights, with a gap between models and baselines."""
    places, place = [], 0.0
    for index, row in enumerate(rows):
        if index:
            place += 1.0 if row["kind"] == rows[index - 1]["kind"] else 1.45
        places.append(place)
    return places


def _plain_rows(axes: Any, places: ArrayLike) -> None:
    axes.set_ylim(np.max(places) + 0.6, -0.6)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, pad=8)


def _count(value: float) -> str:
    if 0 < value < 100 and value != int(value):
        return f"{value:.1f}"
    return f"{round(value):,}".replace(",", "\u2009")


def _ratio(dense: float, event: float) -> str:
    ratio = dense / event
    if 0.95 <= ratio <= 1.05:
        return "as many"
    times = float(f"{max(ratio, 1 / ratio):.2g}")
    return f"{_count(times)} times {'fewer' if ratio > 1 else 'more'}"


def _not_negative(row: Mapping[str, Any], key: str) -> None:
    value = row.get(key)
    if not isinstance(value, (int, float, np.number)) or not np.isfinite(value) or value < 0:
        raise ValueError(
            f"the row '{row.get('name')}' has {key} = {value!r}, expected a finite number of at "
            "least 0. Leave out what was not measured."
        )
