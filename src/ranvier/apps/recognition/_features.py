"""From recordings to sequences of one length: features, a split, and standard scores."""

from typing import NamedTuple

import numpy as np

from ranvier.apps._recorded import split_recordings
from ranvier.apps.recognition._settings import Settings
from ranvier.data import Recordings, log_mel

_FLOOR = 1e-10


class Part(NamedTuple):
    """Sequences of one length.

    Attributes:
        x: features, float32 `[recordings, frames, width]`, zero where there is none.
        mask: 1 where there is a frame, `[recordings, frames]`.
        labels: class numbers, `[recordings]`.
        sources: who or what each comes from.
    """

    x: np.ndarray
    mask: np.ndarray
    labels: np.ndarray
    sources: tuple[str, ...]


class Parts(NamedTuple):
    """Three parts and their classes; `held_out` says in words what is judged by."""

    train: Part
    valid: Part
    test: Part
    classes: tuple[str, ...]
    held_out: str


def parts_of(settings: Settings, seed: int) -> Parts:
    """The parts that one seed learns from and is judged by.

    Features are the logarithms of the energy in bands of frequency, or the taxels as they are;
    mean and deviation of the frames of the training part are taken out.

    Args:
        settings: data, split and features.
        seed: draws the split where it is random.

    Raises:
        FileNotFoundError: the recordings are nowhere.
        ValueError: a split that the recordings do not allow, or channels that there are not.
    """
    recordings, held_out = split_recordings(settings.data, settings.split, seed)
    features = {name: _features(part, settings) for name, part in recordings.items()}
    frames = np.concatenate(features["train"])
    mean, deviation = frames.mean(0), frames.std(0)
    deviation = np.where(deviation > 1e-6, deviation, 1.0)
    made = {}
    for name, part in recordings.items():
        x = np.zeros((len(part), settings.frames, len(mean)), np.float32)
        mask = np.zeros(x.shape[:2], np.float32)
        for number, frames in enumerate(features[name]):
            kept = frames[: settings.frames]
            x[number, : len(kept)] = (kept - mean) / deviation
            mask[number, : len(kept)] = 1
        made[name] = Part(x, mask, part.labels, part.sources)
    return Parts(**made, classes=recordings["train"].classes, held_out=held_out)


def _features(recordings: Recordings, settings: Settings) -> list[np.ndarray]:
    """`[frames, width]` of every recording."""
    if recordings.samples[0].ndim == 2:
        width = recordings.samples[0].shape[1]
        chosen = list(settings.channels) or list(range(width))
        if max(chosen) >= width:
            raise ValueError(
                f"channels are {chosen}, but {recordings.name} has {width}, counted from 0."
            )
        return [samples[:, chosen] for samples in recordings.samples]
    if settings.channels:
        raise ValueError(f"channels are {settings.channels}, but {recordings.name} has one.")
    return [
        log_mel(
            _long_enough(samples, recordings.rate_hz),
            recordings.rate_hz,
            bands=settings.bands,
            step_ms=settings.step_ms,
            floor=_FLOOR,
        )
        for samples in recordings.samples
    ]


def _long_enough(samples: np.ndarray, rate_hz: float, window_ms: float = 25.0) -> np.ndarray:
    """The samples, with silence behind where they do not fill one window."""
    missing = int(np.ceil(rate_hz * window_ms / 1000)) - len(samples)
    return np.pad(samples, (0, max(missing, 0)))
