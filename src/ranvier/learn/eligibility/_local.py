"""Local eligibility traces: OSTL without the recurrent Jacobian, and e-prop's traces."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.eligibility._blocks import Blocks, blocks
from ranvier.learn.eligibility._common import Eligibility, assemble, learning, position, weight
from ranvier.nets import Layer


class Traces(NamedTuple):
    """One array per parameter and carried state variable; `None` where nothing is carried.

    Attributes:
        synapses, recurrent: per port, `[variable]` of `[batch, n_out, n_in]`.
        neuron: per learning array of the neuron, `[variable]` of `[batch, *units]`.
    """

    synapses: dict[str, list[Array | None]]
    recurrent: dict[str, list[Array | None]]
    neuron: list[list[Array | None]]


def _carried(found: Blocks) -> list[bool]:
    """Which state variables reach the next step at all."""
    return [any(to is not None for to in row) for row in found.by_state]


def _spread(block: Array, like: int) -> Array:
    """Append axes so that a block `[batch, units]` multiplies a trace with more axes."""
    return block.reshape(*block.shape, *([1] * like))


def _moved(
    found: Blocks, old: list[Array | None], direct: list[Array | None], extra: int
) -> list[Array | None]:
    """`E <- J E + direct`, for one parameter; `None` stands for zero."""
    new: list[Array | None] = []
    for to, immediate in enumerate(direct):
        total = immediate
        for row, trace in zip(found.by_state, old, strict=True):
            block = row[to]
            if block is not None and trace is not None:
                part = _spread(block, extra) * trace
                total = part if total is None else total + part
        new.append(total)
    return new


def local() -> Eligibility:
    r"""One trace per weight and state variable, in memory that does not grow with time.

    $$E^t = J^t E^{t-1} + \frac{\partial\,\text{state}^t}{\partial I^t}\, x^t_{pre}, \qquad
    \frac{dE}{dw_{ij}} = \sum_t L^t_i\, [E^t_y]_{ij}$$

    with $J$ the Jacobian of the neuron's own state, unit by unit. This is OSTL for feed-forward
    layers, where it equals backpropagation through time for a last (or only) stateful layer, and
    OSTL without $H$ for recurrent ones, where influence that travels through other units is
    dropped. With the reset's gradient detached it is e-prop.

    Source: Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023), eqs. 9-14; Bellec
    et al., Nat. Commun. 11 (2020).

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=local())
    """

    def init(layer: Layer, batch: tuple[int, ...]) -> Traces:
        state = layer.init(batch)
        currents = {port: jnp.zeros_like(state.y) for port in {**layer.synapses, **layer.recurrent}}
        carried = _carried(blocks(layer.neuron, state, currents))

        def empty(shape: tuple[int, ...]) -> list[Array | None]:
            return [jnp.zeros((*batch, *shape), state.y.dtype) if c else None for c in carried]

        _, leaves = learning(layer)
        return Traces(
            {port: empty(weight(layer, s).shape) for port, s in layer.synapses.items()},
            {port: empty(weight(layer, s).shape) for port, s in layer.recurrent.items()},
            [empty(layer.neuron.shape) for _ in leaves],
        )

    def advance(
        layer: Layer, traces: Traces, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Traces, Any, Any]:
        keys, inputs = layer.split(key), len(layer.synapses)
        gathered = layer.gather(x, keys[:inputs])
        values = layer.currents(state, gathered, keys[inputs:-1])
        driven = {**layer.synapses, **layer.recurrent}
        currents = {
            port: value
            for port, value in zip(layer.neuron.ports, values, strict=True)
            if port in driven
        }
        found = blocks(layer.neuron, state, currents, keys[-1])
        carried, output = _carried(found), position(found.state)

        def keep(new: list[Array | None], old: list[Array | None]) -> list[Array | None]:
            return [
                None if trace is None else (jnp.zeros_like(trace) if moved is None else moved)
                for moved, trace in zip(new, old, strict=True)
            ]

        def of_weight(
            port: str, presynaptic: Array, old: list[Array | None]
        ) -> tuple[list[Array | None], Array]:
            by_current = found.by_current[port]
            if not any(carried) and by_current[output] is not None:
                # Nothing to remember: one matrix product instead of a trace per weight.
                factor = signal * by_current[output]
                return old, jnp.einsum("...n,...m->nm", factor, presynaptic)
            direct = [
                None if c is None else c[..., :, None] * presynaptic[..., None, :]
                for c in by_current
            ]
            new = _moved(found, old, direct, 1)
            trace = new[output]
            if trace is None:
                return keep(new, old), jnp.zeros((signal.shape[-1], presynaptic.shape[-1]))
            return keep(new, old), jnp.einsum("...n,...nm->nm", signal, trace)

        def of_neuron(
            leaf: Array, direct: list[Array | None], old: list[Array | None]
        ) -> tuple[list[Array | None], Array]:
            new = _moved(found, old, direct, 0)
            gradient = jnp.zeros_like(signal) if new[output] is None else signal * new[output]
            surplus = gradient.ndim - leaf.ndim
            return keep(new, old), gradient.sum(tuple(range(surplus)))

        arriving = {port: (x, traces.synapses[port]) for port in layer.synapses}
        feedback = {port: (state.y, traces.recurrent[port]) for port in layer.recurrent}
        synapses = {port: of_weight(port, *given) for port, given in arriving.items()}
        recurrent = {port: of_weight(port, *given) for port, given in feedback.items()}
        _, leaves = learning(layer)
        neuron = [
            of_neuron(*given)
            for given in zip(leaves, found.by_parameter, traces.neuron, strict=True)
        ]
        return (
            Traces(
                {port: new for port, (new, _) in synapses.items()},
                {port: new for port, (new, _) in recurrent.items()},
                [new for new, _ in neuron],
            ),
            found.state,
            assemble(
                layer,
                {port: gradient for port, (_, gradient) in synapses.items()},
                {port: gradient for port, (_, gradient) in recurrent.items()},
                [gradient for _, gradient in neuron],
            ),
        )

    return Eligibility(init, advance)
