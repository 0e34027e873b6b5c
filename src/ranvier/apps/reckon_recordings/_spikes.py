"""From recordings to spikes of the chip's inputs, tick by tick."""

import dataclasses
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier import data
from ranvier.apps._recorded import joined, split_recordings
from ranvier.apps.reckon_recordings._settings import OUTPUTS, Settings
from ranvier.data import EventSet, Recordings
from ranvier.encode import crossing_events
from ranvier.encode.sensors import (
    centre_frequencies_hz,
    gammatone_bank,
    half_wave,
    log_compression,
)

_INPUTS = 256
_AT_ONCE = 100
# Channels of Heidelberg's ear are put together in groups of so many; its first ten classes are
# English.
_GROUP, _ENGLISH = 4, 10
_FRAME_MS, _SMOOTHING_MS, _SILENCE_MS, _FLOOR = 1.0, 10.0, 250.0, 1e-3


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


def parts_of(settings: Settings, seed: int, encode: "Encoder") -> Parts:
    """What one chip learns from, and what it is judged by.

    Args:
        settings: data, split and classes.
        seed: draws the split where it is random.
        encode: gives spikes.

    Raises:
        FileNotFoundError: the recordings are nowhere.
        ValueError: a class that there is not, more classes or inputs than the chip has, or a split
            that the recordings do not allow.
    """
    if settings.data == "heidelberg-digits":
        return _heidelberg(settings)
    recordings, held_out = split_recordings(settings.data, settings.split, seed)
    every = recordings["train"].classes
    classes = _chosen(settings, every)
    number = {every.index(name): n for n, name in enumerate(classes)}
    # Nothing is chosen by a part of the recordings: what is kept apart for that is learned from.
    learned = joined([recordings["train"], recordings["valid"]])

    def samples(part: Recordings) -> Samples:
        kept = part[np.isin(part.labels, list(number))]
        labels = np.array([number[label] for label in kept.labels.tolist()])
        return Samples(*encode(kept), labels, kept.sources)

    return Parts(samples(learned), samples(recordings["test"]), classes, held_out)


def _heidelberg(settings: Settings) -> Parts:
    """Spikes of an ear as they are published, some channels to an input."""
    learned, test = (data.spiking_heidelberg_digits(part) for part in ("train", "test"))
    held_out = "the published test part, with two speakers that are not learned from"
    if settings.split == "strangers":
        strangers = sorted(set(test.sources) - set(learned.sources))
        test, held_out = test.of(strangers), f"{len(strangers)} speakers that are not learned from"
    every = learned.classes
    classes = settings.classes or every[:_ENGLISH]
    classes = _chosen(dataclasses.replace(settings, classes=classes), every)
    number = {every.index(name): n for n, name in enumerate(classes)}

    def samples(part: EventSet) -> Samples:
        return _grouped(part.part(np.isin(part.labels, list(number))), number, settings)

    return Parts(samples(learned), samples(test), classes, held_out)


def _grouped(part: EventSet, number: dict[int, int], settings: Settings) -> Samples:
    # An even number, as the chip wants it.
    inputs = 2 * -(-part.shape[1] // (2 * _GROUP))
    spikes = np.zeros((len(part), settings.ticks, inputs), bool)
    lengths = np.zeros(len(part), np.int64)
    for n, events in enumerate(part):
        tick = (events.t / (1000 * settings.tick_ms)).astype(int)
        inside = tick < settings.ticks
        spikes[n, tick[inside], events.x[inside] // _GROUP] = True
        lengths[n] = np.clip(tick.max(initial=0) + 1, 2, settings.ticks)
    labels = np.array([number[label] for label in part.labels.tolist()])
    return Samples(spikes, lengths, labels, part.sources)


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


class Encoder:
    """Turns recordings into spikes, each once: splits of several seeds share them.

    Args:
        settings: say how.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._known: dict[tuple[int, str, int], tuple[NDArray[np.bool_], int]] = {}

    def __call__(self, recordings: Recordings) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Spikes `[recordings, ticks, inputs]` and lengths in ticks, `[recordings]`."""
        keys = list(
            zip(
                recordings.labels.tolist(),
                recordings.sources,
                recordings.takes.tolist(),
                strict=True,
            )
        )
        new = [n for n, key in enumerate(keys) if key not in self._known]
        for begin in range(0, len(new), _AT_ONCE):
            some = new[begin : begin + _AT_ONCE]
            found = self._spikes([recordings.samples[n] for n in some], recordings.rate_hz)
            self._known.update(zip((keys[n] for n in some), found, strict=True))
        spikes, lengths = zip(*(self._known[key] for key in keys), strict=True)
        return np.stack(spikes), np.array(lengths)

    def _spikes(
        self, samples: list[NDArray], rate_hz: float
    ) -> list[tuple[NDArray[np.bool_], int]]:
        settings = self.settings
        signals, step_ms = samples, 1000 / rate_hz
        if samples[0].ndim == 1:
            signals, step_ms = _heard(samples, rate_hz, settings), _FRAME_MS
        channels = signals[0].shape[1]
        inputs = 2 * channels * len(settings.deltas)
        if inputs > _INPUTS:
            raise ValueError(
                f"{channels} signals with {len(settings.deltas)} deltas make {inputs} inputs, and "
                f"the chip has {_INPUTS}: choose fewer bands or deltas."
            )
        # What stays as it is sends nothing: all are as long, and as many, for one program.
        steps = math.ceil(settings.ticks * settings.tick_ms / step_ms)
        padded = np.zeros((steps, _AT_ONCE, channels), np.float32)
        lengths = np.zeros(_AT_ONCE, np.int64)
        for n, one in enumerate(signals):
            kept = one[:steps]
            padded[: len(kept), n], padded[len(kept) :, n] = kept, kept[-1]
            ticks = math.ceil(len(one) * step_ms / settings.tick_ms)
            lengths[n] = min(max(ticks, 2), settings.ticks)
        spikes = np.zeros((_AT_ONCE, settings.ticks, inputs), bool)
        for k, delta in enumerate(settings.deltas):
            events = crossing_events(padded.reshape(steps, -1), delta=delta, time_step_ms=step_ms)
            tick = np.ceil(events.time_ms / settings.tick_ms).astype(int)
            which, channel = np.divmod(events.channel, channels)
            place = 2 * (k * channels + channel) + (events.sign < 0)
            inside = tick < lengths[which]
            spikes[which[inside], tick[inside], place[inside]] = True
        return [(spikes[n], int(lengths[n])) for n in range(len(signals))]


def _heard(sounds: list[NDArray], rate_hz: float, settings: Settings) -> list[NDArray[np.float32]]:
    """What hair cells of an ear feel, `[frames, bands]`; the loudest sample of a recording is 1."""
    from scipy.signal import lfilter

    size = round(rate_hz * _FRAME_MS / 1000)
    gap = round(_SILENCE_MS / _FRAME_MS)
    pieces, begins, at = [], [], 0
    # One behind the other, and silence between them in which filters come to rest: a filter's
    # kernel is made once.
    for sound in sounds:
        loudest = max(float(np.abs(sound).max()), np.finfo(np.float32).tiny)
        frames = -(-len(sound) // size)
        pieces.append(np.pad(sound / loudest, (0, (frames + gap) * size - len(sound))))
        begins.append((at, at + frames))
        at += frames + gap
    centres = centre_frequencies_hz(
        settings.bands, low_hz=settings.low_hz, high_hz=settings.high_hz
    )
    kept = np.exp(-_FRAME_MS / _SMOOTHING_MS)
    whole = np.concatenate(pieces)
    felt = np.zeros((at, settings.bands), np.float32)
    for band, centre in enumerate(centres):
        rectified = half_wave(gammatone_bank(whole, rate_hz, centre[None])[:, 0])
        smooth = lfilter([1 - kept], [1, -kept], rectified.reshape(-1, size).mean(1))
        felt[:, band] = log_compression(np.asarray(smooth), floor=_FLOOR)
    return [felt[begin:end] for begin, end in begins]
