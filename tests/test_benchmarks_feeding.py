"""Training that waits for its data: what is measured, and what the page says of it."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ranvier.data.events import Events, write

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def feeding(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("benchmarks.feeding")


def test_every_way_is_measured_on_the_same_samples(feeding, tmp_path):
    for number in range(3):
        path = tmp_path / "nmnist/Train" / str(number) / f"{number:05d}.bin"
        path.parent.mkdir(parents=True)
        t = np.arange(300) * 1000
        write(path, Events(t, t % 34, t % 33, t % 2, width=34, height=34))
    feed = feeding.digits(tmp_path, 4, 64, 0.0)
    # Three files over again are an epoch of 64.
    first, second = feed.batches(0)
    assert first.x.shape == (62, 32, 2 * 34 * 34) and set(np.unique(first.x)) == {0, 1}
    assert first.target.sum() + second.target.sum() == 64
    found = feeding.measure(feed, 2, lambda line: None)
    assert found["samples"] == 64 and len(found["loads"]) == 2
    assert set(found["rates"]) == {"made", "used", "plain", "prefetched"}
    assert all(len(rates) == 2 and min(rates) > 0 for rates in found["rates"].values())
    assert all(0 < share < 1 for shares in found["waits"].values() for share in shares)


def test_waits_are_of_the_maker_and_not_of_the_user(feeding, monkeypatch):
    now = 0.0

    def clock():
        return now

    monkeypatch.setattr(time, "perf_counter", clock)

    def items():
        nonlocal now
        for number in range(3):
            now += 2.0
            yield number

    waits = feeding.Waits()
    for _ in waits(items()):
        now += 10.0
    assert waits.seconds == 6.0


def test_the_page_shows_every_feed(feeding):
    record = json.loads((ROOT / "docs/results/feeding.json").read_text())
    rows = feeding.rows_of(record)
    assert len(rows) == len(record["feeds"]) == 5
    page = feeding.markdown(record)
    assert all(feed["name"] in page for feed in record["feeds"])
    assert all(len(row) == len(feeding.HEADINGS) for row in rows)


def test_examples_in_the_docstrings(feeding):
    import doctest

    outcome = doctest.testmod(sys.modules["benchmarks.feeding"])
    assert outcome.attempted > 0 and outcome.failed == 0
