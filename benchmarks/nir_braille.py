"""The genuine Braille network on letters that are at hand: what it reads, however they are coded.

Its test set is not at hand. The same letters, felt by the same kind of fingertip, are; they are
encoded as is told beside the network, and in other ways.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import ranvier as rv
from ranvier.convert.nir import read_nir
from ranvier.data import braille
from ranvier.encode import send_on_delta

# As the README beside the network tells: letters, in their order, spikes of both signs joined.
LETTERS = ("Space", "A", "E", "I", "O", "U", "Y")
STEPS, TOLD = 256, {"threshold": 1.0, "events": "either", "bin_ms": 5, "from_ms": 0}
# The same, varied; bins in ms and where the first begins, late enough for the letter's end.
THRESHOLDS = (1.0, 2.0, 5.0, 10.0, 20.0)
EVENTS = ("either", "on", "off")
BINS = ((5, 0), (5, 600), (10, 0), (25, 0))
MEANING = {"time_step_ms": 0.1, "time_unit": "s", "reset": "subtract", "discretisation": "euler"}
_FULL, _FINE_PER_SAMPLE, _WINDOWS = 255.0, 25, 8


def letters(root: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Raw values of the taxels every millisecond, `[time, letter, 12]`, labels, repetitions."""
    read = braille(root)
    wanted = [read.classes.index(letter) for letter in LETTERS]
    chosen = np.flatnonzero(np.isin(read.labels, wanted))
    steps = min(len(read.samples[k]) for k in chosen)
    raw = np.stack([_FULL * (1 - read.samples[k][:steps]) for k in chosen], 1)
    fine = np.arange((steps - 1) * _FINE_PER_SAMPLE + 1) / _FINE_PER_SAMPLE
    at = np.minimum(fine.astype(int), steps - 2)
    share = (fine - at)[:, None, None]
    signal = (1 - share) * raw[at] + share * raw[at + 1]
    labels = np.array([wanted.index(label) for label in read.labels[chosen]])
    return signal.astype(np.float32), labels, read.takes[chosen]


def encoded(signal: np.ndarray, events: str, threshold: float) -> np.ndarray:
    """Which taxels spike in every millisecond, as send on delta with steps of raw units.

    Example:
        >>> ramp = np.array([0.0, 0.5, 1.5, 0.4, 0.2], np.float32)[:, None]
        >>> encoded(ramp, "either", 1.0)[:, 0].astype(int).tolist()
        [0, 0, 1, 0, 0]
    """
    sent = np.asarray(send_on_delta(jnp.asarray(signal), delta=threshold))
    signs = {"on": (1,), "off": (-1,), "either": (-1, 1)}
    return np.isin(np.sign(sent), signs[events])


def binned(spikes: np.ndarray, bin_ms: int, from_ms: int) -> np.ndarray:
    """Whether there is any spike in a bin, `[256 steps at most, letter, 12]`.

    Example:
        >>> spikes = np.array([0, 1, 0, 0, 0, 1, 1], bool)[:, None]
        >>> binned(spikes, 2, 1)[:, 0].tolist()
        [1.0, 0.0, 1.0]
    """
    rest = spikes[from_ms:]
    rest = rest[: len(rest) // bin_ms * bin_ms]
    joined = np.any(rest.reshape(-1, bin_ms, *rest.shape[1:]), axis=1)
    return joined[:STEPS].astype(np.float32)


def by_means(xs: np.ndarray, labels: np.ndarray, repetitions: np.ndarray) -> float:
    """Share right by the nearest mean of spike counts, learned from the other repetitions.

    Counts are taken in eight parts of the recording, so that the letters' course in time is seen.
    """
    parts = np.array_split(xs, _WINDOWS)
    counts = np.stack([part.sum(0) for part in parts], -1).reshape(xs.shape[1], -1)
    learned = repetitions % 2 == 0
    means = np.stack([counts[learned & (labels == k)].mean(0) for k in range(len(LETTERS))])
    away = ((counts[~learned, None] - means) ** 2).sum(-1)
    return float((away.argmin(1) == labels[~learned]).mean())


def read_letters(root: Path, report: Callable[[str], None]) -> dict[str, Any]:
    """Share of letters right by the network, by encoding, and by means of the same spikes."""
    file = root / "nir" / "braille_noDelay_noBias_subtract.nir"
    model = read_nir(file, **MEANING).model
    counts = jax.jit(lambda xs: rv.run(model, xs)[1].sum(0))
    signal, labels, repetitions = letters(root)
    rows = []
    for threshold, events in itertools.product(THRESHOLDS, EVENTS):
        report(f"{file.name}: threshold {threshold:g}, {events}")
        spikes = encoded(signal, events, threshold)
        for bin_ms, from_ms in BINS:
            xs = binned(spikes, bin_ms, from_ms)
            out = np.asarray(counts(xs))
            told = {"threshold": threshold, "events": events, "bin_ms": bin_ms, "from_ms": from_ms}
            rows.append(
                {
                    **told,
                    "steps": len(xs),
                    "input spikes": float(xs.sum() / xs.shape[1]),
                    "output spikes": float(out.sum() / len(out)),
                    "right": float((out.argmax(1) == labels).mean()),
                    "right by means": by_means(xs, labels, repetitions),
                }
            )
    return {
        "letters": list(LETTERS),
        "recordings": len(labels),
        "most common": float(np.bincount(labels).max() / len(labels)),
        "told": TOLD,
        "encodings": rows,
    }
