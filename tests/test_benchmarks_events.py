"""Readers of event files against peers: generated files, what counts as read, the page."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from ranvier.data.events import read

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def benchmarks(monkeypatch):
    """The folder stands beside the package, not in it, so it is found from the root."""
    monkeypatch.syspath_prepend(str(ROOT))
    for part in ("events", "events_plan"):
        importlib.import_module(f"benchmarks.{part}")
    return sys.modules["benchmarks"]


def test_generated_files_hold_what_is_said_of_them(benchmarks, tmp_path):
    plan = benchmarks.events_plan
    files = plan.generated(3000)
    assert {file.format for file in files} == set(plan.READERS)
    for file in files:
        if file.format == "aedat4":
            pytest.importorskip("lz4", reason="the extra events is not installed")
        truth = plan.make(file, tmp_path)
        found = plan.described(*read(tmp_path / file.path).columns)
        assert plan.differs(found, truth) == []
        assert truth["count"] == file.events


def test_small_files_are_read_with_the_format_told_too(benchmarks):
    plan, readers = benchmarks.events_plan, benchmarks.events.readers
    small, large = plan.generated(plan.SMALL), plan.generated(plan.SMALL + 1)
    assert all(file.small and file.events == plan.SMALL for file in small)
    assert not any(file.small for file in large)
    assert not {file.name for file in small} & {file.name for file in large}
    for file in (*small, *large, *plan.RECORDED):
        names = [name for name, _ in readers(file)]
        assert names[0] == "ranvier" and ("told the format" in names) == file.small
        assert ("NumPy alone" in names) == (bool(file.events) and file.format in plan.COMPILED)


def test_every_way_of_reading_finds_the_same(benchmarks, tmp_path, monkeypatch):
    from benchmarks.workers import events_ours

    from ranvier.data.events import _compiled

    monkeypatch.setattr(_compiled, "LEAST_BYTES", _compiled.LEAST_BYTES)
    plan = benchmarks.events_plan
    for file in plan.generated(1000):
        if file.format not in ("evt2", "dat", "n-mnist"):
            continue
        truth = plan.make(file, tmp_path)
        for name in ("ranvier", "told the format", "NumPy alone"):
            task, found = events_ours.build(plan.request(file, tmp_path, name))
            task()
            assert found == truth
        # With the format told, the name is not asked.
        (tmp_path / file.path).rename(tmp_path / "unknown")
        asked = plan.request(file, tmp_path, "told the format") | {
            "path": str(tmp_path / "unknown")
        }
        assert events_ours.build(asked)[1] == truth


def test_small_files_are_compared_by_the_clock(benchmarks):
    """Times of a round: by the clock, the least of many readings; of the processor, the mean."""
    truth = {"count": 10, "first": [], "last": [], "box": [], "on": 1}
    ours = {"found": truth, "seconds": [2e-7, 1e-7, 1e-7], "processor_seconds": [4e-7] * 3}
    theirs = {"found": truth, "seconds": [2e-7, 3e-7, 4e-7], "processor_seconds": [2e-7] * 3}
    entry = {"file": "a", "truth": truth, "rows": {"ranvier": ours, "peer": theirs}}
    rows = [
        benchmarks.events.rows_of({"files": [entry | {"small": small}]})[1][3:5]
        for small in (True, False)
    ]
    assert rows == [("20.0", "3.00 (1.00..4.00)"), ("20.0", "0.50 (0.50..0.50)")]


def test_recordings_of_the_plan_are_there(benchmarks, real_data):
    for file in benchmarks.events_plan.RECORDED:
        assert (real_data / "events" / file.path).exists()


def test_every_difference_is_named(benchmarks):
    plan = benchmarks.events_plan
    truth = plan.described([5, 9], [1, 4], [2, 2], [0, 1])
    other = plan.described([5, 9, 9], [1, 4, 5], [2, 2, 3], [1, 1, 1])
    assert plan.differs(other, truth) == [
        *("number of events", "first event", "last event", "bounding box", "polarity"),
    ]


def test_the_page_shows_every_reader(benchmarks):
    record = json.loads((ROOT / "docs" / "results" / "events.json").read_text())
    rows = benchmarks.events.rows_of(record)
    assert len(rows) == sum(len(entry["rows"]) for entry in record["files"])
    for row in rows:
        if row[2].startswith("ranvier"):
            assert row[5] == "yes"
        assert len(row) == len(benchmarks.events.HEADINGS)
    page = benchmarks.events.markdown(record)
    assert all(name in page for name in ("expelliarmus", "faery", "tonic", "aedat", "evlib"))


def test_peers_are_pinned():
    pinned = (ROOT / "benchmarks" / "requirements" / "events.txt").read_text().split()
    assert all("==" in package for package in pinned)
