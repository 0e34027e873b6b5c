"""Local eligibility traces: OSTL without the recurrent Jacobian, and e-prop's traces."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.eligibility._blocks import Blocks, blocks
from ranvier.learn.eligibility._common import (
    Eligibility,
    Traces,
    each_parameter,
    empty_traces,
    linearised,
    position,
    product,
    total,
)
from ranvier.nets import Layer

Variables = list[Array | None]
"""One array per state variable of the neuron; `None` stands for zero."""


def _carried(found: Blocks) -> list[bool]:
    """Which state variables reach the next step at all."""
    return [any(to is not None for to in row) for row in found.by_state]


def _moved(found: Blocks, old: Variables, direct: Variables) -> Variables:
    """`E <- J E + direct`, for one parameter."""
    extra = max((d.ndim for d in direct if d is not None), default=0)

    def spread(block: Array | None) -> Array | None:
        """Append axes so that a block `[..., units]` multiplies a trace `[..., units, n_in]`."""
        return None if block is None else block.reshape(*block.shape, *[1] * (extra - block.ndim))

    return [
        total(
            [
                immediate,
                *(
                    product(spread(row[to]), trace)
                    for row, trace in zip(found.by_state, old, strict=True)
                ),
            ]
        )
        for to, immediate in enumerate(direct)
    ]


def _keep(new: Variables, old: Variables) -> Variables:
    """The traces that the next step will read, in the structure they have had."""
    return [
        None if before is None else jnp.zeros_like(before) if after is None else after
        for after, before in zip(new, old, strict=True)
    ]


def local() -> Eligibility:
    r"""One trace per weight and state variable, in memory that does not grow with time.

    $$E^t = J^t E^{t-1} + \frac{\partial\,\text{state}^t}{\partial I^t}\, x^t_{pre}, \qquad
    \frac{dE}{dw_{ij}} = \sum_t L^t_i\, [E^t_y]_{ij}$$

    with $J$ the Jacobian of the neuron's own state, unit by unit. This is OSTL for feed-forward
    layers, where it equals backpropagation through time for a last (or only) stateful layer, and
    OSTL without $H$ for recurrent ones, where influence that travels through other units is
    dropped. A lateral connection without weights (the maximum of LI-SNU) is dropped as $H$ is.
    With the reset's gradient detached it is e-prop.

    Source: Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023), eqs. 9-14; Bellec
    et al., Nat. Commun. 11 (2020).

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=local())
    """

    def init(layer: Layer, batch: tuple[int, ...]) -> Traces:
        state = layer.init(batch)
        silence = {port: jnp.zeros_like(state.y) for port in {**layer.synapses, **layer.recurrent}}
        carried = _carried(blocks(layer.neuron, state, silence))

        def empty(shape: tuple[int, ...]) -> Variables:
            return [jnp.zeros((*batch, *shape), state.y.dtype) if c else None for c in carried]

        return empty_traces(layer, empty)

    def advance(
        layer: Layer, traces: Traces, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Traces, Any, Any]:
        found = linearised(layer, state, x, key)
        output = position(found.state)
        memory = any(_carried(found))

        def of_weight(port: str, presynaptic: Array, old: Variables) -> tuple[Variables, Array]:
            by_current = found.by_current[port]
            factor = product(signal, by_current[output])
            if not memory and factor is not None:
                # Nothing to remember: one matrix product instead of a trace per weight.
                return old, jnp.einsum("...n,...m->nm", factor, presynaptic)
            direct: Variables = [
                None if c is None else c[..., :, None] * presynaptic[..., None, :]
                for c in by_current
            ]
            new = _moved(found, old, direct)
            trace = new[output]
            if trace is None:
                trace = jnp.zeros((*signal.shape, presynaptic.shape[-1]), signal.dtype)
            return _keep(new, old), jnp.einsum("...n,...nm->nm", signal, trace)

        def of_neuron(direct: Variables, old: Variables) -> tuple[Variables, Array]:
            new = _moved(found, old, direct)
            gradient = product(signal, new[output])
            return _keep(new, old), jnp.zeros_like(signal) if gradient is None else gradient

        traces, gradients = each_parameter(layer, traces, state, x, found, of_weight, of_neuron)
        return traces, found.state, gradients

    return Eligibility(init, advance)
