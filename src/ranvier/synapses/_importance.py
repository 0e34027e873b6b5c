"""How important a node is to its layer, by the weights that reach it or leave it."""

from collections.abc import Callable

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

Modulation = Callable[[Float[Array, "fan_in nodes"]], Float[Array, "nodes"]]
"""From the weights that reach each node to a factor per node."""


def node_importance(weights: Float[Array, "fan_in nodes"]) -> Float[Array, "nodes"]:
    r"""The factor of GRAPES: $P_i = 2 I_i / \max_k I_k$ with $I_i = \sum_j |W_{ij}|$.

    Args:
        weights: that reach each node.

    Source: Dellaferrera, Woźniak, Indiveri, Pantazi, Eleftheriou, Nat. Commun. 13 (2022).

    Example:
        >>> node_importance(jnp.array([[1.0, 2.0], [-1.0, 2.0]]))
        Array([1., 2.], dtype=float32)
    """
    incoming = jnp.abs(weights).sum(0)
    return 2 * incoming / jnp.maximum(incoming.max(), jnp.finfo(incoming.dtype).tiny)


def clipped_importance(weights: Float[Array, "fan_in nodes"]) -> Float[Array, "nodes"]:
    r"""$P$ of `node_importance`, within 1..2: the release's choice for backpropagation.

    Args:
        weights: that reach each node.

    Source: the code released with Dellaferrera et al., Nat. Commun. 13 (2022).

    Example:
        >>> clipped_importance(jnp.array([[1.0, 8.0], [-1.0, 8.0]]))
        Array([1., 2.], dtype=float32)
    """
    return jnp.clip(node_importance(weights), 1, 2)


def mean_of(modulation: Modulation) -> Modulation:
    """A control: the mean of another modulation at every node, so a larger learning rate.

    Args:
        modulation: the one to be beaten.

    Example:
        >>> mean_of(node_importance)(jnp.array([[1.0, 2.0], [-1.0, 2.0]]))
        Array([1.5, 1.5], dtype=float32)
    """
    return lambda weights: jnp.full_like(weights[0], modulation(weights).mean())


def over_mean(modulation: Modulation) -> Modulation:
    """A control: another modulation divided by its mean, so importance without a larger step.

    Args:
        modulation: the one to be normalised.

    Example:
        >>> over_mean(node_importance)(jnp.array([[1.0, 3.0], [-1.0, 3.0]]))
        Array([0.5, 1.5], dtype=float32)
    """

    def normalised(weights: Array) -> Array:
        factors = modulation(weights)
        return factors / factors.mean()

    return normalised


def shuffled(modulation: Modulation, key: PRNGKeyArray) -> Modulation:
    """A control: the factors of another modulation, dealt out to other nodes, always the same.

    Args:
        modulation: the one to be beaten.
        key: deals them out.

    Example:
        >>> factors = shuffled(node_importance, jr.key(0))(jnp.arange(12.0).reshape(3, 4))
        >>> float(factors.max())
        2.0
    """
    return lambda weights: jr.permutation(key, modulation(weights))
