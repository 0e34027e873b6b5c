"""Rate curves."""

import numpy as np
import pytest

from ranvier.report import rate_and_membranes, rate_curve

X, Y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 10.0, 30.0])
LABELS = {"xlabel": "input (nA)", "ylabel": "firing rate (Hz)", "title": "See"}


def test_points_are_measured_and_lines_are_calculated():
    axes = rate_curve({"measured": (X, Y)}, analytic={"closed form": (X, 2 * Y)}, **LABELS).axes[0]
    points, line = axes.lines
    assert points.get_linestyle() == "None" and points.get_marker() == "o"
    assert line.get_linestyle() == "-"
    np.testing.assert_array_equal(line.get_ydata(), 2 * Y)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["measured", "closed form"]
    assert points.get_zorder() < line.get_zorder()


def test_marks_are_named_above_their_lines():
    axes = rate_curve({"a": (X, Y), "b": (X, -Y)}, marks={"1.5 nA": 1.5}, **LABELS).axes[0]
    assert [text.get_text() for text in axes.texts] == ["1.5 nA"]
    assert axes.lines[-1].get_xdata() == [1.5, 1.5]
    assert axes.get_ylim()[0] < -30 and axes.get_ylim()[1] > 30


def test_one_curve_needs_no_legend():
    assert rate_curve({"measured": (X, Y)}, **LABELS).axes[0].get_legend() is None


def test_a_trace_has_the_colour_of_its_point():
    figure = rate_and_membranes(
        {"measured": (X, Y)},
        times=[0.0, 1.0],
        traces={"neuron 1": (1.0, [-65.0, -50.0]), "neuron 2": (2.0, [-65.0, -40.0])},
        threshold=-50.0,
        membrane_label="potential (mV)",
        **LABELS,
    )
    left, right = figure.axes
    rings = [line for line in left.lines if line.get_markersize() == 9]
    assert [ring.get_xdata()[0] for ring in rings] == [1.0, 2.0]
    assert [ring.get_ydata()[0] for ring in rings] == [10.0, 30.0]
    assert [ring.get_color() for ring in rings] == [line.get_color() for line in right.lines[1:]]


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: rate_curve({}, **LABELS), "nothing measured"),
        (lambda: rate_curve({"a": (X, Y[1:])}, **LABELS), r"answer of 'a' has shape \[2\]"),
        (
            lambda: rate_and_membranes(
                {"a": (X, Y)}, times=[0], traces={}, threshold=0, membrane_label="v", **LABELS
            ),
            "no trace",
        ),
    ],
)
def test_what_does_not_fit_is_refused(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
