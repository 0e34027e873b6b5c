"""Pre- and postsynaptic halves of a trace, kept apart: memory of the units, not of the weights."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.eligibility._blocks import Blocks
from ranvier.learn.eligibility._common import (
    Eligibility,
    Traces,
    check_followed,
    each_parameter,
    linearised,
    neuron_leaves,
    position,
    product,
    weights,
)
from ranvier.nets import Layer


def separate() -> Eligibility:
    r"""One trace per presynaptic unit, met by the slope of each postsynaptic one at this instant.

    $$p_j^t = d\, p_j^{t-1} + x_j^t, \qquad \frac{dE}{dw_{ij}} = \sum_t L_i^t\,
    \frac{\partial y_i^t}{\partial I_i^t}\, p_j^t$$

    with $d$ what a unit keeps of the variable that the current reaches, the mean over the units.
    Memory is that of the units, not of the weights. Of leaky integrate-and-fire units with one
    decay, whose resets subtract and are not seen by derivatives, it is the trace of `local`,
    exactly; of others it drops what their further variables remember (adaptation), and how units
    differ. Arrays of the neuron itself are credited for this instant alone.

    Source: Frenkel, Indiveri, ISSCC 2022: e-prop as the ReckOn chip simplifies it.

    Example:
        >>> import jax, ranvier as rv
        >>> layer = rv.layer(2, rv.LIF(3), key=jax.random.key(0))
        >>> separate().init(layer, (5,)).synapses["dendrite"].shape
        (5, 2)
    """

    def init(layer: Layer, batch: tuple[int, ...]) -> Traces:
        check_followed(layer)
        kind = layer.init(batch).y.dtype

        def empty(group: dict[str, Any]) -> dict[str, Array]:
            shapes = {port: (*batch, w.shape[1]) for port, w in weights(layer, group).items()}
            return {port: jnp.zeros(shape, kind) for port, shape in shapes.items()}

        neuron = [None] * len(neuron_leaves(layer))
        return Traces(empty(layer.synapses), empty(layer.recurrent), neuron)

    def advance(
        layer: Layer, traces: Traces, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Traces, Any, Any]:
        found = linearised(layer, state, x, key)
        output = position(found.state)

        def of_weight(port: str, presynaptic: Array, old: Array) -> tuple[Array, Array]:
            trace = _kept(found, port, output) * old + presynaptic
            factor = product(signal, found.by_current[port][output])
            factor = jnp.zeros_like(signal) if factor is None else factor
            return trace, jnp.einsum("...n,...m->nm", factor, trace)

        def of_neuron(direct: list[Array | None], old: None) -> tuple[None, Array]:
            gradient = product(signal, direct[output])
            return None, jnp.zeros_like(signal) if gradient is None else gradient

        traces, gradients = each_parameter(
            layer, traces, state, x, found.by_parameter, of_weight, of_neuron
        )
        return traces, found.state, gradients

    return Eligibility(init, advance)


def _kept(found: Blocks, port: str, output: int) -> Array:
    """What is kept of the variable that a current reaches, mean over units: `[..., 1]`."""
    reached = [
        found.by_state[variable][variable]
        for variable, slope in enumerate(found.by_current[port])
        if slope is not None and variable != output
    ]
    kept = next((own for own in reached if own is not None), None)
    if kept is None:
        like = jax.tree.leaves(found.state)[0]
        return jnp.zeros((*like.shape[:-1], 1), like.dtype)
    return kept.mean(-1, keepdims=True)
