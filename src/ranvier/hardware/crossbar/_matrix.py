"""The matrix of a synapse: rows of an array are its inputs, columns its outputs."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import Synapse
from ranvier.synapses import Convolution, Dense

HELD = (Dense, Convolution)
"""What an array can hold."""


def matrix(synapse: Any) -> Float[Array, "out rows"]:
    """The weights, one line per output.

    Args:
        synapse: dense connections, or a convolution of one group.

    Example:
        >>> import jax.numpy as jnp
        >>> matrix(Convolution(jnp.arange(6.0).reshape(3, 1, 2), (5,))).tolist()
        [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]
    """
    if isinstance(synapse, Dense):
        return synapse.weight
    weight = synapse.weight
    return weight.reshape(-1, weight.shape[-1]).T


def with_matrix(synapse: Any, weight: Float[Array, "out rows"]) -> Synapse:
    """The same synapse with other weights.

    Args:
        synapse: dense connections, or a convolution of one group.
        weight: one line per output.

    Example:
        >>> import jax.numpy as jnp
        >>> with_matrix(Dense(jnp.ones((1, 2))), jnp.zeros((1, 2))).weight.tolist()
        [[0.0, 0.0]]
    """
    shaped = weight if isinstance(synapse, Dense) else weight.T.reshape(synapse.weight.shape)
    return eqx.tree_at(lambda one: one.weight, synapse, shaped)


def unfolded(synapse: Any, z: Float[Array, "..."]) -> Float[Array, "... rows"]:
    """What arrives at the rows of the array: the activity, or every window of it.

    Args:
        synapse: dense connections, or a convolution of one group.
        z: activity, `[..., *in_shape]`.

    Example:
        >>> import jax.numpy as jnp
        >>> unfolded(Convolution(jnp.ones((2, 1, 1)), (3,)), jnp.arange(3.0)[:, None]).tolist()
        [[0.0, 1.0], [1.0, 2.0]]
    """
    if isinstance(synapse, Dense):
        return z
    leading = z.shape[: z.ndim - len(synapse.in_shape)]
    windows, axes = synapse.windows, len(synapse.windows.space)
    space = "DHW"[-axes:]
    seen = jax.lax.conv_general_dilated_patches(
        z.reshape(math.prod(leading), *synapse.in_shape),
        windows.size,
        windows.stride,
        windows.padding,
        rhs_dilation=windows.dilation,
        dimension_numbers=(f"N{space}C", f"{space}IO", f"N{space}C"),
    )
    # JAX lays windows out with channels first; weights have them last.
    channels = synapse.in_shape[-1]
    places = seen.shape[1:-1]
    seen = seen.reshape(*seen.shape[:-1], channels, -1)
    return jnp.swapaxes(seen, -1, -2).reshape(*leading, *places, -1)
