"""Vibration of bearings, healthy and damaged: the records of Case Western Reserve University."""

import os
import re

import numpy as np

from ranvier.data._fetch import find_place
from ranvier.data._matlab import read_matlab
from ranvier.data._recordings import Recordings

_URL = "https://engineering.case.edu/bearingdatacenter"
_RATE_HZ = 12_000.0
_SENSORS = ("DE", "FE", "BA")
BEARING_CLASSES = ("healthy", "inner race", "ball", "outer race")
"""What may be wrong with a bearing, in the order of the class numbers."""

# The number of a record, and what was wrong with its bearing.
_RECORDS = {
    **dict.fromkeys(range(97, 101), 0),
    **dict.fromkeys((*range(105, 109), *range(169, 173), *range(209, 213)), 1),
    **dict.fromkeys((*range(118, 122), *range(185, 189), *range(222, 226)), 2),
    **dict.fromkeys((*range(130, 134), *range(197, 201), *range(234, 238)), 3),
}
_NAME = re.compile(r"([0-9]+)(?:[_@][^.]*|at[^.]*)?\.mat")


def bearing_vibration(root: str | os.PathLike[str] | None = None) -> Recordings:
    """Acceleration of a motor's housing, 12 kHz: four conditions of its drive-end bearing.

    Reads every record in a folder whose number is one of the drive-end records at 12 kHz, or of the
    healthy ones. Samples are in g, `[n, sensors]`: drive end and, where all records have them, fan
    end and base. The source is the record: cut windows of one record into one part alone, or the
    test knows what was learned. The healthy records are given as 48 kHz in some copies; nothing in
    the files says which. Nothing is fetched; no licence is stated.

    Args:
        root: a data folder that holds `cwru_bearing`; without it, $RANVIER_DATA and the cache are
            tried in this order.

    Raises:
        FileNotFoundError: `root` is no folder, or the records are nowhere.
        ValueError: no record, or one that is damaged or lacks the drive end.

    Source: Case Western Reserve University Bearing Data Center; W. A. Smith, R. B. Randall, Mech.
    Syst. Signal Process. 64-65 (2015).

    Example:
        >>> bearing_vibration().classes  # doctest: +SKIP
        ('healthy', 'inner race', 'ball', 'outer race')
        >>> bearing_vibration("no such folder")
        Traceback (most recent call last):
        FileNotFoundError: the data folder no such folder does not exist. Give an existing ...
    """
    remedy = f"Get them from {_URL} into a folder cwru_bearing."
    folder = find_place(root, ("cwru_bearing",), "the records of bearings", remedy)
    found = []
    for path in sorted(folder.glob("*.mat")):
        named = _NAME.fullmatch(path.name)
        if named and int(named[1]) in _RECORDS:
            found.append((path, int(named[1])))
    if not found:
        raise ValueError(f"{folder} holds no record with a known number. {remedy}")
    records = []
    for path, _ in found:
        try:
            variables = read_matlab(path.read_bytes())
        except ValueError as error:
            raise ValueError(f"{path} cannot be read: {error}. Get it anew from {_URL}") from error
        records.append({s: a for s in _SENSORS if (a := _sensor(variables, s)) is not None})
        if "DE" not in records[-1]:
            raise ValueError(
                f"{path} holds {sorted(variables)}; it lacks X..._DE_time. Get it anew from {_URL}"
            )
    common = [s for s in _SENSORS if all(s in record for record in records)]
    samples = tuple(
        np.stack([record[s] for s in common], axis=1).astype(np.float32) for record in records
    )
    labels = np.array([_RECORDS[number] for _, number in found])
    sources = tuple(path.stem for path, _ in found)
    takes = np.array([number for _, number in found])
    return Recordings(
        "bearing_vibration", samples, labels, BEARING_CLASSES, sources, takes, _RATE_HZ
    )


def _sensor(variables: dict, sensor: str) -> np.ndarray | None:
    """What one sensor measured; the shortest name, where a file holds two records."""
    names = sorted((n for n in variables if n.endswith(f"_{sensor}_time")), key=len)
    if not names or not isinstance(variables[names[0]], np.ndarray):
        return None
    return np.ravel(variables[names[0]])
