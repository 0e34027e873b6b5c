"""A device from a table of one's own measurements."""

import csv
import math
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ranvier.core import nearest
from ranvier.hardware.devices._curves import Tabulated
from ranvier.hardware.devices._device import Device, Source
from ranvier.hardware.devices._programming import GaussianError
from ranvier.hardware.devices._reading import Noiseless, Reading, RelativeNoise
from ranvier.hardware.devices._retention import Permanent, PowerLawDrift, Retention

COLUMNS = ("device", "target_uS", "seconds", "conductance_uS")
_FEWEST = 10


class Measurements(NamedTuple):
    """Readings of many devices, each told one conductance.

    Attributes:
        device: which, any number or name as text, `[readings]`.
        target_uS: what it was told.
        seconds: since it was programmed, more than 0.
        conductance_uS: what was read.

    Example:
        See `read_measurements`.
    """

    device: np.ndarray
    target_uS: np.ndarray
    seconds: np.ndarray
    conductance_uS: np.ndarray


def read_measurements(path: str | os.PathLike[str]) -> Measurements:
    """Read a table of measurements: a line per reading, with names of columns in the first.

    The columns are `device`, `target_uS`, `seconds` and `conductance_uS`, in any order, among
    others. Several readings of a device at one time tell the noise of a reading.

    Args:
        path: of the CSV file.

    Raises:
        ValueError: a column that is missing, or a line that holds no number where one is expected;
            both are named.
        FileNotFoundError: there is no such file.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "readings.csv"
        >>> _ = path.write_text("device,target_uS,seconds,conductance_uS\\na,5.0,1.0,5.1\\n")
        >>> read_measurements(path).conductance_uS.tolist()
        [5.1]
    """
    name = Path(path).name
    with open(path, newline="") as file:
        lines = csv.DictReader(file)
        given = lines.fieldnames or []
        for column in COLUMNS:
            if column not in given:
                raise ValueError(
                    f"{name} has no column {column!r}; it has {list(given)}. "
                    f"{nearest(column, given) if given else 'The file is empty.'}"
                )
        rows = [
            (line["device"], *(_number(name, lines.line_num, c, line[c]) for c in COLUMNS[1:]))
            for line in lines
        ]
    if not rows:
        raise ValueError(f"{name} has names of columns and no reading below them.")
    device, target, seconds, conductance = zip(*rows, strict=True)
    if min(seconds) <= 0:
        raise ValueError(
            f"{name}: got a reading {min(seconds):g} s after programming, expected more than 0."
        )
    return Measurements(
        np.asarray(device), *(np.asarray(a, float) for a in (target, seconds, conductance))
    )


def fitted(readings: Measurements, *, source: Source, maximum_uS: float | None = None) -> Device:
    r"""The statistical model of a device that measurements give.

    At every target, over devices: mean and spread of the error at the earliest time $t_0$, and mean
    and spread of each device's slope of $\ln g$ over $\ln t$, by least squares. Between targets
    these are interpolated. Where devices were read several times at once, the pooled relative
    spread is the noise of a reading, and it is taken off the spread of the error.

    Args:
        readings: see `read_measurements`.
        source: where they come from.
        maximum_uS: the largest conductance that is aimed at; the largest target if not given.

    Raises:
        ValueError: fewer than ten devices at a target, or devices that were not read at the
            earliest time.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> told = np.repeat([5.0, 20.0], 500)
        >>> read = Measurements(
        ...     np.arange(1000), told, np.ones(1000), told + rng.normal(0, 0.5, 1000)
        ... )
        >>> device = fitted(read, source=Source("made up", checked=False))
        >>> round(float(device.programming.spread_uS(0.5)), 1)
        0.5
    """
    first = float(readings.seconds.min())
    largest = float(readings.target_uS.max()) if maximum_uS is None else float(maximum_uS)
    noise = _noise(readings)
    targets = np.unique(readings.target_uS)
    rows = [_at_target(readings, target, first, noise) for target in targets]
    r = tuple(float(target) / largest for target in targets)
    shift, spread, mean, width = (tuple(float(row[i]) for row in rows) for i in range(4))
    retention: Retention = Permanent()
    if any(mean):
        retention = PowerLawDrift(Tabulated(r, mean), Tabulated(r, width))
    reading: Reading = RelativeNoise(noise) if noise else Noiseless()
    return Device(
        maximum_uS=largest,
        programming=GaussianError(Tabulated(r, spread), shift_uS=Tabulated(r, shift)),
        retention=retention,
        reading=reading,
        reference_seconds=first,
        source=source,
    )


def _noise(readings: Measurements) -> float:
    """Pooled relative spread of readings of one device at one time."""
    squares, degrees = 0.0, 0
    order = np.lexsort((readings.seconds, readings.device))
    same = (readings.device[order][1:] == readings.device[order][:-1]) & (
        readings.seconds[order][1:] == readings.seconds[order][:-1]
    )
    groups = np.split(readings.conductance_uS[order], np.flatnonzero(~same) + 1)
    for group in groups:
        if group.size > 1 and group.mean() > 0:
            squares += float(((group - group.mean()) ** 2).sum()) / float(group.mean()) ** 2
            degrees += group.size - 1
    return math.sqrt(squares / degrees) if degrees else 0.0


def _at_target(
    readings: Measurements, target: float, first: float, noise: float
) -> tuple[float, float, float, float]:
    """Mean and spread of the error, and of the drift exponents, of devices told one thing."""
    here = readings.target_uS == target
    names, index = np.unique(readings.device[here], return_inverse=True)
    if names.size < _FEWEST:
        raise ValueError(
            f"fitted: {names.size} devices were told {target:g} uS, expected at least {_FEWEST}: "
            "a spread cannot be had from fewer. Merge targets, or measure more."
        )
    seconds, conductance = readings.seconds[here], readings.conductance_uS[here]
    at_first = seconds == first
    counts = np.bincount(index[at_first], minlength=names.size)
    if (counts == 0).any():
        raise ValueError(
            f"fitted: device {names[counts == 0][0]} was not read at {first:g} s, the earliest "
            "time. Read every device then, or leave it away."
        )
    start = np.bincount(index[at_first], conductance[at_first], names.size) / counts
    error = start - target
    # The mean of several readings has less of their noise.
    heard = noise**2 * np.mean(start**2 / counts)
    spread = math.sqrt(max(float(error.var(ddof=1)) - heard, 0.0))
    good = conductance > 0
    x, y = np.log(seconds[good] / first), np.log(conductance[good])
    who = index[good]
    count = np.maximum(np.bincount(who, minlength=names.size), 1)
    centred = x - (np.bincount(who, x, names.size) / count)[who]
    over = np.bincount(who, centred**2, names.size)
    slopes = np.bincount(who, centred * y, names.size)[over > 0] / over[over > 0]
    if slopes.size < 2:
        return float(error.mean()), spread, 0.0, 0.0
    return float(error.mean()), spread, float(-slopes.mean()), float(slopes.std(ddof=1))


def _number(name: str, line: int, column: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(
            f"{name}, line {line}: {column} is {text!r}, expected a finite number. Mend the line "
            "or leave it away."
        )
    return value
