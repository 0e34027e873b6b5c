"""NIR files in seven frameworks: the arithmetic of the comparison, and what its record says."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.convert.nir import inspect_nir

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("nir", "nir_braille", "nir_own", "nir_picture", "nir_plan", "nir_table", "nir_trains")


@pytest.fixture(scope="module")
def benchmarks():
    """The folder stands beside the package, not in it, so it is found from the root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        for part in PARTS:
            importlib.import_module(f"benchmarks.{part}")
        yield sys.modules["benchmarks"]


@pytest.fixture(scope="module")
def record():
    return json.loads((ROOT / "docs" / "results" / "nir.json").read_text())


@pytest.mark.parametrize(
    ("leak", "reset", "expected_Hz"), [(0, 0, 72.1), (0, -0.5, 54.6), (0.3, 0, 87.6)]
)
def test_the_closed_form_is_the_solution_in_fine_steps(benchmarks, leak, reset, expected_Hz):
    interval = benchmarks.nir_plan.between_spikes(2.0, leak, reset)
    step, membrane, steps = 1e-6, float(reset), 0
    while membrane <= 1:
        membrane += step / benchmarks.nir_plan.TAU * (leak + 2.0 - membrane)
        steps += 1
    assert interval == pytest.approx(step * steps, rel=1e-3)
    assert round(1 / interval, 1) == expected_Hz


def test_a_slow_current_only_delays_the_first_spike(benchmarks):
    """The current settles within a few of its 5 ms, after that the LIF goes at its own rate."""
    plan = benchmarks.nir_plan
    without = plan.SECOND / plan.between_spikes(2.0)
    assert without - 2 < plan.cuba_spikes(2.0, step=1e-5) < without


@pytest.mark.parametrize("written", [True, False])
def test_a_reset_potential_stands_in_the_file_only_if_asked_for(benchmarks, tmp_path, written):
    plan = benchmarks.nir_plan
    fields = {**plan.case("lif").fields, **({"v_reset": -0.5} if written else {})}
    plan.write_neuron("LIF", fields, tmp_path / "one.nir")
    with h5py.File(tmp_path / "one.nir") as file:
        assert ("v_reset" in file["node/nodes/neuron"]) == written
    node = inspect_nir(tmp_path / "one.nir").graph.nodes["neuron"]
    assert node.v_reset == (-0.5 if written else 0.0)


trains = st.lists(st.integers(0, 2), min_size=1, max_size=30).map(np.array)


@given(trains, st.integers(0, 3))
def test_every_spike_is_matched_with_itself(benchmarks, train, within):
    assert benchmarks.nir_trains.matched(train, train, within) == train.sum()


@given(trains, trains, st.integers(0, 3))
def test_a_match_uses_each_spike_once_and_needs_no_side(benchmarks, one, two, within):
    size = max(len(one), len(two))
    one, two = (np.pad(train, (0, size - len(train))) for train in (one, two))
    matched = benchmarks.nir_trains.matched
    assert matched(one, two, within) == matched(two, one, within) <= min(one.sum(), two.sum())
    assert matched(one, two, 0) == np.minimum(one, two).sum()
    assert matched(one, two, size) == min(one.sum(), two.sum())


def test_a_train_with_an_interval_that_is_off_is_not_regular(benchmarks):
    regular = benchmarks.nir_trains.regular
    spikes = np.zeros(100)
    spikes[9::10] = 1
    assert regular(spikes, 10.0, 1.0) and regular(spikes, 10.9, 1.0)
    assert not regular(spikes, 8.0, 1.0)
    assert not regular(spikes[:30].repeat(2), 10.0, 1.0)
    assert not regular(2 * spikes, 10.0, 1.0)
    spikes[59] = 0
    assert not regular(spikes, 10.0, 1.0)
    assert not regular(np.where(np.arange(100) < 60, spikes, 0), 10.0, 1.0)


def test_digits_are_one_event_per_pixel_and_step_channels_first(benchmarks, real_data):
    xs, digits = benchmarks.nir_plan.digits(real_data / "events/nmnist/nmnist_subset.zip")
    assert xs.shape == (300, 50, 2, 34, 34) and xs.max() == 1
    # The first fifty of MNIST's test set.
    assert sorted(map(str, digits)) == sorted("72104149590690159734966540740131347271211742351244")


def test_every_correction_is_used_and_gives_the_gain_of_its_discretisation(benchmarks):
    nir = pytest.importorskip("nir")
    own = benchmarks.nir_own
    assert {name for one in own.OWN for name in one.corrected} == set(own.CORRECTIONS)
    one = np.ones(1)
    neuron = nir.CubaLIF(tau_syn=5 * one, tau_mem=20 * one, r=one, v_leak=0 * one, v_threshold=one)
    graph = nir.NIRGraph.from_list(neuron)
    own.correct(graph, "one axis for the ends", 0.1)
    for end in (*graph.inputs.values(), *graph.outputs.values()):
        assert [shape.tolist() for shape in end.input_type.values()] == [[1]]
    (node,) = (n for n in graph.nodes.values() if isinstance(n, nir.CubaLIF))
    own.correct(graph, "tau_syn / Δt for w_in", 0.1)
    assert node.w_in * 0.1 / 5 == pytest.approx(1)
    own.correct(graph, "1 / (1 - exp(-Δt/tau)) for r", 0.1)
    assert node.r * (1 - np.exp(-0.1 / 20)) == pytest.approx(1)
    own.correct(graph, "1 / (exp(Δt/tau_syn) - 1) for w_in", 0.1)
    # The current takes the input and then decays: exp(-Δt/tau) of it is left at first.
    assert node.w_in * (1 - np.exp(-0.1 / 5)) == pytest.approx(np.exp(-0.1 / 5))


def test_tables_tell_every_reason_once_and_shortly(benchmarks):
    table = benchmarks.nir_table
    reasons = table.Reasons()
    cells = [table.count({"refused": r}, reasons) for r in ("`r` is 2", "long " * 99, "`r` is 2")]
    assert cells == ["no (a)", "no (b)", "no (a)"]
    first, second = reasons.lines()
    assert first == "- **a**: `'r' is 2`"
    assert second.endswith(" ...`") and len(second) <= table.LONGEST + len("- **b**: ``")


def test_ranvier_is_right_in_every_case_of_the_record(benchmarks, record):
    frameworks = list(benchmarks.nir.ROWS)
    assert [case.name for case in benchmarks.nir_plan.CASES] == list(record["neurons"])
    for case in record["neurons"].values():
        assert list(case["frameworks"]) == frameworks
        assert all(case["frameworks"][row]["right"] for row in frameworks[:2])
    assert record["neurons"]["lif"]["expected"] == pytest.approx(72.13, abs=0.01)
    lif = record["files"]["lif"]
    assert lif["steps"] == [460, 510, 710, 760] == lif["frameworks"]["ranvier"]["steps"]
    assert record["files"]["digits"]["frameworks"]["ranvier"]["right"] == 50


def test_what_the_documentation_says_of_each_exporter_loses_no_spike(benchmarks, record):
    """Read as stated, corrected where stated: not one spike differs from the framework itself."""
    assert len(record["own"]) == len(benchmarks.nir_own.OWN)
    for own, entry in zip(benchmarks.nir_own.OWN, record["own"], strict=True):
        assert (entry["framework"], entry["neuron"]) == (own.framework, own.neuron)
        if own.neuron.endswith("()"):
            continue
        assert entry["spikes"] > 1000 and entry["most"] == 1
        read = "ranvier, corrected" if own.corrected else "ranvier"
        found = entry["own" if own.framework == "ranvier" else read]
        assert found["lost"] == found["added"] == 0


def test_the_picture_is_drawn_from_the_record(benchmarks, record, tmp_path):
    benchmarks.nir_picture.draw(record, tmp_path / "one.png")
    size = (tmp_path / "one.png").stat().st_size
    assert 5_000 < size < 200_000


def test_the_braille_network_reads_no_letters_whose_spikes_hold_them(record):
    """What the page says of the encodings: chance as told, never half, while means read them."""
    found = record["braille"]
    rows = found["encodings"]
    assert len(rows) == 60 and found["recordings"] == 280
    told = [r for r in rows if all(r[name] == v for name, v in found["told"].items())]
    assert [round(100 * row["right"], 1) for row in told] == [14.3]
    assert [round(100 * row["right by means"], 1) for row in told] == [93.6]
    best = max(rows, key=lambda row: row["right"])
    assert round(100 * best["right"], 1) == 36.1 and best["input spikes"] < 1.5
    assert max(row["right by means"] for row in rows) == 1.0


def test_the_recorded_letters_are_those_that_the_network_reads(benchmarks, record, real_data):
    parts = benchmarks.nir_braille
    signal, labels, repetitions = parts.letters(real_data)
    assert signal.shape[1:] == (280, 12) and sorted(set(labels)) == list(range(7))
    xs = parts.binned(parts.encoded(signal, "either", 1.0), 5, 0)
    assert xs.shape == (256, 280, 12) and set(np.unique(xs)) == {0.0, 1.0}
    told = next(row for row in record["braille"]["encodings"] if row["threshold"] == 1.0)
    assert xs.sum() / 280 == pytest.approx(told["input spikes"], rel=0.01)
    assert parts.by_means(xs, labels, repetitions) == pytest.approx(
        told["right by means"], abs=0.02
    )
    shuffled = np.random.default_rng(0).permutation(labels)
    assert parts.by_means(xs, shuffled, repetitions) < 0.3
