"""From recordings to sequences of one length: features, a split, and standard scores."""

from typing import NamedTuple

import numpy as np

from ranvier import data
from ranvier.apps.recognition._settings import Settings
from ranvier.data import Recordings, log_mel, official_part, split_by_source

_SHARES = {"train": 0.7, "valid": 0.1, "test": 0.2}
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
    recordings, held_out = _split(settings, seed)
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


def _split(settings: Settings, seed: int) -> tuple[dict[str, Recordings], str]:
    strangers = settings.split == "strangers"
    if settings.data == "spoken-digits":
        return _digits(seed) if strangers else _digits_by_take()
    recordings = data.catalogue[settings.data]()
    if strangers:
        what = "repetitions" if settings.data == "braille" else "speakers"
        parts = split_by_source(recordings, _SHARES, seed=seed)
        count = len(set(parts["test"].sources))
        return parts, f"{count} {what} that are not learned from, drawn by the seed"
    if settings.data == "braille":
        return _random_fifth(recordings, seed), "a random fifth of the trials"
    return _official(recordings), "the official test part"


def _digits_by_take() -> tuple[dict[str, Recordings], str]:
    """The published split; five further takes choose the epoch."""
    learn, test = data.spoken_digits("train"), data.spoken_digits("test")
    valid = learn.takes < 10
    parts = {"train": learn[~valid], "valid": learn[valid], "test": test}
    return parts, "takes 0 to 4 of every speaker and digit"


def _digits(seed: int) -> tuple[dict[str, Recordings], str]:
    """All takes of one speaker to judge by; of the others, takes below 10 choose the epoch."""
    both = [data.spoken_digits(part) for part in ("train", "test")]
    names = sorted(set(both[0].sources))
    if len(names) < 2:
        raise ValueError(f"there is one speaker, {names[0]}; strangers need another to learn from.")
    stranger = names[seed % len(names)]
    others = [name for name in names if name != stranger]
    known = joined([part.of(others) for part in both])
    parts = {
        "train": known[known.takes >= 10],
        "valid": known[known.takes < 10],
        "test": joined([part.of(stranger) for part in both]),
    }
    return parts, f"all takes of the speaker {stranger}"


def joined(parts: list[Recordings]) -> Recordings:
    """Recordings of the same kind, one behind the other."""
    first = parts[0]
    return Recordings(
        first.name,
        tuple(samples for part in parts for samples in part.samples),
        np.concatenate([part.labels for part in parts]),
        first.classes,
        tuple(source for part in parts for source in part.sources),
        np.concatenate([part.takes for part in parts]),
        first.rate_hz,
    )


def _random_fifth(recordings: Recordings, seed: int) -> dict[str, Recordings]:
    """A random fifth to judge by, and an eighth of the rest to choose the epoch."""
    order = np.random.default_rng(seed).permutation(len(recordings))
    fifth, tenth = len(order) // 5, len(order) // 10
    return {
        "train": recordings[order[fifth + tenth :]],
        "valid": recordings[order[fifth : fifth + tenth]],
        "test": recordings[order[:fifth]],
    }


def _official(recordings: Recordings) -> dict[str, Recordings]:
    """The parts of the set's authors."""
    where = np.array([official_part(source) for source in recordings.sources])
    # Clips of silence have no speaker; they are dealt out by the same rule and prove nothing.
    spoken = np.array(["/" not in source for source in recordings.sources])
    for part in _SHARES:
        if not (where[spoken] == part).any():
            raise ValueError(
                f"the recordings of {recordings.name} that are here hold none of the official "
                f"{part} part. Take split='strangers', or get the whole set."
            )
    return {part: recordings[where == part] for part in _SHARES}
