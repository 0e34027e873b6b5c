"""Electrocardiograms with their beats: records of the MIT-BIH arrhythmia database."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_URL = "https://physionet.org/content/mitdb/1.0.0/"
# Codes of annotations that are beats, as their letters.
_BEATS = {
    **{1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E"},
    **{11: "j", 12: "/", 13: "Q", 25: "B", 30: "?", 34: "e", 35: "n", 38: "f", 41: "r"},
}
_SKIP, _NUMBER, _SUBTYPE, _CHANNEL, _TEXT = 59, 60, 61, 62, 63


@dataclass(frozen=True)
class Electrocardiogram:
    """A record: what the leads measured, and when the heart beat.

    Attributes:
        name: of the record.
        signals_mV: float32 `[n, leads]`.
        leads: their names.
        rate_hz: samples per second.
        beats: sample of every beat, int64 `[beats]`.
        kinds: its letter, such as "N" (normal) or "V" (premature ventricular).

    Example:
        >>> one = Electrocardiogram("flat", np.zeros((9, 1), np.float32), ("MLII",), 360.0,
        ...                         np.array([4]), ("N",))
        >>> one.signals_mV.shape, one.kinds
        ((9, 1), ('N',))
    """

    name: str
    signals_mV: np.ndarray
    leads: tuple[str, ...]
    rate_hz: float
    beats: np.ndarray
    kinds: tuple[str, ...]


def read_electrocardiogram(path: str | os.PathLike[str]) -> Electrocardiogram:
    """Read a record of the MIT-BIH arrhythmia database: header, signals, beats.

    Signals in format 212 (two samples of 12 bits in three bytes); annotations in the format of the
    database. Both are checked against what the header says.

    Args:
        path: of the header, `.hea`; the other files stand beside it. Without an ending, it is
            added.

    Raises:
        FileNotFoundError: one of the files is not there.
        ValueError: a header that cannot be read, signals in another format or of another length or
            checksum, or annotations that are damaged; the file is named.

    Source: G. B. Moody, R. G. Mark, IEEE Eng. Med. Biol. 20 (2001); A. Goldberger et al.,
    Circulation 101 (2000).

    Example:
        >>> read_electrocardiogram("100").rate_hz  # doctest: +SKIP
        360.0
        >>> read_electrocardiogram("no/such/record")
        Traceback (most recent call last):
        FileNotFoundError: no/such/record.hea is not there. Records are at https://physionet.org/...
    """
    header = Path(path)
    if header.suffix != ".hea":
        header = header.with_name(f"{header.name}.hea")
    if not header.is_file():
        raise FileNotFoundError(f"{header} is not there. Records are at {_URL}")
    lines = header.read_text("ascii", "replace").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    try:
        name, leads, rate, count = rows[0][0], int(rows[0][1]), float(rows[0][2]), int(rows[0][3])
        told = rows[1 : leads + 1]
        gains = np.array([float(row[2].split("(")[0].split("/")[0]) for row in told])
        zeros = np.array([int(row[4]) for row in told])
        sums = [int(row[6]) for row in told]
        names = tuple(" ".join(row[8:]) for row in told)
        formats = {row[1] for row in told}
    except (IndexError, ValueError) as error:
        raise ValueError(f"{header} cannot be read as a header: {error}. See {_URL}") from error
    if formats != {"212"} or leads != 2 or len(told) != 2:
        raise ValueError(
            f"{header}: {leads} signals in the formats {sorted(formats)}; expected two in 212."
        )
    raw = _samples(header.with_name(told[0][0]), count)
    for lead, (column, expected) in enumerate(zip(raw.T, sums, strict=True)):
        got = int(column.sum(dtype=np.int64)) & 0xFFFF
        if got != expected & 0xFFFF:
            raise ValueError(
                f"{header.with_name(told[0][0])}: the samples of lead {lead} have the checksum "
                f"{got}, expected {expected & 0xFFFF}. Get the record anew from {_URL}"
            )
    signals = ((raw - zeros) / gains).astype(np.float32)
    beats, kinds = _annotations(header.with_suffix(".atr"), count)
    return Electrocardiogram(name, signals, names, rate, beats, kinds)


def _samples(path: Path, count: int) -> np.ndarray:
    """Two channels of 12 bits: low bytes around a byte of both upper halves."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there. Records are at {_URL}")
    content = np.frombuffer(path.read_bytes(), np.uint8)
    if len(content) != 3 * count:
        raise ValueError(
            f"{path} has {len(content)} bytes, expected {3 * count} for {count} samples of two "
            f"leads. Get it anew from {_URL}"
        )
    low, both, high = content.reshape(-1, 3).astype(np.int16).T
    pair = np.stack([low | (both & 15) << 8, high | (both & 240) << 4], axis=1)
    return np.where(pair > 2047, pair - 4096, pair)


def _annotations(path: Path, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Sample and letter of every beat."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there. Records are at {_URL}")
    content = path.read_bytes()
    words = np.frombuffer(content[: len(content) // 2 * 2], "<u2")
    beats, kinds = [], []
    at, position, ended = 0, 0, False
    while position < len(words):
        code, value = int(words[position]) >> 10, int(words[position]) & 1023
        position += 1
        if code == 0 and value == 0:
            ended = True
            break
        if code == _SKIP:
            if position + 2 > len(words):
                break
            at += (int(words[position]) << 16 | int(words[position + 1])) - (
                1 << 32 if words[position] >= 1 << 15 else 0
            )
            position += 2
        elif code in (_NUMBER, _SUBTYPE, _CHANNEL):
            continue
        elif code == _TEXT:
            position += (value + 1) // 2
        else:
            at += value
            if not 0 <= at < count:
                raise ValueError(f"{path}: an annotation at sample {at} of {count}. Get it anew.")
            if code in _BEATS:
                beats.append(at)
                kinds.append(_BEATS[code])
    if not ended:
        raise ValueError(f"{path} ends without the mark of its end. Get it anew from {_URL}")
    return np.array(beats, np.int64), tuple(kinds)
