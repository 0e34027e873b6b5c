"""Copies are found under transposition and small changes; mere resemblance is not a copy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.data._copies import first_copies


def piece(seed: int, steps: int = 40) -> np.ndarray:
    return (np.random.default_rng(seed).random((steps, 60)) < 0.07).astype(np.uint8)


def transposed(roll: np.ndarray, keys: int) -> np.ndarray:
    return np.pad(roll, ((0, 0), (14 + keys, 14 - keys)))


@given(
    seeds=st.lists(st.integers(0, 3), min_size=1, max_size=8),
    shifts=st.lists(st.integers(-14, 14), min_size=8, max_size=8),
)
def test_copies_are_told_from_other_pieces_in_any_transposition(seeds, shifts):
    rolls = [transposed(piece(seed), shift) for seed, shift in zip(seeds, shifts, strict=False)]
    assert first_copies(rolls).tolist() == [seeds.index(seed) for seed in seeds]


@pytest.mark.parametrize(("changed", "copy"), [(0, True), (3, True), (36, False)])
def test_a_few_changed_frames_leave_a_copy(changed, copy):
    original = piece(0)
    other = original.copy()
    other[:changed] = piece(1)[:changed]
    assert first_copies([original, other]).tolist() == [0, 0 if copy else 1]


def test_an_excerpt_is_a_copy_whichever_comes_first():
    whole = piece(0)
    assert first_copies([whole[5:25], whole]).tolist() == [0, 0]
    assert first_copies([whole, piece(1), whole[5:25]]).tolist() == [0, 1, 0]


def test_copies_of_copies_belong_to_the_first():
    beginning, end = piece(0), piece(1)
    both = np.concatenate([beginning, end])
    assert first_copies([end, piece(2), beginning, both]).tolist() == [0, 1, 0, 0]


def test_pieces_shorter_than_a_stretch_are_compared_whole():
    assert first_copies([piece(0)[:2], piece(1)[:2], piece(0)[:2]]).tolist() == [0, 1, 0]
