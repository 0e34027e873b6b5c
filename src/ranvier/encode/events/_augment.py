"""Random variants of a recording, to learn from; the same key gives the same variant."""

import math
from typing import Any, TypeVar

import numpy as np
from jaxtyping import PRNGKeyArray

from ranvier.core import one_of
from ranvier.encode.events._form import changed, chosen, generator, in_order, sensor_of

E = TypeVar("E")


def flip(events: E, axis: str, *, shape: tuple[int, int] | None = None) -> E:
    """Mirror the sensor, or let time run backwards.

    Backwards, what became brighter becomes darker, so that polarities change, too.

    Args:
        events: a dataclass or `NamedTuple` with `t`, `x`, `y` and `p`, in order of time.
        axis: `"x"`, `"y"` or `"time"`.
        shape: rows and columns of the sensor, where the events do not say.

    Raises:
        ValueError: an unknown axis, or a sensor of unknown size.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 7], [0, 1], [0, 0], [1, 1], width=4, height=1)
        >>> flip(events, "x").x, flip(events, "time").t, flip(events, "time").p
        (array([3, 2], dtype=int16), array([0, 7]), array([0, 0], dtype=uint8))
    """
    one_of("flip", "axis", axis, ("x", "y", "time"))
    held: Any = events
    if axis == "time":
        back = slice(None, None, -1)
        last = held.t[-1] + held.t[0] if len(held.t) else 0
        return changed(
            events, t=(last - held.t)[back], x=held.x[back], y=held.y[back], p=(1 - held.p)[back]
        )
    rows, columns = sensor_of(events, shape, "flip")
    if axis == "x":
        return changed(events, x=columns - 1 - held.x)
    return changed(events, y=rows - 1 - held.y)


def drop(events: E, probability: float, *, key: PRNGKeyArray) -> E:
    """Lose each event with a probability.

    Args:
        events: a dataclass or `NamedTuple` with `t`, `x`, `y` and `p`.
        probability: within 0..1.
        key: draws which.

    Raises:
        ValueError: a probability outside 0..1.

    Example:
        >>> import jax
        >>> from ranvier.data.events import Events
        >>> events = Events(range(1000), [0] * 1000, [0] * 1000, [1] * 1000, width=1, height=1)
        >>> 250 < len(drop(events, 0.7, key=jax.random.key(0))) < 350
        True
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"drop: probability is {probability}, expected 0 to 1.")
    held: Any = events
    return chosen(events, generator(key).random(len(held.t)) >= probability)


def event_drop(
    events: E, *, key: PRNGKeyArray, most: float = 0.9, shape: tuple[int, int] | None = None
) -> E:
    """Lose nothing, random events, a stretch of time, or an area, equally likely: EventDrop.

    The share of random events or of the time that is lost is one of a tenth up to `most` in steps
    of a tenth; an area has a twentieth up to three tenths of each side.

    Args:
        events: a dataclass or `NamedTuple` with `t`, `x`, `y` and `p`, in order of time.
        key: draws what is lost.
        most: share that is lost at most.
        shape: rows and columns of the sensor, where the events do not say.

    Raises:
        ValueError: a share outside 0.1 to 1, or a sensor of unknown size.

    Source: Gu, Sng, Hu, Yu, IJCAI 2021, algorithm 1 and section 4.1.

    Example:
        >>> import jax
        >>> from ranvier.data.events import Events
        >>> events = Events(range(100), [0] * 100, [0] * 100, [1] * 100, width=9, height=9)
        >>> len(event_drop(events, key=jax.random.key(1))) <= 100
        True
    """
    if not 0.1 <= most <= 1:
        raise ValueError(f"event_drop: most is {most}, expected 0.1 to 1.")
    rows, columns = sensor_of(events, shape, "event_drop")
    held: Any = events
    random = generator(key)
    way, share = random.integers(4), random.integers(1, round(10 * most) + 1) / 10
    if way == 0 or not len(held.t):
        return events
    if way == 1:
        return chosen(events, random.random(len(held.t)) >= share)
    if way == 2:
        span = held.t[-1] - held.t[0]
        begin = held.t[0] + random.random() * (1 - share) * span
        return chosen(events, (held.t < begin) | (held.t > begin + share * span))
    side = random.integers(1, 7) / 20
    high, wide = side * rows, side * columns
    top, left = random.random() * (rows - high), random.random() * (columns - wide)
    inside = (held.y >= top) & (held.y < top + high) & (held.x >= left) & (held.x < left + wide)
    return chosen(events, ~inside)


def jitter_time(events: E, spread_us: float, *, key: PRNGKeyArray) -> E:
    """Move each event in time by a normal deviate; those that would come before 0 come at 0.

    Args:
        events: a dataclass or `NamedTuple` with `t` (microseconds), `x`, `y` and `p`.
        spread_us: standard deviation, microseconds.
        key: draws the deviates.

    Raises:
        ValueError: a negative spread.

    Example:
        >>> import jax
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 100], [0, 1], [0, 0], [1, 1], width=2, height=1)
        >>> bool((jitter_time(events, 50.0, key=jax.random.key(0)).t >= 0).all())
        True
    """
    if not spread_us >= 0:
        raise ValueError(f"jitter_time: spread_us is {spread_us}, expected 0 or more.")
    held: Any = events
    moved = held.t + np.round(spread_us * generator(key).standard_normal(len(held.t)))
    return in_order(events, np.maximum(moved, 0).astype(np.int64))


def affine(
    events: E,
    *,
    degrees: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
    shear: float = 0.0,
    shape: tuple[int, int] | None = None,
) -> E:
    r"""Turn, scale, shear and shift the picture around its middle; what leaves the sensor is lost.

    $$\binom{x'}{y'} = c + \binom{s_x}{s_y} + a \begin{pmatrix} \cos\varphi & -\sin\varphi \\
    \sin\varphi & \cos\varphi \end{pmatrix} \begin{pmatrix} 1 & h \\ 0 & 1 \end{pmatrix}
    \left( \binom{x}{y} - c \right)$$

    Args:
        events: a dataclass or `NamedTuple` with `t`, `x`, `y` and `p`.
        degrees: $\varphi$; positive turns the x axis towards the y axis, clockwise as it is seen.
        scale: $a$.
        shift: $(s_x, s_y)$, pixels.
        shear: $h$.
        shape: rows and columns of the sensor, where the events do not say.

    Raises:
        ValueError: a scale that is not positive, or a sensor of unknown size.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0], [4], [2], [1], width=5, height=5)
        >>> turned = affine(events, degrees=90)
        >>> int(turned.x[0]), int(turned.y[0])
        (2, 4)
    """
    if not scale > 0:
        raise ValueError(f"affine: scale is {scale}, expected more than 0.")
    rows, columns = sensor_of(events, shape, "affine")
    held: Any = events
    cos, sin = (scale * f(math.radians(degrees)) for f in (math.cos, math.sin))
    middle_x, middle_y = (columns - 1) / 2, (rows - 1) / 2
    x, y = held.x - middle_x, held.y - middle_y
    x = x + shear * y
    across = np.round(middle_x + shift[0] + cos * x - sin * y).astype(np.int64)
    down = np.round(middle_y + shift[1] + sin * x + cos * y).astype(np.int64)
    inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
    part: Any = chosen(events, inside)
    kind = np.asarray(held.x).dtype
    return changed(part, x=across[inside].astype(kind), y=down[inside].astype(kind))


def random_affine(
    events: E,
    *,
    key: PRNGKeyArray,
    degrees: float = 15.0,
    scale: float = 0.1,
    shift: float = 0.1,
    mirrored: bool = False,
    shape: tuple[int, int] | None = None,
) -> E:
    """Turn, scale and shift the picture at random; `affine` with drawn values.

    Args:
        events: a dataclass or `NamedTuple` with `t`, `x`, `y` and `p`.
        key: draws the values, all uniform.
        degrees: angle at most, either way.
        scale: by how much the picture is larger or smaller at most.
        shift: at most, as a share of the sides.
        mirrored: whether half of the variants are mirrored, left to right.
        shape: rows and columns of the sensor, where the events do not say.

    Raises:
        ValueError: a scale that is not below 1, or a sensor of unknown size.

    Source: the geometric augmentations of Li, Kim, Park, Geller, Panda, ECCV 2022.

    Example:
        >>> import jax
        >>> from ranvier.data.events import Events
        >>> events = Events([0], [4], [4], [1], width=9, height=9)
        >>> len(random_affine(events, key=jax.random.key(0)))
        1
    """
    if not 0 <= scale < 1:
        raise ValueError(f"random_affine: scale is {scale}, expected 0 or more and less than 1.")
    rows, columns = sensor_of(events, shape, "random_affine")
    turn, size, across, down, side = generator(key).uniform(-1, 1, 5)
    if mirrored and side > 0:
        events = flip(events, "x", shape=(rows, columns))
    return affine(
        events,
        degrees=degrees * turn,
        scale=1 + scale * size,
        shift=(shift * across * columns, shift * down * rows),
        shape=(rows, columns),
    )
