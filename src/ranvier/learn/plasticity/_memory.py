"""Weights of a plastic connection that are plain numbers."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import ascending


class Bounded(eqx.Module):
    r"""Numbers with hard bounds: $w \leftarrow \text{clip}(w + \Delta w, w_{min}, w_{max})$.

    Args:
        low: $w_{min}$.
        high: $w_{max}$.

    Raises:
        ValueError: bounds that do not rise.

    Example:
        >>> import jax.numpy as jnp
        >>> memory = Bounded(0.0, 1.0)
        >>> held = memory.start(jnp.array([[0.5, 0.5]]), key=None)
        >>> memory.weight(memory.change(held, jnp.array([[0.25, -0.75]]), key=None)).tolist()
        [[0.75, 0.0]]
    """

    low: float
    high: float

    def __init__(self, low: float = 0.0, high: float = 1.0) -> None:
        ascending("Bounded", low=low, high=high)
        self.low, self.high = float(low), float(high)

    def start(
        self, weight: Float[Array, "post pre"], *, key: PRNGKeyArray | None
    ) -> Float[Array, "post pre"]:
        """The weights, within the bounds."""
        return jnp.clip(weight, self.low, self.high)

    def weight(self, held: Float[Array, "post pre"]) -> Float[Array, "post pre"]:
        """The weights."""
        return held

    def change(
        self,
        held: Float[Array, "post pre"],
        change: Float[Array, "post pre"],
        *,
        key: PRNGKeyArray | None,
    ) -> Float[Array, "post pre"]:
        """The weights after a change, within the bounds."""
        return jnp.clip(held + change, self.low, self.high)
