"""A level-crossing converter with levels of its own, a loop that takes time, and a clock."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ranvier.encode._checks import above_zero, at_least, not_below_zero


@dataclass(frozen=True)
class LevelCrossingConverter:
    r"""Constants of an analogue-to-digital converter that samples when a level is crossed.

    Args:
        bits: $N$; levels lie $\delta = (\text{high} - \text{low}) / 2^N$ apart, from low to high.
        low, high: ends of the range, in units of the signal; beyond them nothing is sent.
        loop_delay_s: after a sample, the new level is compared only so much later. A signal that
            moves by more than one level in that time is followed late.
        dead_time_s: after a sample that was sent, levels that are crossed so soon are followed but
            not sent.
        timer_s: period of the clock that times are read from; 0 for exact times.

    Raises:
        ValueError: no bits, a range that is not one, or a time below 0.

    Source: Sayiner, Sorensen, Viswanathan, IEEE Trans. Circuits Syst. II 43 (1996); Allier,
    Sicard, Fesquet, Renaudin, "A new class of asynchronous A/D converters based on time
    quantization", ASYNC (2003).

    Example:
        >>> LevelCrossingConverter(bits=4, low=-1.0, high=1.0).delta
        0.125
    """

    bits: int
    low: float
    high: float
    loop_delay_s: float = 0.0
    dead_time_s: float = 0.0
    timer_s: float = 0.0

    def __post_init__(self) -> None:
        at_least("LevelCrossingConverter", "bits", self.bits, 1)
        not_below_zero(
            "LevelCrossingConverter",
            loop_delay_s=self.loop_delay_s,
            dead_time_s=self.dead_time_s,
            timer_s=self.timer_s,
        )
        if not self.low < self.high:
            raise ValueError(
                f"LevelCrossingConverter: low is {self.low}, expected less than high = {self.high}."
            )

    @property
    def delta(self) -> float:
        """Between two levels, in units of the signal."""
        return (self.high - self.low) / 2**self.bits


class LevelSamples(NamedTuple):
    """What a converter sends.

    Attributes:
        time_s: read from its clock, `[samples]`.
        level: number of the level, 0 for the lowest, `[samples]`.
        sign: +1 or -1, `[samples]`.

    Example:
        >>> LevelSamples(np.array([0.1]), np.array([3]), np.array([1])).level.tolist()
        [3]
    """

    time_s: np.ndarray
    level: np.ndarray
    sign: np.ndarray


def convert_by_levels(
    signal: np.ndarray, sample_rate_hz: float, converter: LevelCrossingConverter
) -> LevelSamples:
    r"""What a level-crossing converter sends of a signal.

    From level $k$ on, a sample is sent when the signal comes to level $k + 1$ or $k - 1$, as in
    `send_on_delta` on fixed levels. It starts from the level nearest to the signal. A signal
    is followed in time where it is slower than $\delta$ per loop delay. Samples come at most once
    per loop delay, and once per dead time.

    Args:
        signal: `[time]`; between its samples a straight line.
        sample_rate_hz: of the signal.
        converter: its constants.

    Raises:
        ValueError: another shape, or a sample rate that is not above 0.

    Source: Sayiner, Sorensen, Viswanathan, IEEE Trans. Circuits Syst. II 43 (1996).

    Example:
        >>> converter = LevelCrossingConverter(bits=2, low=0.0, high=4.0)
        >>> sent = convert_by_levels(np.array([0.0, 2.0, 1.0]), 1.0, converter)
        >>> sent.time_s.tolist(), sent.level.tolist()
        ([0.5, 1.0, 2.0], [1, 2, 1])
    """
    above_zero("convert_by_levels", sample_rate_hz=sample_rate_hz)
    signal = np.asarray(signal, np.float64)
    if signal.ndim != 1 or signal.size < 2 or not np.isfinite(signal).all():
        raise ValueError(
            f"convert_by_levels: the signal has shape {signal.shape}, expected [time] with at "
            "least two finite samples."
        )
    heights = (signal - converter.low) / converter.delta
    most = 2**converter.bits
    level = int(np.clip(np.round(heights[0]), 0, most))
    delay, dead = (
        seconds * sample_rate_hz for seconds in (converter.loop_delay_s, converter.dead_time_s)
    )
    ready, last, found = 0.0, -np.inf, []
    while (crossed := _next(heights, ready, level, most)) is not None:
        time, sign = crossed
        level += sign
        ready = time + delay
        if time - last >= dead:
            last = time
            found.append((time, level, sign))
    times, levels, signs = (
        (np.array(part) for part in zip(*found, strict=True))
        if found
        else (np.empty(0), np.empty(0, int), np.empty(0, int))
    )
    seconds = times / sample_rate_hz
    if converter.timer_s:
        # The clock has ticked so often; a hair keeps a time that is a tick from falling below it.
        seconds = np.floor(seconds / converter.timer_s + 1e-9) * converter.timer_s
    return LevelSamples(seconds, levels.astype(np.int64), signs.astype(np.int8))


def decode_levels(
    samples: LevelSamples, at_s: np.ndarray, converter: LevelCrossingConverter, *, start: float
) -> np.ndarray:
    r"""The level that was sent last: right to $\delta$ where the converter keeps up.

    Args:
        samples: as `convert_by_levels` gives them.
        at_s: where the signal is wanted.
        converter: its constants.
        start: the signal at the beginning, from which the first level follows.

    Example:
        >>> converter = LevelCrossingConverter(bits=2, low=0.0, high=4.0)
        >>> sent = convert_by_levels(np.array([0.0, 2.0, 1.0]), 1.0, converter)
        >>> decode_levels(sent, np.array([0.0, 0.7, 1.5, 2.0]), converter, start=0.0).tolist()
        [0.0, 1.0, 2.0, 1.0]
    """
    first = np.clip(np.round((start - converter.low) / converter.delta), 0, 2**converter.bits)
    levels = np.concatenate([[first], samples.level])
    before = np.searchsorted(samples.time_s, np.asarray(at_s), side="right")
    return converter.low + converter.delta * levels[before]


def _next(heights: np.ndarray, ready: float, level: int, most: int) -> tuple[float, int] | None:
    """When, in steps, and to which side the signal is first a level away, from `ready` on."""
    if ready > len(heights) - 1:
        return None
    first = int(ready)
    now = np.interp(ready, [first, first + 1], heights[[first, min(first + 1, len(heights) - 1)]])
    up, down = level + 1, level - 1
    if level < most and now >= up:
        return ready, 1
    if level > 0 and now <= down:
        return ready, -1
    at = first + 1
    while at < len(heights):
        some = heights[at : at + 256]
        out = ((some >= up) & (level < most)) | ((some <= down) & (level > 0))
        if out.any():
            at += int(np.argmax(out))
            break
        at += 256
    else:
        return None
    start, before = (ready, now) if at == first + 1 else (at - 1.0, heights[at - 1])
    sign = 1 if heights[at] >= up else -1
    part = (level + sign - before) / (heights[at] - before)
    return start + (at - start) * part, sign
