"""An ideal event camera in front of a scene that is known at every time."""

from collections.abc import Callable

import numpy as np

from ranvier.encode._checks import above_zero
from ranvier.encode.sensors._events import PixelEvents, in_order, no_events


def scene_events(
    scene: Callable[[float], np.ndarray],
    duration_s: float,
    *,
    threshold_on: float = 0.2,
    threshold_off: float = 0.2,
    largest_change: float = 0.5,
    longest_step_s: float = 0.01,
) -> PixelEvents:
    r"""Events at the times when the log intensity of a scene crosses the next threshold.

    $$t = t_k + \Delta \frac{L_r \pm C - L_k}{L_{k+1} - L_k}$$

    The scene is looked at as often as it needs: steps are halved until no pixel changes by more
    than $\lambda$ thresholds in one, and doubled where that leaves room. Between two looks log
    intensity is a straight line. A step of contrast $I_2 / I_1$ gives
    $\lfloor \ln(I_2 / I_1) / C \rfloor$ events.

    Args:
        scene: log intensity `[rows, columns]` at a time in seconds.
        duration_s: from 0 on.
        threshold_on, threshold_off: $C$.
        largest_change: $\lambda$, in thresholds.
        longest_step_s: between two looks.

    Returns:
        Events in the order of time.

    Raises:
        ValueError: an argument that is not above 0, or a scene of another shape or not finite.

    Source: Rebecq, Gehrig, Scaramuzza, "ESIM: an open event camera simulator", CoRL (2018).

    Example:
        >>> events = scene_events(lambda t: np.array([[t]]), 1.0, threshold_on=0.25)
        >>> events.t.tolist(), events.p.tolist()
        ([250000, 500000, 750000, 1000000], [1, 1, 1, 1])
    """
    above_zero(
        "scene_events",
        duration_s=duration_s,
        threshold_on=threshold_on,
        threshold_off=threshold_off,
        largest_change=largest_change,
        longest_step_s=longest_step_s,
    )
    level = _looked_at(scene, 0.0)
    up, down, base = np.zeros(level.shape, int), np.zeros(level.shape, int), level
    found, now, step = [], 0.0, min(longest_step_s, duration_s)
    most = largest_change * min(threshold_on, threshold_off)
    # Jumps are taken in steps of this size, whatever their height.
    shortest = 1e-9 * duration_s
    while now < duration_s:
        step = min(step, longest_step_s, duration_s - now)
        new = _looked_at(scene, now + step)
        change = float(np.abs(new - level).max())
        if change > most and step > shortest:
            step /= 2
            continue
        for sign, threshold in ((1, threshold_on), (-1, threshold_off)):
            at = base + up * threshold_on - down * threshold_off
            # Sums of thresholds that are equal but for rounding count as reached.
            counts = np.floor(sign * (new - at) / threshold + 1e-9).clip(0).astype(int)
            for number in range(1, int(counts.max(initial=0)) + 1):
                y, x = np.nonzero(counts >= number)
                wanted = at[y, x] + sign * number * threshold
                part = (wanted - level[y, x]) / (new[y, x] - level[y, x])
                t = now + step * np.clip(part, 0, 1)
                found.append((t, y, x, np.full(len(t), sign > 0)))
            if sign > 0:
                up += counts
            else:
                down += counts
        now, level = (now + step, new) if duration_s - now > step else (duration_s, new)
        if change < most / 2:
            step *= 2
    if not found:
        return no_events()
    t, y, x, on = (np.concatenate(part) for part in zip(*found, strict=True))
    return in_order(1e6 * t, x, y, on)


def _looked_at(scene: Callable[[float], np.ndarray], t: float) -> np.ndarray:
    level = np.asarray(scene(t), np.float64)
    if level.ndim != 2 or not np.isfinite(level).all():
        raise ValueError(
            f"scene_events: at {t:g} s the scene has shape {level.shape}"
            f"{'' if np.isfinite(level).all() else ' and is not finite'}, expected finite log "
            "intensities [rows, columns]."
        )
    return level
