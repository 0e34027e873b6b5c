"""The family of surrogate derivatives."""

import numpy as np
import pytest

from ranvier.report import surrogate_family

V = np.linspace(-1, 1, 5)


def test_every_surrogate_has_a_panel_over_the_same_axes():
    named = {"hat(1.0)": 1 - abs(V), "flat()": np.ones(5), "a(1)": V, "b(2)": V}
    figure = surrogate_family(V, named, title="See")
    used = [axes for axes in figure.axes if axes.get_visible()]
    titles = [axes.get_title(loc="left") for axes in used]
    assert titles == ["hat\n(1.0)", "flat\n", "a\n(1)", "b\n(2)"]
    np.testing.assert_array_equal(used[0].lines[1].get_ydata(), 1 - abs(V))
    assert len({axes.get_ylim() for axes in used}) == 1


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no surrogate"):
        surrogate_family(V, {}, title="See")
    with pytest.raises(ValueError, match=r"hat has shape \[2\], expected \[5\]"):
        surrogate_family(V, {"hat": [0, 1]}, title="See")
