"""Learning curves and their differences."""

import numpy as np
import pytest

from ranvier.report import curve_difference, learning_curves

NLL = "NLL (nats per time step)"


def test_curves_are_drawn_as_given_from_epoch_one():
    scores = [12.0, 9.5, 9.1, 8.9]
    figure = learning_curves({"SNU": scores}, ylabel=NLL, title="It learns")
    line = figure.axes[0].lines[0]
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_array_equal(line.get_ydata(), scores)
    assert figure.axes[0].get_ylabel() == NLL
    assert figure.get_suptitle() == "It learns"
    assert any("8.90" in text.get_text() for text in figure.axes[0].texts)


def test_a_steep_start_does_not_flatten_the_rest_but_is_named():
    epochs = np.arange(60)
    scores = 8.5 + 52 * np.exp(-epochs) + 0.5 * np.exp(-epochs / 10)
    figure = learning_curves(
        {"SNU": scores}, ylabel=NLL, title="It learns", reference={"uniform": 61.0, "near": 8.4}
    )
    low, high = figure.axes[0].get_ylim()
    assert 8.2 < low < 8.4 and 8.6 < high < 12
    assert "61" in figure.axes[0].get_title(loc="left")
    labels = [text.get_text() for text in figure.axes[0].texts]
    assert any(label.startswith("uniform") and "↑" in label for label in labels)
    assert any(label == "near  8.40" for label in labels)


@pytest.mark.parametrize(
    "curves",
    [{"one": [8.0]}, {"flat": [8.0, 8.0]}, {"gap": [9.0, np.nan, 8.0]}, {"a": [1, 2], "b": [3.0]}],
)
def test_unusual_curves_are_drawn(curves):
    figure = learning_curves(curves, ylabel=NLL, title="Odd")
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_ylim()
    assert low < high


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ({}, "no curve"),
        ({"SNU": []}, "'SNU' has shape"),
        ({"SNU": [[1.0]]}, "'SNU' has shape"),
        ({"SNU": [np.nan, np.inf]}, "'SNU' has no finite value"),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused(curves, message):
    with pytest.raises(ValueError, match=message):
        learning_curves(curves, ylabel=NLL, title="Nothing")


def test_a_reference_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="reference 'published' is nan"):
        learning_curves({"a": [1.0, 2.0]}, ylabel=NLL, title="x", reference={"published": np.nan})


def test_the_largest_difference_is_written_and_zeros_are_counted():
    one = np.array([10.0, 9.0, 8.5, 8.25])
    other = one + np.array([0.0, 1e-6, -4e-6, 0.0])
    figure = curve_difference(one, other, names=("BPTT", "OSTL"), ylabel=NLL, title="Close")
    upper, lower = figure.axes
    title = lower.get_title(loc="left")
    assert "4.0 × 10⁻⁶, in epoch 3" in title
    assert "identical to the last bit in 2 of 4 epochs" in title
    assert lower.get_yscale() == "log"
    low, high = lower.get_ylim()
    assert low < 1e-6 and high > 4e-6
    np.testing.assert_array_equal(upper.lines[0].get_ydata(), one)
    np.testing.assert_array_equal(upper.lines[1].get_ydata(), other)
    assert "(nats per time step)" in lower.get_ylabel()


def test_equal_curves_are_called_identical():
    scores = [10.0, 9.0]
    figure = curve_difference(scores, scores, names=("BPTT", "OSTL"), ylabel=NLL, title="Same")
    figure.draw_without_rendering()
    assert "identical to the last bit in all 2 epochs" in figure.axes[1].get_title(loc="left")


def test_one_unit_in_the_last_place_is_not_identical():
    one = np.array([1.0, 2.0])
    other = np.array([1.0, np.nextafter(2.0, 3.0)])
    figure = curve_difference(one, other, names=("a", "b"), ylabel=NLL, title="Nearly")
    figure.draw_without_rendering()
    assert "4.4 × 10⁻¹⁶" in figure.axes[1].get_title(loc="left")


def test_curves_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="'a' has 2 epochs and 'b' has 1"):
        curve_difference([1.0, 2.0], [1.0], names=("a", "b"), ylabel=NLL, title="x")
    with pytest.raises(ValueError, match="'b' has the value nan in epoch 2"):
        curve_difference([1.0, 2.0], [1.0, np.nan], names=("a", "b"), ylabel=NLL, title="x")
