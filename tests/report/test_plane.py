"""Phase planes."""

import numpy as np
import pytest

from ranvier.report import phase_plane

X, Y = np.linspace(-2, 2, 41), np.linspace(-1, 1, 31)
GRID = np.meshgrid(X, Y)
LABELS = {"names": ("v", "w"), "labels": ("potential (mV)", "recovery (pA)"), "title": "See"}


def test_nullclines_are_where_a_slope_is_zero():
    slopes = (GRID[1] - 0.5, GRID[0] + 1.0)
    axes = phase_plane(X, Y, slopes, trajectory=([0.0], [0.0]), **LABELS).axes[0]
    first, second = (c for c in axes.collections if hasattr(c, "levels"))
    np.testing.assert_allclose(first.get_paths()[0].vertices[:, 1], 0.5)
    np.testing.assert_allclose(second.get_paths()[0].vertices[:, 0], -1.0)


def test_the_path_is_broken_where_it_resets():
    path = np.array([0.0, 1.0, -1.0, 0.0]), np.array([0.0, 0.1, 0.5, 0.4])
    figure = phase_plane(X, Y, GRID, trajectory=path, fired=[0, 0, 1, 0], **LABELS)
    whole, jump, start = figure.axes[0].lines
    assert np.isnan(whole.get_xdata()).sum() == 1
    assert jump.get_linestyle() == ":" and jump.get_xdata().tolist() == [1.0, -1.0]
    assert start.get_xdata().tolist() == [0.0]


def test_slopes_that_are_not_known_are_left_out():
    slopes = np.where(GRID[0] > 0, np.nan, GRID[1]), GRID[0] + 1.0
    axes = phase_plane(X, Y, slopes, trajectory=([0.0], [0.0]), **LABELS).axes[0]
    first = next(c for c in axes.collections if hasattr(c, "levels"))
    assert first.get_paths()[0].vertices[:, 0].max() <= 0


@pytest.mark.parametrize(
    ("slopes", "path", "words"),
    [
        ((GRID[0].T, GRID[1]), ([0.0], [0.0]), r"slopes have shape \[41, 31\]"),
        (GRID, ([0.0, 1.0], [0.0]), r"trajectory\[1\] has shape \[1\]"),
    ],
)
def test_what_does_not_fit_is_refused(slopes, path, words):
    with pytest.raises(ValueError, match=words):
        phase_plane(X, Y, slopes, trajectory=path, **LABELS)
