"""What each unit adds to, and multiplies, what passes."""

import math

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._windows import shape_of


class _UnitByUnit(Synapse):
    """What both share: from each unit to the unit of the same number."""

    axes: eqx.AbstractVar[tuple[int, ...]]

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity."""
        return self.axes

    @property
    def in_size(self) -> int:
        """How many units there are."""
        return math.prod(self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.axes


class Bias(_UnitByUnit):
    r"""A constant current on top of what passes: $I = z + b$, behind other synapses in a `Series`.

    Args:
        bias: $b$, an array whose axes are the last ones of the activity: `[channels]` is shared
            by all places of a convolution.
        in_shape: axes of the activity; those of the bias if not given.

    Raises:
        ValueError: a bias that is no array of the last axes of the activity.

    Example:
        >>> import jax.numpy as jnp
        >>> Bias(jnp.array([1.0, 2.0]))(jnp.array([0.5, 0.5]))
        Array([1.5, 2.5], dtype=float32)
    """

    bias: Float[Array, "..."]
    axes: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self, bias: Float[Array, "..."], in_shape: int | tuple[int, ...] | None = None
    ) -> None:
        self.bias = bias
        self.axes = _axes("Bias", "bias", bias, in_shape)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """What arrives, and the bias; noiseless."""
        return z + self.bias


class Scale(_UnitByUnit):
    r"""A factor per unit on what passes: $I = s \odot z$.

    Args:
        scale: $s$, an array whose axes are the last ones of the activity.
        in_shape: axes of the activity; those of the scale if not given.

    Raises:
        ValueError: a scale that is no array of the last axes of the activity.

    Example:
        >>> import jax.numpy as jnp
        >>> Scale(jnp.array([1.0, 2.0]))(jnp.array([0.5, 0.5]))
        Array([0.5, 1. ], dtype=float32)
    """

    scale: Float[Array, "..."]
    axes: tuple[int, ...] = eqx.field(static=True)

    def __init__(
        self, scale: Float[Array, "..."], in_shape: int | tuple[int, ...] | None = None
    ) -> None:
        self.scale = scale
        self.axes = _axes("Scale", "scale", scale, in_shape)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """What arrives, scaled; noiseless."""
        return self.scale * z


def _axes(
    owner: str, name: str, values: Array, in_shape: int | tuple[int, ...] | None
) -> tuple[int, ...]:
    """The axes of the activity, of which the array must have the last ones."""
    own = jnp.shape(values)
    if in_shape is None:
        in_shape = own
    given = (in_shape,) if isinstance(in_shape, int) else tuple(in_shape)
    axes = shape_of(owner, given, needs_channels=False)
    if not own or axes[len(axes) - len(own) :] != own:
        raise ValueError(
            f"{owner}: the {name} has shape {own}, expected the last axes of the activity {axes}, "
            "and at least one."
        )
    return axes
