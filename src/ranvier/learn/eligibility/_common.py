"""What the eligibilities of this room share: the parameters of a layer, one by one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
from jaxtyping import Array

from ranvier.core import Synapse
from ranvier.nets import Layer
from ranvier.synapses import Dense


class Eligibility(NamedTuple):
    """The temporal half of an online rule.

    Attributes:
        init: `(layer, batch) -> traces`, at rest.
        advance: `(layer, traces, state, x, signal, key) -> (traces, state, gradients)`: one step,
            in which `signal = dE/dy` of this instant meets the traces; the gradients have the
            structure of the layer's learning arrays.
    """

    init: Callable[[Layer, tuple[int, ...]], Any]
    advance: Callable[..., tuple[Any, Any, Any]]


def weight(layer: Layer, synapse: Synapse) -> Array:
    """The weight `[n_out, n_in]` whose row `i` reaches unit `i` only.

    Raises:
        TypeError: a synapse whose weights are not laid out so; its layer is named.
    """
    if not isinstance(synapse, Dense):
        raise TypeError(
            f"{layer.name}: online rules keep one trace per weight and need a Dense synapse; got "
            f"{type(synapse).__name__}. Use `bptt` or `rtrl` for this layer."
        )
    return synapse.weight


def position(state: Any) -> int:
    """Where in a neuron's state, as a list of arrays, the output `y` stands."""
    return next(i for i, leaf in enumerate(jax.tree.leaves(state)) if leaf is state.y)


def learning(layer: Layer) -> tuple[Any, list[Array]]:
    """The layer's learning arrays as a tree, and those of its neuron as a list."""
    parameters = eqx.filter(layer, eqx.is_inexact_array)
    return parameters, jax.tree.leaves(parameters.neuron)


def assemble(
    layer: Layer,
    synapses: dict[str, Array],
    recurrent: dict[str, Array],
    neuron: list[Array],
) -> Any:
    """Gradients in the structure of the layer."""
    parameters, leaves = learning(layer)

    def places(tree: Any) -> list[Any]:
        return [
            *(tree.synapses[port].weight for port in synapses),
            *(tree.recurrent[port].weight for port in recurrent),
            *jax.tree.leaves(tree.neuron),
        ]

    shaped = [g.astype(p.dtype) for g, p in zip(neuron, leaves, strict=True)]
    return eqx.tree_at(places, parameters, [*synapses.values(), *recurrent.values(), *shaped])
