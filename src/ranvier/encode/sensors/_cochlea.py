"""A silicon cochlea: a bank of filters, rectified, compressed, and sampled by events."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.encode._checks import above_zero, at_least
from ranvier.encode._level_crossing import Crossings
from ranvier.encode.sensors._events import PixelEvents, channel_events

_ORDER = 4
# Of the envelope's largest value, where its tail is cut.
_TAIL = 1e-5


def equivalent_bandwidth_hz(frequency_hz: float | np.ndarray) -> np.ndarray:
    r"""Equivalent rectangular bandwidth of the ear's filter at a frequency.

    $$\operatorname{ERB} = 24.7\, (4.37\, f / 1000 + 1)$$

    Args:
        frequency_hz: $f$.

    Source: Glasberg, Moore, Hear. Res. 47 (1990).

    Example:
        >>> round(float(equivalent_bandwidth_hz(1000.0)), 2)
        132.64
    """
    return 24.7 * (4.37 * np.asarray(frequency_hz, np.float64) / 1000 + 1)


def centre_frequencies_hz(channels: int, *, low_hz: float, high_hz: float) -> np.ndarray:
    r"""Centres of filters that are evenly spaced as the ear has them, from the lowest to the
    highest.

    $$E(f) = 21.4 \log_{10}(1 + 4.37\, f / 1000)$$

    Args:
        channels: how many, at least 2.
        low_hz, high_hz: the outermost.

    Raises:
        ValueError: fewer than two channels, or a range that is not one.

    Source: Glasberg, Moore, Hear. Res. 47 (1990).

    Example:
        >>> [round(f) for f in centre_frequencies_hz(4, low_hz=100, high_hz=4000)]
        [100, 542, 1576, 4000]
    """
    at_least("centre_frequencies_hz", "channels", channels, 2)
    above_zero("centre_frequencies_hz", low_hz=low_hz, high_hz=high_hz)
    if not low_hz < high_hz:
        raise ValueError(
            f"centre_frequencies_hz: low_hz is {low_hz}, expected less than high_hz = {high_hz}."
        )
    low, high = (math.log10(1 + 4.37 * end / 1000) for end in (low_hz, high_hz))
    return (10 ** np.linspace(low, high, channels) - 1) * 1000 / 4.37


def gammatone_bank(sound: np.ndarray, sample_rate_hz: float, centres_hz: np.ndarray) -> np.ndarray:
    r"""Gammatone filters of order 4, as the ear's auditory nerve answers to clicks.

    $$g(t) = a\, t^3 e^{-2 \pi b t} \cos(2 \pi f t), \qquad b = 1.019\, \operatorname{ERB}(f)$$

    A tone of the centre frequency passes with its amplitude. The envelope of a click is largest
    after $3 / 2 \pi b$, and a tone's envelope is late by $4 / 2 \pi b$. White noise leaves with as
    much power per ERB in all channels.

    Args:
        sound: `[time]`.
        sample_rate_hz: of the sound.
        centres_hz: below half the sample rate, `[channels]`.

    Returns:
        `[time, channels]`.

    Raises:
        ValueError: another shape, or a centre that the sample rate does not carry.

    Source: Patterson, Robinson, Holdsworth, McKeown, Zhang, Allerhand, "Complex sounds and auditory
    images", Auditory Physiology and Perception (1992).

    Example:
        >>> t = np.arange(8000) / 8000
        >>> heard = gammatone_bank(np.sin(2 * np.pi * 1000 * t), 8000, np.array([500.0, 1000.0]))
        >>> [round(float(level), 2) for level in np.abs(heard[4000:]).max(0)]
        [0.0, 1.0]
    """
    from scipy.signal import fftconvolve

    sound, centres = _heard("gammatone_bank", sound, sample_rate_hz, centres_hz)
    filtered = [
        fftconvolve(sound, _gammatone(centre, sample_rate_hz))[: len(sound)] for centre in centres
    ]
    return np.stack(filtered, 1)


def _gammatone(centre_hz: float, sample_rate_hz: float) -> np.ndarray:
    width = 2 * math.pi * 1.019 * float(equivalent_bandwidth_hz(centre_hz))
    # t^3 e^{-wt} is below the tail from here on: found by stepping, since it has no closed form.
    end = (_ORDER - 1) / width
    peak = end ** (_ORDER - 1) * math.exp(1 - _ORDER)
    while end ** (_ORDER - 1) * math.exp(-width * end) > _TAIL * peak:
        end *= 1.1
    t = np.arange(math.ceil(end * sample_rate_hz)) / sample_rate_hz
    kernel = t ** (_ORDER - 1) * np.exp(-width * t) * np.cos(2 * np.pi * centre_hz * t)
    return kernel / np.abs(np.sum(kernel * np.exp(-2j * np.pi * centre_hz * t)))


def biquad_bank(
    sound: np.ndarray, sample_rate_hz: float, centres_hz: np.ndarray, *, quality: float = 4.0
) -> np.ndarray:
    r"""Second-order band-pass filters, as analogue cochlea chips have them.

    $$H(s) = \frac{(\omega_0 / Q)\, s}{s^2 + (\omega_0 / Q)\, s + \omega_0^2}$$

    by the bilinear transformation, exact at the centre. A tone of the centre frequency passes with
    its amplitude.

    Args:
        sound: `[time]`.
        sample_rate_hz: of the sound.
        centres_hz: below half the sample rate, `[channels]`.
        quality: $Q$, the centre over the bandwidth at half power.

    Returns:
        `[time, channels]`.

    Raises:
        ValueError: another shape, a centre that the sample rate does not carry, or a quality that
            is not above 0.

    Source: Liu, van Schaik, Minch, Delbruck, "Asynchronous binaural spatial audition sensor with
    2x64x4 channel output", IEEE Trans. Biomed. Circuits Syst. 8 (2014), for such a chip.

    Example:
        >>> t = np.arange(8000) / 8000
        >>> heard = biquad_bank(np.sin(2 * np.pi * 1000 * t), 8000, np.array([500.0, 1000.0]))
        >>> [round(float(level), 2) for level in np.abs(heard[4000:]).max(0)]
        [0.15, 1.0]
    """
    from scipy.signal import lfilter

    sound, centres = _heard("biquad_bank", sound, sample_rate_hz, centres_hz)
    above_zero("biquad_bank", quality=quality)
    filtered = []
    for centre in centres:
        angle = 2 * math.pi * centre / sample_rate_hz
        alpha = math.sin(angle) / (2 * quality)
        above = [alpha, 0.0, -alpha]
        below = [1 + alpha, -2 * math.cos(angle), 1 - alpha]
        filtered.append(lfilter(above, below, sound))
    return np.stack(filtered, 1)


def half_wave(signal: np.ndarray) -> np.ndarray:
    r"""Half-wave rectification, $\max(0, x)$, as inner hair cells do.

    Args:
        signal: of any shape.

    Example:
        >>> half_wave(np.array([-1.0, 2.0])).tolist()
        [0.0, 2.0]
    """
    return np.maximum(signal, 0)


def power_compression(signal: np.ndarray, *, exponent: float = 0.3) -> np.ndarray:
    r"""Rectified and compressed, $\max(0, x)^p$, as loudness grows with pressure.

    Args:
        signal: of any shape.
        exponent: $p$, above 0.

    Raises:
        ValueError: an exponent that is not above 0.

    Example:
        >>> power_compression(np.array([-1.0, 4.0]), exponent=0.5).tolist()
        [0.0, 2.0]
    """
    above_zero("power_compression", exponent=exponent)
    return half_wave(signal) ** exponent


def log_compression(signal: np.ndarray, *, floor: float = 1e-3) -> np.ndarray:
    r"""Rectified and compressed, $\ln(1 + \max(0, x) / x_0)$: linear far below the floor.

    Args:
        signal: of any shape.
        floor: $x_0$, above 0.

    Raises:
        ValueError: a floor that is not above 0.

    Example:
        >>> [round(float(x), 3) for x in log_compression(np.array([-1.0, 0.001]))]
        [0.0, 0.693]
    """
    above_zero("log_compression", floor=floor)
    return np.log1p(half_wave(signal) / floor)


def leaky_events(
    drive: np.ndarray, *, time_step_ms: float, tau_ms: float, threshold: float
) -> Crossings:
    r"""Spikes of one leaky integrate-and-fire unit per channel, each an event of sign +1.

    $$v_t = e^{-\Delta / \tau} v_{t-1} + (1 - e^{-\Delta / \tau})\, x_t; \qquad
    v_t \ge \theta:\ \text{spike},\ v_t \leftarrow v_t - \theta$$

    Args:
        drive: $x$, `[time, channels]`.
        time_step_ms: $\Delta$, in ms.
        tau_ms: $\tau$, in ms.
        threshold: $\theta$, in units of the drive.

    Raises:
        ValueError: another shape, or an argument that is not above 0.

    Example:
        >>> events = leaky_events(np.full((50, 1), 2.0), time_step_ms=1.0, tau_ms=10.0, threshold=1)
        >>> events.time_ms.tolist()[:3]
        [6.0, 13.0, 20.0]
    """
    above_zero("leaky_events", time_step_ms=time_step_ms, tau_ms=tau_ms, threshold=threshold)
    drive = np.asarray(drive)
    if drive.ndim != 2:
        raise ValueError(
            f"leaky_events: the drive has shape {drive.shape}, expected [time, channels]."
        )
    kept = math.exp(-time_step_ms / tau_ms)

    def step(v: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        v = kept * v + (1 - kept) * x
        fired = v >= threshold
        return v - threshold * fired, fired

    driven = jnp.asarray(drive, jnp.result_type(float))
    fired = np.asarray(jax.lax.scan(step, jnp.zeros_like(driven[0]), driven)[1])
    at, channel = np.nonzero(fired)
    return Crossings(time_step_ms * at, channel, np.ones(len(at), np.int8))


def silicon_cochlea(
    sound: np.ndarray,
    sample_rate_hz: float,
    *,
    bank: Callable[[np.ndarray, float], np.ndarray],
    compress: Callable[[np.ndarray], np.ndarray],
    sample: Callable[..., Crossings],
) -> PixelEvents:
    """Events of an ear on a chip: a bank of filters, hair cells, and spikes of every channel.

    Args:
        sound: `[time]`.
        sample_rate_hz: of the sound.
        bank: from sound and sample rate to `[time, channels]`, such as
            `functools.partial(gammatone_bank, centres_hz=...)`.
        compress: from what the bank gives to what is sampled; `half_wave`, `power_compression` or
            `log_compression`.
        sample: from `[time, channels]` and `time_step_ms` to events, such as
            `functools.partial(crossing_events, delta=...)` (send on delta, both signs) or
            `functools.partial(leaky_events, tau_ms=..., threshold=...)`.

    Returns:
        Events in the order of time; `x` is the channel, `y` is 0.

    Raises:
        ValueError: what the parts raise.

    Source: El Ferdaoussi, Plourde, Rouat, "Efficient spike encoding of cochlear signals" (2023),
    which compares such samplers.

    Example:
        >>> from functools import partial
        >>> from ranvier.encode import crossing_events
        >>> tone = np.sin(2 * np.pi * 1000 * np.arange(800) / 8000)
        >>> bank = partial(gammatone_bank, centres_hz=np.array([500.0, 1000.0, 2000.0]))
        >>> sample = partial(crossing_events, delta=0.1)
        >>> events = silicon_cochlea(tone, 8000, bank=bank, compress=half_wave, sample=sample)
        >>> int(np.bincount(events.x).argmax())
        1
    """
    return channel_events(
        sample(compress(bank(sound, sample_rate_hz)), time_step_ms=1000 / sample_rate_hz)
    )


def _heard(
    owner: str, sound: np.ndarray, sample_rate_hz: float, centres_hz: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    above_zero(owner, sample_rate_hz=sample_rate_hz)
    sound, centres = np.asarray(sound, np.float64), np.asarray(centres_hz, np.float64)
    if sound.ndim != 1 or centres.ndim != 1 or not centres.size or not sound.size:
        raise ValueError(
            f"{owner}: the sound has shape {sound.shape} and the centres {centres.shape}, expected "
            "[time] and [channels]."
        )
    if not ((centres > 0) & (centres < sample_rate_hz / 2)).all():
        raise ValueError(
            f"{owner}: centres go from {centres.min():g} to {centres.max():g} Hz, expected between "
            f"0 and half the sample rate, {sample_rate_hz / 2:g} Hz."
        )
    return sound, centres
