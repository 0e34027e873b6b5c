"""Weights that are not quite what they should be."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.convert._weights import on_weights


class WeightNoise(eqx.Module):
    r"""Gaussian noise on every weight, in units of the largest of its synapse.

    $$w \to w + \eta\, \max |w|\; \xi, \qquad \xi \sim N(0, 1)$$

    No derivative goes through the maximum. Without a key nothing is drawn.

    Args:
        share: $\eta$.

    Raises:
        ValueError: a negative share.

    Source: Joshi et al., Nat. Commun. 11 (2020).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> noisy = WeightNoise(0.1)(Dense(jnp.ones((100, 100))), key=jax.random.key(0))
        >>> round(float(noisy.weight.std()), 2)
        0.1
    """

    share: float

    def __init__(self, share: float) -> None:
        if share < 0:
            raise ValueError(f"WeightNoise: share is {share}, expected at least 0.")
        self.share = float(share)

    def __call__(self, model: Any, *, key: PRNGKeyArray | None = None) -> Any:
        """The network with noise on its weights."""

        def drawn(weight: Array, own: Any) -> Array:
            if own is None:
                return weight
            width = self.share * jax.lax.stop_gradient(jnp.abs(weight).max())
            return weight + width * jr.normal(own, weight.shape, weight.dtype)

        return on_weights(model, drawn, key=key)
