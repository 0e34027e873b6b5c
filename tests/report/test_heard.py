"""From a sensor to an answer, drawn."""

import numpy as np
import pytest

from ranvier.report import heard


def test_the_three_best_classes_are_named():
    output = np.tile([0.1, 0.9, 0.5, -0.2, 0.3], (20, 1))
    spikes = (np.random.default_rng(0).random((20, 30)) < 0.1).astype(float)
    figure = heard(np.ones((20, 4)), spikes, output, list("abcde"), names=list("wxyz"), title="t")
    top, middle, low = figure.axes[:3]
    assert [text.get_text() for text in low.get_legend().get_texts()] == ["b", "c", "e"]
    assert [text.get_text() for text in top.get_yticklabels()] == list("wxyz")
    assert len(middle.lines[0].get_xdata()) == spikes.sum()


def test_graded_units_become_a_map():
    figure = heard(np.ones((9, 4)), np.full((9, 3), 0.5), np.ones((9, 2)), "ab", title="t")
    assert len(figure.axes[1].images) == 1 and not figure.axes[1].lines


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((9, 2), (8, 2), (9, 2)), "have 9, 8 and 9 steps"),
        (((9, 2), (9, 2), (9, 3)), "got 2 names for 3 classes"),
        (((9,), (9, 2), (9, 2)), r"features has shape \[9\]"),
    ],
)
def test_what_does_not_fit_is_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        heard(*(np.ones(shape) for shape in shapes), "ab", title="t")
