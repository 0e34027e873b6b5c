"""The f-I curve of 100 neurons: what Brian2 counts, and the closed form."""

import numpy as np
import pytest

from ranvier.apps.fi_curve import _run, run, write_report
from ranvier.apps.fi_curve._constants import Constants, closed_form_Hz


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The published run, whole: 2 s at 0.1 ms."""
    folder = tmp_path_factory.mktemp("fi-curve")
    return folder, run(folder)


def column(result, name, rows=None):
    return [result["neurons"][i][name] for i in (rows or range(100))]


def test_rates_are_those_of_brian2(result):
    rows = (14, 15, 20, 30, 50, 99)
    assert column(result[1], "measured_Hz", rows) == [0, 7.0, 21.5, 39.0, 64.5, 102.0]
    assert result[1]["first_that_fires"] == 15
    assert (np.diff(column(result[1], "spikes")) >= 0).all()


def test_rates_are_near_the_closed_form(result):
    rows = (14, 15, 20, 30, 50, 99)
    analytic = column(result[1], "analytic_Hz", rows)
    published = [0, 6.985, 21.881, 39.222, 64.218, 101.260]
    np.testing.assert_allclose(analytic, published, atol=6e-4)
    assert result[1]["largest_deviation_Hz"] < 1
    assert 1000 * result[1]["rheobase_nA"] == pytest.approx(166.7, abs=0.05)


def test_first_spikes_are_where_the_membrane_crosses(result):
    """tau ln(RI / (RI - 15)), on the grid."""
    assert column(result[1], "first_spike_ms", (15, 20)) == pytest.approx([138.1, 40.7])


def test_the_report_shows_both_panels_and_the_table(result):
    folder, _ = result
    page = write_report(folder).read_text()
    assert "101.260" in page and "166.7 pA" in page
    assert (folder / "figures" / "fi-curve.png").stat().st_size > 10_000


def test_the_closed_form_rises_to_the_refractory_limit():
    constants = Constants()
    rates = closed_form_Hz(constants, np.array([constants.rheobase_nA, 1e6]))
    assert rates[0] == 0 and rates[1] == pytest.approx(200, abs=0.01)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"traced": "15,100"}, "traced is '15,100', expected numbers of neurons from 0 to 99"),
        ({"traced": "first"}, "traced is 'first'"),
        ({"time_step_ms": 0.3}, "expected 0 or a whole number of time steps"),
        ({"duration_ms": 0.01}, "duration_ms is 0.01, expected at least 0.1 ms"),
    ],
)
def test_what_cannot_be_run_is_refused(options, words, tmp_path, monkeypatch):
    monkeypatch.setattr(_run, "write_report", lambda folder: folder)
    with pytest.raises(ValueError, match=words):
        run(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
