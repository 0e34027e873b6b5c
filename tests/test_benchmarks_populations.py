"""Populations beside Brian2: one network spike for spike, and the statistics that compare many."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_ind

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("populations_equal", "workers.populations_ours", "workers.populations_brunel")


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    for part in PARTS:
        importlib.import_module(f"benchmarks.{part}")
    return sys.modules["benchmarks"]


@pytest.mark.parametrize("network", ["cuba", "coba"])
def test_one_network_spike_for_spike_as_brian2_has_it(benchmarks, network):
    """4000 neurons for a second: what Brian2 did is in the record."""
    record = json.loads((ROOT / "docs" / "results" / "populations_one.json").read_text())
    wanted = record["networks"][network]["brian2"]
    assert sum(wanted["spikes"]) > 20_000
    steps, units, _ = benchmarks.workers.populations_ours.once(network)
    assert benchmarks.workers.populations.windows(steps, units) == wanted


def test_a_digest_sees_one_spike_elsewhere(benchmarks):
    windows = benchmarks.workers.populations.windows
    steps, units = np.array([5, 5, 1500, 9999]), np.array([3, 1, 7, 2])
    one = windows(steps, units)
    assert one["spikes"] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert one == windows(steps[[1, 0, 2, 3]], units[[1, 0, 2, 3]])
    other = windows(steps, np.array([3, 1, 8, 2]))
    assert [a == b for a, b in zip(one["digests"], other["digests"], strict=True)] == [
        k != 1 for k in range(10)
    ]


@pytest.mark.parametrize("apart", [0.0, 0.015, 0.028, 0.2])
def test_the_interval_is_two_one_sided_tests(benchmarks, apart):
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(2 + 2 * apart, 0.1, 60), rng.normal(2, 0.2, 50)
    found = benchmarks.populations_equal.compared(list(ours), list(theirs), 0.05)
    room = 0.05 * theirs.mean()
    below: Any = ttest_ind(ours - room, theirs, equal_var=False, alternative="less")
    above: Any = ttest_ind(ours + room, theirs, equal_var=False, alternative="greater")
    both: Any = ttest_ind(ours, theirs, equal_var=False)
    assert found["equal"] == (max(below.pvalue, above.pvalue) < 0.05)
    assert found["equal"] == (apart < 0.02)
    assert found["welch_p"] == pytest.approx(both.pvalue)


def test_the_statistics_of_trains_that_are_known(benchmarks):
    """Units 0 and 1 at every 10 ms, together; unit 2 with intervals of 10 and 30 ms in turn."""
    statistics = benchmarks.workers.populations.statistics
    regular = np.arange(0.0, 1000.0, 10.0)
    uneven = 200.0 + np.cumsum([10.0, 30.0] * 20) - 10.0
    times = np.concatenate([regular, regular, uneven])
    units = np.repeat([0, 1, 2], [100, 100, 40])
    found = statistics(times, units)
    assert found["rate_Hz"] == pytest.approx((80 + 80 + 40) / 0.8 / 4000)
    assert found["cv_isi"] == pytest.approx(np.std(np.diff(uneven)) / np.mean(np.diff(uneven)) / 3)
    together = np.zeros(800)
    together[::10] = 2
    together[(uneven - 200).astype(int)] += 1
    assert found["fano"] == pytest.approx(together.var() / together.mean())
    assert statistics(times[:2], units[:2])["cv_isi"] is None


def test_a_state_of_brunel_has_its_peak_where_units_fire(benchmarks):
    describe = benchmarks.workers.populations_brunel.describe
    # A thousand units at every 8 ms, and others that are not looked at.
    times = np.tile(np.arange(0.0, 1200.0, 8.0), 1001)
    units = np.repeat(np.r_[:1000, 5000], 150)
    found = describe(times, units)
    assert found["rate_Hz"] == 125 and found["cv_isi"] == pytest.approx(0)
    assert found["peak_Hz"] % 125 == 0
    assert found["population_sd_Hz"] == pytest.approx(1e3 * np.sqrt(1 / 8 - 1 / 64))
