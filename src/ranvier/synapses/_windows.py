"""Where the windows of a convolution or a pooling lie."""

import math
import operator
from typing import Any, Literal, NamedTuple

import numpy as np

Sizes = int | tuple[int, ...]
Padding = int | tuple[int, ...] | tuple[tuple[int, int], ...] | Literal["same"]


class Windows(NamedTuple):
    """Equal windows along one to three axes, one entry per axis in every field.

    Attributes:
        space: units.
        size: units that a window sees.
        stride: from one window to the next.
        padding: silent units before the first and after the last unit.
        dilation: from one unit that a window sees to the next.

    Example:
        >>> lay("Example", (28, 28), 3, stride=2, padding="same").out_space
        (14, 14)
    """

    space: tuple[int, ...]
    size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]

    @property
    def reach(self) -> tuple[int, ...]:
        """Units from the first to the last that a window sees."""
        return tuple((k - 1) * d + 1 for k, d in zip(self.size, self.dilation, strict=True))

    @property
    def out_space(self) -> tuple[int, ...]:
        """How many windows there are."""
        return tuple(
            (units + before + after - reach) // stride + 1
            for units, (before, after), reach, stride in zip(
                self.space, self.padding, self.reach, self.stride, strict=True
            )
        )


def runs(windows: Windows, channels: int) -> np.ndarray:
    """What each window sees, as runs of units that lie side by side, channels last.

    Returns:
        `[windows, 3 runs]` of 32 bits: for each run its first unit, how many units, and the first
        entry of the flattened kernel that they meet. Runs that lie outside have no units.

    Example:
        >>> runs(lay("Example", (4,), 3, stride=1, padding=1), 1).tolist()
        [[0, 2, 1], [0, 3, 0], [1, 3, 0], [2, 2, 0]]
    """
    # Along the last axis neighbours are neighbours in memory too, unless the kernel skips some.
    joined = windows.dilation[-1] == 1
    length = windows.size[-1] if joined else 1
    starts = [*windows.size[:-1], windows.size[-1] // length]
    found = np.zeros((math.prod(windows.out_space), math.prod(starts), 3), np.int32)
    strides = np.cumprod([1, *windows.space[:0:-1]])[::-1]
    for q, window in enumerate(np.ndindex(*windows.out_space)):
        origin = np.multiply(window, windows.stride) - [before for before, _ in windows.padding]
        for r, kernel in enumerate(np.ndindex(*starts)):
            first = origin + np.multiply(kernel, windows.dilation)
            before = max(0, -first[-1]) if joined else 0
            inside = min(length, windows.space[-1] - first[-1]) - before
            first[-1] += before
            if inside > 0 and np.all(first >= 0) and np.all(first < windows.space):
                entry = r * length + before
                found[q, r] = channels * np.array([first @ strides, inside, entry])
    return found.reshape(len(found), -1)


def sizes(owner: str, name: str, value: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """Whole numbers, one per axis; one number stands for all axes.

    Example:
        >>> sizes("Convolution", "stride", 2, axes=2)
        (2, 2)
    """
    try:
        try:
            whole = (operator.index(value),) * axes
        except TypeError:
            whole = tuple(operator.index(v) for v in value)
    except TypeError:
        whole = ()
    if len(whole) != axes or any(v < least for v in whole):
        raise ValueError(
            f"{owner}: {name} is {value!r}, expected a whole number of at least {least}, or one "
            f"for each of {axes} axes."
        )
    return whole


def shape_of(owner: str, value: Any, *, needs_channels: bool = True) -> tuple[int, ...]:
    """The axes of the activity: one to three of space, then the channels.

    Example:
        >>> shape_of("SumPooling", (28, 28, 2))
        (28, 28, 2)
    """
    axes = tuple(value) if isinstance(value, (tuple, list)) else ()
    if needs_channels and not 2 <= len(axes) <= 4:
        raise ValueError(
            f"{owner}: the activity has shape {value!r}, expected one to three axes of space and "
            "then one of channels. Give a single row of units a channel axis of 1."
        )
    return sizes(owner, "in_shape", axes, len(axes))


def lay(
    owner: str,
    space: tuple[int, ...],
    size: Sizes,
    *,
    stride: Sizes,
    padding: Padding = 0,
    dilation: Sizes = 1,
) -> Windows:
    """Lay windows over units, or say why they do not fit.

    Args:
        owner: whom errors name.
        space, size, stride, dilation: as in `Windows`; one number stands for all axes.
        padding: silent units on both sides of an axis, or a pair per axis of those before and
            those after it; `"same"` gives one window per stride.

    Raises:
        ValueError: a size that is not a positive whole number, an axis that is shorter than its
            window, or padding that a window could not see past.
    """
    axes = len(space)
    one = Windows(
        space,
        sizes(owner, "the window", size, axes),
        sizes(owner, "stride", stride, axes),
        ((0, 0),) * axes,
        sizes(owner, "dilation", dilation, axes),
    )
    if padding == "same":
        pairs = []
        for units, reach, step in zip(space, one.reach, one.stride, strict=True):
            missing = max((math.ceil(units / step) - 1) * step + reach - units, 0)
            pairs.append((missing // 2, missing - missing // 2))
    elif isinstance(padding, str):
        raise ValueError(f"{owner}: padding is {padding!r}, expected 'same' or whole numbers.")
    else:
        pairs = _pairs(owner, padding, axes)
    laid = one._replace(padding=tuple(pairs))
    if any(max(pair) >= reach for pair, reach in zip(pairs, laid.reach, strict=True)):
        raise ValueError(
            f"{owner}: padding {padding!r} is not less than the window's reach {laid.reach}, so "
            "that some windows would see nothing. Pad less."
        )
    if min(laid.out_space) < 1:
        raise ValueError(
            f"{owner}: a window that reaches {laid.reach} does not fit into {space} units with "
            f"padding {padding!r}. Take a smaller window or pad more."
        )
    return laid


def _pairs(owner: str, padding: Any, axes: int) -> list[tuple[int, int]]:
    """How many units go before and after each axis."""
    per_axis = padding if isinstance(padding, (tuple, list)) else ()
    paired = [isinstance(pair, (tuple, list)) for pair in per_axis]
    if not any(paired):
        return [(p, p) for p in sizes(owner, "padding", padding, axes, least=0)]
    if len(per_axis) != axes or not all(paired):
        raise ValueError(
            f"{owner}: padding is {padding!r}, expected a pair of whole numbers for each of {axes} "
            "axes."
        )
    pairs = [sizes(owner, "a pair of padding", pair, 2, least=0) for pair in per_axis]
    return [(before, after) for before, after in pairs]
