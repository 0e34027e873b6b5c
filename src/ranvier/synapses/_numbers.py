"""Spikes of any type, as numbers."""

import jax.numpy as jnp
from jaxtyping import Array


def numbers(z: Array) -> Array:
    """Spikes of a whole type become numbers, in JAX's default precision.

    Args:
        z: activity.

    Example:
        >>> numbers(jnp.array([True, False]))
        Array([1., 0.], dtype=float32)
    """
    return z if jnp.issubdtype(z.dtype, jnp.inexact) else z.astype(float)
