"""The benchmarks' own arithmetic: counted operations, and tables from recorded measurements."""

from __future__ import annotations

import copy
import doctest
import importlib
import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmarks(monkeypatch):
    """The folder stands beside the package, not in it, so it is found from the root."""
    monkeypatch.syspath_prepend(str(ROOT))
    for room in ("floor", "table", "workloads"):
        importlib.import_module(f"benchmarks.{room}")
    return sys.modules["benchmarks"]


def entry(*milliseconds: float, **record: float) -> dict:
    return {
        "record": record,
        "first_call": 1.0,
        "peak_bytes": 500_000_000,
        "repeats": [
            {"seconds": m / 1e3, "processor_seconds": 2 * m / 1e3, "preemptions": 0, "load": 0.1}
            for m in milliseconds
        ],
    }


@pytest.fixture
def result() -> dict:
    described = {"python": "3.11.7", "packages": {"torch": "2.13.0"}}
    return {
        "machine": {
            "processor": "A Processor",
            "cores": 2,
            "threads": 2,
            "system": "Linux",
            "date": "2026-01-01",
            "settings": {"OMP_NUM_THREADS": "2"},
        },
        "repeats": 3,
        "packages": {"ranvier": described, "Norse": described},
        "workloads": {
            "training": {
                "matrix products alone": entry(50, 50, 50, operations=14.6e9, bytes=256e6),
                "ranvier": entry(75, 80, 100),
                "Norse": entry(150, 240, 200),
                "Spyx": {"error": "Spyx: no memory"},
            },
            "stream": {"ranvier": entry(5, 5, 5), "Norse": entry(100, 50, 150)},
        },
        "rates": {
            "gemm": {"matrix products alone": entry(50, 40, 50, operations=16e9)},
            "triad": {"matrix products alone": entry(20, 20, 10, bytes=4e8)},
        },
    }


@pytest.mark.parametrize("room", ["floor", "table"])
def test_examples_in_the_docstrings(benchmarks, room):
    outcome = doctest.testmod(getattr(benchmarks, room))
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_operations_of_the_training_step_by_hand(benchmarks):
    rows = 100 * 128
    forward = 2 * rows * (700 * 256 + 256 * 256 + 256 * 20)
    weights = forward
    inputs = 2 * rows * (256 * 256 + 20 * 256)
    network = benchmarks.workloads.FEEDFORWARD
    counted = benchmarks.floor.operations(network, 128, training=True)
    assert counted == forward + weights + inputs == 14_601_420_800
    assert benchmarks.floor.operations(network, 128, training=False) == forward


def test_traffic_counts_every_hidden_layer_seven_times(benchmarks):
    rows = 100 * 128
    network = benchmarks.workloads.FEEDFORWARD
    assert benchmarks.floor.traffic(network, 128, training=True) == 4 * rows * (2 * 700 + 7 * 512)
    assert benchmarks.floor.traffic(network, 1, training=False) == 4 * 100 * 700


def test_every_worker_gets_the_same_numbers_and_the_asked_density(benchmarks):
    work = benchmarks.workloads
    x = work.inputs(work.FEEDFORWARD, 8)
    assert x.shape == (100, 8, 700)
    assert set(x.ravel()) == {0.0, 1.0}
    assert x.mean() == pytest.approx(0.05, abs=0.002)
    assert (x == work.inputs(work.FEEDFORWARD, 8)).all()
    assert [w.shape for w in work.weights(work.FEEDFORWARD)] == [(256, 700), (256, 256), (20, 256)]


def test_rows_are_sorted_and_ratios_taken_round_by_round(benchmarks, result):
    rows = benchmarks.table.rows(result, "training")
    assert [row[0] for row in rows] == ["matrix products alone", "ranvier", "Norse", "Spyx"]
    assert rows[1][1:] == ("80 ms", "1.00 (1.00..1.00)", "1.60", "160 ms", "500 MB")
    assert rows[2][2:4] == ("2.00 (2.00..3.00)", "4.00")
    assert rows[3][1] == "failed: Spyx: no memory"


def test_streams_are_reported_per_call(benchmarks, result):
    rows = benchmarks.table.rows(result, "stream")
    assert rows[0][1] == "50 µs"
    assert rows[1][1:3] == ("1 ms", "20.00 (10.00..30.00)")


def test_bounds_divide_the_work_by_the_best_rates(benchmarks, result):
    sentence = benchmarks.table.bounds(result, "training")
    assert "14.6 GFLOP take at least 36.5 ms" in sentence
    assert "400 GFLOP/s" in sentence
    assert "256 MB take 6.4 ms (triad, 40 GB/s)" in sentence
    assert sentence.endswith("ours is 2.19 times that.")
    assert benchmarks.table.bounds(result, "stream") == ""


def test_markdown_and_terminal_show_every_row(benchmarks, result):
    page = benchmarks.table.markdown(result)
    lines = page.splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in tables} == {7, 4}
    assert "| Norse | 3.11.7 | torch 2.13.0 |" in lines
    assert "`OMP_NUM_THREADS=2`" in lines
    console = Console(file=io.StringIO(), width=200)
    console.print(benchmarks.table.terminal(result, "training"))
    shown = console.file.getvalue()
    assert all(name in shown for name in result["workloads"]["training"])


def test_a_table_without_ours_or_products_leaves_the_ratios_empty(benchmarks, result):
    alone = copy.deepcopy(result)
    for name in ("ranvier", "matrix products alone"):
        del alone["workloads"]["training"][name]
    rows = benchmarks.table.rows(alone, "training")
    assert rows[0][:4] == ("Norse", "200 ms", "", "")
