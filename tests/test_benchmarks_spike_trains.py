"""Measures of spike trains beside the recorded numbers of other libraries."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    for part in ("spike_trains", "spike_trains_plan"):
        importlib.import_module(f"benchmarks.{part}")
    return sys.modules["benchmarks"]


@pytest.fixture
def recorded():
    return json.loads((ROOT / "docs" / "results" / "spike_trains.json").read_text())


def test_todays_measures_are_those_that_the_peers_gave(benchmarks, recorded):
    pairs = benchmarks.spike_trains_plan.trains()
    assert list(pairs) == list(recorded["pairs"])
    for name, pair in pairs.items():
        peers = recorded["pairs"][name]["peers"]
        found = benchmarks.spike_trains.ours(pair)
        assert set(found) == set(peers)
        for measure, value in found.items():
            np.testing.assert_allclose(value, peers[measure], rtol=1e-12, err_msg=measure)


def test_the_table_says_how_far_they_are_apart(benchmarks, recorded):
    assert benchmarks.spike_trains.apart([1.0, 2.0], [1.0, 4.0]) == 0.5
    recorded["pairs"]["gamma, order 4"]["peers"]["local variation"] *= 2
    (row,) = (r for r in benchmarks.spike_trains.rows(recorded) if r[0] == "local variation")
    assert row[1] == "5e-01"
    assert benchmarks.spike_trains.markdown(recorded).count("\n") > 12
