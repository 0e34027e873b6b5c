"""The benchmarks' own arithmetic: counted operations, and tables from recorded measurements."""

from __future__ import annotations

import copy
import doctest
import importlib
import io
import json
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    "arrays",
    "arrays_plan",
    "arrays_table",
    "bridges",
    "conversion",
    "densities",
    "events",
    "events_plan",
    "floor",
    "nir",
    "nir_own",
    "nir_picture",
    "nir_plan",
    "nir_table",
    "nir_trains",
    "neurobench",
    "neurobench_exact",
    "neurobench_plan",
    "neurobench_table",
    "online_formula",
    "online_plan",
    "online_rules",
    "online_table",
    "online_time",
    "peers",
    "session",
    "spike_trains",
    "spike_trains_plan",
    "sweep_figures",
    "sweep_measure",
    "sweep_plan",
    "sweep_table",
    "table",
    "workloads",
)


@pytest.fixture
def benchmarks(monkeypatch):
    """The folder stands beside the package, not in it, so it is found from the root."""
    monkeypatch.syspath_prepend(str(ROOT))
    for room in ROOMS:
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


@pytest.mark.parametrize(
    "room",
    [
        "arrays_plan",
        "arrays_table",
        "densities",
        "events",
        "events_plan",
        "floor",
        "nir",
        "nir_own",
        "nir_plan",
        "nir_table",
        "nir_trains",
        "online_formula",
        "online_plan",
        "online_table",
        "table",
        "workloads",
        "sweep_figures",
        "sweep_measure",
        "sweep_plan",
        "sweep_table",
    ],
)
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


def test_operations_of_loops_and_convolutions_by_hand(benchmarks):
    point, count = benchmarks.workloads.Point, benchmarks.floor.operations
    loop = point("recurrent", "training", 10, 4, 3).workload().network
    rows = 10 * 3
    once = 2 * rows * (700 * 4 + 4 * 20 + 4 * 4)
    assert count(loop, 3, training=False) == once
    assert count(loop, 3, training=True) == 3 * once - 2 * rows * 700 * 4
    maps = point("convolutional", "inference", 10, 4, 3).workload().network
    patches = 15 * 15 * (25 * 2) * 4 + 7 * 7 * (9 * 4) * 8
    assert count(maps, 3, training=False) == 2 * rows * (patches + 7 * 7 * 8 * 10)


def test_a_point_travels_as_json_and_comes_back(benchmarks):
    point = benchmarks.workloads.Point("recurrent", "inference", 5, 16, 2)
    sent = json.loads(json.dumps(point.request()))
    assert benchmarks.workloads.find(sent) == point.workload()
    assert benchmarks.workloads.find("training") is benchmarks.workloads.WORKLOADS["training"]


def test_a_sweep_moves_one_number_at_a_time(benchmarks):
    plan = benchmarks.sweep_plan
    planned = plan.points()
    assert len(set(planned)) == len(planned)
    for point in planned:
        base = plan.BASE[point.network]
        assert sum(getattr(point, axis) != getattr(base, axis) for axis in plan.AXES) <= 1


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A sweep of ours alone over every network, tiny, in a worker of its own."""
    sys.path.insert(0, str(ROOT))
    try:
        measure = importlib.import_module("benchmarks.sweep_measure")
        peers, session = (importlib.import_module(f"benchmarks.{m}") for m in ("peers", "session"))
        point = importlib.import_module("benchmarks.workloads").Point
        record = {
            "machine": {"processor": "A Processor", "cores": 2, "threads": 1, "date": "2026-01-01"},
            "rounds": 2,
            "points": [],
        }
        with measure.Workers(session.settings(1)) as workers:
            for network in ("feedforward", "recurrent", "convolutional"):
                for kind in ("training", "inference"):
                    entry = measure.measure_point(
                        point(network, kind, 20, 8, 4),
                        [peers.FLOOR, peers.OURS],
                        workers,
                        record["points"],
                        rounds=2,
                        seconds=0.0,
                        report=lambda line: None,
                    )
                    record["points"].append(entry)
            record["packages"] = workers.packages
        path = tmp_path_factory.mktemp("sweep") / "sweep.json"
        measure.write_record(path, record)
        return json.loads(path.read_text())
    finally:
        sys.path.remove(str(ROOT))


def test_ours_does_every_kind_of_work(measured):
    assert len(measured["points"]) == 6
    for entry in measured["points"]:
        ours = entry["rows"]["ranvier"]
        assert len(ours["seconds"]) == 2
        assert ours["output"] > 0
        assert ("loss" in ours) == (entry["point"]["kind"] == "training")
        products = "matrix products alone" in entry["rows"]
        assert products == (entry["point"]["network"] != "convolutional")
    for before, after in zip(measured["points"][::2], measured["points"][1::2], strict=True):
        trained, inferred = (at["rows"]["ranvier"]["output"] for at in (before, after))
        assert trained == pytest.approx(inferred, rel=1e-3)


def test_the_page_shows_every_point_and_every_reason(benchmarks, measured):
    record = copy.deepcopy(measured)
    record["points"][0]["rows"]["Norse"] = {"error": "Norse: no memory"}
    page = benchmarks.sweep_table.markdown(record)
    tables = [line for line in page.splitlines() if line.startswith("| 20 | 8 | 4 |")]
    assert len(tables) == 6
    assert tables[0].endswith("| failed |")
    assert "- Norse: Norse: no memory (1 point)." in page.splitlines()
    assert page.count("](../assets/sweep-") == 6


def test_figures_draw_what_the_record_holds(benchmarks, measured, tmp_path):
    from matplotlib.image import imread

    figures, plan = benchmarks.sweep_figures, benchmarks.sweep_plan
    (rows,) = (at["rows"] for at in measured["points"][:1])
    lines = plan.along("feedforward", "training", "steps")
    record = {**measured, "points": [{"point": p.request(), "rows": rows} for p in lines]}
    drawn = figures.lines(record, "feedforward", "training", "steps")
    assert drawn["ranvier"][0] == [50, 100, 200, 400, 800]
    assert len(set(drawn["ranvier"][1])) == 1
    (path,) = figures.draw(record, tmp_path)
    assert path.name == "sweep-feedforward-training.png"
    assert imread(path).std() > 0


def test_every_library_of_the_sweep_has_its_look_and_its_requirements(benchmarks):
    for library in benchmarks.peers.LIBRARIES:
        assert library.name in benchmarks.sweep_figures.LOOKS
        wanted = ROOT / "benchmarks" / "requirements" / f"{library.requirements}.txt"
        pinned = wanted.read_text().split()
        assert all("==" in package for package in pinned)


def test_bridges_name_tests_and_requirements_that_exist(benchmarks):
    makefile = (ROOT / "Makefile").read_text()
    for name, (library, tests) in benchmarks.bridges.BRIDGES.items():
        assert all((ROOT / test).exists() for test in tests)
        wanted = ROOT / "benchmarks" / "requirements" / f"{library.requirements}.txt"
        assert wanted.read_text().startswith("-e .[")
        assert f"test-{name}:" in makefile and f"-m benchmarks.bridges {name}\n" in makefile


def test_where_events_win_is_measured_drawn_and_told(benchmarks, monkeypatch, tmp_path):
    pytest.importorskip("numba", reason="the events' product is compiled by Numba")
    from matplotlib.image import imread

    densities = benchmarks.densities
    monkeypatch.setattr(densities, "SHAPES", ((40, 30, 20),))
    monkeypatch.setattr(densities, "SHARES", (0.05, 0.5))
    record = {"points": densities.measure(3, lambda line: None)}
    assert [(p["share"], p["product"]) for p in record["points"]] == [
        (share, product) for share in (0.05, 0.5) for product in densities.PRODUCTS
    ]
    assert all(t > 0 for p in record["points"] for t in p["seconds"].values())
    rows = densities.rows(record)
    assert [row[:2] for row in rows] == [("40 x 30 x 20", p) for p in densities.PRODUCTS]
    densities.draw(record, tmp_path / "densities.png")
    assert imread(tmp_path / "densities.png").shape[1] > 600


def test_additions_of_a_converted_network_are_those_of_its_events(benchmarks):
    from ranvier.convert.ttfs import to_spike_times
    from ranvier.nets.ttfs import propagate

    made = benchmarks.conversion.network(((3, 2), (4,)), (6,))
    x = np.random.default_rng(1).random((2, 32, 32, 3))
    with jax.enable_x64(True):
        spiking = to_spike_times(made.network, x).network
        counted, dense = benchmarks.conversion.additions(spiking, x)
        assert counted == np.mean([propagate(spiking, one).operations for one in x])
    # Every place of a map with its neighbours, fewer at the border: (3 n - 2) squared of n squared.
    assert dense == 94**2 * (9 + 6) + 46**2 * 8 + 8 * 8 * 4 * 6 + 60
