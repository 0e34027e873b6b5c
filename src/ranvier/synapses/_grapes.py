"""Errors scaled by the importance of the node that they reach: GRAPES."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._around import Around
from ranvier.synapses._convolution import Convolution
from ranvier.synapses._dense import Dense
from ranvier.synapses._feedback import FeedbackAligned, only_derivative, unheard
from ranvier.synapses._importance import Modulation, clipped_importance, node_importance


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
        _weights(synapse, "Grapes")
        self.synapse = synapse
        self.modulation = modulation

    def factors(self) -> Float[Array, "nodes"]:
        """The factor of every node; channels come last, so that it holds for all places."""
        return _factors(self)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        return _scaled(self.synapse(z, key=key), self.factors())


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
        _weights(synapse, "LocalGrapes")
        self.synapse = synapse
        self.modulation = modulation

    def factors(self) -> Float[Array, "nodes"]:
        """The factor of every node, as of `Grapes`."""
        return _factors(self)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        current = _scaled(self.synapse(jax.lax.stop_gradient(z), key=key), self.factors())
        back = self.synapse
        if isinstance(back, FeedbackAligned):
            back = back.feedback
        return current + unheard(z, back, current)


class SenderGrapes(Around):
    r"""GRAPES by the weights that leave a node, for errors that come along paths of their own.

    $$\Delta W_{ij} \to Q_j\, \Delta W_{ij}, \qquad \delta_j \to Q_j\, \delta_j, \qquad
    Q_j = \frac{2 \sum_i |W_{ij}|}{\max_k \sum_i |W_{ik}|}$$

    Direct feedback never passes these connections; `learn.signals.by_importance` scales it by the
    same factors.

    Args:
        synapse: dense connections or a convolution, whose senders are its input channels.
        modulation: how the factors come from the weights.

    Raises:
        TypeError: other connections.

    Source: the code released with Dellaferrera et al., Nat. Commun. 13 (2022), direct feedback.

    Example:
        >>> synapse = SenderGrapes(Dense(jnp.array([[1.0, 4.0]])))
        >>> jax.grad(lambda s: s(jnp.ones(2)).sum())(synapse).synapse.weight
        Array([[0.5, 2. ]], dtype=float32)
    """

    synapse: Synapse
    modulation: Modulation = eqx.field(static=True)

    def __init__(self, synapse: Synapse, modulation: Modulation = node_importance) -> None:
        _leaving(synapse)
        self.synapse = synapse
        self.modulation = modulation

    def factors(self) -> Float[Array, "senders"]:
        """The factor of every sender; channels come last, so that it holds for all places."""
        return self.modulation(jax.lax.stop_gradient(_leaving(self.synapse)))

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit."""
        factors = self.factors()
        current = jax.lax.stop_gradient(self.synapse(z, key=key))
        heard = jax.lax.stop_gradient(z) * factors
        learning = only_derivative(self.synapse)(heard, key=key)
        return current + learning + unheard(z * factors, self.synapse, current)


def _leaving(synapse: Synapse) -> Array:
    """The weights that leave each sender, `[fan_out, senders]`."""
    if isinstance(synapse, Dense):
        return synapse.weight
    if isinstance(synapse, Convolution):
        return jnp.moveaxis(synapse.weight, -2, -1).reshape(-1, synapse.weight.shape[-2])
    raise TypeError(
        f"SenderGrapes: the connections are {type(synapse).__name__}, expected Dense or "
        "Convolution."
    )


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
