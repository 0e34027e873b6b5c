"""Exact eligibility tensors of one layer: OSTL with its recurrent Jacobian."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.eligibility._blocks import blocks
from ranvier.learn.eligibility._common import Eligibility, assemble, learning, position, weight
from ranvier.learn.eligibility._local import local
from ranvier.nets import Layer


def exact() -> Eligibility:
    r"""The influence of every weight of a layer on every unit of that layer: full OSTL.

    $$E^t = J^t E^{t-1} + \sum_p C^t_p\, H_p E_y^{t-1} + D^t$$

    with $J$ and $C_p$ the blocks of the neuron (elementwise) and $H_p$ the recurrent weights, so
    only $H_p E_y$ is a matrix product. It equals backpropagation through time for one recurrent
    layer followed by memoryless ones; memory is cubic in the units. A feed-forward layer needs
    no more than `local` and gets it.

    Source: Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023), eqs. 5-8.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=exact())
    """
    feed_forward = local()

    def shapes(layer: Layer) -> tuple[dict[str, Any], dict[str, Any], list[Any]]:
        """Axes of every parameter: `[n_out, n_in]` of weights, the units of neuron arrays."""
        _, leaves = learning(layer)
        return (
            {port: weight(layer, s).shape for port, s in layer.synapses.items()},
            {port: weight(layer, s).shape for port, s in layer.recurrent.items()},
            [layer.neuron.shape for _ in leaves],
        )

    def init(layer: Layer, batch: tuple[int, ...]) -> Any:
        if not layer.recurrent:
            return feed_forward.init(layer, batch)
        state = layer.init(batch)

        def empty(shape: tuple[int, ...]) -> list[Array]:
            return [jnp.zeros((*shape, *s.shape), s.dtype) for s in jax.tree.leaves(state)]

        return jax.tree.map(
            empty,
            shapes(layer),
            is_leaf=lambda s: isinstance(s, tuple) and all(isinstance(axis, int) for axis in s),
        )

    def advance(
        layer: Layer, traces: Any, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Any, Any, Any]:
        if not layer.recurrent:
            return feed_forward.advance(layer, traces, state, x, signal, key)
        keys, inputs = layer.split(key), len(layer.synapses)
        values = layer.currents(state, layer.gather(x, keys[:inputs]), keys[inputs:-1])
        currents = {
            port: value
            for port, value in zip(layer.neuron.ports, values, strict=True)
            if port in layer.synapses or port in layer.recurrent
        }
        found = blocks(layer.neuron, state, currents, keys[-1])
        before, output = position(state), position(found.state)
        own = jnp.eye(layer.neuron.shape[0], dtype=signal.dtype)

        def move(old: list[Array], direct: list[Array | None]) -> list[Array]:
            """Traces `[*parameter, batch, units]`: within units, across units, and directly."""
            arriving = {port: s(old[before]) for port, s in layer.recurrent.items()}
            new = []
            for to, immediate in enumerate(direct):
                parts = [
                    row[to] * e
                    for row, e in zip(found.by_state, old, strict=True)
                    if row[to] is not None
                ]
                parts += [
                    found.by_current[port][to] * current
                    for port, current in arriving.items()
                    if found.by_current[port][to] is not None
                ]
                parts += [] if immediate is None else [immediate]
                new.append(sum(parts[1:], parts[0]) if parts else jnp.zeros_like(old[to]))
            return new

        def of_weight(port: str, presynaptic: Array, old: list[Array]) -> tuple[list[Array], Array]:
            direct = [
                None if c is None else jnp.einsum("...k,...m,nk->nm...k", c, presynaptic, own)
                for c in found.by_current[port]
            ]
            new = move(old, direct)
            return new, jnp.einsum("...k,nm...k->nm", signal, new[output])

        def of_neuron(
            leaf: Array, by_parameter: list[Array | None], old: list[Array]
        ) -> tuple[list[Array], Array]:
            direct = [
                None if d is None else jnp.einsum("...k,nk->n...k", d, own) for d in by_parameter
            ]
            new = move(old, direct)
            gradient = jnp.einsum("...k,n...k->n", signal, new[output])
            return new, gradient if leaf.ndim else gradient.sum()

        from_input, from_units, from_neuron = traces
        synapses = {p: of_weight(p, x, old) for p, old in from_input.items()}
        recurrent = {p: of_weight(p, state.y, old) for p, old in from_units.items()}
        _, leaves = learning(layer)
        neuron = [
            of_neuron(*given) for given in zip(leaves, found.by_parameter, from_neuron, strict=True)
        ]
        traces = (
            {port: new for port, (new, _) in synapses.items()},
            {port: new for port, (new, _) in recurrent.items()},
            [new for new, _ in neuron],
        )
        gradients = assemble(
            layer,
            {port: gradient for port, (_, gradient) in synapses.items()},
            {port: gradient for port, (_, gradient) in recurrent.items()},
            [gradient for _, gradient in neuron],
        )
        return traces, found.state, gradients

    return Eligibility(init, advance)
