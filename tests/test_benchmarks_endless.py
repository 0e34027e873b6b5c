"""The learner that never stops, measured: memory that grows must be seen to grow."""

import importlib
import json
import mmap
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def endless(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("benchmarks.endless")


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read as Linux tells it")
def test_a_few_thousand_steps_leave_a_record_and_a_figure(endless, tmp_path):
    import typer

    app = typer.Typer()
    app.command()(endless.main)
    record, figure = tmp_path / "endless.json", tmp_path / "endless.png"
    given = ["--steps", "6000", "--stretch", "500", "--units", "5"]
    found = CliRunner().invoke(app, [*given, "--record", str(record), "--figure", str(figure)])
    assert found.exit_code == 0, found.output
    result = json.loads(record.read_text())
    assert [row["steps"] for row in result["rows"]] == list(range(500, 6001, 500))
    assert len({row["learner_bytes"] for row in result["rows"]}) == 1
    assert result["rows"][-1]["error"] < 0.7 * result["rows"][0]["error"]
    assert figure.stat().st_size > 10_000
    assert "Over 6,000 steps" in found.output.replace("\n", " ")
    assert CliRunner().invoke(app, ["--steps", "15", "--stretch", "10"]).exit_code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is read as Linux tells it")
def test_memory_that_is_held_is_counted(endless):
    size = 30_000_000
    before = endless.resident_bytes()
    # Not from what the process has freed and still holds.
    with mmap.mmap(-1, size) as held:
        held.write(b"1" * size)
        assert endless.resident_bytes() - before > 0.9 * size
