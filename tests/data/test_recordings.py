"""Recordings with sources, and splits that keep sources apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.data import Recordings, split_by_source


def some(sources, labels=None):
    count = len(sources)
    labels = np.zeros(count, int) if labels is None else labels
    samples = tuple(np.full(3, k, np.float32) for k in range(count))
    return Recordings("some", samples, labels, ("a", "b"), tuple(sources), np.arange(count), 100.0)


def test_they_are_chosen_by_number_mask_slice_and_source():
    four = some(["ann", "bob", "ann", "cid"], np.array([0, 1, 1, 0]))
    for chosen in (np.array([2, 0]), np.array([True, False, True, False]), slice(0, 4, 2)):
        found = four[chosen]
        assert set(found.sources) == {"ann"} and sorted(found.takes.tolist()) == [0, 2]
        assert all(s[0] == take for s, take in zip(found.samples, found.takes, strict=True))
    assert four.of(["bob", "cid"]).labels.tolist() == [1, 0]
    assert len(four.of("ann")) == 2


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: some([]), "some: 0 recordings, 0 labels"),
        (lambda: some(["a"], np.array([0, 1])), "some: 1 recordings, 2 labels"),
        (lambda: some(["a"], np.array([2])), "labels from 2 to 2; expected 0 to 1"),
        (lambda: some(["ann"]).of("anne"), "no source 'anne'. Did you mean 'ann'"),
        (lambda: some(["ann"]).of([]), "no sources to keep. Known: ann"),
        (lambda: some(["ann"])[np.array([], int)], "none of 1 recordings was chosen"),
        (lambda: split_by_source(some("ab"), {"x": 0.5, "y": 0.6}), "together 1"),
        (lambda: split_by_source(some("ab"), {"x": 1.0, "y": 0.0}), "expected more than 0"),
        (lambda: split_by_source(some("aa"), {"x": 0.5, "y": 0.5}), "has 1 sources; expected at"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@settings(max_examples=60, deadline=None)
@given(
    sources=st.lists(st.sampled_from("abcdefghijklmnop"), min_size=3, max_size=60).filter(
        lambda names: len(set(names)) >= 3
    ),
    seed=st.integers(0, 99),
)
def test_parts_share_no_source_and_lose_no_recording(sources, seed):
    recordings = some(sources)
    parts = split_by_source(recordings, {"train": 0.6, "valid": 0.2, "test": 0.2}, seed=seed)
    assert list(parts) == ["train", "valid", "test"]
    held = [set(part.sources) for part in parts.values()]
    assert not (held[0] & held[1] or held[0] & held[2] or held[1] & held[2])
    takes = np.concatenate([part.takes for part in parts.values()])
    assert sorted(takes.tolist()) == list(range(len(sources)))
    again = split_by_source(recordings, {"train": 0.6, "valid": 0.2, "test": 0.2}, seed=seed)
    assert again["test"].sources == parts["test"].sources


def test_shares_are_met_as_near_as_sources_allow():
    recordings = some([f"speaker {k // 10}" for k in range(1000)])
    parts = split_by_source(recordings, {"train": 0.7, "test": 0.3}, seed=1)
    assert len(parts["train"]) == 700 and len(parts["test"]) == 300
