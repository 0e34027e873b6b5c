"""What the eligibilities that draw random signs share."""

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array

from ranvier.nets import Layer

# Apart from every key that a layer draws noise from.
_SIGNS = 0x51625


def sign_keys(name: str, layer: Layer, key: Any, count: int) -> Array:
    """Keys for random signs, apart from those of the layer's own noise.

    Raises:
        ValueError: no key was given.
    """
    if key is None:
        raise ValueError(
            f"{layer.name}: {name} draws random signs and got no key. Call the rule with a key "
            "(`fit` does)."
        )
    return jr.split(jr.fold_in(key, _SIGNS), count)


def signs(key: Array, like: Array) -> Array:
    """Plus or minus one, with equal chances."""
    return jr.rademacher(key, like.shape, like.dtype)


def norm(parts: Iterable[Array], batch: int) -> Array:
    """The Euclidean norm of many arrays as one vector, per example: `batch` leading axes."""
    squares = [jnp.square(p).sum(tuple(range(batch, p.ndim))) for p in parts]
    return jnp.sqrt(sum(squares[1:], squares[0]))


def balance(one: Array, two: Array) -> Array:
    """The factor that gives both the same norm; 1 where one of them is nothing."""
    there = (one > 0) & (two > 0)
    return jnp.where(there, jnp.sqrt(jnp.where(there, one, 1) / jnp.where(there, two, 1)), 1)


def scaled(array: Array, factor: Array) -> Array:
    """An array times a factor per example."""
    return array * factor.reshape(*factor.shape, *[1] * (array.ndim - factor.ndim))
