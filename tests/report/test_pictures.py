"""Rows of small pictures."""

import numpy as np
import pytest

from ranvier.report import picture_grid


def test_rows_and_headings():
    rows = {"one": np.zeros((3, 4, 4)), "two": np.ones((3, 4, 4))}
    figure = picture_grid(rows, title="Two rows", headings=["a", "b", "c"])
    assert len(figure.axes) == 6
    assert [axes.get_title() for axes in figure.axes[:3]] == ["a", "b", "c"]
    assert figure.axes[0].images[0].get_clim() == (0, 1)


def test_signed_pictures_have_zero_in_the_middle():
    figure = picture_grid({"w": [[[0.5, -2.0], [0.0, 1.0]]]}, title="Weights", signed=True)
    assert figure.axes[0].images[0].get_clim() == (-2.0, 2.0)


def test_what_cannot_be():
    with pytest.raises(ValueError, match="one shape"):
        picture_grid({"one": np.zeros((3, 4, 4)), "two": np.zeros((2, 4, 4))}, title="")
    with pytest.raises(ValueError, match="2 headings for 3"):
        picture_grid({"one": np.zeros((3, 4, 4))}, title="", headings=["a", "b"])
