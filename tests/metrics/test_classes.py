"""Accuracy and confusion against counting by hand."""

import numpy as np
import pytest

from ranvier.metrics import accuracy, confusion

RNG = np.random.default_rng(0)
TRUE, SAID = RNG.integers(0, 4, 50), RNG.integers(0, 4, 50)


def test_every_pair_is_counted_once():
    found = confusion(TRUE, SAID, 5)
    pairs = list(zip(TRUE.tolist(), SAID.tolist(), strict=True))
    expected = [[pairs.count((a, b)) for b in range(5)] for a in range(5)]
    assert found.tolist() == expected
    assert accuracy(TRUE, SAID) == pytest.approx(np.trace(found) / 50)


@pytest.mark.parametrize(
    ("labels", "answers", "words"),
    [
        ([1, 2], [1], r"labels have shape \[2\] and answers \[1\]"),
        ([], [], "at least one example"),
        ([[1]], [[1]], r"\[1, 1\]"),
    ],
)
def test_examples_that_do_not_fit(labels, answers, words):
    with pytest.raises(ValueError, match=words):
        accuracy(labels, answers)
    with pytest.raises(ValueError, match=words):
        confusion(labels, answers, 3)


@pytest.mark.parametrize(("labels", "answers", "what"), [([3], [0], "labels"), ([0], [-1], "ans")])
def test_numbers_that_are_no_class(labels, answers, what):
    with pytest.raises(ValueError, match=f"the {what}.*within 0..2"):
        confusion(labels, answers, 3)
