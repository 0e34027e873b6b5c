"""Phase selectivity: counts of the published script, and the derived bounds."""

import numpy as np
import pytest

from ranvier.apps.phase_selectivity import _run, run, write_report
from ranvier.apps.phase_selectivity._run import Constants


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phase-selectivity")
    return folder, run(folder)


def test_counts_are_the_published_ones(result):
    counts = {(row["phase"], row["weight_mV"]): row["spikes"] for row in result[1]["runs"]}
    assert counts == {
        ("out of phase", 2.5): 23,
        ("out of phase", 2.0): 0,
        ("out of phase", 1.5): 0,
        ("in phase", 1.5): 40,
    }


def test_it_selects_between_the_bounds_of_the_equation(result):
    assert Constants().bounds_mV == pytest.approx((1.217, 2.303), abs=5e-4)
    for phase, bound in zip(("in phase", "out of phase"), Constants().bounds_mV, strict=True):
        silent, fires = result[1]["measured_bounds_mV"][phase]
        assert silent <= bound <= fires and fires - silent == pytest.approx(0.05)


def test_all_inputs_arrive_under_either_phase():
    spikes = _run._inputs(10, 1000, 50)
    np.testing.assert_array_equal(spikes.sum(axis=0), np.full((2, 10), 2))
    assert spikes[:, 0].sum(axis=1).max() == 10 and spikes[:, 1].sum(axis=1).max() == 1


def test_the_report_shows_membranes_and_weights(result):
    folder, _ = result
    page = write_report(folder).read_text()
    assert "in phase, 1.5 mV: 40 spikes in 2 s" in page and "1.217 mV" in page
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "membranes.png",
        "weights.png",
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time_step_ms": 0.3}, "time_step_ms is 0.3, expected a part of 5 ms"),
        ({"duration_ms": 20.0}, "duration_ms is 20.0, expected at least one period of 50 ms"),
    ],
)
def test_what_cannot_be_run_is_refused(options, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        run(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
