"""Labels that give way to each other."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text

from ranvier.report import learning_curves
from ranvier.report._labels import spread

places = st.lists(st.floats(-100, 100, allow_nan=False), min_size=1, max_size=12)


@settings(deadline=None)
@given(places, st.floats(0.01, 5))
def test_spread_keeps_order_distance_and_bounds(wanted, gap):
    placed = spread(wanted, gap, -100.0, 100.0)
    assert placed.min() >= -100 - 1e-9 and placed.max() <= 100 + 1e-9
    by_height = placed[np.argsort(wanted, kind="stable")]
    assert (np.diff(by_height) >= gap - 1e-9).all()


@settings(deadline=None)
@given(places, st.floats(0.01, 5))
def test_spread_moves_nothing_that_has_room(wanted, gap):
    roomy = np.unique(np.round(wanted)) * (gap + 1)
    np.testing.assert_allclose(spread(roomy, gap, -1e4, 1e4), roomy, atol=1e-9)


def test_spread_shares_a_room_that_is_too_small():
    np.testing.assert_allclose(spread([0.0, 0.0, 0.0], 5.0, 0.0, 4.0), [0.0, 2.0, 4.0])


def test_labels_of_equal_curves_and_references_do_not_overlap_and_stay_in_the_figure():
    curves = {f"model {i}": np.linspace(20, 8.5 + 0.001 * i, 30) for i in range(8)}
    reference = {"published": 8.5, "published too": 8.501, "baseline": 8.502, "far away": 61.0}
    figure = learning_curves(
        curves, ylabel="NLL (nats per time step)", title="All at once", reference=reference
    )
    figure.draw_without_rendering()
    written = [text for text in figure.axes[0].texts if "  " in text.get_text()]
    boxes = sorted((Text.get_window_extent(text) for text in written), key=lambda box: box.y0)
    assert len(boxes) == 12
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in itertools.pairwise(boxes))
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    assert min(box.y0 for box in boxes) >= 0
