"""Measured series: frozen counts of the real one, windows by hand, and broken files."""

import os

import numpy as np
import pytest

from ranvier.data import Forecast, Series, read_series, transformer_temperature


@pytest.mark.skipif("RANVIER_DATA" not in os.environ, reason="needs the series: set RANVIER_DATA")
def test_the_transformer_has_the_published_counts():
    series = transformer_temperature()
    assert len(series) == 17_420
    assert series.columns == ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
    assert series.values[0, -1] == pytest.approx(30.531, abs=1e-6)


def slope(columns=2, steps=50):
    return Series(
        "slope", ("a", "b")[:columns], np.arange(steps * columns * 1.0).reshape(steps, -1)
    )


def test_windows_are_cut_and_scaled_by_the_training_part():
    series = slope()
    forecast = Forecast(series, series[:20], "b", ahead=4, steps=6)
    batch = forecast.draw(np.random.default_rng(0), 300)
    mean, deviation = series.values[:20].mean(0), series.values[:20].std(0)
    x = batch.x * deviation + mean
    np.testing.assert_allclose(np.diff(x, axis=0), 2, rtol=1e-5)
    np.testing.assert_allclose(batch.target[..., 0] * deviation[1], 8, rtol=1e-5)
    assert forecast.deviation == pytest.approx(deviation[1])
    assert forecast.as_now() == 8 and batch.mask.shape == (6, 300)
    # The last window ends where what it foretells is the last of all.
    assert x[..., 1].max() + 8 == pytest.approx(series.values[-1, 1], rel=1e-6)


def test_a_level_is_taken_off_windows_and_not_judged():
    """Two series a level apart give the same windows; what is foretold stays as it was."""
    series = slope()
    settled = Forecast(series, series, "b", ahead=4, steps=6, settle=2)
    higher = Series("higher", series.columns, series.values + 1000.0)
    raised = Forecast(higher, series, "b", ahead=4, steps=6, settle=2)
    plain = Forecast(series, series, "b", ahead=4, steps=6)
    one, two, as_it_is = (f.draw(np.random.default_rng(0), 5) for f in (settled, raised, plain))
    np.testing.assert_allclose(one.x, two.x, atol=1e-3)
    np.testing.assert_allclose(one.x[:2].mean(0), 0, atol=1e-6)
    np.testing.assert_array_equal(one.target, as_it_is.target)
    assert one.mask[:2].sum() == 0 and (one.mask[2:] == 1).all()
    with pytest.raises(ValueError, match="settle is 6, expected 0 to 5"):
        Forecast(series, series, "b", steps=6, settle=6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds 0 rows under 0 names"),
        ("date,a\n", "holds 0 rows under 2 names"),
        ("date,a,b\n1,2,3\n1,2\n", "line 3 has 2 entries; expected 3"),
        ("date,a\n1,x\n", "line 2: could not convert string to float: 'x'"),
        ("date,a\n1,2\n2,nan\n", "row 2 has nan for 'a'"),
    ],
)
def test_a_broken_table_is_named(text, words, tmp_path):
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        read_series(tmp_path / "table.csv")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "c"}, "slope has no column 'c'"),
        ({"target": "a", "ahead": 0}, "ahead is 0"),
        ({"target": "a", "steps": 60}, "slope: 50 steps; expected at least 84"),
    ],
)
def test_a_forecast_that_cannot_be_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        Forecast(slope(), slope(), **options)


def test_a_series_needs_a_name_for_every_column():
    with pytest.raises(ValueError, match=r"expected \[T, 1\]"):
        Series("odd", ("a",), np.zeros((3, 2)))
