"""The file formats by name, and how a file is told from others."""

from __future__ import annotations

import difflib
import functools
import os

from ranvier.core import Registry, nearest
from ranvier.data.events._format import Format
from ranvier.data.events._source import Source

_HERE = "ranvier.data.events"
_HEAD_BYTES = 1 << 14

catalogue = Registry(
    "event format",
    {
        "aedat2": (f"{_HERE}._aedat2:Aedat2", "AEDAT 2.0 of jAER: DVS128, DAVIS240, DAVIS346"),
        "aedat3": (f"{_HERE}._aedat3:Aedat3", "AEDAT 3.1 of cAER, in packets; DVS128 Gesture"),
        "aedat4": (f"{_HERE}._aedat4:Aedat4", "AEDAT 4 of DV, compressed packets; extra `events`"),
        "evt2": (f"{_HERE}._evt2:Evt2", "Prophesee EVT 2.0, 32-bit words"),
        "evt21": (f"{_HERE}._evt21:Evt21", "Prophesee EVT 2.1, 64-bit words of up to 32 events"),
        "evt3": (f"{_HERE}._evt3:Evt3", "Prophesee EVT 3.0, 16-bit words with vectors"),
        "dat": (f"{_HERE}._dat:Dat", "Prophesee DAT, versions 1 and 2; N-CARS"),
        "es": (f"{_HERE}._event_stream:EventStream", "Event Stream 2, DVS and generic events"),
        "n-mnist": (f"{_HERE}._nmnist:NMnist", "N-MNIST and N-Caltech101, 40 bits per event"),
        "text": (f"{_HERE}._text:Text", "lines of t x y p, as the event-camera data set"),
        "spikes-hdf5": (f"{_HERE}._hdf5:SpikesHdf5", "SHD and SSC, spikes of a model cochlea"),
        "slayer-1d": (f"{_HERE}._slayer:Slayer1D", "SLAYER's .bs1, spikes of channels; N-TIDIGITS"),
        "st-mnist": (f"{_HERE}._tactile:Tactile", "ST-MNIST, spikes of 10 x 10 taxels"),
        "aer": (f"{_HERE}._address:AddressEvents", "addresses and times of a chip, binary"),
        "aer-text": (f"{_HERE}._address:AddressText", "addresses of a chip as lines of text"),
    },
)

# How files of each format begin, for the sentence that refuses an unknown one.
_BEGINNINGS = {
    "aedat2": "#!AER-DAT2.0",
    "aedat3": "#!AER-DAT3.1",
    "aedat4": "#!AER-DAT4.0",
    "evt2": "% evt 2.0",
    "evt21": "% evt 2.1",
    "evt3": "% evt 3.0",
    "dat": "% Data file containing",
    "es": "Event Stream",
    "hdf5": "\\x89HDF",
    "mat": "MATLAB 5.0 MAT-file",
}


@functools.cache
def _known() -> dict[str, Format]:
    """Every format with its default settings, by name; they hold no state."""
    return {name: catalogue[name]() for name in catalogue}


@functools.cache
def _suffixes() -> dict[str, Format]:
    """The format that each ending of a name stands for."""
    forms = reversed(_known().values())
    return {suffix: form for form in forms for suffix in form.suffixes}


def chosen(format: str | Format) -> Format:
    """The format of a name, or the one that was given."""
    if not isinstance(format, str):
        return format
    return _known()[format] if format in _known() else catalogue[format]()


def recognise(path: str | os.PathLike[str]) -> Format:
    """The format of a file: by its content, and by its name where content cannot tell.

    Args:
        path: the file.

    Returns:
        The format with its default settings.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: neither content nor name is known; the nearest format is named.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp()) / "recording.raw"
        >>> _ = file.write_bytes(b"% evt 2.0\\n")
        >>> recognise(file).name
        'evt2'
    """
    source = Source(path, _HEAD_BYTES, ())
    with source.file:
        return recognised(source)


def recognised(source: Source) -> Format:
    """As `recognise`, of a file that is open; it stands at its first byte before and after."""
    head = source.file.read(_HEAD_BYTES)
    source.file.seek(0)
    for form in _known().values():
        if form.matches(head):
            return form
    path = source.path
    suffix = _suffix(path)
    if suffix in _suffixes():
        return _suffixes()[suffix]
    begin = head[:24].decode("latin-1")
    close = difflib.get_close_matches(begin, _BEGINNINGS.values(), n=1, cutoff=0.6)
    hint = next((f"Nearest is {n!r}. " for n, b in _BEGINNINGS.items() if b in close), "")
    raise ValueError(
        f"{path} begins with {head[:16]!r} and its name ends in {suffix!r}: no event format is "
        f"known by that. {hint}{nearest(suffix.lstrip('.'), catalogue)} Name one with format=."
    )


def for_suffix(path: str | os.PathLike[str]) -> Format:
    """The format that a file of this name is written in."""
    suffix = _suffix(path)
    if suffix in _suffixes():
        return _suffixes()[suffix]
    raise ValueError(
        f"{path} ends in {suffix!r}, which names no event format; expected one of "
        f"{', '.join(sorted(_suffixes()))}, or a format. "
        f"{nearest(suffix.lstrip('.'), catalogue)}"
    )


def _suffix(path: str | os.PathLike[str]) -> str:
    return os.path.splitext(path)[1].lower()
