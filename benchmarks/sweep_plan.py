"""Which points the sweep measures, in which order, and how long that will take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, Literal, get_args

from benchmarks import floor
from benchmarks.workloads import Point

Axis = Literal["steps", "width", "batch"]
Kind = Literal["training", "inference"]
AXES: tuple[Axis, ...] = get_args(Axis)
KINDS: tuple[Kind, ...] = get_args(Kind)

BASE = {
    "feedforward": Point("feedforward", "training", 100, 256, 64),
    "recurrent": Point("recurrent", "training", 100, 256, 64),
    "convolutional": Point("convolutional", "training", 50, 16, 16),
}
_DENSE: dict[Axis, tuple[int, ...]] = {
    "steps": (50, 100, 200, 400, 800),
    "width": (128, 256, 512, 1024),
    "batch": (1, 16, 64, 256),
}
VALUES: dict[str, dict[Axis, tuple[int, ...]]] = {
    "feedforward": _DENSE,
    "recurrent": _DENSE,
    "convolutional": {"steps": (50, 100, 200), "width": (16, 32), "batch": (1, 16, 64)},
}

# Rough rates of a library of middling speed, for the estimate alone.
_OPERATIONS_PER_SECOND = {"feedforward": 1e11, "recurrent": 1e11, "convolutional": 1e10}
_SECONDS_PER_STEP = 1e-4
_SECONDS_TO_PREPARE = 2.5


def along(network: str, kind: Kind, axis: Axis) -> list[Point]:
    """The points of one line: the base with one number changed, rising.

    Example:
        >>> [point.batch for point in along("feedforward", "training", "batch")]
        [1, 16, 64, 256]
    """
    base = replace(BASE[network], kind=kind)
    return [_moved(base, axis, value) for value in VALUES[network][axis]]


def points(
    networks: Iterable[str] = tuple(BASE),
    kinds: Iterable[Kind] = KINDS,
    axes: Iterable[Axis] = AXES,
) -> list[Point]:
    """Every point once, in the order of measurement.

    Example:
        >>> len(points()), len(points(["convolutional"])), len(points(axes=["steps"]))
        (56, 12, 26)
    """
    lines = (along(network, kind, axis) for network in networks for kind in kinds for axis in axes)
    return list(dict.fromkeys(point for line in lines for point in line))


def at_least(point: Point, other: Point) -> bool:
    """Whether a point is as large as another of its kind, or larger, along every axis.

    Example:
        >>> small = BASE["recurrent"]
        >>> at_least(replace(small, steps=800), small), at_least(small, replace(small, steps=800))
        (True, False)
    """
    same = (point.network, point.kind) == (other.network, other.kind)
    return same and all(getattr(point, axis) >= getattr(other, axis) for axis in AXES)


def estimate(planned: list[Point], implementations: int, rounds: int, seconds: float) -> float:
    """Seconds that a sweep will take, roughly; a slow library may take longer.

    Example:
        >>> one = [BASE["feedforward"]]
        >>> estimate(one * 4, 2, 3, 0.5) == 8 * estimate(one, 1, 3, 0.5)
        True
    """
    total = 0.0
    for point in planned:
        workload = point.workload()
        work = floor.operations(workload.network, point.batch, training=point.kind == "training")
        once = work / _OPERATIONS_PER_SECOND[point.network] + point.steps * _SECONDS_PER_STEP
        # Four calls before the rounds, then at least two in each.
        total += _SECONDS_TO_PREPARE + 4 * once + rounds * max(seconds, 2 * once)
    return implementations * total


def entry_of(points: list[dict[str, Any]], point: Point) -> dict[str, Any] | None:
    """What a record holds about a point."""
    wanted = asdict(point)
    return next((entry for entry in points if entry["point"] == wanted), None)


def _moved(base: Point, axis: Axis, value: int) -> Point:
    match axis:
        case "steps":
            return replace(base, steps=value)
        case "width":
            return replace(base, width=value)
        case "batch":
            return replace(base, batch=value)
