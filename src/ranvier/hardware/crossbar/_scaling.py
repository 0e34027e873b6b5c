"""Which weight a full conductance stands for."""

from typing import Protocol

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import positive


class Scaling(Protocol):
    """The weight of a full conductance, per output.

    Example:
        >>> way: Scaling = PerColumn()
    """

    def __call__(self, weight: Float[Array, "out rows"]) -> Float[Array, "out"]: ...


class PerColumn(eqx.Module):
    """Every output by its own largest weight: nothing is clipped, the range is used.

    Example:
        >>> import jax.numpy as jnp
        >>> PerColumn()(jnp.array([[1.0, -2.0], [0.0, 0.5]])).tolist()
        [2.0, 0.5]
    """

    def __call__(self, weight: Float[Array, "out rows"]) -> Float[Array, "out"]:
        """The largest magnitude of every line; 1 where all weights are zero."""
        return _not_zero(jnp.abs(weight).max(axis=1))


class PerArray(eqx.Module):
    """All outputs by the largest weight of all.

    Example:
        >>> import jax.numpy as jnp
        >>> PerArray()(jnp.array([[1.0, -2.0], [0.0, 0.5]])).tolist()
        [2.0, 2.0]
    """

    def __call__(self, weight: Float[Array, "out rows"]) -> Float[Array, "out"]:
        """The largest magnitude; 1 where all weights are zero."""
        return jnp.broadcast_to(_not_zero(jnp.abs(weight).max()), weight.shape[:1])


class Deviations(eqx.Module):
    """All outputs by so many standard deviations of all weights; what lies beyond is clipped.

    Args:
        count: of standard deviations.

    Raises:
        ValueError: a count that is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> Deviations(2.0)(jnp.array([[1.0, -1.0]])).tolist()
        [2.0]
    """

    count: float

    def __init__(self, count: float) -> None:
        positive("Deviations", count=count)
        self.count = float(count)

    def __call__(self, weight: Float[Array, "out rows"]) -> Float[Array, "out"]:
        """So many standard deviations; 1 where all weights are equal."""
        return jnp.broadcast_to(_not_zero(self.count * weight.std()), weight.shape[:1])


class ColumnDeviations(eqx.Module):
    """Every output by so many standard deviations of its own weights; the rest is clipped.

    Args:
        count: of standard deviations.

    Raises:
        ValueError: a count that is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> ColumnDeviations(2.0)(jnp.array([[1.0, -1.0], [0.5, -0.5]])).tolist()
        [2.0, 1.0]
    """

    count: float

    def __init__(self, count: float) -> None:
        positive("ColumnDeviations", count=count)
        self.count = float(count)

    def __call__(self, weight: Float[Array, "out rows"]) -> Float[Array, "out"]:
        """So many standard deviations of each line; 1 where its weights are equal."""
        return _not_zero(self.count * weight.std(axis=1))


def _not_zero(scale: Array) -> Array:
    return jnp.where(scale > 0, scale, 1.0)
