"""Streams, their weights, and quantiles over anything: what figures show, and what they refuse."""

import numpy as np
import pytest

from ranvier.report import quantile_panels, stream_raster, stream_weights

WORDS = {"xlabel": "correlation (1)", "ylabel": "d' (1)", "title": "See"}
NAMED = {"names": ("group",), "rest": "others", "ylabel": "weight (1)", "title": "See"}
LISTENED = {"listener": "neuron", "time_unit": "steps", "title": "See"}


def test_medians_lie_within_their_bands():
    values = np.random.default_rng(0).normal(size=(4, 50)).cumsum(0)
    figure = quantile_panels({"": {"one": values}}, [0, 0.02, 0.1, 0.5], **WORDS, spacing="each")
    (axes,) = figure.axes
    np.testing.assert_allclose(axes.lines[0].get_ydata(), np.median(values, 1))
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2, 3]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "0.02", "0.1", "0.5"]
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(np.quantile(values, 0.1, axis=1).min())
    assert band[:, 1].max() == pytest.approx(np.quantile(values, 0.9, axis=1).max())


def test_panels_share_axes_colours_and_one_legend():
    curves = {"group": np.ones((3, 2)), "others": np.zeros((3, 2))}
    figure = quantile_panels(
        {"a": curves, "b": curves, "c": curves}, [0, 1, 2], **WORDS, reference={"wanted": 2.0}
    )
    panels = [axes for axes in figure.axes if axes.axison]
    assert [axes.get_title(loc="left") for axes in panels] == ["a", "b", "c"]
    assert len({axes.lines[1].get_color() for axes in panels}) == 1
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["wanted", "group", "others"]


def test_every_stream_is_drawn_in_the_colour_of_its_group():
    weights = np.linspace(0, 1, 6)
    figure = stream_weights({"a": weights, "b": weights}, [0, 0, -1, -1, -1, -1], **NAMED)
    for axes in figure.axes:
        drawn = {line.get_label(): line.get_xdata().tolist() for line in axes.lines}
        assert drawn == {"others": [2, 3, 4, 5], "group": [0, 1]}


def test_events_and_spikes_are_drawn_where_they_are():
    events = np.zeros((5, 2), int)
    events[[0, 3], [0, 1]] = 1
    figure = stream_raster({"group": events, "others": events[:, :1]}, [0, 0, 1, 0, 0], **LISTENED)
    top, bottom = figure.axes
    found = [[line.mean(0).tolist() for line in c.get_segments()] for c in top.collections]
    assert np.allclose(found[0], [[1, 0], [4, 1]]) and np.allclose(found[1], [[1, 2]])
    assert bottom.collections[0].get_segments()[0][0, 0] == 3


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: quantile_panels({}, [0], **WORDS), "got nothing to draw"),
        (lambda: quantile_panels({"": {}}, [0], **WORDS), "got nothing to draw"),
        (
            lambda: quantile_panels({"": {"one": [1.0, 2.0]}}, [0, 1], **WORDS),
            r"'one' has values of shape \[2\], expected \[2, repetitions\]",
        ),
        (lambda: stream_weights({}, [0], **NAMED), "got no panel"),
        (lambda: stream_weights({"a": [1.0]}, [1], **NAMED), "there is a group 1, expected names"),
        (lambda: stream_weights({"a": [1.0]}, [0, -1], **NAMED), r"a has shape \[1\], expected"),
        (lambda: stream_raster({}, [0], **LISTENED), "got no events"),
        (
            lambda: stream_raster({"a": [[1], [0]]}, [0], **LISTENED),
            r"'a' has events of shape \[2, 1\], expected \[1, streams\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
