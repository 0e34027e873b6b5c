"""Rasters, heat maps and membranes."""

import numpy as np
import pytest

from ranvier.report import raster


def example(steps=30, units=12):
    rng = np.random.default_rng(0)
    membrane = rng.uniform(0, 1.5, (steps, units))
    return (membrane > 1).astype(float), membrane


def test_every_spike_becomes_one_dash_where_it_happened():
    spikes, _ = example()
    axes = raster(spikes, title="Spikes").axes[0]
    segments = np.array(axes.collections[0].get_segments())
    drawn = np.zeros_like(spikes)
    drawn[segments[:, 0, 0].astype(int) - 1, segments[:, :, 1].mean(axis=1).round().astype(int)] = 1
    np.testing.assert_array_equal(drawn, spikes)


def test_membranes_are_drawn_with_threshold_and_spikes():
    spikes, membrane = example()
    figure = raster(
        spikes,
        membrane=membrane,
        units=[7, 2],
        thresholds=np.arange(12.0),
        time_unit="ms",
        membrane_unit="mV",
        title="Membranes",
    )
    assert [axes.get_ylabel() for axes in figure.axes] == ["hidden unit", "unit 7", "unit 2"]
    trace, threshold, dots = figure.axes[1].lines
    np.testing.assert_array_equal(trace.get_ydata(), membrane[:, 7])
    assert threshold.get_ydata()[0] == 7.0
    np.testing.assert_array_equal(dots.get_xdata(), np.flatnonzero(spikes[:, 7]) + 1)
    assert figure.axes[-1].get_xlabel() == "time (ms)"
    assert "(mV)" in figure.axes[1].get_title(loc="left")


def test_a_number_of_units_takes_the_liveliest():
    spikes, membrane = np.zeros((20, 6)), np.zeros((20, 6))
    spikes[::2, 4] = 1
    spikes[::5, 1] = 1
    figure = raster(spikes, membrane=membrane, units=2, title="Lively")
    assert [axes.get_ylabel() for axes in figure.axes[1:]] == ["unit 1", "unit 4"]


def test_soft_outputs_become_a_heat_map():
    _, membrane = example()
    outputs = 1 / (1 + np.exp(-membrane))
    figure = raster(outputs, membrane=membrane, title="Soft")
    np.testing.assert_allclose(np.asarray(figure.axes[0].images[0].get_array()), outputs.T)
    assert any(axes.get_ylabel() == "output" for axes in figure.axes)
    assert "dots" not in figure.axes[1].get_title(loc="left")


def test_silence_negative_outputs_and_more_units_than_asked_for_are_drawn():
    still = np.zeros((5, 3))
    raster(still, membrane=still, units=9, title="Still").draw_without_rendering()
    raster(np.tanh(np.linspace(-2, 2, 20)).reshape(10, 2), title="Signed").draw_without_rendering()


def test_what_does_not_fit_is_refused():
    spikes, membrane = example()
    with pytest.raises(ValueError, match=r"spikes has shape \[30\]"):
        raster(spikes[:, 0], title="x")
    with pytest.raises(ValueError, match="expected that of spikes"):
        raster(spikes, membrane=membrane[1:], title="x")
    with pytest.raises(ValueError, match="unit 12 is not among the 12 units"):
        raster(spikes, membrane=membrane, units=[12], title="x")
    with pytest.raises(ValueError, match="membrane contains nan"):
        raster(spikes, membrane=membrane * np.nan, title="x")
    with pytest.raises(ValueError, match="0 units were chosen"):
        raster(spikes, membrane=membrane, units=[], title="x")
