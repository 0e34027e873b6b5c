"""The baselines give the reference scores on the published split and exact ones on made rolls."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.data import jsb_chorales
from ranvier.metrics import markov_nll, note_frequency_nll, uniform_nll

DATA = os.environ.get("RANVIER_DATA")
needs_data = pytest.mark.skipif(
    not DATA or not (Path(DATA) / "pianoroll/JSB_Chorales.mat").is_file(),
    reason="RANVIER_DATA names no folder with pianoroll/JSB_Chorales.mat",
)


@needs_data
def test_published_split():
    split = jsb_chorales(DATA)
    train, test = split.train.rolls, split.test.rolls
    assert round(uniform_nll(split.test.width), 3) == 60.997
    assert round(note_frequency_nll(train, test), 2) == 11.09
    assert round(markov_nll(train, test), 2) == 10.49
    by_song = [note_frequency_nll(train, [roll]) for roll in test]
    assert round(float(np.mean(by_song)), 2) == 11.04
    by_song = [markov_nll(train, [roll]) for roll in test]
    assert round(float(np.mean(by_song)), 2) == 10.49


def test_by_hand():
    train = [np.array([[1, 0], [1, 0], [1, 1], [0, 1]])]
    # Key 0 sounds in 3 of 4 frames, key 1 in 2: (3 + 1) / (4 + 2) and (2 + 1) / (4 + 2).
    got = note_frequency_nll(train, [np.array([[0, 0], [1, 0]])])
    assert got == pytest.approx(-np.log(2 / 3) - np.log(1 / 2))
    # Key 0 is held 2 times of 3 and never starts; key 1 starts 1 time of 2 and is held 1 of 1.
    got = markov_nll(train, [np.array([[1, 1], [0, 1], [1, 0]])])
    first = -np.log(1 - 3 / 5) - np.log(2 / 3)
    second = -np.log(1 / 2) - np.log(1 - 2 / 3)
    assert got == pytest.approx((first + second) / 2)


def test_the_mean_runs_over_steps_not_over_pieces():
    rng = np.random.default_rng(1)
    long, short = rng.random((101, 4)) < 0.3, rng.random((3, 4)) < 0.3
    for score in (note_frequency_nll, markov_nll):
        apart = [score([long], [roll]) for roll in (long, short)]
        both = score([long], [long, short])
        assert both == pytest.approx((100 * apart[0] + 2 * apart[1]) / 102)


@given(st.integers(0, 1000))
def test_independent_fair_coins_cannot_be_predicted_better_than_uniform(seed):
    rolls = [np.random.default_rng(seed).random((4000, 3)) < 0.5]
    fresh = [np.random.default_rng([seed, 1]).random((4000, 3)) < 0.5]
    for score in (note_frequency_nll, markov_nll):
        assert score(rolls, fresh) == pytest.approx(uniform_nll(3), abs=0.01)


@pytest.mark.parametrize("score", [note_frequency_nll, markov_nll])
@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        ([], [np.eye(3)], "train_rolls is empty"),
        ([np.eye(3)], [], "test_rolls is empty"),
        ([np.eye(3)], [np.eye(4)], "3 keys and test_rolls 4"),
        ([np.eye(3), np.eye(4)], [np.eye(3)], r"train_rolls\[1\] has shape \(4, 4\)"),
        ([np.eye(3)], [np.eye(3)[:1]], r"test_rolls\[0\] .* at least 2 step"),
        ([np.eye(3)], [np.full((2, 3), np.nan)], r"test_rolls\[0\] .*NaN"),
        ([np.eye(3)[0]], [np.eye(3)], r"train_rolls\[0\] has shape \(3,\)"),
    ],
)
def test_unusable_rolls_are_refused(score, train, test, words):
    with pytest.raises(ValueError, match=words):
        score(train, test)


def test_uniform_refuses_no_keys():
    with pytest.raises(ValueError, match="width is 0"):
        uniform_nll(0)
