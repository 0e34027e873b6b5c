"""Single heartbeats with their classes, cut out of records of the MIT-BIH arrhythmia database."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ranvier.core import nearest
from ranvier.data._fetch import find_place
from ranvier.data._heartbeats import Electrocardiogram, read_electrocardiogram
from ranvier.data._recordings import Recordings

_URL = "https://physionet.org/content/mitdb/1.0.0/"
HEARTBEAT_CLASSES = ("normal", "supraventricular", "ventricular", "fusion", "unknown")
"""Classes of heartbeats (AAMI EC57: N, S, V, F and Q), in the order of the class numbers."""

_LETTERS = ("NLRej", "AaJS", "VE", "F")
_UNKNOWN = len(_LETTERS)
# Records of patients with a pacemaker are left out by the same standard.
_PACED = {102, 104, 107, 217}
_PARTS = {
    "train": {
        *(101, 106, 108, 109, 112, 114, 115, 116, 118, 119, 122),
        *(124, 201, 203, 205, 207, 208, 209, 215, 220, 223, 230),
    },
    "test": {
        *(100, 103, 105, 111, 113, 117, 121, 123, 200, 202, 210),
        *(212, 213, 214, 219, 221, 222, 228, 231, 232, 233, 234),
    },
}


def heartbeats(
    part: str = "all",
    root: str | os.PathLike[str] | None = None,
    *,
    before_s: float = 0.25,
    after_s: float = 0.4,
) -> Recordings:
    """Single beats of the heart in two leads, 360 Hz, with what kind of beat they are.

    Every beat of every record in a folder, cut from `before_s` before its mark to `after_s` behind
    it, in mV, `[n, leads]`; beats that are nearer to an end of the record are left out. The classes
    are those of AAMI EC57: normal (N, L, R, e, j), supraventricular (A, a, J, S), ventricular
    (V, E), fusion (F), and unknown for all others; records of paced hearts (102, 104, 107, 217) are
    left out. The source is the record. `"train"` and `"test"` are the 22 records each of de Chazal
    and others, DS1 and DS2, whose patients are not the same but for record 201 in the first and 202
    in the second, which are of one. Nothing is fetched: take what you need of 48 records. Licence
    ODC-BY 1.0.

    Args:
        part: `"train"`, `"test"`, or `"all"` records that are there.
        root: a data folder that holds `ecg_mitbih`; without it, $RANVIER_DATA and the cache are
            tried in this order.
        before_s: begin of a window, in seconds before the mark.
        after_s: its end, behind the mark.

    Raises:
        FileNotFoundError: `root` is no folder, or the records are nowhere.
        ValueError: an unknown part, a window without samples, no record or beat of that part, or a
            record that is damaged or has another rate than the others.

    Source: G. B. Moody, R. G. Mark, IEEE Eng. Med. Biol. 20 (2001); split: P. de Chazal,
    M. O'Dwyer, R. B. Reilly, IEEE Trans. Biomed. Eng. 51 (2004).

    Example:
        >>> heartbeats("test").samples[0].shape  # doctest: +SKIP
        (234, 2)
        >>> heartbeats("valid")
        Traceback (most recent call last):
        ValueError: heartbeats has no part 'valid'. ...
    """
    parts = (*_PARTS, "all")
    if part not in parts:
        raise ValueError(f"heartbeats has no part {part!r}. {nearest(part, parts)}")
    remedy = f"Get records from {_URL} into a folder ecg_mitbih."
    folder = find_place(root, ("ecg_mitbih", "mitdb"), "records of hearts", remedy)
    paths = sorted(path for path in folder.glob("*.hea") if _belongs(path, part))
    if not paths:
        raise ValueError(f"{folder} holds no record of the part {part!r}. {remedy}")
    samples: list[np.ndarray] = []
    labels: list[int] = []
    sources: list[str] = []
    takes: list[int] = []
    rates: dict[float, str] = {}
    for path in paths:
        record = read_electrocardiogram(path)
        rates[record.rate_hz] = path.name
        for take, window in _windows(record, before_s, after_s):
            samples.append(window)
            labels.append(_class_of(record.kinds[take]))
            sources.append(path.stem)
            takes.append(take)
    if len(rates) > 1:
        raise ValueError(f"{folder}: {rates} are the rates in Hz, expected one. {remedy}")
    if not samples:
        raise ValueError(
            f"{folder}: no beat has {before_s:g} s before and {after_s:g} s behind it. Take a "
            "shorter window."
        )
    return Recordings(
        f"heartbeats {part}",
        tuple(samples),
        np.array(labels),
        HEARTBEAT_CLASSES,
        tuple(sources),
        np.array(takes),
        next(iter(rates)),
    )


def _belongs(path: Path, part: str) -> bool:
    number = int(path.stem) if path.stem.isascii() and path.stem.isdigit() else -1
    return number in _PARTS[part] if part in _PARTS else number not in _PACED


def _class_of(letter: str) -> int:
    return next((k for k, letters in enumerate(_LETTERS) if letter in letters), _UNKNOWN)


def _windows(
    record: Electrocardiogram, before_s: float, after_s: float
) -> Iterator[tuple[int, np.ndarray]]:
    """Number of a beat, and what stands around it."""
    before, after = round(before_s * record.rate_hz), round(after_s * record.rate_hz)
    if before + after < 1:
        raise ValueError(
            f"heartbeats: {before_s} s before and {after_s} s behind a mark hold no sample of "
            f"{record.rate_hz:g} Hz. Take a longer window."
        )
    for number, beat in enumerate(record.beats):
        if beat >= before and beat + after <= len(record.signals_mV):
            yield number, record.signals_mV[beat - before : beat + after]
