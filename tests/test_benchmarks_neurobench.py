"""Costs beside NeuroBench: the two sides that need no torch, and the recorded comparison."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("neurobench", "neurobench_exact", "neurobench_plan", "neurobench_table")
LARGE = "dense, 20 million weights"


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    for part in PARTS:
        importlib.import_module(f"benchmarks.{part}")
    return sys.modules["benchmarks"]


@pytest.fixture
def recorded():
    return json.loads((ROOT / "docs" / "results" / "neurobench.json").read_text())


NAMES = (
    "dense, half of the weights zero",
    "convolution, stride 2, padding 1",
    "convolution, dilation 2, padding 2, 2 groups",
    "recurrent",
    "recurrent, reset to zero",
    "dense, graded input",
    "simple recurrent cell",
)


@pytest.mark.parametrize("name", NAMES)
def test_ranvier_counts_what_loops_count(benchmarks, name):
    case = benchmarks.neurobench_plan.cases()[name]
    ours, exact = benchmarks.neurobench.ours(case), benchmarks.neurobench_exact.count(case)
    np.testing.assert_allclose(ours["outputs"], exact.pop("outputs"), atol=1e-6)
    for measure, number in exact.items():
        assert ours[measure] == pytest.approx(number, rel=1e-12), measure


def test_the_arrays_are_the_same_at_every_call(benchmarks):
    one, two = benchmarks.neurobench_plan.cases(), benchmarks.neurobench_plan.cases()
    digests = [case.digest() for case in one.values()]
    assert digests == [case.digest() for case in two.values()]
    # Three networks are shown a second time under other conditions.
    assert len(set(digests)) == len(digests) - 3


def test_loops_place_a_kernel_as_its_definition_says(benchmarks):
    plan, exact = benchmarks.neurobench_plan, benchmarks.neurobench_exact
    kernel = np.arange(1, 10, dtype=np.float32).reshape(3, 3, 1, 1)
    weight, there = exact.connected(plan.Convolution(kernel, (4, 4), stride=2, padding=1))
    # The first window hangs over the upper left corner.
    assert weight[0, [0, 1, 4, 5]].tolist() == [5, 6, 8, 9]
    assert there.sum(1).tolist() == [4, 6, 6, 9]


def test_what_was_recorded_is_of_today(benchmarks, recorded):
    cases = benchmarks.neurobench_plan.cases()
    assert [row["case"] for row in recorded["cases"]] == list(cases)
    for row in recorded["cases"]:
        if row["case"] in NAMES:
            counted = benchmarks.neurobench_exact.count(cases[row["case"]])
            del counted["outputs"]
            assert row["exact"] == pytest.approx(counted)


def test_only_the_harness_is_ever_wrong_and_tables_say_so(benchmarks, recorded):
    table = benchmarks.neurobench_table
    assert table.wrong(recorded, "ranvier") == table.wrong(recorded, "exact") == []
    wrong = table.wrong(recorded, "harness")
    operations = {case for case, measure in wrong if measure in table.TABLES[
        "Synaptic operations per example"]}  # fmt: skip
    right = {row["case"] for row in recorded["cases"]} - operations
    assert {"dense", "recurrent"} < right and sum("convolution" in case for case in right) == 3
    written = table.markdown(recorded)
    assert written.count("**") >= 2 * len(wrong) and "| dense | 4,655 | 4,655 |" in written
    assert "Error running workload metric" in written
