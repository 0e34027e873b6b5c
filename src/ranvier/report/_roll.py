"""Piano rolls: which keys sound in which time step."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

_NAMES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
_BLACK = frozenset((1, 3, 6, 8, 10))


class HeldNote(NamedTuple):
    """One note as it is struck, held over neighbouring steps, and let go.

    Example:
        >>> HeldNote(key=48, start=0, steps=2).steps
        2
    """

    key: int
    start: int
    steps: int


def check_roll(roll: ArrayLike, first_key: int) -> NDArray[np.bool_]:
    """Return a piano roll as truth values, or say what is wrong with it.

    Args:
        roll: [T, keys] of 0 and 1 (or False and True).
        first_key: MIDI number of the first key.

    Raises:
        ValueError: wrong shape, no steps, values other than 0 and 1, no note at all, or keys
            beyond MIDI's 0 to 127.

    Example:
        >>> check_roll([[0, 1]], first_key=21).tolist()
        [[False, True]]
    """
    values = np.asarray(roll)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(
            f"the piano roll has shape {list(values.shape)}, expected [T, keys] with at least one "
            "step and one key. Pass one piece without a batch axis."
        )
    if first_key < 0 or first_key + values.shape[1] > 128:
        raise ValueError(
            f"{values.shape[1]} keys from MIDI number {first_key} on reach beyond 0 to 127. "
            "A piano's 88 keys start at 21."
        )
    if not np.isin(values, (0, 1)).all():
        odd = values[~np.isin(values, (0, 1))][0]
        raise ValueError(
            f"the piano roll contains {odd}, expected only 0 and 1. Draw notes from "
            "probabilities, or compare them with a threshold, before making sound."
        )
    notes = values.astype(bool)
    if not notes.any():
        raise ValueError(
            f"the piano roll has no notes in its {values.shape[0]} steps, expected at least one. "
            "A model that never plays needs more training or a lower threshold."
        )
    return notes


def held_notes(roll: NDArray[np.bool_]) -> list[HeldNote]:
    """List the notes of a roll; a key on in neighbouring steps is one held note.

    Args:
        roll: [T, keys].

    Returns:
        Notes ordered by start, then key.

    Example:
        >>> held_notes(np.array([[True, False], [True, True]]))
        [HeldNote(key=0, start=0, steps=2), HeldNote(key=1, start=1, steps=1)]
    """
    edges = np.diff(roll.astype(np.int8), axis=0, prepend=0, append=0)
    keys, starts = np.nonzero(edges.T == 1)
    ends = np.nonzero(edges.T == -1)[1]
    notes = zip(keys.tolist(), starts.tolist(), (ends - starts).tolist(), strict=True)
    return sorted((HeldNote(*note) for note in notes), key=lambda note: (note.start, note.key))


def note_name(number: int) -> str:
    """Name a MIDI number in scientific pitch notation.

    Args:
        number: MIDI number; 60 is middle C.

    Example:
        >>> note_name(60), note_name(69)
        ('C4', 'A4')
    """
    return f"{_NAMES[number % 12]}{number // 12 - 1}"


def is_black_key(number: int) -> bool:
    """Tell whether a MIDI number is a black key of the piano.

    Args:
        number: MIDI number.

    Example:
        >>> is_black_key(61)
        True
    """
    return number % 12 in _BLACK
