"""Figures of networks on devices: scores over time, weights beside their targets."""

import numpy as np
import pytest

from ranvier.report import OverTime, score_over_time, weights_as_read

LABELS = {"ylabel": "NLL (nats)", "title": "See"}
TIMES = [25.0, 3600.0, 86_400.0]


def test_medians_are_drawn_with_bands_over_arrays():
    scores = np.random.default_rng(0).normal(8.0, 0.1, (3, 11))
    figure = score_over_time(
        TIMES,
        {"a": OverTime(scores, "plain"), "b": OverTime(scores + 1, "plain", dashed=True)},
        reference={"ideal": 7.9},
        solid="compensated",
        dashed="not",
        **LABELS,
    )
    (axes,) = figure.axes
    ideal, *curves = axes.lines
    np.testing.assert_array_equal(ideal.get_ydata(), [7.9, 7.9])
    np.testing.assert_allclose(curves[0].get_ydata(), np.median(scores, axis=1))
    assert curves[0].get_color() == curves[1].get_color()
    assert curves[0].get_linestyle() == "-" and curves[1].get_linestyle() == "--"
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(np.quantile(scores, 0.1, axis=1).min())
    assert band.max() == pytest.approx(np.quantile(scores, 0.9, axis=1).max())
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1 min", "1 h", "1 day"]
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["ideal", "plain", "compensated", "not"]


def test_an_axis_can_end_before_a_curve_does():
    figure = score_over_time(
        TIMES, {"a": OverTime([[1, 2], [3, 4], [50, 60]], "plain")}, limit=5.0, **LABELS
    )
    assert figure.axes[0].get_ylim()[1] == 5.0


def test_weights_lie_over_their_targets_and_the_error_is_told():
    figure = weights_as_read([("at once", [0.0, 1.0], [0.1, 0.9])], unit="1", title="See")
    (axes,) = figure.axes
    assert axes.get_title(loc="left") == "at once\nerror 0.100"
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [0.1, 0.9])


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: score_over_time(TIMES, {}, **LABELS), "no curve"),
        (lambda: score_over_time(TIMES, {"a": OverTime([[1.0]], "x")}, **LABELS), r"\[3, arrays\]"),
        (lambda: weights_as_read([], unit="1", title="See"), "no panel"),
        (lambda: weights_as_read([("a", [1.0], [1.0, 2.0])], unit="1", title="See"), "shown 'a'"),
    ],
)
def test_what_does_not_fit_is_named(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
