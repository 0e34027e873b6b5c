"""Errors scaled by the importance of the node that they reach: GRAPES."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._around import Around
from ranvier.synapses._convolution import Convolution
from ranvier.synapses._dense import Dense
from ranvier.synapses._feedback import FeedbackAligned, unheard

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


class Grapes(Around):
    r"""Connections that scale the error of each node they reach: $\delta_i \to P_i \delta_i$.

    The current is that of the connections within. On the way back, the error that arrives at a
    node is multiplied by a factor made from the weights that reach it, and goes on so, to the
    weights and to the layers below, where it is multiplied again: factors compound with depth.
    $P$ is a constant to derivatives. This is no gradient of any loss.

    Args:
        synapse: dense connections, a convolution (whose nodes are channels), or either with a
            feedback of its own; that is GRAPES with feedback alignment.
        modulation: how the factors come from the weights; the controls `mean_of`, `over_mean` and
            `shuffled` belong beside any result.

    Raises:
        TypeError: other connections.

    Source: Dellaferrera, Woźniak, Indiveri, Pantazi, Eleftheriou, Nat. Commun. 13 (2022),
    "propagating version".

    Example:
        >>> synapse = Grapes(Dense(jnp.array([[1.0], [4.0]])), node_importance)
        >>> jax.grad(lambda s: s(jnp.ones(1)).sum())(synapse).synapse.weight
        Array([[0.5],
               [2. ]], dtype=float32)
    """

    synapse: Synapse
    modulation: Modulation = eqx.field(static=True)

    def __init__(self, synapse: Synapse, modulation: Modulation = clipped_importance) -> None:
        _weights(synapse, type(self).__name__)
        self.synapse = synapse
        self.modulation = modulation

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        return _scaled(self.synapse(z, key=key), _factors(self))


class LocalGrapes(Around):
    r"""GRAPES for the weights alone: $\Delta W_i \to P_i \Delta W_i$, errors go down as they are.

    Args:
        synapse, modulation: as of `Grapes`.

    Raises:
        TypeError: other connections.

    Source: Dellaferrera, Woźniak, Indiveri, Pantazi, Eleftheriou, Nat. Commun. 13 (2022), "local
    version".

    Example:
        >>> synapse = LocalGrapes(Dense(jnp.array([[1.0], [4.0]])), node_importance)
        >>> jax.grad(lambda z: synapse(z).sum())(jnp.ones(1))
        Array([5.], dtype=float32)
    """

    synapse: Synapse
    modulation: Modulation = eqx.field(static=True)

    def __init__(self, synapse: Synapse, modulation: Modulation = clipped_importance) -> None:
        _weights(synapse, type(self).__name__)
        self.synapse = synapse
        self.modulation = modulation

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        current = _scaled(self.synapse(jax.lax.stop_gradient(z), key=key), _factors(self))
        back = self.synapse
        if isinstance(back, FeedbackAligned):
            back = back.feedback
        return current + unheard(z, back, current)


def _weights(synapse: Synapse, owner: str) -> Array:
    """The weights that reach each node, `[fan_in, nodes]`."""
    if isinstance(synapse, FeedbackAligned):
        synapse = synapse.synapse
    if isinstance(synapse, Dense):
        return synapse.weight.T
    if isinstance(synapse, Convolution):
        return synapse.weight.reshape(-1, synapse.weight.shape[-1])
    raise TypeError(
        f"{owner}: the connections are {type(synapse).__name__}, expected Dense or Convolution, "
        "with or without a feedback of their own."
    )


def _factors(grapes: Any) -> Array:
    """The factor of every node; channels come last, so that it holds for all places."""
    weights = jax.lax.stop_gradient(_weights(grapes.synapse, type(grapes).__name__))
    return grapes.modulation(weights)


@jax.custom_jvp
def _scaled(current: Array, factors: Array) -> Array:
    """The current, with a derivative that is multiplied by the factors."""
    return current


@_scaled.defjvp
def _pushed(primals: Any, tangents: Any) -> tuple[Array, Array]:
    return primals[0], tangents[0] * primals[1]
