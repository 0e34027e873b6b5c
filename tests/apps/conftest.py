"""Data sets of a few random chords or shapes, so that experiments run in seconds and offline."""

from pathlib import Path

import jax
import numpy as np
import pytest

import ranvier.data
from ranvier.data import Images, Sequences, Split


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
    cache = programs
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranvier.data, "nottingham", lambda: tiny)
        patch.setenv("JAX_COMPILATION_CACHE_DIR", cache)
        jax.config.update("jax_compilation_cache_dir", cache)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        yield tiny
        jax.config.update("jax_compilation_cache_dir", None)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 1)


def shapes(name: str, count: int, seed: int) -> Images:
    """Ten classes that a network can learn: a bright bar at one of ten places, some noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = rng.integers(0, 60, (count, 8, 8)).astype(np.uint8)
    for image, one in zip(images, labels, strict=True):
        image[one % 5 : one % 5 + 2, 4 * (one // 5) : 4 * (one // 5) + 4] = 255
    return Images(name, images, labels)


@pytest.fixture
def bars(monkeypatch):
    """The data set `optical-digits` is 120 + 60 images of bars."""
    parts = {"train": shapes("train", 120, 0), "test": shapes("test", 60, 1)}
    monkeypatch.setattr(ranvier.data, "optical_digits", parts.__getitem__)
    return parts


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
