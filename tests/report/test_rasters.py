"""Populations of every size: dashes for few, shades for many, and the rates of both."""

import numpy as np
import pytest

from ranvier.metrics import spike_rates
from ranvier.report import population_activity, raster
from ranvier.report._marks import COLUMNS, ROWS, crowded

SHOWN = {"stop_ms": 100.0, "bin_ms": 5.0, "title": "See"}


def population(units, spikes, seed=0):
    rng = np.random.default_rng(seed)
    return [np.sort(rng.uniform(0, 100, spikes)) for _ in range(units)]


def test_few_units_get_a_dash_per_spike():
    trains = population(50, 8)
    top, below, side = population_activity(trains, **SHOWN).axes
    segments = np.array(top.collections[0].get_segments())
    drawn = [
        np.sort(segments[segments[:, :, 1].mean(1).round() == unit, 0, 0]) for unit in range(50)
    ]
    np.testing.assert_allclose(drawn, trains)
    assert [axes.get_xlabel() for axes in (below, side)] == ["time (ms)", "rate (Hz)"]
    assert top.get_ylabel() == "unit"


def test_only_what_lies_inside_is_drawn_and_counted():
    figure = population_activity(
        [[5.0, 15.0, 25.0]], start_ms=10, stop_ms=20, bin_ms=5, title="One"
    )
    assert len(figure.axes[0].collections[0].get_segments()) == 1
    assert figure.axes[1].patches[0].get_data().values.tolist() == [0, 200]
    assert figure.axes[2].patches[0].get_data().values.tolist() == [100]


@pytest.mark.parametrize("units", [1000, 10_000])
def test_many_units_become_an_image_that_holds_every_spike(units):
    trains = population(units, 12)
    figure = population_activity(trains, **SHOWN)
    top, below, side = figure.axes[:3]
    assert not top.collections
    image = np.asarray(top.images[0].get_array())
    assert image.shape == (ROWS, COLUMNS)
    # The image's mean is the mean rate in hertz, and so is that of both margins.
    rate = spike_rates(trains, stop_ms=100).mean()
    assert image.mean() == pytest.approx(rate)
    assert below.patches[0].get_data().values.mean() == pytest.approx(rate)
    rows = side.patches[0].get_data()
    assert len(rows.values) == ROWS
    inside = np.histogram(np.arange(units), rows.edges)[0]
    assert (rows.values * inside).sum() / units == pytest.approx(rate)
    assert top.child_axes[0].get_xlabel().endswith("(Hz)")


def test_an_assembly_of_a_few_units_is_seen_among_ten_thousand():
    trains = population(10_000, 2)
    for unit in range(6000, 6100):
        trains[unit] = np.arange(50.0, 60.0, 0.5)
    image = np.asarray(population_activity(trains, **SHOWN).axes[0].images[0].get_array())
    row, column = np.unravel_index(image.argmax(), image.shape)
    assert row == int(6050 / 10_000 * ROWS) and 50 <= column / COLUMNS * 100 < 60


def test_a_few_spikes_of_many_units_stay_dashes_that_can_be_seen():
    trains = [np.empty(0)] * 10_000
    trains[42] = np.array([30.0])
    top = population_activity(trains, **SHOWN).axes[0]
    (dash,) = top.collections[0].get_segments()
    assert np.ptp(dash[:, 1]) > 10_000 / 200 and not crowded(10_000, 1)


def test_the_raster_of_a_layer_turns_to_shades_too():
    spikes = (np.random.default_rng(0).random((60, 500)) < 0.2).astype(float)
    axes = raster(spikes, title="Many").axes
    image = np.asarray(axes[0].images[0].get_array())
    assert image.shape == (ROWS, 60)
    assert image.mean() == pytest.approx(spikes.mean())
    assert axes[1].get_ylabel() == "spikes per unit and step"
    assert axes[0].get_title(loc="left").startswith("spikes: their density")


@pytest.mark.parametrize(
    ("trains", "bounds", "message"),
    [
        ([], {}, "at least one train"),
        ([[2.0, 1.0]], {}, "back in time"),
        ([[1.0]], {"bin_ms": 200.0}, "at least one window"),
        ([[1.0]], {"stop_ms": 0.0}, "observation"),
        ([[1.0]], {"title": " "}, "no title"),
    ],
)
def test_what_cannot_be_drawn_is_refused(trains, bounds, message):
    with pytest.raises(ValueError, match=message):
        population_activity(trains, **{**SHOWN, **bounds})
