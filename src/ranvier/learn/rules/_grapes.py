"""GRAPES for layers of any neuron, recurrent ones included: errors scaled by node importance."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Cell, Synapse
from ranvier.learn._moment import as_chain
from ranvier.learn._types import Rule
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.learn.rules._bptt import bptt
from ranvier.nets import Chain, Layer
from ranvier.synapses import Around, Dense, Modulation, clipped_importance


def grapes(
    loss: Loss, *, modulation: Modulation = clipped_importance, average: Average = per_step
) -> Rule:
    r"""BPTT in which the error that enters a hidden layer is scaled, unit by unit, at every step.

    $$L_{l,i}^t \to P_{l,i}\, L_{l,i}^t$$

    $L$ is the error that arrives from the layer above; what it does within the layer, through time
    and on the way down stays as it is, so that factors compound with depth and not with time. $P$
    is made from all weights that reach a unit, recurrent ones included, and is a constant to
    derivatives. The output layer is not scaled. This is no gradient of any loss.

    Args:
        loss: one number per step.
        modulation: how the factors come from the weights; the controls `mean_of`, `over_mean` and
            `shuffled` belong beside any result.
        average: how steps are put together.

    Raises:
        TypeError: a cell that is not a layer, or a hidden layer whose weights are not dense.

    Source: Dellaferrera, Woźniak, Indiveri, Pantazi, Eleftheriou, Nat. Commun. 13 (2022),
    "propagating version"; where it enters a recurrent layer is our reading.

    Example:
        >>> import ranvier as rv
        >>> rule = grapes(rv.losses.categorical)
    """

    def through(model: Cell) -> Chain:
        layers: list[Any] = list(as_chain(model).layers)
        for number, layer in enumerate(layers[:-1]):
            above, factors = layers[number + 1], _factors(layer, modulation)
            wrapped = {port: _Below(s, factors) for port, s in above.synapses.items()}
            layers[number + 1] = eqx.tree_at(lambda one: one.synapses, above, wrapped)
        return Chain(layers)

    return bptt(loss, average=average, through=through)


def local_grapes(
    loss: Loss, *, modulation: Modulation = clipped_importance, average: Average = per_step
) -> Rule:
    r"""BPTT in which what a hidden unit learns is scaled: $\Delta\theta_i \to P_i\,\Delta\theta_i$.

    Errors go on as they are. $P$ is that of `grapes`. Parameters that units share are not scaled.

    Args:
        loss, modulation, average: as of `grapes`.

    Raises:
        TypeError: as of `grapes`.

    Source: Dellaferrera, Woźniak, Indiveri, Pantazi, Eleftheriou, Nat. Commun. 13 (2022), "local
    version".

    Example:
        >>> import ranvier as rv
        >>> rule = local_grapes(rv.losses.categorical)
    """

    def through(model: Cell) -> Chain:
        layers: Any = as_chain(model).layers
        return Chain([*(_learning(layer, modulation) for layer in layers[:-1]), layers[-1]])

    return bptt(loss, average=average, through=through)


class _Below(Around):
    """Connections that scale the error of each of their senders on its way down."""

    synapse: Synapse
    factors: Array

    def __init__(self, synapse: Synapse, factors: Array) -> None:
        self.synapse = synapse
        self.factors = factors

    def __call__(self, z: Array, *, key: PRNGKeyArray | None = None) -> Array:
        return self.synapse(_felt(z, self.factors), key=key)


def _felt(array: Array, factors: Array) -> Array:
    """The array itself, with derivatives times the factors."""
    still = jax.lax.stop_gradient(array)
    return still + (array - still) * factors


def _learning(layer: Layer, modulation: Modulation) -> Layer:
    """The layer, what its units learn being scaled."""
    factors = _factors(layer, modulation)

    def scaled(leaf: Any) -> Any:
        if not eqx.is_inexact_array(leaf) or leaf.shape[:1] != factors.shape:
            return leaf
        return _felt(leaf, factors.reshape(-1, *[1] * (leaf.ndim - 1)))

    return jax.tree.map(scaled, layer)


def _factors(layer: Layer, modulation: Modulation) -> Array:
    """A factor per unit, from all weights that reach it."""
    reaching = (*layer.synapses.values(), *layer.recurrent.values())
    learn = [s for s in reaching if jax.tree.leaves(eqx.filter(s, eqx.is_inexact_array))]
    weights = [synapse.weight for synapse in learn if isinstance(synapse, Dense)]
    if not weights or len(weights) < len(learn):
        raise TypeError(
            f"{layer.name}: importance is made from the weights that reach a unit, and expects "
            f"Dense connections; got {', '.join(type(s).__name__ for s in learn) or 'none'}. "
            "Put `Grapes` around connections of other kinds, under `bptt`."
        )
    return modulation(jax.lax.stop_gradient(jnp.concatenate(weights, axis=1).T))
