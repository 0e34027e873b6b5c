"""Data sets of a few random chords or shapes, so that experiments run in seconds and offline."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ranvier.data
from ranvier.data import Sequences, Split
from tests.apps.small_runs import SmallRun, kept_programs, parts, run_small, shapes


def chords(name: str, count: int, seed: int) -> Sequences:
    """Pieces of four voices that move by small steps."""
    rng = np.random.default_rng(seed)
    rolls = []
    for _ in range(count):
        steps = rng.integers(20, 30)
        voices = np.array([30, 40, 50, 60]) + np.cumsum(rng.integers(-1, 2, (steps, 4)), axis=0)
        roll = np.zeros((steps, 88))
        np.put_along_axis(roll, voices, 1, axis=1)
        rolls.append(roll)
    return Sequences(name, tuple(rolls), tuple(f"{name} {i}" for i in range(count)))


@pytest.fixture(scope="session")
def tiny() -> Split:
    return Split(
        chords("train", 7, 0),
        chords("valid", 3, 1),
        chords("test", 3, 2),
        source="Random chords.",
        rule="Cut at random.",
    )


@pytest.fixture(scope="session")
def programs(tmp_path_factory) -> str:
    """Where compiled programs are kept for all runs."""
    return str(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def tiny_data(tiny, programs):
    """The data set `nottingham` is the tiny one, and programs are compiled once for all runs."""
    with pytest.MonkeyPatch.context() as patch, kept_programs(programs):
        patch.setattr(ranvier.data, "nottingham", lambda: tiny)
        patch.setenv("JAX_COMPILATION_CACHE_DIR", programs)
        yield tiny


@pytest.fixture(scope="session")
def small_run(tiny, programs, tmp_path_factory) -> Callable[[str], SmallRun]:
    """From the name of an experiment on devices to a small run of it, which is made once."""

    @functools.cache
    def run(name: str) -> SmallRun:
        with kept_programs(programs):
            return run_small(name, tmp_path_factory.mktemp("small") / name, tiny)

    return run


@pytest.fixture
def bars(monkeypatch):
    """The data set `optical-digits` is 120 + 60 images of bars."""
    images = parts(shapes, 120, 60)
    monkeypatch.setattr(ranvier.data, "optical_digits", images.__getitem__)
    return images


def three_letters(folder: Path) -> None:
    """An archive of Braille letters: 20 of each, felt by a taxel of its own at its own time."""
    random, trials = np.random.default_rng(0), []
    for label in range(3):
        for _ in range(20):
            raw = np.full((30 + label % 2, 4), 250.0)
            raw[5 * label : 5 * label + 12, label] = 120
            trials.append(raw + random.normal(0, 3, raw.shape))
    (folder / "braille").mkdir(parents=True)
    np.savez(
        folder / "braille/braille_taxels_dev.npz",
        taxel=np.concatenate(trials).clip(0, 255).astype(np.uint8),
        offset=np.cumsum([0, *map(len, trials)]),
        label=np.repeat(np.arange(3), 20),
        repetition=np.tile(np.arange(20), 3),
        letters=np.array(["Space", "A", "B"]),
    )
