"""The yin-yang sign: areas, symmetry and balance."""

import numpy as np
import pytest

from ranvier.data import yin_yang
from ranvier.data._yin_yang import classes_of


def test_points_lie_where_their_class_is():
    points, classes = yin_yang(np.random.default_rng(0), 3000)
    assert points.shape == (3000, 4) and points.dtype == float
    np.testing.assert_allclose(points[:, 2:], 1 - points[:, :2])
    assert (np.hypot(*(points[:, :2] - 0.5).T) <= 0.5).all()
    np.testing.assert_array_equal(classes, classes_of(points[:, :2]))


def test_classes_are_equally_likely_and_dots_equally_filled():
    """Each count within 5 standard deviations: fails by chance once in a million seeds."""
    points, classes = yin_yang(np.random.default_rng(1), 9000)
    spread = np.sqrt(9000 * 2 / 9)
    assert (abs(np.bincount(classes) - 3000) < 5 * spread).all()
    dots = points[classes == 2]
    assert abs((dots[:, 0] > 0.5).sum() - len(dots) / 2) < 5 * np.sqrt(len(dots)) / 2
    # Uniform within a dot: a quarter of its points within half of its radius.
    near = np.minimum(*(np.hypot(dots[:, 0] - x, dots[:, 1] - 0.5) for x in (0.25, 0.75))) < 0.05
    assert abs(near.mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / len(dots))


def test_half_a_turn_swaps_the_halves_and_keeps_the_dots():
    grid = np.stack(np.meshgrid(*[np.linspace(0.003, 0.998, 200)] * 2), -1).reshape(-1, 2)
    inside = grid[np.hypot(*(grid - 0.5).T) < 0.5]
    here, turned = classes_of(inside), classes_of(1 - inside)
    np.testing.assert_array_equal(turned, np.array([1, 0, 2])[here])
    # Two dots of a fifth of the radius each.
    assert (here == 2).mean() == pytest.approx(2 * 0.2**2, rel=0.03)


def test_known_points():
    """As the authors' function classifies them."""
    known = {
        (0.25, 0.5): 2,
        (0.75, 0.5): 2,
        (0.5, 0.9): 1,
        (0.5, 0.1): 0,
        (0.1, 0.5): 1,
        (0.9, 0.5): 0,
    }
    known |= {(0.25, 0.35): 1, (0.75, 0.65): 0, (0.3, 0.2): 0, (0.7, 0.8): 1}
    np.testing.assert_array_equal(classes_of(np.array(list(known))), list(known.values()))


def test_no_points_are_refused():
    with pytest.raises(ValueError, match="yin_yang: examples is 0, expected at least 1"):
        yin_yang(np.random.default_rng(0), 0)
