"""From recordings to spikes of the chip's inputs, tick by tick."""

import functools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier import data
from ranvier.apps._recorded import joined, split_recordings
from ranvier.apps.reckon_recordings._settings import OUTPUTS, Settings
from ranvier.data import EventSet, Recordings, split_by_source
from ranvier.encode import crossing_events
from ranvier.encode.sensors import centre_frequencies_hz, gammatone_bank, log_compression

_INPUTS = 256
_AT_ONCE = 250
# The ear's channels are put together in groups of so many.
_GROUP = 4
_LOUDEST = 1.0
_FLOOR = 1e-3


class Samples(NamedTuple):
    """Recordings as the chip gets them.

    Attributes:
        spikes: `[recordings, ticks, inputs]`, none after a recording's end.
        lengths: ticks of each, `[recordings]`.
        labels: class numbers, `[recordings]`.
        sources: who or what each comes from.
    """

    spikes: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    labels: NDArray[np.int64]
    sources: tuple[str, ...]


class Parts(NamedTuple):
    """What is learned from and judged by, and the classes; `held_out` says in words what is judged
    by."""

    train: Samples
    test: Samples
    classes: tuple[str, ...]
    held_out: str


def asked(samples: Samples, settings: Settings) -> NDArray[np.bool_]:
    """Ticks in which outputs vote and learn, `[recordings, ticks]`.

    Args:
        samples: of a part.
        settings: say from which part of a recording on.
    """
    at, lengths = np.arange(samples.spikes.shape[1]), samples.lengths[:, None]
    return (at >= np.floor(settings.asked_from * lengths)) & (at < lengths)


def parts_of(settings: Settings, seed: int) -> Parts:
    """What one chip learns from, and what it is judged by.

    Args:
        settings: data, split, classes and spikes.
        seed: draws the split where it is random.

    Raises:
        FileNotFoundError: the recordings are nowhere.
        ValueError: a class that there is not, more classes or inputs than the chip has, or a split
            that the recordings do not allow.
    """
    if settings.data == "heidelberg-digits":
        return _heidelberg(settings, seed)
    recordings, held_out = split_recordings(settings.data, settings.split, seed)
    every = recordings["train"].classes
    classes = _chosen(settings, every)
    number = {every.index(name): n for n, name in enumerate(classes)}
    # Nothing is chosen by a part of the recordings: what is kept apart for that is learned from.
    learned = joined([recordings["train"], recordings["valid"]])
    made = []
    for part in (learned, recordings["test"]):
        kept = part[np.isin(part.labels, list(number))]
        spikes, lengths = _encoded(kept, settings)
        labels = np.array([number[label] for label in kept.labels.tolist()])
        made.append(Samples(spikes, lengths, labels, kept.sources))
    return Parts(*made, classes, held_out)


def _chosen(settings: Settings, every: tuple[str, ...]) -> tuple[str, ...]:
    for name in settings.classes:
        if name not in every:
            raise ValueError(f"classes has {name!r}, expected out of {', '.join(every)}.")
    classes = settings.classes or every
    if len(classes) > OUTPUTS:
        raise ValueError(
            f"{settings.data} has {len(classes)} classes, and the chip {OUTPUTS} outputs: choose "
            "some with `classes`."
        )
    return classes


def _encoded(recordings: Recordings, settings: Settings) -> tuple[NDArray, NDArray]:
    """Spikes `[recordings, ticks, inputs]` and lengths in ticks."""
    if recordings.samples[0].ndim == 2:
        signals, step_ms = list(recordings.samples), 1000 / recordings.rate_hz
    else:
        signals, step_ms = [_heard(one, recordings, settings) for one in recordings.samples], 1.0
    steps = max(map(len, signals))
    lengths = np.array([len(one) * step_ms / settings.tick_ms for one in signals])
    lengths = np.clip(np.ceil(lengths).astype(int), 2, settings.ticks)
    channels = signals[0].shape[1]
    inputs = 2 * channels * len(settings.deltas)
    if inputs > _INPUTS:
        raise ValueError(
            f"{channels} signals with {len(settings.deltas)} deltas make {inputs} inputs, and the "
            f"chip has {_INPUTS}: choose fewer bands or deltas."
        )
    spikes = np.zeros((len(signals), settings.ticks, inputs), bool)
    for begin in range(0, len(signals), _AT_ONCE):
        some = signals[begin : begin + _AT_ONCE]
        # What stays as it is sends nothing: all are as long, and as many, for one program.
        padded = np.zeros((steps, _AT_ONCE, channels), np.float32)
        for n, one in enumerate(some):
            padded[: len(one), n], padded[len(one) :, n] = one, one[-1]
        flat = padded.reshape(steps, -1)
        for k, delta in enumerate(settings.deltas):
            events = crossing_events(flat, delta=delta, time_step_ms=step_ms)
            tick = np.ceil(events.time_ms / settings.tick_ms).astype(int)
            which, channel = np.divmod(events.channel, channels)
            inside = (tick < lengths[np.minimum(begin + which, len(lengths) - 1)]) & (
                which < len(some)
            )
            place = 2 * (k * channels + channel) + (events.sign < 0)
            spikes[begin + which[inside], tick[inside], place[inside]] = True
    return spikes, lengths


def _heard(sound: NDArray, recordings: Recordings, settings: Settings) -> NDArray:
    """What hair cells of an ear feel, in frames of 1 ms; the loudest sample of a recording is 1."""
    size = round(recordings.rate_hz / 1000)
    sound = sound[: size * max(len(sound) // size, 1)]
    sound = np.pad(sound, (0, -len(sound) % size)) * (_LOUDEST / max(np.abs(sound).max(), 1e-9))
    centres = centre_frequencies_hz(
        settings.bands, low_hz=settings.low_hz, high_hz=settings.high_hz
    )
    felt = np.maximum(gammatone_bank(sound, recordings.rate_hz, centres), 0)
    frames = felt.reshape(-1, size, settings.bands).mean(1)
    return log_compression(_smoothed(frames), floor=_FLOOR).astype(np.float32)


def _smoothed(frames: NDArray, frames_kept: float = 10.0) -> NDArray:
    from scipy.signal import lfilter

    kept = np.exp(-1 / frames_kept)
    return lfilter([1 - kept], [1, -kept], frames, axis=0)
