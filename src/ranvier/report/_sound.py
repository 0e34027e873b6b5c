"""Piano rolls as sound: an organ made of sines, and the sound as a file that a browser plays."""

import io
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.core import nearest
from ranvier.report._roll import check_roll, held_notes

_PEAK = 0.9
_ATTACK, _DECAY, _SUSTAIN, _RELEASE = 0.03, 0.18, 0.82, 0.14  # s, s, fraction, s
_HARMONICS = (1, 2, 3, 4, 5, 6, 8)
_DRAWBARS = (1.0, 0.55, 0.32, 0.26, 0.10, 0.09, 0.07)
_TABLE = 4096
_ROOM_SECONDS, _ROOM_SHARE = 1.1, 0.22
_MIME = {"mp3": "audio/mpeg", "wav": "audio/wav"}
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)


def synthesise(
    roll: ArrayLike,
    *,
    quarter_seconds: float = 0.6,
    sample_rate: int = 22050,
    first_key: int = 21,
) -> NDArray[np.float32]:
    """Play a piano roll on a small organ in a small room.

    Each note is a sum of harmonics of its equal-tempered pitch, `440 * 2**((number - 69) / 12)`
    Hz, that stay below half the sampling rate, under an envelope of attack, decay, sustain and
    release. A key on in neighbouring steps is one note: its phase runs on and it is not struck
    again. The same roll always gives the same samples.

    Args:
        roll: [T, keys] of 0 and 1, one row per quarter note.
        quarter_seconds: length of a quarter note, s.
        sample_rate: samples per second, at least 8000 and 2.13 times the highest pitch.
        first_key: MIDI number of the first key.

    Returns:
        [samples] between -0.9 and 0.9, for T quarter notes and until the room falls silent.

    Raises:
        ValueError: the roll has no notes, or a value is out of range.

    Example:
        >>> roll = [[0] * 48 + [1] + [0] * 39] * 2
        >>> wave = synthesise(roll, quarter_seconds=0.1)
        >>> round(float(abs(wave).max()), 3)
        0.9
    """
    notes = check_roll(roll, first_key)
    if not quarter_seconds > 0 or not np.isfinite(quarter_seconds):
        raise ValueError(
            f"quarter_seconds is {quarter_seconds}, expected more than 0 s. "
            "A calm chorale takes 0.6."
        )
    highest = _pitch(first_key + int(np.flatnonzero(notes.any(axis=0))[-1]))
    if sample_rate < 8000 or not _fits(highest, sample_rate):
        raise ValueError(
            f"sample_rate is {sample_rate}, expected at least 8000 per second and room for the "
            f"highest note, {highest:.0f} Hz. 22050 carries every key of a piano."
        )
    tail = _RELEASE + _ROOM_SECONDS
    wave = np.zeros(int(np.ceil((notes.shape[0] * quarter_seconds + tail) * sample_rate)))
    tables: dict[int, NDArray] = {}
    for note in held_notes(notes):
        number = first_key + note.key
        if number not in tables:
            tables[number] = _one_period(_pitch(number), sample_rate)
        start = round(note.start * quarter_seconds * sample_rate)
        held = round((note.start + note.steps) * quarter_seconds * sample_rate) - start
        seconds = np.arange(held + int(_RELEASE * sample_rate)) / sample_rate
        phase = (seconds * _pitch(number)) % 1.0 * _TABLE
        tone = np.interp(phase, np.arange(_TABLE + 1), tables[number])
        wave[start : start + seconds.size] += tone * _envelope(seconds, held / sample_rate)
    wave = _in_a_room(wave, sample_rate)
    return (wave * (_PEAK / np.abs(wave).max())).astype(np.float32)


def audio_bytes(
    waveform: ArrayLike, sample_rate: int, format: Literal["mp3", "wav"] = "mp3"
) -> tuple[bytes, str]:
    """Encode a waveform as a file that every browser plays, the same bytes each time.

    Falls back to WAV where the MP3 codec is not installed or does not know the sampling rate.

    Args:
        waveform: [samples] between -1 and 1.
        sample_rate: samples per second.
        format: the codec wanted.

    Returns:
        The bytes and their MIME type, which says what codec was used.

    Raises:
        ValueError: an unknown format, or a waveform that is empty, not finite or beyond 1.

    Example:
        >>> data, mime = audio_bytes(np.zeros(2205), 22050, "wav")
        >>> data[:4], mime
        (b'RIFF', 'audio/wav')
    """
    import soundfile

    if format not in _MIME:
        raise ValueError(f"there is no audio format '{format}'. {nearest(format, _MIME)}")
    wave = np.asarray(waveform, dtype=np.float32)
    if wave.ndim != 1 or wave.size == 0:
        raise ValueError(
            f"the waveform has shape {list(wave.shape)}, expected [samples], at least one. "
            "Mix several channels into one."
        )
    if not np.isfinite(wave).all() or np.abs(wave).max() > 1:
        raise ValueError(
            "the waveform has values that are not finite or beyond 1, expected -1 to 1. "
            "Divide it by its peak."
        )
    if "MP3" not in soundfile.available_formats() or sample_rate not in _MP3_RATES:
        format = "wav"
    subtype = "PCM_16" if format == "wav" else "MPEG_LAYER_III"
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, int(sample_rate), subtype=subtype, format=format.upper())
    return buffer.getvalue(), _MIME[format]


def _pitch(number: int) -> float:
    return 440.0 * 2.0 ** ((number - 69) / 12)


def _fits(frequency: float, sample_rate: int) -> bool:
    return frequency < 0.47 * sample_rate


def _one_period(pitch: float, sample_rate: int) -> NDArray[np.float64]:
    turns = np.arange(_TABLE + 1) / _TABLE
    period = np.zeros(_TABLE + 1)
    for harmonic, amplitude in zip(_HARMONICS, _DRAWBARS, strict=True):
        if _fits(harmonic * pitch, sample_rate):
            period += amplitude * np.sin(2 * np.pi * harmonic * turns)
    return period


def _envelope(seconds: NDArray, held: float) -> NDArray[np.float64]:
    """Raised-cosine attack and release around an exponential decay: no corner, so no click."""
    struck = np.minimum(seconds, held)
    attack = 0.5 - 0.5 * np.cos(np.pi * np.minimum(struck / _ATTACK, 1.0))
    decay = _SUSTAIN + (1.0 - _SUSTAIN) * np.exp(-struck / _DECAY)
    release = 0.5 + 0.5 * np.cos(np.pi * np.clip((seconds - held) / _RELEASE, 0.0, 1.0))
    return attack * decay * release


def _in_a_room(wave: NDArray, sample_rate: int) -> NDArray[np.float64]:
    """Add the answer of a room: noise that dies away exponentially, the same noise each time."""
    count = int(_ROOM_SECONDS * sample_rate)
    seconds = np.arange(count) / sample_rate
    noise = np.random.default_rng(0).standard_normal(count)
    noise = np.convolve(noise, np.ones(5) / 5, mode="same")  # walls swallow the highest tones
    answer = noise * np.exp(-6.9 * seconds / _ROOM_SECONDS) * np.minimum(seconds / 0.02, 1.0)
    answer *= np.clip((_ROOM_SECONDS - seconds) / 0.1, 0.0, 1.0)
    answer *= _ROOM_SHARE / np.sqrt(np.square(answer).sum())
    size = 1 << int(np.ceil(np.log2(wave.size + count)))
    wet = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(answer, size), size)
    return wave + wet[: wave.size]
