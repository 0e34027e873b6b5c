"""An event camera that looks at frames: the pixel of v2e."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from ranvier.encode._checks import above_zero, not_below_zero
from ranvier.encode.sensors._events import PixelEvents, in_order, no_events

# Below this, of 255, a pixel answers linearly.
_LINEAR = 20.0
_LEAST_THRESHOLD = 0.01
_SHOT_IN_BRIGHT = 0.25
_LEAK_SPREAD_DECADES, _LEAK_JITTER = 0.1, 0.1

Response = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Camera:
    """Constants of an event camera's pixels; `CAMERAS` has the published sets.

    Args:
        threshold_on, threshold_off: of log intensity, natural logarithm.
        mismatch: standard deviation of both thresholds from pixel to pixel.
        cutoff_hz: of the low-pass filter at full brightness; 0 for none.
        leak_hz: on events of a pixel in a scene that does not change.
        shot_hz: events by chance of a pixel in the dark, on and off together.
        refractory_s: after an event of a pixel, its events are lost for so long.
        photoreceptor_rms: root mean square of Gaussian noise in the photoreceptor, of log
            intensity, in its full bandwidth whatever the brightness; 0 for none.
            `photoreceptor_noise` finds it from a rate. It is another model of what `shot_hz`
            draws by chance: take one of both.

    Raises:
        ValueError: a threshold that is not above 0, anything else below 0, or noise of a
            photoreceptor without a bandwidth.

    Source: Hu, Liu, Delbruck, "v2e: from video frames to realistic DVS events", CVPR workshops
    (2021); defaults are those of its command line.

    Example:
        >>> Camera(shot_hz=-1.0)
        Traceback (most recent call last):
        ...
        ValueError: Camera: shot_hz is -1.0, expected a finite number of at least 0.
    """

    threshold_on: float = 0.2
    threshold_off: float = 0.2
    mismatch: float = 0.03
    cutoff_hz: float = 300.0
    leak_hz: float = 0.01
    shot_hz: float = 0.001
    refractory_s: float = 5e-4
    photoreceptor_rms: float = 0.0

    def __post_init__(self) -> None:
        above_zero("Camera", threshold_on=self.threshold_on, threshold_off=self.threshold_off)
        rest = {f.name: getattr(self, f.name) for f in fields(self)[2:]}
        not_below_zero("Camera", **rest)
        if self.photoreceptor_rms and not self.cutoff_hz:
            raise ValueError(
                f"Camera: photoreceptor_rms is {self.photoreceptor_rms} and cutoff_hz is 0; noise "
                "without a bandwidth has no rate. Give cutoff_hz."
            )


CAMERAS: dict[str, Camera] = {
    "default": Camera(),
    "clean": Camera(mismatch=0.02, cutoff_hz=0.0, leak_hz=0.0, shot_hz=0.0, refractory_s=0.0),
    "noisy": Camera(mismatch=0.05, cutoff_hz=30.0, leak_hz=0.1, shot_hz=5.0, refractory_s=0.0),
}
"""The sets of constants that v2e names."""


def lin_log(intensity: np.ndarray) -> np.ndarray:
    r"""Logarithm of an intensity, linear below 20 of 255.

    $$L = \frac{\ln 20}{20} I\ \text{for}\ I \le 20, \qquad \ln I\ \text{above}$$

    rounded to $10^{-8}$, so that equal intensities never differ.

    Args:
        intensity: 0 to 255.

    Source: Hu, Liu, Delbruck, CVPR workshops (2021).

    Example:
        >>> [round(float(level), 4) for level in lin_log(np.array([0.0, 10.0, 20.0, 255.0]))]
        [0.0, 1.4979, 2.9957, 5.5413]
    """
    low = intensity * (np.log(_LINEAR) / _LINEAR)
    return np.round(np.where(intensity <= _LINEAR, low, np.log(np.maximum(intensity, 1))), 8)


def pure_log(intensity: np.ndarray) -> np.ndarray:
    r"""The logarithm itself, $L = \ln I$: only contrast counts, whatever the brightness.

    Args:
        intensity: above 0.

    Raises:
        ValueError: an intensity of 0, which has no logarithm.

    Example:
        >>> pure_log(np.array([1.0])).tolist()
        [0.0]
    """
    if not (intensity > 0).all():
        raise ValueError(
            "pure_log: the frames contain 0, expected intensities above 0. Take lin_log, or add "
            "the light that the pixels have in the dark."
        )
    return np.round(np.log(intensity), 8)


class _Pixels(NamedTuple):
    on: np.ndarray
    off: np.ndarray
    leak: np.ndarray


def event_camera(
    frames: np.ndarray,
    times_s: np.ndarray,
    camera: Camera,
    *,
    seed: int,
    response: Response = lin_log,
) -> PixelEvents:
    r"""What an event camera sends that looks at a video.

    $$L \leftarrow L + \varepsilon \big(\ell(I) - L\big), \quad
    \varepsilon = \min\Big(1, \frac{I + 20}{275}\, 2 \pi f_c\, \Delta\Big); \qquad
    n_{on} = \lfloor \frac{L - L_r}{C_{on}} \rfloor, \quad
    L_r \leftarrow L_r + n_{on} C_{on}$$

    and likewise off. $L_r$ leaks down, by $C_{on}$ per on event that a pixel at rest sends. Events
    of one pixel in one step are spread evenly over it. Events by chance come in a step $\Delta$
    with the probability $\frac{R}{2} \Delta\, (1 - 0.75\, I / 255)\, C / C_{pixel}$ for each sign;
    they are sent at its end, and $L_r$ is set to $L$.

    Noise of the photoreceptor is added to $L$ where it is compared with $L_r$:

    $$n \leftarrow e^{-2 \pi f_c \Delta}\, n + v_n \sqrt{1 - e^{-4 \pi f_c \Delta}}\, \xi, \qquad
    n_0 = 0$$

    with $\xi$ normal: its mean square is $v_n^2$ and its bandwidth $f_c$ whatever the step. Steps
    that are not short against $1 / 2 \pi f_c$ miss events.

    Args:
        frames: $I$, intensity 0 to 255, `[time, rows, columns]`.
        times_s: of the frames, rising, in seconds. Take steps well below the time in which a pixel
            crosses several thresholds: between frames nothing is known.
        camera: its constants, such as `CAMERAS["noisy"]`.
        seed: draws thresholds, leaks and events by chance.
        response: $\ell$, from intensity to log intensity: `lin_log` or `pure_log`.

    Returns:
        Events in the order of time.

    Raises:
        ValueError: shapes that do not fit, times that do not rise, or intensities outside 0..255.

    Source: Hu, Liu, Delbruck, "v2e: from video frames to realistic DVS events", CVPR workshops
    (2021). How a step's events are spread, and that an event by chance resets its pixel, may differ
    from its program in detail; noise of the photoreceptor is stepped exactly.

    Example:
        A pixel that becomes e times as bright sends five on events of threshold 0.2.

        >>> frames = np.array([[[50.0]], [[50.0 * np.e + 0.01]]])
        >>> exact = Camera(mismatch=0, cutoff_hz=0, leak_hz=0, shot_hz=0, refractory_s=0)
        >>> events = event_camera(frames, np.array([0.0, 0.01]), exact, seed=0)
        >>> events.t.tolist(), events.p.tolist()
        ([2000, 4000, 6000, 8000, 10000], [1, 1, 1, 1, 1])
    """
    frames, times = _checked(frames, times_s)
    generator = np.random.default_rng(seed)
    pixels = _drawn(camera, frames.shape[1:], generator)
    level = response(frames[0])
    reference = level.copy()
    last = np.full(level.shape, -np.inf)
    noise = np.zeros(level.shape)
    found = []
    for before, now, frame in zip(times[:-1], times[1:], frames[1:], strict=True):
        step = now - before
        level = _low_passed(level, response(frame), frame, camera.cutoff_hz, step)
        jitter = 1 - _LEAK_JITTER * generator.standard_normal(level.shape)
        reference -= step * pixels.leak * pixels.on * jitter
        noise = _noisy(noise, camera, step, generator)
        seen = level + noise
        away = seen - reference
        for on, threshold in ((True, pixels.on), (False, pixels.off)):
            counts = np.floor((away if on else -away) / threshold).clip(0).astype(int)
            found += _spread(counts, before, step, on, last, camera.refractory_s)
            reference += (1 if on else -1) * counts * threshold
        found += _by_chance(
            frame, pixels, camera, generator, now, step, last, reference, level + noise
        )
    if not found:
        return no_events()
    t, y, x, on = (np.concatenate(part) for part in zip(*found, strict=True))
    return in_order(1e6 * t, x, y, on)


def _checked(frames: np.ndarray, times_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    frames, times = np.asarray(frames, np.float64), np.asarray(times_s, np.float64)
    if frames.ndim != 3 or times.shape != frames.shape[:1] or len(times) < 2:
        raise ValueError(
            f"event_camera: frames have shape {frames.shape} and times {times.shape}, expected "
            "[time, rows, columns] and [time], with at least two frames."
        )
    if not (np.diff(times) > 0).all():
        raise ValueError("event_camera: times_s do not rise, expected each later than the last.")
    if not ((frames >= 0) & (frames <= 255)).all():
        raise ValueError(
            f"event_camera: frames go from {frames.min():g} to {frames.max():g}, expected 0 to "
            "255. Scale them."
        )
    return frames, times


def _drawn(camera: Camera, shape: tuple[int, ...], generator: np.random.Generator) -> _Pixels:
    on, off = (
        np.maximum(generator.normal(mean, camera.mismatch, shape), _LEAST_THRESHOLD)
        for mean in (camera.threshold_on, camera.threshold_off)
    )
    spread = 10 ** (_LEAK_SPREAD_DECADES * generator.standard_normal(shape))
    return _Pixels(on, off, camera.leak_hz * spread)


def _low_passed(
    level: np.ndarray, new: np.ndarray, frame: np.ndarray, cutoff_hz: float, step: float
) -> np.ndarray:
    if not cutoff_hz:
        return new
    bright = (frame + _LINEAR) / (255 + _LINEAR)
    return level + np.minimum(1, bright * 2 * np.pi * cutoff_hz * step) * (new - level)


def _noisy(
    noise: np.ndarray, camera: Camera, step: float, generator: np.random.Generator
) -> np.ndarray:
    if not camera.photoreceptor_rms:
        return noise
    kept = np.exp(-2 * np.pi * camera.cutoff_hz * step)
    drawn = camera.photoreceptor_rms * generator.standard_normal(noise.shape)
    return kept * noise + np.sqrt(1 - kept**2) * drawn


def _spread(
    counts: np.ndarray,
    before: float,
    step: float,
    on: bool,
    last: np.ndarray,
    refractory_s: float,
) -> list[tuple[np.ndarray, ...]]:
    """Events of one sign in one step; `last` is kept up to date."""
    found = []
    for number in range(1, int(counts.max(initial=0)) + 1):
        y, x = np.nonzero(counts >= number)
        t = before + step * number / counts[y, x]
        kept = t - last[y, x] >= refractory_s
        y, x, t = y[kept], x[kept], t[kept]
        last[y, x] = t
        found.append((t, y, x, np.full(len(t), on)))
    return found


def _by_chance(
    frame: np.ndarray,
    pixels: _Pixels,
    camera: Camera,
    generator: np.random.Generator,
    now: float,
    step: float,
    last: np.ndarray,
    reference: np.ndarray,
    level: np.ndarray,
) -> list[tuple[np.ndarray, ...]]:
    if not camera.shot_hz:
        return []
    darkness = 1 - (1 - _SHOT_IN_BRIGHT) * frame / 255
    found = []
    for on, nominal, own in (
        (True, camera.threshold_on, pixels.on),
        (False, camera.threshold_off, pixels.off),
    ):
        chance = camera.shot_hz / 2 * step * darkness * nominal / own
        y, x = np.nonzero(generator.random(frame.shape) < chance)
        kept = now - last[y, x] >= camera.refractory_s
        y, x = y[kept], x[kept]
        last[y, x] = now
        reference[y, x] = level[y, x]
        found.append((np.full(len(y), now), y, x, np.full(len(y), on)))
    return found
