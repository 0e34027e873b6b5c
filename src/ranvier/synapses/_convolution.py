"""Convolutions along one to three axes, and their way back: weights that all places share."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._dense import Initialiser, glorot_uniform
from ranvier.synapses._windows import Padding, Sizes, Windows, lay, shape_of, sizes


def convolve(
    x: Float[Array, "n *space fan_in"],
    weight: Float[Array, "*kernel seen channels"],
    windows: Windows,
    groups: int = 1,
) -> Float[Array, "n *out_space channels"]:
    """The currents of many examples at once, as XLA computes them."""
    space = "DHW"[-len(windows.space) :]
    return jax.lax.conv_general_dilated(
        x,
        weight,
        window_strides=windows.stride,
        padding=windows.padding,
        rhs_dilation=windows.dilation,
        dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
        feature_group_count=groups,
    )


class Convolution(Synapse):
    r"""The same weights at every place, along one, two or three axes of space.

    $$I_{x,c} = \sum_{k,i} w_{k,i,c}\, z_{s x + d k - p,\,i}$$

    with stride $s$, dilation $d$ and padding $p$; $x$ and $k$ have one entry per axis, and nothing
    is sent from outside. As in all networks, the kernel is not turned around: this is a
    cross-correlation. **Channels come last**, so that an array `[channels]` in the neuron (a
    threshold, a bias) is shared by all places.

    Args:
        weight: `[*kernel, channels in / groups, channels out]`.
        space: how many units there are along each axis of space.
        stride: places from one unit that receives to the next; one number, or one per axis.
        padding: silent places on both sides, or a pair per axis, before and after; `"same"` gives
            `ceil(space / stride)` units.
        dilation: places from one entry of the kernel to the next.
        groups: parts into which channels are cut, in and out, each reaching its own only; as many
            as there are channels for a kernel per channel.

    Raises:
        ValueError: a weight that has not one axis per axis of space and two for channels, channels
            that the groups do not divide, or a kernel that does not fit.

    Example:
        >>> import jax.numpy as jnp
        >>> edges = Convolution(jnp.array([-1.0, 1.0]).reshape(2, 1, 1), (4,))
        >>> edges(jnp.array([[0.0], [0.0], [1.0], [1.0]])).ravel()
        Array([0., 1., 0.], dtype=float32)
    """

    weight: Float[Array, "*kernel fan_in channels"]
    windows: Windows = eqx.field(static=True)
    groups: int = eqx.field(static=True)

    def __init__(
        self,
        weight: Float[Array, "*kernel fan_in channels"],
        space: Sizes,
        *,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> None:
        axes = jnp.ndim(weight) - 2
        if not 1 <= axes <= 3:
            raise ValueError(
                f"Convolution: the weight has shape {jnp.shape(weight)}, expected one to three "
                "axes of the kernel, then channels in and channels out."
            )
        (self.groups,) = sizes("Convolution", "groups", groups, 1)
        if weight.shape[-1] % self.groups:
            raise ValueError(
                f"Convolution: {self.groups} groups do not divide {weight.shape[-1]} channels."
            )
        self.weight = weight
        self.windows = lay(
            "Convolution",
            sizes("Convolution", "space", space, axes),
            weight.shape[:axes],
            stride=stride,
            padding=padding,
            dilation=dilation,
        )

    @classmethod
    def random(
        cls,
        in_shape: tuple[int, ...],
        channels: int,
        kernel: Sizes,
        *,
        key: PRNGKeyArray,
        stride: Sizes = 1,
        padding: Padding = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        init: Initialiser = glorot_uniform,
    ) -> "Convolution":
        """Draw the weights.

        Args:
            in_shape: axes of the activity, `(*space, channels)`.
            channels: how many channels receive.
            kernel: places that a unit sees; one number, or one per axis.
            key: draws the weights.
            stride, padding, dilation, groups: as in the class.
            init: `(key, (channels, fan_in)) -> weight`, the fan-in of a unit being `kernel` times
                the channels it sees.

        Raises:
            ValueError: channels that the groups do not divide, or what the class refuses.

        Example:
            >>> import jax
            >>> synapse = Convolution.random((28, 28, 2), 8, 5, stride=2, key=jax.random.key(0))
            >>> synapse.shape
            (12, 12, 8)
        """
        in_shape = shape_of("Convolution", in_shape)
        *space, given = in_shape
        size = sizes("Convolution", "the window", kernel, len(space))
        (groups,) = sizes("Convolution", "groups", groups, 1)
        (channels,) = sizes("Convolution", "channels", channels, 1)
        if given % groups:
            raise ValueError(f"Convolution: {groups} groups do not divide {given} channels.")
        fan_in = (*size, given // groups)
        weight = init(key, (channels, math.prod(fan_in)))
        return cls(
            jnp.moveaxis(weight.reshape(channels, *fan_in), 0, -1),
            tuple(space),
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
        )

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity, `(*space, channels)`."""
        return (*self.windows.space, self.weight.shape[-2] * self.groups)

    @property
    def in_size(self) -> int:
        """How many presynaptic units there are."""
        return math.prod(self.in_shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current, `(*space, channels)`."""
        return (*self.windows.out_space, self.weight.shape[-1])

    def __call__(
        self, z: Float[Array, "... channels_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... channels"]:
        """The current of every unit; noiseless."""
        leading = z.shape[: z.ndim - len(self.in_shape)]
        kind = jnp.result_type(z, self.weight)
        rows = z.astype(kind).reshape(math.prod(leading), *self.in_shape)
        current = convolve(rows, self.weight.astype(kind), self.windows, self.groups)
        return current.reshape(*leading, *self.shape)


class TransposedConvolution(Synapse):
    r"""The way back of a convolution: from the units that it reaches to those it comes from.

    Where the convolution is the linear map $C$, this is $I = C^\top z$ with weights of its own. It
    makes space larger by the stride, where the convolution makes it smaller.

    Args:
        convolution: $C$; its space is the one that is given here, which a stride alone would
            leave open.

    Example:
        >>> import jax.numpy as jnp
        >>> forth = Convolution(jnp.array([1.0, 2.0]).reshape(2, 1, 1), (4,), stride=2)
        >>> TransposedConvolution(forth)(jnp.array([[1.0], [10.0]])).ravel()
        Array([ 1.,  2., 10., 20.], dtype=float32)
    """

    convolution: Convolution

    def __init__(self, convolution: Convolution) -> None:
        self.convolution = convolution

    @classmethod
    def random(
        cls,
        in_shape: tuple[int, ...],
        channels: int,
        kernel: Sizes,
        *,
        key: PRNGKeyArray,
        stride: Sizes = 1,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        init: Initialiser = glorot_uniform,
    ) -> "TransposedConvolution":
        """Draw the weights; the space is the smallest that the convolution maps back to `in_shape`.

        Args:
            in_shape: axes of the activity, `(*space, channels)`.
            channels: how many channels receive.
            kernel: places that a unit reaches; one number, or one per axis.
            key: draws the weights.
            stride: how many times larger the space gets, up to the edges.
            padding: places that are cut off on both sides.
            dilation, groups: as in `Convolution`.
            init: as in `Convolution`; its fan-in is that of the convolution there.

        Raises:
            ValueError: what `Convolution.random` refuses.

        Example:
            >>> import jax
            >>> key = jax.random.key(0)
            >>> TransposedConvolution.random((7, 7, 8), 2, 2, stride=2, key=key).shape
            (14, 14, 2)
        """
        *units, given = shape_of("TransposedConvolution", in_shape)
        steps, places, apart, cut = (
            sizes("TransposedConvolution", name, value, len(units), least)
            for name, value, least in (
                ("stride", stride, 1),
                ("the window", kernel, 1),
                ("dilation", dilation, 1),
                ("padding", padding, 0),
            )
        )
        space = [
            (n - 1) * s + (k - 1) * d + 1 - 2 * p
            for n, s, k, d, p in zip(units, steps, places, apart, cut, strict=True)
        ]
        return cls(
            Convolution.random(
                (*space, channels),
                given,
                places,
                key=key,
                stride=steps,
                padding=cut,
                dilation=apart,
                groups=groups,
                init=init,
            )
        )

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity, `(*space, channels)`."""
        return self.convolution.shape

    @property
    def in_size(self) -> int:
        """How many presynaptic units there are."""
        return math.prod(self.in_shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current, `(*space, channels)`."""
        return self.convolution.in_shape

    def __call__(
        self, z: Float[Array, "... channels_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... channels"]:
        """The current of every unit; noiseless."""
        kind = jnp.result_type(z, self.convolution.weight)
        leading = z.shape[: z.ndim - len(self.in_shape)]
        like = jax.ShapeDtypeStruct((*leading, *self.shape), kind)
        (current,) = jax.linear_transpose(self.convolution, like)(z.astype(kind))
        return current
