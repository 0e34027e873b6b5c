"""MIDI files, read back by the library that reads everyone's."""

import io

import mido
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ranvier.report import chorale_midi

rolls = st.integers(1, 24).flatmap(
    lambda steps: hnp.arrays(bool, (steps, 88), elements=st.booleans(), fill=st.just(False))
)


def read(data: bytes) -> tuple[np.ndarray, list]:
    """Play the messages against a clock and note which keys are down in each quarter."""
    file = mido.MidiFile(file=io.BytesIO(data))
    (track,) = file.tracks
    now, down, rows = 0, set(), []
    for message in track:
        for _ in range(message.time // file.ticks_per_beat):
            row = np.zeros(88, bool)
            row[sorted(down)] = True
            rows.append(row)
        assert message.time % file.ticks_per_beat == 0
        now += message.time
        if message.type == "note_on":
            assert message.note - 21 not in down, "struck while it sounds"
            down.add(message.note - 21)
        elif message.type == "note_off":
            down.remove(message.note - 21)
    assert not down, "notes still sound at the end"
    assert track[-1].type == "end_of_track"
    return np.array(rows), list(track)


@settings(deadline=None, max_examples=60)
@given(rolls)
def test_reading_back_gives_the_same_roll(roll):
    assume(roll.any())
    again, track = read(chorale_midi(roll))
    np.testing.assert_array_equal(again, roll)
    starts = (np.diff(roll.astype(int), axis=0, prepend=0) == 1).sum()
    assert sum(message.type == "note_on" for message in track) == starts


def test_it_lasts_as_long_as_the_piece_with_its_rests():
    roll = np.zeros((10, 88))
    roll[2:4, 48] = 1
    file = mido.MidiFile(file=io.BytesIO(chorale_midi(roll, quarter_seconds=0.75)))
    assert file.length == pytest.approx(7.5)


def test_the_same_roll_gives_the_same_bytes():
    roll = np.eye(8, 88, k=30)
    assert chorale_midi(roll) == chorale_midi(roll)


@pytest.mark.parametrize(
    ("roll", "options", "message"),
    [
        (np.zeros((4, 88)), {}, "no notes in its 4 steps"),
        (np.zeros((0, 88)), {}, r"shape \[0, 88\]"),
        (np.ones(88), {}, r"shape \[88\]"),
        (np.full((4, 88), 0.5), {}, "contains 0.5, expected only 0 and 1"),
        (np.full((4, 88), np.nan), {}, "contains nan"),
        (np.ones((4, 88)), {"first_key": 60}, "reach beyond 0 to 127"),
        (np.ones((4, 88)), {"quarter_seconds": 0.0}, "quarter_seconds is 0.0"),
        (np.ones((4, 88)), {"program": 128}, "program is 128"),
    ],
)
def test_what_cannot_be_played_is_refused(roll, options, message):
    with pytest.raises(ValueError, match=message):
        chorale_midi(roll, **options)
