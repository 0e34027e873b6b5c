"""Many places into one, channel by channel: sum, average and maximum over windows."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._numbers import numbers
from ranvier.synapses._windows import Padding, Sizes, Windows, lay, shape_of, sizes


class Pooling(Synapse):
    """What the poolings share: where their windows lie."""

    channels: int = eqx.field(static=True)
    windows: Windows = eqx.field(static=True)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity, `(*space, channels)`."""
        return (*self.windows.space, self.channels)

    @property
    def in_size(self) -> int:
        """How many presynaptic units there are."""
        return math.prod(self.in_shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current, `(*space, channels)`."""
        return (*self.windows.out_space, self.channels)


class SumPooling(Pooling):
    r"""What a window sends altogether: $I_{x,c} = \sum_k z_{s x + k - p,\,c}$, without parameters.

    Spikes are counted, so that no spike is lost on the way.

    Args:
        in_shape: axes of the activity, `(*space, channels)`, one to three axes of space.
        window: places in a window; one number, or one per axis.
        stride: places from one window to the next; as many as a window has, if not given.
        padding: silent places on both sides, or a pair per axis, before and after; `"same"` gives
            `ceil(space / stride)` units.

    Raises:
        ValueError: another number of axes, or a window that does not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> SumPooling((4, 1), 2)(jnp.array([[1.0], [1.0], [0.0], [1.0]])).ravel()
        Array([2., 1.], dtype=float32)
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        window: Sizes,
        *,
        stride: Sizes | None = None,
        padding: Padding = 0,
    ) -> None:
        self.channels, self.windows = lay_over("SumPooling", in_shape, window, stride, padding)

    def __call__(
        self, z: Float[Array, "... channels"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... channels"]:
        """The current of every unit; noiseless."""
        return _sum(z, self.windows)


class AveragePooling(Pooling):
    r"""What a place of a window sends on average: `SumPooling`, divided by the window's places.

    Silent places of the padding count, so that the division is the same everywhere.

    Args:
        in_shape: axes of the activity, `(*space, channels)`, one to three axes of space.
        window: places in a window; one number, or one per axis.
        stride: places from one window to the next; as many as a window has, if not given.
        padding: silent places on both sides, or a pair per axis, before and after; `"same"` gives
            `ceil(space / stride)` units.

    Raises:
        ValueError: another number of axes, or a window that does not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> AveragePooling((4, 1), 2)(jnp.array([[1.0], [1.0], [0.0], [1.0]])).ravel()
        Array([1. , 0.5], dtype=float32)
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        window: Sizes,
        *,
        stride: Sizes | None = None,
        padding: Padding = 0,
    ) -> None:
        self.channels, self.windows = lay_over("AveragePooling", in_shape, window, stride, padding)

    def __call__(
        self, z: Float[Array, "... channels"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... channels"]:
        """The current of every unit; noiseless."""
        return _sum(z, self.windows) / math.prod(self.windows.size)


class MaximumPooling(Pooling):
    r"""The most that a place of a window sends: $I_{x,c} = \max_k z_{s x + k - p,\,c}$.

    Of spikes: whether there is one. Between places that send equally much, as most spikes do, the
    derivative is shared evenly. Padding is never the maximum.

    Args:
        in_shape: axes of the activity, `(*space, channels)`, one to three axes of space.
        window: places in a window; one number, or one per axis.
        stride: places from one window to the next; as many as a window has, if not given.
        padding: places on both sides, or a pair per axis, before and after; `"same"` gives
            `ceil(space / stride)` units.

    Raises:
        ValueError: another number of axes, or a window that does not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> MaximumPooling((4, 1), 2)(jnp.array([[1.0], [1.0], [0.0], [0.0]])).ravel()
        Array([1., 0.], dtype=float32)
    """

    def __init__(
        self,
        in_shape: tuple[int, ...],
        window: Sizes,
        *,
        stride: Sizes | None = None,
        padding: Padding = 0,
    ) -> None:
        self.channels, self.windows = lay_over("MaximumPooling", in_shape, window, stride, padding)

    def __call__(
        self, z: Float[Array, "... channels"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... channels"]:
        """The current of every unit; noiseless."""
        return _largest(windows_seen(numbers(z), self.windows, -jnp.inf))


def _largest(seen: Float[Array, "places ..."]) -> Float[Array, "..."]:
    """The maximum over places, pair by pair.

    The derivative of a maximum over an axis divides by how many are equal to it: none, and not a
    number, where a compiled program computes what it saw a second time and rounds otherwise.
    """
    while len(seen) > 1:
        half = len(seen) // 2
        pairs = jnp.maximum(seen[:half], seen[half : 2 * half])
        seen = jnp.concatenate([pairs, seen[2 * half :]])
    return seen[0]


def windows_seen(
    z: Float[Array, "... channels"], laid: Windows, outside: float
) -> Float[Array, "places ... channels"]:
    """One copy per place of a window, each holding what all windows see there.

    Args:
        z: activity, `[..., *space, channels]`.
        laid: the windows, without dilation.
        outside: what padding holds.

    Example:
        >>> windows_seen(jnp.ones((3, 1)), lay("Example", (3,), 2, stride=1), 0.0).shape
        (2, 2, 1)
    """
    leading = z.ndim - len(laid.space) - 1
    known = jnp.pad(z, [(0, 0)] * leading + [*laid.padding, (0, 0)], constant_values=outside)
    copies = []
    for offset in itertools.product(*map(range, laid.size)):
        slices = [
            slice(start, start + (count - 1) * step + 1, step)
            for start, count, step in zip(offset, laid.out_space, laid.stride, strict=True)
        ]
        copies.append(known[(..., *slices, slice(None))])
    return jnp.stack(copies)


def lay_over(
    owner: str, in_shape: tuple[int, ...], window: Sizes, stride: Sizes | None, padding: Padding
) -> tuple[int, Windows]:
    """The channels, and the windows over their space; one next to the other without a stride."""
    *space, channels = shape_of(owner, in_shape)
    size = sizes(owner, "the window", window, len(space))
    stride = size if stride is None else stride
    return channels, lay(owner, tuple(space), size, stride=stride, padding=padding)


def _sum(z: Array, laid: Windows) -> Array:
    """The sum over every window."""
    z = numbers(z)
    leading = (1,) * (z.ndim - len(laid.space) - 1)
    return jax.lax.reduce_window(
        z,
        np.zeros((), z.dtype)[()],
        jax.lax.add,
        (*leading, *laid.size, 1),
        (*leading, *laid.stride, 1),
        [(0, 0)] * len(leading) + [*laid.padding, (0, 0)],
    )
