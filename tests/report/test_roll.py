"""Held notes and note names."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ranvier.report._roll import held_notes, is_black_key, note_name

rolls = hnp.arrays(bool, st.tuples(st.integers(1, 15), st.integers(1, 12)))


@settings(deadline=None)
@given(rolls)
def test_held_notes_cover_the_roll_exactly_and_are_as_long_as_can_be(roll):
    covered = np.zeros(roll.shape, int)
    for key, start, steps in held_notes(roll):
        covered[start : start + steps, key] += 1
        assert start == 0 or not roll[start - 1, key]
        assert start + steps == roll.shape[0] or not roll[start + steps, key]
    np.testing.assert_array_equal(covered, roll)


def test_notes_have_their_usual_names():
    assert [note_name(number) for number in (21, 60, 61, 69, 108)] == [
        "A0",
        "C4",
        "C♯4",
        "A4",
        "C8",
    ]


def test_a_piano_has_36_black_keys():
    assert sum(is_black_key(number) for number in range(21, 109)) == 36
