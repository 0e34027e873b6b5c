"""Figures of the sweep: time against time steps, width and batch, per network and kind."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from benchmarks.peers import EVENTS, FLOOR, OURS
from benchmarks.sweep_plan import AXES, BASE, Axis, Kind, along, entry_of
from benchmarks.sweep_table import UNITS, figure_name, groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABELS: dict[Axis, str] = {
    "steps": "time steps T of a sequence",
    "width": "width W of a hidden layer, units",
    "batch": "batch, sequences",
}
CHANNELS = "channels W of the first layer"
TITLES = {
    "feedforward": "Feed-forward",
    "recurrent": "Recurrent",
    "convolutional": "Convolutional",
}
# A library keeps its look in every figure: colours that every eye can tell apart, then markers.
LOOKS = {
    OURS.name: ("#d55e00", "o"),
    EVENTS.name: ("#f0a35e", "v"),
    FLOOR.name: ("#8a929c", "_"),
    "Spyx": ("#0072b2", "s"),
    "SNNAX": ("#0072b2", "^"),
    "brainstate": ("#0072b2", "D"),
    "SpikingJelly": ("#1a9b74", "s"),
    "snnTorch": ("#1a9b74", "^"),
    "Norse": ("#1a9b74", "D"),
    "Sinabs": ("#a8548b", "s"),
    "Rockpool": ("#a8548b", "^"),
}
COLOURS = 64
PANEL_INCHES = 4.3
LABEL_GAP = 0.062  # between two names, of a panel's height


def draw(result: dict[str, Any], folder: Path) -> Iterator[Path]:
    """Draw every network and kind that the record holds; the files, one after the other."""
    for network, kind in groups(result):
        path = folder / figure_name(network, kind)
        _figure(result, network, kind, path)
        yield path


def lines(
    result: dict[str, Any], network: str, kind: Kind, axis: Axis
) -> dict[str, tuple[list[int], list[float]]]:
    """Implementation to the axis' values and the median milliseconds there."""
    found: dict[str, tuple[list[int], list[float]]] = {}
    for point in along(network, kind, axis):
        entry = entry_of(result["points"], point)
        for name, row in (entry or {"rows": {}})["rows"].items():
            if row.get("seconds"):
                at, milliseconds = found.setdefault(name, ([], []))
                at.append(getattr(point, axis))
                milliseconds.append(1e3 * statistics.median(row["seconds"]))
    return found


def title(result: dict[str, Any], network: str, kind: Kind) -> str:
    """What the figure shows, said with the ratios at the base point.

    Example:
        >>> point = {"network": "recurrent", "kind": "training"}
        >>> point |= {"steps": 100, "width": 256, "batch": 64}
        >>> rows = {"ranvier": {"seconds": [1.0]}, "Spyx": {"seconds": [1.5]}}
        >>> rows |= {"Norse": {"seconds": [3.0]}}
        >>> title({"points": [{"point": point, "rows": rows}]}, "recurrent", "training")
        'Recurrent, one training step: the others take 1.5 to 3.0 times as long as ranvier'
    """
    what = f"{TITLES[network]}, {UNITS[kind]}"
    entry = entry_of(result["points"], along(network, kind, "steps")[_base_index(network)])
    rows = {} if entry is None else entry["rows"]
    times = {name: statistics.median(row["seconds"]) for name, row in rows.items() if _timed(row)}
    ours = times.pop(OURS.name, None)
    for own in (FLOOR.name, EVENTS.name):
        times.pop(own, None)
    if ours is None or not times:
        return what
    ratios = sorted(time / ours for time in times.values())
    if len(ratios) == 1:
        (name,) = times
        return f"{what}: {name} takes {ratios[0]:.1f} times as long as ranvier"
    return f"{what}: the others take {ratios[0]:.1f} to {ratios[-1]:.1f} times as long as ranvier"


def _timed(row: dict[str, Any]) -> bool:
    return bool(row.get("seconds"))


def _base_index(network: str) -> int:
    values = [point.steps for point in along(network, "training", "steps")]
    return values.index(BASE[network].steps)


def _figure(result: dict[str, Any], network: str, kind: Kind, path: Path) -> None:
    from ranvier.report._style import figure_style, new_figure

    drawn = {axis: lines(result, network, kind, axis) for axis in AXES}
    shown: tuple[Axis, ...] = tuple(
        axis for axis in AXES if any(len(at) > 1 for at, _ in drawn[axis].values())
    )
    # A record of single points has no line yet.
    some: tuple[Axis, ...] = tuple(axis for axis in AXES if drawn[axis])
    shown = shown or some[:1]
    with figure_style():
        figure: Figure = new_figure(PANEL_INCHES * len(shown), title(result, network, kind))
        panels = figure.subplots(len(shown), 1, squeeze=False)[:, 0]
        for panel, axis in zip(panels, shown, strict=True):
            _panel(panel, drawn[axis], network, kind, axis)
        figure.savefig(path, dpi=110)
    with Image.open(path) as picture:
        # The file is kept with the code, so it is to be small.
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, format="PNG", optimize=True)


def _panel(
    panel: Axes,
    drawn: dict[str, tuple[list[int], list[float]]],
    network: str,
    kind: Kind,
    axis: Axis,
) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

    base = BASE[network]
    held = {
        "steps": f"W = {base.width}, batch {base.batch}",
        "width": f"T = {base.steps}, batch {base.batch}",
        "batch": f"T = {base.steps}, W = {base.width}",
    }[axis]
    panel.set(xscale="log", yscale="log", ylabel=f"{UNITS[kind]}, ms")
    label = CHANNELS if (network, axis) == ("convolutional", "width") else LABELS[axis]
    panel.set_xlabel(f"{label} ({held})")
    values = sorted({value for at, _ in drawn.values() for value in at})
    panel.xaxis.set_major_locator(FixedLocator(values))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.xaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.grid(True, axis="y")
    for name, (at, milliseconds) in drawn.items():
        colour, marker = LOOKS[name]
        bold = name == OURS.name
        panel.plot(
            at,
            milliseconds,
            color=colour,
            marker=marker,
            linewidth=4.0 if bold else 1.6,
            markersize=9.0 if bold else 6.0,
            zorder=3 if bold else 2,
        )
    _guide(panel, drawn, values)
    _names(panel, drawn)


def _guide(panel: Axes, drawn: dict[str, tuple[list[int], list[float]]], values: list[int]) -> None:
    """A dashed line of slope 1 below all others: time in proportion."""
    lowest = min(t / value for at, ms in drawn.values() for value, t in zip(at, ms, strict=True))
    ends = [values[0], values[-1]]
    panel.plot(
        ends, [0.7 * lowest * end for end in ends], color="#59636f", linewidth=1.4, linestyle="--"
    )
    panel.annotate(
        "in proportion",
        (ends[0], 0.7 * lowest * ends[0]),
        xytext=(28, -2),
        textcoords="offset points",
        color="#59636f",
        fontsize=11,
        va="center",
    )


def _names(panel: Axes, drawn: dict[str, tuple[list[int], list[float]]]) -> None:
    """The names at the right, in the order of the lines' ends, pushed apart where they meet.

    A line that ends before the others is named where it ends.
    """
    low, high = (math.log(limit) for limit in panel.get_ylim())
    last = max(at[-1] for at, _ in drawn.values())
    ends = []
    for name, (at, milliseconds) in drawn.items():
        if at[-1] == last:
            ends.append(((math.log(milliseconds[-1]) - low) / (high - low), name))
            continue
        panel.annotate(
            name,
            (at[-1], milliseconds[-1]),
            xytext=(8, 0),
            textcoords="offset points",
            color=LOOKS[name][0],
            va="center",
        )
    ends.sort()
    places: list[float] = []
    for height, _ in ends:
        places.append(max(height, places[-1] + LABEL_GAP) if places else height)
    # All move down together where the topmost would leave the panel.
    excess = max(0.0, places[-1] - 1.0) if places else 0.0
    for (height, name), place in zip(ends, places, strict=True):
        colour, _ = LOOKS[name]
        panel.annotate(
            "products" if name == FLOOR.name else name,
            (1.0, height),
            xytext=(1.05, place - excess),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=colour,
            va="center",
            fontweight="bold" if name == OURS.name else "normal",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.8,
                "relpos": (0.0, 0.5),
            },
        )
