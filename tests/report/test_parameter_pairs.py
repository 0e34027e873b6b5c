import numpy as np
import pytest

from ranvier.report import parameter_pairs


def test_every_parameter_is_a_point():
    draw = np.random.default_rng(0)
    pairs = {name: draw.normal(size=(2, 20)) for name in ("weights", "bias", "output")}
    figure = parameter_pairs(pairs, ("one", "two"), title="Pairs")
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 3
    for axes, (name, pair) in zip(shown, pairs.items(), strict=True):
        points = axes.lines[1]
        np.testing.assert_array_equal([points.get_xdata(), points.get_ydata()], pair)
        assert axes.get_title(loc="left").startswith(name)
        assert f"{abs(pair[0] - pair[1]).max():.1g}" in axes.get_title(loc="left")
        assert axes.get_xlim() == axes.get_ylim()
        assert axes.get_xlim()[0] < pair.min() and axes.get_xlim()[1] > pair.max()


@pytest.mark.parametrize("groups", [{}, {"weights": np.zeros((3, 4))}, {"none": np.zeros((2, 0))}])
def test_what_is_no_pair_is_refused(groups):
    with pytest.raises(ValueError, match="parameter_pairs"):
        parameter_pairs(groups, ("one", "two"), title="Pairs")
