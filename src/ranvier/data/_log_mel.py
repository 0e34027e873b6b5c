"""Sound as energies in bands of frequency, frame by frame."""

from typing import Any

import numpy as np


def log_mel(
    samples: Any,
    rate_hz: float,
    *,
    bands: int = 40,
    window_ms: float = 25.0,
    step_ms: float = 10.0,
    lowest_hz: float = 0.0,
    highest_hz: float | None = None,
    floor: float = 1e-10,
) -> np.ndarray:
    r"""Logarithms of the energy in bands that are equally wide on the mel scale.

    $m(f) = 2595 \log_{10}(1 + f / 700)$, $y = \ln \max(\sum_k w_k p_k, \epsilon)$ with the power
    spectrum $p$ of a Hann window and triangles $w$ of height 1: each rises from its neighbour's
    centre below and falls to that above. Powers are scaled so that all bands together hold the
    mean square of the windowed samples between the first centre and the last: a sine of amplitude
    1 gives 0.5. Only whole windows count: 1 + (n - window) // step frames.

    Args:
        samples: of one channel, `[n]`; -1..1 by custom.
        rate_hz: samples per second.
        bands: how many.
        window_ms: length of a frame.
        step_ms: from one frame to the next.
        lowest_hz, highest_hz: where the first triangle begins and the last one ends; the latter is
            half the rate if not given.
        floor: $\epsilon$, the least energy that is told apart from silence.

    Returns:
        float32 `[frames, bands]`.

    Raises:
        ValueError: samples that are not finite, of several channels or shorter than a window;
            a number outside its range; bands so narrow that one holds no line of the spectrum.

    Source: S. Davis, P. Mermelstein, IEEE Trans. Acoust. Speech Signal Process. 28 (1980); the
    formula for mel of D. O'Shaughnessy, "Speech Communication: Human and Machine" (1987).

    Example:
        >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
        >>> frames = log_mel(tone, 8000)
        >>> frames.shape, np.exp(frames).sum(1).round(3)[0]
        ((98, 40), np.float32(0.5))
    """
    values = np.asarray(samples, np.float64)
    highest_hz = rate_hz / 2 if highest_hz is None else highest_hz
    _check(values, rate_hz, bands, floor, lowest_hz, highest_hz)
    window, step = (round(rate_hz * ms / 1000) for ms in (window_ms, step_ms))
    for what, ms, count in (("window_ms", window_ms, window), ("step_ms", step_ms, step)):
        if count < 1:
            raise ValueError(
                f"log_mel: {what} is {ms}, {count} samples at {rate_hz} Hz; expected at least one."
            )
    if len(values) < window:
        raise ValueError(
            f"log_mel: {len(values)} samples; expected at least {window}, one window of "
            f"{window_ms} ms at {rate_hz} Hz. Pad with zeros or shorten the window."
        )
    length = 1 << (2 * window - 1).bit_length()
    triangles = filters(length, rate_hz, bands, lowest_hz, highest_hz)
    hann = np.sin(np.pi * (np.arange(window) + 0.5) / window) ** 2
    frames = np.lib.stride_tricks.sliding_window_view(values, window)[::step]
    power = np.abs(np.fft.rfft(frames * hann, length)) ** 2
    power[:, 1:-1] *= 2  # negative frequencies
    energy = power @ triangles.T / (length * np.square(hann).sum())
    return np.log(np.maximum(energy, floor)).astype(np.float32)


def filters(
    length: int, rate_hz: float, bands: int, lowest_hz: float, highest_hz: float
) -> np.ndarray:
    """Weights of spectral lines in every band, `[bands, length // 2 + 1]`."""
    lowest, highest = 2595 * np.log10(1 + np.array([lowest_hz, highest_hz]) / 700)
    edges = 700 * (10 ** (np.linspace(lowest, highest, bands + 2) / 2595) - 1)
    lines = np.arange(length // 2 + 1) * rate_hz / length
    below, centre, above = (edges[i : bands + i, None] for i in range(3))
    rising, falling = (lines - below) / (centre - below), (above - lines) / (above - centre)
    weights = np.clip(np.minimum(rising, falling), 0, 1)
    empty = np.flatnonzero(weights.sum(1) == 0)
    if len(empty):
        first = empty[0]
        raise ValueError(
            f"log_mel: band {first + 1} of {bands}, {edges[first]:.0f} to {edges[first + 2]:.0f} "
            f"Hz, holds no line of the spectrum, one every {rate_hz / length:.0f} Hz. Take fewer "
            "bands or a longer window."
        )
    return weights


def _check(
    values: np.ndarray,
    rate_hz: float,
    bands: int,
    floor: float,
    lowest_hz: float,
    highest_hz: float,
) -> None:
    if values.ndim != 1:
        raise ValueError(
            f"log_mel: samples have shape {list(values.shape)}; expected [n], one channel. Take "
            "one, or their mean."
        )
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(
            f"log_mel: sample {bad[0]} is {values[bad[0]]}; expected finite numbers. Cut it out."
        )
    if bands < 1:
        raise ValueError(f"log_mel: bands is {bands}, expected at least 1.")
    for what, number in (("rate_hz", rate_hz), ("floor", floor)):
        if not number > 0:
            raise ValueError(f"log_mel: {what} is {number}, expected more than 0.")
    if not 0 <= lowest_hz < highest_hz <= rate_hz / 2:
        raise ValueError(
            f"log_mel: bands from {lowest_hz} to {highest_hz} Hz; expected 0 or more, then more, "
            f"then at most {rate_hz / 2}, half the rate."
        )
