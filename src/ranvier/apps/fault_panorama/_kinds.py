"""The kinds of imperfection, each with its strengths, on otherwise ideal devices."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import PRNGKeyArray

from ranvier.core import Cell
from ranvier.hardware import as_read, compensate, drift, fault, program
from ranvier.hardware.crossbar import Converter, IRDrop, Periphery
from ranvier.hardware.devices import (
    Device,
    GaussianError,
    Levels,
    OpenLines,
    Polynomial,
    PowerLawDrift,
    RelativeNoise,
    StuckAnywhere,
    StuckAt,
    WornOut,
    ideal,
)

_MAXIMUM_uS = 25.0
_FOUR_DAYS_S = 4 * 86_400.0


class Kind(NamedTuple):
    """One kind of imperfection.

    Attributes:
        title: of its panel.
        unit: name and unit of its strength.
        values: strengths that are tried.
        place: `(model, value, key) -> model` on arrays of that strength, or as these show it.
        read_anew: whether the network that runs draws noise at every reading.
        ideal: the strength at which there is nothing wrong, for words alone.
    """

    title: str
    unit: str
    values: tuple[float, ...]
    place: Callable[[Cell, Any, PRNGKeyArray], Cell]
    read_anew: bool = False
    ideal: str = "0"


def _device(**parts: Any) -> Device:
    return Device(maximum_uS=_MAXIMUM_uS, **parts)


def _levels(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
    return as_read(program(model, _device(programming=Levels(int(value))), key=key))


def _variation(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
    # An array as a coefficient: one program serves all strengths.
    width = Polynomial((jnp.asarray(value * _MAXIMUM_uS),))  # type: ignore[arg-type]
    return as_read(program(model, _device(programming=GaussianError(width)), key=key))


def _noise(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
    device = _device(reading=RelativeNoise(jnp.asarray(value)))  # type: ignore[arg-type]
    return drift(program(model, device, key=key), 0.0, every_read=True)


def drifting(exponent: float) -> Device:
    """A device that is ideal but for its drift, whose exponents spread by a quarter.

    Args:
        exponent: their mean.

    Example:
        >>> drifting(0.05).reference_seconds
        20.0
    """
    mean, spread = (
        Polynomial((jnp.asarray(exponent * share),))  # type: ignore[arg-type]
        for share in (1.0, 0.25)
    )
    return _device(retention=PowerLawDrift(mean, spread), reference_seconds=20.0)


def _aged(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
    return drift(program(model, drifting(value), key=key), _FOUR_DAYS_S)


def _drifted(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
    return as_read(_aged(model, value, key))


def _compensated(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
    return as_read(compensate(_aged(model, value, key)))


def _faulty(make: Callable[[float], Any]) -> Callable[[Cell, Any, PRNGKeyArray], Cell]:
    def place(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
        programming, hit = jr.split(key)
        return as_read(fault(program(model, ideal(), key=programming), make(value), key=hit))

    return place


def _behind(make: Callable[[float], Periphery]) -> Callable[[Cell, Any, PRNGKeyArray], Cell]:
    def place(model: Cell, value: float, key: PRNGKeyArray) -> Cell:
        return program(model, ideal(), key=key, periphery=make(value))

    return place


_SHARES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)

KINDS: dict[str, Kind] = {
    "levels": Kind(
        "Few levels", "levels per device", (2, 3, 4, 6, 8, 16, 32), _levels, ideal="many"
    ),
    "variation": Kind(
        "Error of programming",
        "spread (of the largest)",
        (0.01, 0.02, 0.05, 0.1, 0.2, 0.4),
        _variation,
    ),
    "noise": Kind(
        "Noise of every reading",
        "spread (of the conductance)",
        (0.03, 0.1, 0.3, 1.0, 3.0),
        _noise,
        read_anew=True,
    ),
    "retention": Kind(
        "Drift for four days", "mean exponent (1)", (0.005, 0.01, 0.02, 0.05, 0.1, 0.2), _drifted
    ),
    "retention-compensated": Kind(
        "Drift, compensated",
        "mean exponent (1)",
        (0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
        _compensated,
    ),
    "endurance": Kind(
        "Worn out",
        "writes (of the lifetime)",
        (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0),
        _faulty(lambda value: WornOut(value, lifetime=1.0)),
    ),
    "stuck-high": Kind(
        "Stuck at low resistance",
        "share of devices",
        _SHARES,
        _faulty(lambda value: StuckAt(value, 1.0)),
    ),
    "stuck-low": Kind(
        "Stuck at high resistance",
        "share of devices",
        _SHARES,
        _faulty(lambda value: StuckAt(value, 0.0)),
    ),
    "stuck-anywhere": Kind("Stuck anywhere", "share of devices", _SHARES, _faulty(StuckAnywhere)),
    "open-rows": Kind(
        "Rows not connected",
        "share of rows",
        _SHARES,
        _faulty(lambda value: OpenLines(value, axis=-1)),
    ),
    "open-columns": Kind(
        "Columns not connected",
        "share of columns",
        _SHARES,
        _faulty(lambda value: OpenLines(value, axis=-2)),
    ),
    "output-bits": Kind(
        "Converters of the outputs",
        "bits (range 12)",
        (3, 4, 5, 6, 7, 8),
        _behind(lambda value: Periphery(adc=Converter(int(value), bound=12.0))),
        ideal="many",
    ),
    "wires": Kind(
        "Resistance of the wires",
        "resistance between two cells (ohm)",
        (0.35, 1.0, 3.5, 10.0, 35.0),
        _behind(lambda value: Periphery(wires=IRDrop(segment_ohm=value, maximum_uS=_MAXIMUM_uS))),
    ),
}
