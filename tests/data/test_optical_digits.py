"""The digits that come with scikit-learn."""

import sys

import numpy as np
import pytest

from ranvier.data import optical_digits


def test_parts_are_whole_and_apart():
    learn, test = optical_digits("train"), optical_digits("test")
    assert (len(learn), len(test)) == (1400, 397)
    assert np.bincount(np.concatenate([learn.labels, test.labels])).tolist() == [
        *(178, 182, 177, 183, 181, 182, 181, 179, 174, 180)
    ]
    assert learn.images.max() == 255 and len(np.unique(learn.images)) == 17


def test_an_unknown_part_and_a_missing_library_are_named(monkeypatch):
    with pytest.raises(ValueError, match="no part 'valid'"):
        optical_digits("valid")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"ranvier\[digits\]"):
        optical_digits()
