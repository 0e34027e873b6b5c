"""What a population tells: over its size, and over time."""

import numpy as np
import pytest

from ranvier.report import Spread, decoded_signal, spread_curve

SIZES, MEAN, DEVIATION = [1, 10, 100], [0.1, 0.5, 0.9], [0.1, 0.05, 0.01]
LABELS = {"xlabel": "neurons", "ylabel": "correlation (1)", "title": "See"}
TIME = {"ylabel": "amplitude (1)", "time_unit": "pulses", "title": "See"}


def test_means_have_their_deviations_and_theory_is_a_line():
    figure = spread_curve(
        {"noisy": Spread(SIZES, MEAN, DEVIATION)},
        analytic={"closed form": (SIZES, [0.2, 0.6, 1.0])},
        **LABELS,
    )
    (axes,) = figure.axes
    (bars,) = axes.containers
    line, _, (ranges,) = bars
    np.testing.assert_array_equal(line.get_ydata(), MEAN)
    np.testing.assert_allclose(
        [path.vertices[:, 1] for path in ranges.get_paths()],
        np.stack([np.subtract(MEAN, DEVIATION), np.add(MEAN, DEVIATION)], axis=1),
    )
    theory = axes.lines[-1]
    np.testing.assert_array_equal(theory.get_ydata(), [0.2, 0.6, 1.0])
    assert theory.get_zorder() < line.get_zorder()
    assert axes.get_xscale() == "log" and axes.get_ylim()[0] <= 0
    (legend,) = figure.legends
    assert sorted(text.get_text() for text in legend.get_texts()) == ["closed form", "noisy"]


def test_what_is_named_first_is_on_top():
    curve = Spread(SIZES, MEAN, DEVIATION)
    (axes,) = spread_curve({"a": curve, "b": curve}, **LABELS).axes
    first, second = (bars[0].get_zorder() for bars in axes.containers)
    assert first > second


def test_one_curve_needs_no_legend():
    figure = spread_curve({"noisy": Spread(SIZES, MEAN, DEVIATION)}, scale="log", **LABELS)
    assert not figure.legends and figure.axes[0].get_yscale() == "log"


def test_an_axis_may_begin_where_its_answers_do():
    curve = {"noisy": Spread(SIZES, [90.0, 91.0, 92.0], DEVIATION)}
    assert spread_curve(curve, **LABELS).axes[0].get_ylim()[0] == 0
    assert 80 < spread_curve(curve, from_zero=False, **LABELS).axes[0].get_ylim()[0] < 90


def test_a_window_is_a_stair_below_the_signal():
    figure = decoded_signal([0, 1, 2, 3], [1, 2, 3, 4], [0, 2], {"a": [1.5, 3.5]}, **TIME)
    (axes,) = figure.axes
    stairs = axes.patches[0].get_data()
    assert stairs.values.tolist() == [1.5, 3.5] and stairs.edges.tolist() == [0, 2, 4]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1, 2, 3, 4])
    assert axes.get_xlim() == (0, 4)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: spread_curve({}, **LABELS), "nothing measured"),
        (
            lambda: spread_curve({"a": Spread([0, 1], [1, 1], [0, 0])}, **LABELS),
            "the input of 'a' contains 0, expected more than 0",
        ),
        (
            lambda: spread_curve({"a": Spread([1], [-1], [0])}, scale="log", **LABELS),
            "the mean of 'a' contains -1, expected more than 0",
        ),
        (
            lambda: spread_curve({"a": Spread(SIZES, MEAN, [0.1])}, **LABELS),
            r"the deviation of 'a' has shape \[1\], expected \[3\]",
        ),
        (lambda: decoded_signal([0], [1], [0, 1], {}, **TIME), "nothing decoded"),
        (lambda: decoded_signal([0], [1], [0], {"a": [1]}, **TIME), "one window, expected"),
        (lambda: decoded_signal([0], [1], [0, 1], {"a": [1]}, **TIME), r"expected \[2\]"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
