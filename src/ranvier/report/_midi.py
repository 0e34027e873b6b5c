"""Piano rolls as MIDI files."""

import io

from numpy.typing import ArrayLike

from ranvier.report._roll import check_roll, held_notes

_TICKS_PER_QUARTER = 480
_CHURCH_ORGAN = 19


def chorale_midi(
    roll: ArrayLike,
    *,
    quarter_seconds: float = 0.6,
    first_key: int = 21,
    program: int = _CHURCH_ORGAN,
    velocity: int = 80,
) -> bytes:
    """Write a piano roll as a standard MIDI file; notes held over several steps are tied.

    Args:
        roll: [T, keys] of 0 and 1, one row per quarter note.
        quarter_seconds: length of a quarter note, s.
        first_key: MIDI number of the first key.
        program: General MIDI instrument, 0 to 127; 19 is the church organ.
        velocity: how hard keys are struck, 1 to 127.

    Returns:
        The bytes of a type 0 file that lasts exactly T quarter notes, rests at its end included.

    Raises:
        ValueError: the roll has no notes, or a value is out of range.

    Example:
        >>> roll = [[0] * 48 + [1] + [0] * 39] * 2
        >>> chorale_midi(roll)[:4]
        b'MThd'
    """
    import mido

    notes = check_roll(roll, first_key)
    if not 0 < quarter_seconds <= 16:
        raise ValueError(
            f"quarter_seconds is {quarter_seconds}, expected more than 0 and at most 16 s. "
            "A calm chorale takes 0.6."
        )
    for name, value, least in (("program", program, 0), ("velocity", velocity, 1)):
        if not least <= value <= 127:
            raise ValueError(f"{name} is {value}, expected {least} to 127.")
    events: list[tuple[int, bool, int]] = []
    for note in held_notes(notes):
        number = first_key + note.key
        events.append((note.start, True, number))
        events.append((note.start + note.steps, False, number))
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=round(quarter_seconds * 1e6), time=0))
    track.append(mido.Message("program_change", program=program, time=0))
    now = 0
    for step, struck, number in sorted(events):
        kind = "note_on" if struck else "note_off"
        delta = (step - now) * _TICKS_PER_QUARTER
        track.append(mido.Message(kind, note=number, velocity=velocity, time=delta))
        now = step
    rest = (notes.shape[0] - now) * _TICKS_PER_QUARTER
    track.append(mido.MetaMessage("end_of_track", time=rest))
    file = mido.MidiFile(type=0, ticks_per_beat=_TICKS_PER_QUARTER)
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()
