"""The confusion matrix writes every count and colours mistakes alone."""

import numpy as np
import pytest

from ranvier.report import confusion_matrix

COUNTS = [[90, 0, 2], [7, 80, 0], [0, 1, 99]]


def test_counts_are_written_and_mistakes_coloured():
    figure = confusion_matrix(COUNTS, names=["a", "b", "c"], title="Most often b is taken for a")
    (axes,) = figure.axes
    assert {t.get_text() for t in axes.texts} == {"90", "80", "99", "2", "7", "1"}
    (image,) = axes.images
    assert np.diag(np.asarray(image.get_array())).tolist() == [0, 0, 0]
    assert image.get_clim() == (0, 7)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b", "c"]


def test_no_mistake_at_all():
    figure = confusion_matrix(np.eye(2) * 5, title="All right")
    figure.draw_without_rendering()
    assert figure.axes[0].images[0].get_clim() == (0, 1)


@pytest.mark.parametrize(
    ("counts", "names", "words"),
    [
        ([[1, 2]], None, r"shape \[1, 2\]"),
        (np.zeros((0, 0)), None, r"shape \[0, 0\]"),
        ([[1, -1], [0, 1]], None, "negative number"),
        ([[0.5, 0], [0, 1]], None, "fraction"),
        ([[1, 0], [0, 1]], ["a"], "1 names for 2 classes"),
    ],
)
def test_what_is_no_confusion_matrix(counts, names, words):
    with pytest.raises(ValueError, match=words):
        confusion_matrix(counts, names=names, title="See")
