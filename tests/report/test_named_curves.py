"""Curves with their names at the ends."""

import numpy as np
import pytest

from ranvier.report import CurvePanel, Line, named_curves


def panel(**changes):
    lines = {
        "rate": Line([16, 64, 256], [44.0, 70.0, 86.0], [1.0, 1.0, 1.0]),
        "latency": Line([16, 64, 256], [77.0, 90.0, 94.0]),
    }
    return CurvePanel(**{"xlabel": "spikes", "ylabel": "accuracy (%)", "lines": lines, **changes})


def test_every_curve_is_drawn_and_named():
    figure = named_curves([panel(reference={"no code": 95.0})], title="More spikes say more")
    (axes,) = figure.axes
    rate, latency = axes.lines[:2]
    np.testing.assert_array_equal(rate.get_ydata(), [44, 70, 86])
    np.testing.assert_array_equal(latency.get_xdata(), [16, 64, 256])
    assert {text.get_text() for text in axes.texts} == {"rate", "latency", "no code"}
    # One band, for the curve whose spread is known, and one line across.
    assert len(axes.collections) == 1 and len(axes.lines) == 3
    assert axes.get_ylabel() == "accuracy (%)"


def test_a_name_looks_the_same_in_all_panels():
    other = panel(lines={"latency": Line([0.0, 1.0], [3.0, 2.0])})
    figure = named_curves([panel(), other], title="Twice")
    assert figure.axes[0].lines[1].get_color() == figure.axes[1].lines[0].get_color()


def test_doubling_ticks_are_the_values():
    figure = named_curves([panel(doubling=True)], title="Factors")
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["16", "64", "256"]


def test_places_beyond_the_curves_are_marked_and_named():
    figure = named_curves([panel(points={"published": (300.0, 84.5)})], title="Beside")
    axes = figure.axes[0]
    (mark,) = (line for line in axes.lines if line.get_marker() == "D")
    assert (mark.get_xdata(), mark.get_ydata()) == (300.0, 84.5)
    assert axes.get_xlim()[0] == 16 and axes.get_xlim()[1] > 300
    (text,) = (text for text in axes.texts if text.get_text() == "published")
    assert text.get_horizontalalignment() == "right"
    assert named_curves([panel()], title="Alone").axes[0].get_xlim() == (16, 256)


@pytest.mark.parametrize(
    ("panels", "words"),
    [
        ([], "panel without curves"),
        ([panel(lines={})], "panel without curves"),
        ([panel(lines={"rate": Line([1, 2], [3.0])})], "the means of 'rate' has shape"),
        ([panel(lines={"rate": Line([1, 2], [3.0, np.nan])})], "contains nan"),
        ([panel(lines={"rate": Line([1, 2], [3.0, 1.0], [1.0])})], "deviations of 'rate'"),
    ],
)
def test_what_is_refused(panels, words):
    with pytest.raises(ValueError, match=words):
        named_curves(panels, title="Nothing")
