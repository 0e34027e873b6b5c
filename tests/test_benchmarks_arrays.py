"""Memory arrays against a peer: the arithmetic of the comparison, and what its record says."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("arrays", "arrays_plan", "arrays_table", "workers.arrays_ours")


@pytest.fixture
def benchmarks(monkeypatch):
    """The folder stands beside the package, not in it, so it is found from the root."""
    monkeypatch.syspath_prepend(str(ROOT))
    for part in PARTS:
        importlib.import_module(f"benchmarks.{part}")
    return sys.modules["benchmarks"]


@pytest.fixture
def record():
    return json.loads((ROOT / "docs" / "results" / "arrays.json").read_text())


def test_differences_of_the_same_distribution_are_standard_normal(benchmarks):
    random = np.random.default_rng(0)
    draws = [random.gamma(2.0, size=(500, 2000)) for _ in range(2)]
    moments = [benchmarks.arrays_plan.moments(drawn, 0) for drawn in draws]
    for z in benchmarks.arrays_table.apart(*moments):
        # Spread of 2000: relative standard error 0.016; four of them, and the error of moments.
        assert z.std() == pytest.approx(1, abs=0.08)
        assert abs(z.mean()) < 0.1
    wider = benchmarks.arrays_plan.moments(1.2 * draws[1], 0)
    assert abs(benchmarks.arrays_table.apart(moments[0], wider)[1].mean()) > 2


def test_the_record_keeps_the_rule(benchmarks, record):
    plan = benchmarks.arrays_plan
    assert [entry["device"] for entry in record["conductances"]] == list(plan.DEVICES)
    found = [one for entry in record["conductances"] for one in entry["found"]]
    assert len(found) == 230
    assert max(abs(one[k]) for one in found for k in ("z_mean", "z_spread")) < plan.MOST_Z
    outputs = [one for entry in record["layers"] for one in entry["found"]]
    assert len(outputs) == len(plan.LAYERS) * len(plan.LAYER_TIMES)
    worst = max(one[k] for one in outputs for k in ("most_mean", "most_spread"))
    assert worst < plan.MOST_Z_OUTPUTS
    assert max(abs(one["z_gain"]) for one in outputs) < plan.MOST_Z
    assert record["exact_parts"]["dac"]["largest"] == record["exact_parts"]["adc"]["largest"] == 0


def test_the_page_shows_every_row(benchmarks, record):
    table = benchmarks.arrays_table
    lines = table.markdown(record).splitlines()
    rows = [*table.conductance_rows(record), *table.layer_rows(record), *table.time_rows(record)]
    assert len(rows) == 23 + 12 + len(table.time_rows(record))
    assert all("| " + " | ".join(row) + " |" in lines for row in rows)


def test_a_folded_pair_holds_the_difference(benchmarks):
    import jax

    from ranvier.hardware import crossbar, devices, program
    from ranvier.synapses import Dense

    ours = benchmarks.workers.arrays_ours
    fresh = program(
        Dense.random(30, 20, key=jax.random.key(0)),
        devices.pcm(),
        key=jax.random.key(1),
        periphery=crossbar.standard(),
    )
    one = ours.folded(fresh, jax.random.key(2))
    before, after = fresh.stored.programmed_uS, one.stored.programmed_uS
    np.testing.assert_allclose(after[0] - after[1], before[0] - before[1], atol=1e-5)
    assert float(np.minimum(after[0], after[1]).max()) == 0.0


def test_requirements_of_the_peer_are_pinned():
    wanted = (ROOT / "benchmarks" / "requirements" / "aihwkit.txt").read_text().split()
    assert all("==" in package for package in wanted)
