"""The chorales of music21: counts, no copy on two sides, and a cache that is whole or absent."""

import importlib.metadata
import shutil
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from ranvier.data import Split, bach_chorales
from ranvier.data._bach import _corpus, _parse, _Score, _split

VERSION = importlib.metadata.version("music21")
COUNTED = "10.5.1"


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def chorales(cache) -> Split:
    return bach_chorales(cache=cache)


def parts(split: Split):
    return split.train, split.valid, split.test


def same(one: Split, other: Split) -> bool:
    return (one.rule, one.source) == (other.rule, other.source) and all(
        a.names == b.names and all(map(np.array_equal, a.rolls, b.rolls))
        for a, b in zip(parts(one), parts(other), strict=True)
    )


@pytest.mark.skipif(VERSION != COUNTED, reason=f"counted in music21 {COUNTED}, not {VERSION}")
def test_frozen_counts(chorales):
    assert [len(part) for part in parts(chorales)] == [296, 34, 41]
    assert [part.steps for part in parts(chorales)] == [16_451, 1_794, 2_054]
    frames = np.concatenate([roll for part in parts(chorales) for roll in part.rolls])
    used = np.flatnonzero(frames.any(axis=0))
    assert frames.shape == (20_299, 88) and (used[0], used[-1]) == (15, 65)
    assert int(frames.sum()) == 79_517
    assert chorales.source == f"music21 {COUNTED}, corpus of Bach chorales"
    assert "(10 moved)" in chorales.rule
    assert chorales.rule.endswith("296 / 34 / 41 pieces; skipped 0")


def test_every_number_is_on_one_side(chorales):
    numbers = [int(name.split()[0]) for part in parts(chorales) for name in part.names]
    skipped = int(chorales.rule.partition("skipped ")[2].split(":")[0])
    assert len(set(numbers)) == len(numbers) == 371 - skipped
    assert chorales.train.names[0] == "1 Aus meines Herzens Grunde (BWV 269)"


def test_no_piece_stands_on_two_sides_even_transposed(chorales):
    def untransposed(roll: np.ndarray) -> tuple:
        used = np.flatnonzero(roll.any(axis=0))
        held = roll[:, used[0] : used[-1] + 1]
        return held.shape, held.tobytes()

    sides = [{untransposed(roll) for roll in part.rolls} for part in parts(chorales)]
    assert sum(map(len, sides)) < 371, "the collection holds copies, or this test proves nothing"
    for one, other in combinations(sides, 2):
        assert not one & other


def test_copies_go_to_the_side_of_the_lowest_number(chorales):
    on = {int(name.split()[0]): part for part in parts(chorales) for name in part.names}
    assert on[9] is on[361] is chorales.valid  # a copy of a valid piece, though 361 ends in 1
    assert on[100] is on[126] is chorales.test
    assert on[64] is on[256] is on[201] is on[306] is chorales.train
    assert on[131] is on[328] is chorales.train
    assert on[120] is on[349] is chorales.test  # 349 alone would be valid
    assert on[66] is on[119] is chorales.train  # at least half alike, not identical
    assert on[10] is on[20] is chorales.test
    assert on[19] is on[29] is chorales.valid


def test_the_second_call_reads_the_file_and_gives_the_same(cache, chorales):
    def never(done: int, total: int) -> None:
        raise RuntimeError("parsed again")

    assert [path.suffix for path in cache.iterdir()] == [".npz"]
    assert same(bach_chorales(cache=cache, progress=never), chorales)


def test_the_cache_is_named_by_versions_and_follows_the_environment(cache, monkeypatch, chorales):
    (file,) = cache.iterdir()
    assert VERSION in file.name and "reader_" in file.name
    monkeypatch.setenv("RANVIER_CACHE", str(cache))
    monkeypatch.setattr("ranvier.data._bach._corpus", None)
    assert same(bach_chorales(), chorales)


class Interrupt:
    """Progress that stops the work part of the way."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, done: int, total: int) -> None:
        if done == self.at:
            raise KeyboardInterrupt


@pytest.fixture
def few_scores(monkeypatch):
    scores, folder = _corpus()
    monkeypatch.setattr("ranvier.data._bach._corpus", lambda: (scores[:20], folder))


@pytest.mark.parametrize("at", [1, 7])
def test_an_interrupted_parse_leaves_no_file(tmp_path, few_scores, at):
    with pytest.raises(KeyboardInterrupt):
        bach_chorales(cache=tmp_path, progress=Interrupt(at))
    assert not list(tmp_path.iterdir())


def test_progress_counts_up_to_the_end(tmp_path, few_scores):
    calls = []
    bach_chorales(cache=tmp_path, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(done, 20) for done in range(1, 21)]


@pytest.mark.parametrize("fraction", [0.0, 0.2, 0.7, 0.999])
def test_a_damaged_cache_is_made_anew(tmp_path, few_scores, fraction):
    right = bach_chorales(cache=tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(fraction * len(whole))])
    assert same(bach_chorales(cache=tmp_path), right)
    assert len(file.read_bytes()) == len(whole)


def test_a_cache_that_cannot_be_written_is_told_and_the_music_still_comes(tmp_path, few_scores):
    file = tmp_path / "not a folder"
    file.write_text("")
    with pytest.warns(RuntimeWarning, match="not kept and will be parsed again"):
        split = bach_chorales(cache=file)
    assert len(split.train) == 16


SILENT = (
    "<score-partwise><part><measure><note><rest/><duration>4</duration></note></measure></part>"
    "</score-partwise>"
)


def test_scores_without_notes_or_sense_are_skipped_by_name(tmp_path):
    scores, corpus = _corpus()
    for score in scores[8:20]:
        shutil.copy(corpus / f"bwv{score.catalogue}.mxl", tmp_path)
    (tmp_path / "bwv1000.xml").write_text(SILENT)
    (tmp_path / "bwv1001.mxl").write_bytes((corpus / "bwv269.mxl").read_bytes()[:500])
    bad = [_Score(400 + i, f"bad {i}", str(1000 + i)) for i in range(3)]
    collection = _parse([bad[0], *scores[8:20], *bad[1:]], tmp_path, None)
    split = _split(collection, "a folder")
    assert sum(map(len, parts(split))) == len(collection.numbers) == 12
    assert "skipped 3: 400 bad 0 (BWV 1000): " in split.rule
    assert "has no notes" in collection.skipped[0]
    assert "bwv1001.mxl cannot be read as MusicXML" in collection.skipped[1]
    assert "no score bwv1002" in collection.skipped[2]


def test_a_corpus_without_any_readable_score_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none of the 1 chorales .* Reinstall music21"):
        _parse([_Score(1, "gone", "269")], tmp_path, None)
