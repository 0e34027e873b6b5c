"""Online rules against a peer: the equations by hand, and tables from recorded measurements."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.core import Batch

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("online_formula", "online_plan", "online_rules", "online_table", "workers.online_ours")


@pytest.fixture
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    for part in PARTS:
        importlib.import_module(f"benchmarks.{part}")
    return sys.modules["benchmarks"]


def point(benchmarks, network="rate", rule="D-RTRL"):
    return benchmarks.online_plan.Point(network, rule, 5, 2, 12, "gradient")


@pytest.mark.parametrize("network", ["rate", "spiking"])
@pytest.mark.parametrize("rule", ["D-RTRL", "SnAp-1", "filtered traces"])
def test_our_rules_are_their_equations(benchmarks, network, rule, float64):
    asked = point(benchmarks, network, rule)
    _, record = benchmarks.workers.online_ours.build(asked.request())
    options = benchmarks.online_rules.BY_HAND[rule][0]
    wanted = benchmarks.online_formula.gradients(asked, **options)
    for group, array in zip(benchmarks.online_plan.GROUPS, wanted, strict=False):
        np.testing.assert_allclose(record["found"][group], array, rtol=1e-10, atol=1e-12)


def test_a_filter_of_potentials_is_another_rule_than_one_of_outputs(benchmarks):
    asked = point(benchmarks, "spiking", "filtered traces")
    ours, theirs = (
        benchmarks.online_formula.gradients(asked, **options)[0]
        for options in benchmarks.online_rules.BY_HAND["filtered traces"]
    )
    assert np.linalg.norm(ours - theirs) > 0.01 * np.linalg.norm(theirs)


def test_both_networks_are_active_and_the_exact_gradient_is_given(benchmarks, float64):
    worker = benchmarks.workers.online_ours
    for network in benchmarks.online_plan.NETWORKS:
        asked = point(benchmarks, network, "SnAp-2")
        _, record = worker.build(asked.request())
        for group in benchmarks.online_plan.GROUPS:
            np.testing.assert_allclose(
                record["found"][group], record["exact"][group], rtol=1e-9, atol=1e-12
            )
            assert np.abs(record["exact"][group]).max() > 0


def test_the_model_holds_the_numbers_that_both_sides_get(benchmarks):
    worker, asked = benchmarks.workers.online_ours, point(benchmarks)
    given, model = benchmarks.online_plan.numbers(asked), worker.network(asked, jnp.float32)
    inward, recurrent, outward, bias = worker.places(model)
    for dense, array in ((inward, given.inward), (recurrent, given.recurrent)):
        np.testing.assert_allclose(dense.weight, array, rtol=1e-6)
    assert outward.weight.shape == given.outward.shape
    assert not bias.any()
    x = jnp.asarray(given.x, jnp.float32)
    batch = Batch(x, jnp.asarray(given.target, jnp.float32), jnp.ones(x.shape[:2]))
    value, _ = eqx.filter_jit(worker.rule_of(asked))(model, batch, None)
    assert value.dtype == jnp.float32


def test_gradients_of_different_sizes_are_refused(benchmarks):
    with pytest.raises(ValueError, match="expected as many in each"):
        benchmarks.online_table.agreement([1.0], [1.0, 2.0], [1.0, 2.0])


@pytest.fixture
def result(benchmarks):
    plan = benchmarks.online_plan
    agree = benchmarks.online_table.agreement([1.0, 0.0], [1.0, 1.0], [1.0, 0.0])
    groups = {**dict.fromkeys(plan.GROUPS, agree), "readout bias": {**agree, "difference": 0.9}}
    timed = plan.Point("rate", "D-RTRL", 64, 1, 100, "time").request()
    side = {"program_bytes": 4_000_000, "carried_bytes": 1_000_000}
    described = {"python": "3.11.7", "packages": {"braintrace": "0.2.6"}}
    return {
        "machine": {"processor": "A Processor", "date": "2026-01-01"},
        "rounds": 3,
        "packages": {"ranvier": described, "braintrace": described},
        "gradients": [
            {"point": point(benchmarks).request(), "groups": groups},
            {"point": point(benchmarks, rule="SnAp-2").request(), "error": "no memory"},
        ],
        "times": [
            {
                "point": timed,
                "rows": {
                    "ranvier": {**side, "seconds_per_step": [1e-6, 2e-6, 3e-6]},
                    "braintrace": {
                        "program_bytes": 8_000_000,
                        "carried_bytes": None,
                        "seconds_per_step": [4e-6, 4e-6, 3e-6],
                    },
                },
            },
            {"point": timed, "error": "no memory"},
        ],
    }


def test_rows_take_the_worst_of_the_readout_and_ratios_round_by_round(benchmarks, result):
    rows = benchmarks.online_table.gradient_rows(result)
    assert [row[4] for row in rows[:3]] == ["input weights", "recurrent weights", "readout"]
    assert rows[0][5:] == ("7.1e-01", "0.7071", "1.0000", "0.7071")
    assert rows[2][5] == "9.0e-01"
    assert rows[3][4] == "failed: no memory"
    timed, failed = benchmarks.online_table.time_rows(result)
    assert timed[4:7] == ("2", "4", "2.00 (1.00..4.00)")
    assert timed[7:] == ("4 MB", "8 MB", "2.00", "1 MB", "")
    assert failed[4] == "failed: no memory"


def test_the_page_and_the_terminal_have_as_many_cells_as_headings(benchmarks, result):
    table = benchmarks.online_table
    page = table.markdown(result)
    assert "braintrace 0.2.6" in page
    lines = [line for line in page.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in lines} == {len(table.GRADIENTS) + 1, len(table.TIMES) + 1}
    assert table.shown("times", table.TIMES, table.time_rows(result)).row_count == 2


def test_requirements_of_the_peer_are_pinned():
    wanted = (ROOT / "benchmarks" / "requirements" / "braintrace.txt").read_text().split()
    assert all("==" in package for package in wanted)
