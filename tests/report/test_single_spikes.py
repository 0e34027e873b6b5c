"""Figures of single spikes: every spike is drawn once, and on its side of the decision."""

import numpy as np
import pytest

from ranvier.report import TimeHistogram, spike_cascade, spike_time_histograms
from ranvier.report._style import FAINT, INK

INF = np.inf
LAYERS = {
    "input": [0.0, 1.0, 5.0, INF],
    "hidden": [2.0, 4.0, 6.0],
    "output": [INF, 4.0, 6.0],
}
ASKED = {"xlabel": "time (steps)", "title": "See"}


def drawn(axes) -> list[tuple[float, float]]:
    return [(float(s[0, 0]), float(s[:, 1].mean())) for s in axes.collections[0].get_segments()]


def test_every_spike_is_a_dash_in_its_layer():
    figure = spike_cascade(LAYERS, decision=4.0, end=8.0, **ASKED)
    first, _, third = figure.axes
    assert drawn(first) == [(0.0, 0.0), (1.0, 1.0), (5.0, 2.0)]
    assert drawn(third) == [(4.0, 1.0), (6.0, 2.0)]
    from matplotlib.colors import to_hex

    shades = [to_hex(colour) for colour in first.collections[0].get_colors()]
    assert shades == [INK, INK, FAINT]
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [
        "3 of 4 fire, 2 before the decision",
        "3 of 3 fire, 1 before the decision",
        "2 of 3 fire",
    ]
    assert third.get_xlabel() == "time (steps)" and third.get_xlim()[1] == 8.0


def test_without_a_decision_nothing_is_pale():
    figure = spike_cascade({"input": [1.0, 2.0], "output": [INF]}, decision=None, end=3.0, **ASKED)
    assert not figure.axes[0].lines
    assert figure.axes[0].get_title(loc="left") == "2 of 2 fire"


def test_histograms_are_stacked_and_counted():
    figure = spike_time_histograms(
        {"hidden": TimeHistogram([3.0, 1.0], [0.0, 2.0])},
        [0.0, 1.0, 2.0],
        decisions=[0.25, 0.5],
        **ASKED,
    )
    whole, before = figure.axes[0].patches
    assert whole.get_data().values.tolist() == [3.0, 3.0]
    assert before.get_data().values.tolist() == [3.0, 1.0]
    assert figure.axes[1].patches[0].get_data().values.tolist() == [25.0, 50.0]
    assert figure.axes[1].get_title(loc="left") == "decisions: 75 % of examples"


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: spike_cascade({}, decision=None, end=1.0, **ASKED), "got no layer"),
        (
            lambda: spike_cascade({"input": [np.nan]}, decision=None, end=1.0, **ASKED),
            "no NaN",
        ),
        (
            lambda: spike_time_histograms({}, [0.0, 1.0], decisions=[1.0], **ASKED),
            "got no layer",
        ),
        (
            lambda: spike_time_histograms(
                {"hidden": TimeHistogram([1.0, 2.0], [1.0])}, [0.0, 1.0], decisions=[1.0], **ASKED
            ),
            r"'hidden' before has shape \[2\], expected \[1\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
