import numpy as np
import pytest

from ranvier.report import TimedLayer, spike_time_raster


def test_every_spike_is_drawn_in_its_window():
    layers = [
        TimedLayer("input", 0.0, 1.0, np.array([0.25, 1.0, 0.5])),
        TimedLayer("hidden", 1.0, 2.0, np.array([2.0, 0.5])),
    ]
    figure = spike_time_raster(layers, title="Spikes")
    drawn = [axes.lines[0].get_xdata().tolist() for axes in figure.axes]
    assert drawn == [[0.25, 0.5], [1.5]]
    words = [axes.texts[0].get_text() for axes in figure.axes]
    assert words == ["input\n2 of 3 spike", "hidden\n1 of 2 spike"]
    shaded = (
        figure.axes[1].patches[0].get_extents().transformed(figure.axes[1].transData.inverted())
    )
    assert (shaded.x0, shaded.x1) == (pytest.approx(1.0), pytest.approx(3.0))
    assert figure.axes[-1].get_xlabel().startswith("time (time constants)")


def test_a_large_layer_is_thinned_evenly_and_counted_whole():
    times = np.full(10_000, 0.5)
    (axes,) = spike_time_raster([TimedLayer("many", 0.0, 1.0, times)], title="Spikes").axes
    assert len(axes.lines[0].get_xdata()) == 400
    assert "10000 of 10000" in axes.texts[0].get_text()


@pytest.mark.parametrize("layers", [[], [TimedLayer("none", 0.0, 1.0, np.zeros(0))]])
def test_nothing_to_draw_is_refused(layers):
    with pytest.raises(ValueError, match="layer"):
        spike_time_raster(layers, title="Spikes")


def test_a_unit_may_spike_often():
    layer = TimedLayer("rate", 0.0, 4.0, np.array([0, 1, 3, 3]), np.array([2, 2, 2, 0]), 5)
    (axes,) = spike_time_raster([layer], title="Spikes", unit="steps").axes
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 3, 3]
    assert axes.lines[0].get_ydata().tolist() == [2, 2, 2, 0]
    assert axes.texts[0].get_text() == "rate\n2 of 5 spike"
    assert "steps" in axes.get_xlabel()
