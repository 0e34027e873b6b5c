"""Bars of scores and of operations."""

import numpy as np
import pytest

from ranvier.report import nll_bars, operations_bars

ROWS = [
    {"name": "uniform", "value": 60.997, "kind": "baseline"},
    {"name": "SNU", "value": 8.81, "spread": 0.03, "published": 8.72, "kind": "model"},
    {"name": "note frequency", "value": 11.09, "kind": "baseline"},
    {"name": "sSNU", "value": 8.46, "published": 8.39, "kind": "model"},
]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_models_stand_above_baselines_best_first_with_their_numbers():
    axes = nll_bars(ROWS).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["sSNU", "SNU", "note frequency", "uniform"]
    heights = axes.get_yticks()
    bottom, top = axes.get_ylim()
    assert bottom > top and (np.diff(heights) > 0).all()
    written = texts(axes)
    for text in ("8.46", "8.81 ± 0.03", "11.09", "61.00", "published 8.39", "published 8.72"):
        assert text in written


def test_bars_start_at_zero_and_only_the_outlier_is_cut():
    axes = nll_bars(ROWS).axes[0]
    assert axes.get_xlim()[0] == 0
    widths = [patch.get_width() for patch in axes.patches]
    assert widths[:3] == [8.46, 8.81, 11.09]
    assert widths[3] < 20


def test_the_published_value_stands_where_it_belongs():
    axes = nll_bars(ROWS).axes[0]
    diamonds = [line for line in axes.lines if line.get_marker() == "D" and len(line.get_xdata())]
    assert [float(line.get_xdata()[0]) for line in diamonds] == [8.39, 8.72]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"name": "SNU", "value": 8.0, "kind": "modle"}, "Did you mean 'model'"),
        ({"name": "SNU", "value": np.nan, "kind": "model"}, "'SNU' has value = nan"),
        ({"name": "SNU", "kind": "model"}, "'SNU' has value = None"),
        ({"name": "SNU", "value": 8.0, "spread": -1.0, "kind": "model"}, "spread = -1"),
    ],
)
def test_bad_rows_are_refused(row, message):
    with pytest.raises(ValueError, match=message):
        nll_bars([row])


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="no rows"):
        nll_bars([])
    with pytest.raises(ValueError, match="no rows"):
        operations_bars([])


def test_operations_are_written_out_with_their_ratio():
    axes = operations_bars(
        [{"name": "SNU", "dense": 26400, "event": 2200}, {"name": "GRU", "dense": 31000}]
    ).axes[0]
    written = texts(axes)
    assert "26\u2009400" in written
    assert "2\u2009200   (12 times fewer)" in written
    assert "sends no events" in written
    assert axes.get_xscale() == "linear" and axes.get_xlim()[0] == 0


def test_far_apart_operations_take_a_logarithmic_axis_and_zero_stays_zero():
    axes = operations_bars(
        [{"name": "SNU", "dense": 26400, "event": 12}, {"name": "mute", "dense": 9, "event": 0}]
    ).axes[0]
    assert axes.get_xscale() == "log"
    assert "logarithmic" in axes.get_xlabel()
    written = texts(axes)
    assert "12   (2\u2009200 times fewer)" in written
    assert "0" in written


def test_negative_operations_are_refused():
    with pytest.raises(ValueError, match="'SNU' has dense = -1"):
        operations_bars([{"name": "SNU", "dense": -1}])


@pytest.mark.parametrize("values", [(0.0, 0.0), (0.0, 0.0, 3.0)])
def test_a_perfect_score_is_a_bar_of_no_length(values):
    rows = [{"name": f"net {n}", "value": v, "kind": "model"} for n, v in enumerate(values)]
    (axes,) = nll_bars(rows).axes
    assert axes.get_xlim()[1] >= max(values) and axes.get_xlim()[1] > 0


def test_a_spread_stays_within_the_axis():
    rows = [
        {"name": "one", "value": 2.0, "spread": 1.5, "kind": "model"},
        {"name": "two", "value": 1.9, "spread": 0.1, "kind": "model"},
    ]
    axes = nll_bars(rows).axes[0]
    assert axes.get_xlim()[1] > 3.5
