"""The GPU benchmark's own arithmetic, on a layer that any machine can run."""

import importlib
import io
import math
from pathlib import Path

import jax
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def gpu(monkeypatch):
    """The folder stands beside the package, so it is found from the root."""
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("benchmarks.gpu")


def test_every_row_is_measured_in_every_round(gpu):
    result = gpu.measure(8, 4, 2, 3)
    ours = {"copy", "scan", "fused, stored", "fused, recomputed"}
    assert ours <= set(result["rows"])
    assert {len(times) for times in result["rows"].values()} == {3}
    assert result["unavoidable_bytes"] == 5 * 4 * 8 * 4 * 2


def test_stated_bytes(gpu):
    assert gpu.moved(1000, math.inf) < gpu.moved(1000, 8) < gpu.moved(1000, 1)
    assert gpu.moved(1000, 1) == 4 * 1000 * 7


def test_the_table_divides_by_the_bound(gpu):
    result = {
        "device": "a device",
        "shape": {},
        "copied_bytes": 8e9,
        "unavoidable_bytes": 20e9,
        "rows": {"copy": [2.0, 2.0, 9.0], "scan": [10.0, 20.0, 15.0]},
    }
    text = io.StringIO()
    Console(file=text, width=200).print(gpu.table(result))
    # 4 GB/s take 5 s for 20 GB.
    assert "at 4 GB/s" in text.getvalue() and "5 s" in text.getvalue()
    assert "3.00" in text.getvalue()


@pytest.mark.skipif(jax.default_backend() == "gpu", reason="this machine has a GPU")
def test_it_refuses_to_run_without_a_gpu(gpu, tmp_path):
    app = typer.Typer()
    app.command()(gpu.main)
    record = tmp_path / "gpu.json"
    outcome = CliRunner().invoke(app, ["--record", str(record)])
    assert outcome.exit_code == 1 and "no GPU" in outcome.output
    assert not record.exists()
