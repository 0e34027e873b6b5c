"""Sheet music in MusicXML, sampled on a quarter-note grid."""

import itertools
import math
import os
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

_KEYS = 88
_LOWEST = 21  # MIDI number of the lowest key of a piano
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

# Time is counted in ticks, so fine that durations are whole numbers in all but odd files: exact
# as fractions are, and several times faster.
_Ticks = int | Fraction
_Note = tuple[int, _Ticks, _Ticks, int]  # measure, onset in it, duration, MIDI number


def read_musicxml(path: str | os.PathLike[str]) -> np.ndarray:
    """The notes of a score that sound at each quarter note, as an 88-key piano roll.

    Frame t is 1 where a note of any part has onset <= t < onset + duration, t counted in quarter
    notes. The grid is laid so that it meets the first full bar, also after an upbeat of
    fractional length. Bars of all parts start together. Repeats are played once; grace notes, cue
    notes and unpitched percussion are left out; transposing instruments are read as they sound.

    Args:
        path: a `.musicxml` or `.xml` file (partwise), or a compressed `.mxl`.

    Returns:
        uint8 [quarter notes, 88]; column k is MIDI number k + 21.

    Raises:
        OSError: the file cannot be opened.
        ValueError: the file is damaged or no partwise MusicXML, or a note lies outside the piano.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "one.xml"
        >>> note = "<note><pitch><step>A</step><octave>4</octave></pitch><duration>4</duration>"
        >>> _ = file.write_text(
        ...     "<score-partwise><part><measure><attributes><divisions>2</divisions></attributes>"
        ...     f"{note}</note></measure></part></score-partwise>")
        >>> np.argwhere(read_musicxml(file)).tolist()
        [[0, 48], [1, 48]]
    """
    path = Path(path)
    try:
        root = ElementTree.fromstring(_text(path))
        quarter = _ticks_per_quarter(root)
        notes, lengths = _notes(root, quarter)
    except (
        ElementTree.ParseError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(
            f"{path} cannot be read as MusicXML: {error}. Expected a whole partwise score (.xml, "
            ".musicxml or .mxl); export it again from the notation program."
        ) from error
    return _sample(path, notes, lengths, quarter)


def _text(path: Path) -> bytes:
    if path.suffix.lower() != ".mxl":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        for element in container.iter():
            if element.tag.rpartition("}")[2] == "rootfile":
                return archive.read(element.attrib["full-path"])
    raise ValueError("its container names no score")


def _ticks_per_quarter(root: ElementTree.Element) -> int:
    divisions = [int(element.text or "") for element in root.iter("divisions")]
    if min(divisions, default=1) < 1:
        raise ValueError(f"it divides a quarter note into {min(divisions)}")
    return math.lcm(*divisions)


def _notes(root: ElementTree.Element, quarter: int) -> tuple[list[_Note], list[_Ticks]]:
    """All notes, and the length of each measure: the longest that any part makes of it."""
    if root.tag != "score-partwise":
        raise ValueError(f"its outermost element is <{root.tag}>, not <score-partwise>")
    notes: list[_Note] = []
    lengths: list[_Ticks] = []
    for part in root.findall("part"):
        per_division, transposition = quarter, 0
        for number, measure in enumerate(part.findall("measure")):
            now: _Ticks = 0
            onset: _Ticks = 0
            end: _Ticks = 0
            for element in measure:
                if element.tag == "attributes":
                    divisions = element.findtext("divisions")
                    if divisions is not None:
                        per_division = quarter // int(divisions)
                    transposition = _transposition(element, transposition)
                elif element.tag == "forward":
                    now += _duration(element, per_division)
                elif element.tag == "backup":
                    now -= _duration(element, per_division)
                elif element.tag == "note" and element.find("grace") is None:
                    duration = _duration(element, per_division)
                    if element.find("chord") is None:
                        onset, now = now, now + duration
                    pitch = element.find("pitch")
                    if pitch is not None and element.find("cue") is None:
                        notes.append((number, onset, duration, _midi(pitch) + transposition))
                end = max(end, now)
            if number == len(lengths):
                lengths.append(end)
            lengths[number] = max(lengths[number], end)
    return notes, lengths


def _duration(element: ElementTree.Element, ticks_per_division: int) -> _Ticks:
    text = element.findtext("duration")
    if text is None:
        raise ValueError(f"a <{element.tag}> has no <duration>")
    duration = Fraction(text.strip()) if not text.isdigit() else int(text)
    return duration * ticks_per_division


def _midi(pitch: ElementTree.Element) -> int:
    step, octave = pitch.findtext("step", ""), pitch.findtext("octave", "")
    alter = round(float(pitch.findtext("alter", "0")))
    return _SEMITONES[step.strip()] + alter + 12 * (int(octave) + 1)


def _transposition(attributes: ElementTree.Element, before: int) -> int:
    transpose = attributes.find("transpose")
    if transpose is None:
        return before
    chromatic = round(float(transpose.findtext("chromatic", "0")))
    return chromatic + 12 * int(transpose.findtext("octave-change", "0"))


def _sample(path: Path, notes: list[_Note], lengths: list[_Ticks], quarter: int) -> np.ndarray:
    starts = [0, *itertools.accumulate(lengths)]
    upbeat = len(lengths) > 1 and lengths[0] < lengths[1]
    phase = lengths[0] % quarter if upbeat else 0

    def frame(ticks: _Ticks) -> int:
        """The first frame at or after a time."""
        return max(0, -int((phase - ticks) // quarter))

    roll = np.zeros((frame(starts[-1]), _KEYS), np.uint8)
    for measure, onset, duration, midi in notes:
        key = midi - _LOWEST
        if not 0 <= key < _KEYS:
            raise ValueError(
                f"{path} has a note of MIDI number {midi} in measure {measure + 1}; expected "
                f"{_LOWEST} to {_LOWEST + _KEYS - 1}. Transpose it onto the piano."
            )
        begin = starts[measure] + onset
        roll[frame(begin) : frame(begin + duration), key] = 1
    return roll
