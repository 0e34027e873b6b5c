"""Targets where they are asked for."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array


def asked(target: Any, weight: Any) -> Array:
    """The target where it counts, zero where it does not: what stands there is never looked at.

    Args:
        target: `[..., *answer]`; what does not count may be anything, NaN too.
        weight: `[...]`, what each step counts; 0 where masked.

    Example:
        >>> asked(jnp.array([[1.0], [jnp.nan]]), jnp.array([1.0, 0.0])).ravel()
        Array([1., 0.], dtype=float32)
    """
    target = jnp.asarray(target)
    counts = jnp.reshape(weight, (*weight.shape, *[1] * (target.ndim - weight.ndim))) != 0
    return jnp.where(counts, target, jnp.zeros_like(target))
