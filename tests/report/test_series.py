"""Arrays over time."""

import numpy as np
import pytest

from ranvier.report._series import series


def test_what_fits_comes_back_in_double_precision():
    assert series("v", np.ones(3, np.float32), 3).dtype == np.float64


@pytest.mark.parametrize(
    ("values", "steps", "words"),
    [
        ([[1.0]], None, r"v has shape \[1, 1\], expected \[T\] with at least one step"),
        ([1.0, 2.0], 3, r"v has shape \[2\], expected \[3\]"),
        ([np.inf], 1, "v contains inf, expected finite values"),
    ],
)
def test_what_does_not_fit_is_refused(values, steps, words):
    with pytest.raises(ValueError, match=words):
        series("v", values, steps)
