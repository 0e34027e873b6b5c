"""One neuron over time."""

import numpy as np
import pytest

from ranvier.report import membranes, neuron_trace

TIMES = np.arange(6.0)
V = np.array([0.0, 0.5, 0.9, 0.0, 0.5, 0.9])
FIRED = np.array([0, 0, 0, 1, 0, 0])
COMMON = {"membrane_label": "membrane (mV)", "title": "See"}


def test_a_spike_is_drawn_to_its_peak_and_back():
    figure = neuron_trace(TIMES, V, drive={"input (nA)": V}, fired=FIRED, peak=2.0, **COMMON)
    x, y = figure.axes[0].lines[-1].get_data()
    np.testing.assert_array_equal(x[2:5], [2, 3, 3])
    np.testing.assert_array_equal(y[2:5], [0.9, 2.0, 0.0])


def test_without_a_peak_dots_stand_above_the_trace():
    figure = neuron_trace(TIMES, V, drive={"input (nA)": V}, fired=FIRED, threshold=1.0, **COMMON)
    threshold, trace, dots = figure.axes[0].lines
    np.testing.assert_array_equal(threshold.get_ydata(), np.ones(6))
    np.testing.assert_array_equal(trace.get_ydata(), V)
    assert dots.get_xdata().tolist() == [3.0] and dots.get_ydata()[0] > 1.0


def test_a_threshold_may_move():
    level = np.linspace(1, 2, 6)
    figure = neuron_trace(TIMES, V, drive={"input (nA)": V}, threshold=level, **COMMON)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), level)


def test_every_variable_and_every_port_has_its_panel():
    figure = neuron_trace(
        TIMES, V, drive={"soma (nA)": V, "dendrite (nA)": V}, others={"gate n": V}, **COMMON
    )
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels == ["membrane\n(mV)", "gate n", "soma\n(nA)", "dendrite\n(nA)"]
    assert figure.axes[-1].get_xlabel() == "time (ms)"


def test_what_is_counted_in_steps_is_drawn_in_steps():
    given = {"drive": {"input": V}, "others": {"output": V}, **COMMON}
    styles = [
        neuron_trace(TIMES, V, time_unit=unit, **given).axes[1].lines[0].get_drawstyle()
        for unit in ("steps", "ms")
    ]
    assert styles == ["steps-post", "default"]


def test_membranes_share_their_axes():
    figure = membranes(
        TIMES, {"a": V, "b": 3 * V}, fired={"a": FIRED, "b": FIRED}, threshold=1.0, **COMMON
    )
    limits = [axes.get_ylim() for axes in figure.axes]
    assert limits[0] == limits[1] and limits[0][1] > 2.7
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a", "b"]


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: neuron_trace(TIMES, V[1:], drive={}, **COMMON), r"membrane has shape \[5\]"),
        (lambda: neuron_trace([], [], drive={}, **COMMON), "expected \\[T\\] with at least one"),
        (
            lambda: neuron_trace(TIMES, V * np.nan, drive={}, **COMMON),
            "membrane contains nan, expected finite values",
        ),
        (
            lambda: membranes(TIMES, {"a": V}, fired={"b": V}, **COMMON),
            r"traces \['a'\] and spikes of \['b'\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
