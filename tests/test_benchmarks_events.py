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
