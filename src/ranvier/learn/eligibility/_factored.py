"""Exact eligibility of one layer, kept per past instant instead of per weight."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import flat_step, single_carry
from ranvier.learn.eligibility._blocks import Blocks
from ranvier.learn.eligibility._common import (
    Eligibility,
    assembled,
    linearised,
    neuron_leaves,
    position,
    product,
    total,
    weights,
)
from ranvier.learn.eligibility._exact import mover, of_neuron, responses
from ranvier.learn.eligibility._local import where_recurrent
from ranvier.nets import Layer

_BLOCK = 8
"""Instants that are moved on together: older ones wait until a block is full."""

Slopes = list[list[Array | None]]
"""`[variable][carried]`: derivative of each state variable by those that suffice to go on."""


class _Influence(NamedTuple):
    """What the past still does to a layer of n units of which c variables are carried.

    Attributes:
        now: how many instants are held.
        slopes: see `Slopes`; zero where always zero.
        since: how the carried variables depend on those when the present block began,
            `[..., c n, c n]`.
        currents: per port, `[blocks, ..., n _BLOCK, c n]`: the derivative of the carried
            variables by the current that each unit got at each instant; of older blocks, as it
            was when the present one began.
        x, y: presynaptic activity of each instant, `[blocks, _BLOCK, ..., width]`.
        neuron: per learning array of the neuron and state variable, `[n, ..., n]`.
    """

    now: Array
    slopes: list[list[Array]]
    since: Array
    currents: dict[str, Array]
    x: Array
    y: Array
    neuron: list[list[Array]]


class _Carried(NamedTuple):
    """The state variables that suffice to go on, and what the others are made of."""

    indices: tuple[int, ...]
    slopes: Callable[[list[Array]], Slopes]


def _carried(layer: Layer, state: Any) -> _Carried:
    """One variable where the rest of the state follows from it; otherwise all of them."""
    step, parameters, start = flat = flat_step(layer.neuron, state, layer.neuron.ports)
    arguments = [*parameters, *start, *(jnp.zeros_like(state.y) for _ in layer.neuron.ports)]
    one = single_carry(step, arguments, flat.counts, also=(position(state),))
    indices = tuple(range(len(start))) if one is None else (one.index,)

    def slopes(values: list[Array]) -> Slopes:
        rows: Slopes = [
            [jnp.ones_like(v) if i == c else None for c in indices] for i, v in enumerate(values)
        ]
        if one is not None:
            carried = values[one.index]
            for i, derived in one.derived.items():
                go = lambda v, derived=derived: derived(*parameters, v)  # noqa: E731
                rows[i] = [jax.jvp(go, (carried,), (jnp.ones_like(carried),))[1]]
        return rows

    return _Carried(indices, slopes)


def _jacobian(
    found: Blocks, slopes: Slopes, carried: tuple[int, ...], output: int, arriving: dict[str, Array]
) -> Array:
    """The carried variables by those of the step before, across all units: `[..., c n, c n]`."""

    def block(to: int, by: int) -> Array:
        own = total(product(row[to], slopes[i][by]) for i, row in enumerate(found.by_state))
        like = next(iter(arriving.values()))
        across = (
            jnp.zeros_like(like) if own is None else own[..., :, None] * jnp.eye(like.shape[-1])
        )
        for port, response in arriving.items():
            c, y = found.by_current[port][to], slopes[output][by]
            if c is not None and y is not None:
                across = across + c[..., :, None] * response * y[..., None, :]
        return across

    return jnp.block([[block(to, by) for by in range(len(carried))] for to in carried])


def factored(steps: int) -> Eligibility:
    r"""The influence of `exact`, as a sum over past instants: full OSTL on short sequences.

    A weight acts through the currents it brought and in no other way. So the influence of all
    weights onto a port follows from that of the port's current at every instant $\tau$ so far,

    $$E^t_{ij} = \sum_{\tau \le t} P^{t,\tau}_i\, x^\tau_j, \qquad
    P^{t,\tau} = M^t P^{t-1,\tau}, \qquad P^{\tau,\tau} = C^\tau$$

    with $M$ the Jacobian of the whole layer and $C$ that of the neuron by its current. The
    gradient is that of `exact`. The products with $M$ are put together for all instants before
    the last few, which makes it less work than `exact` wherever a sequence has fewer steps than
    a unit has weights; memory grows with the steps in place of the weights. A feed-forward layer
    needs no more than `local` and gets it.

    Args:
        steps: the longest sequence that will come.

    Raises:
        ValueError: steps below 1.
        TypeError: a synapse with parameters that is not dense; its layer is named.

    Source: the gradient, Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023),
    eqs. 5-8.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=factored(100))
    """
    if steps < 1:
        raise ValueError(
            f"factored: steps is {steps}, expected the length of the longest sequence."
        )
    blocks = -(-steps // _BLOCK)

    def init(layer: Layer, batch: tuple[int, ...]) -> Any:
        state, units = layer.init(batch), layer.neuron.shape[0]
        variables = jax.tree.leaves(state)
        size = units * len(_carried(layer, state).indices)
        ports = {*weights(layer, layer.synapses), *weights(layer, layer.recurrent)}

        def zeros(*axes: int) -> Array:
            return jnp.zeros(axes, state.y.dtype)

        return _Influence(
            now=jnp.zeros((), jnp.int32),
            slopes=[[zeros(*batch, units)] * (size // units) for _ in variables],
            since=jnp.broadcast_to(jnp.eye(size, dtype=state.y.dtype), (*batch, size, size)),
            currents={port: zeros(blocks, *batch, units * _BLOCK, size) for port in sorted(ports)},
            x=zeros(blocks, _BLOCK, *batch, layer.in_size),
            y=zeros(blocks, _BLOCK, *batch, units),
            neuron=[[zeros(units, *batch, units) for _ in variables] for _ in neuron_leaves(layer)],
        )

    def advance(
        layer: Layer, past: Any, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Any, Any, Any]:
        found = linearised(layer, state, x, key)
        carried, output = _carried(layer, state), position(found.state)
        block, slot = past.now // _BLOCK, past.now % _BLOCK
        units = jnp.arange(layer.neuron.shape[0])
        own = jnp.eye(len(units), dtype=signal.dtype)

        respond = responses(layer, state.y, key)
        everywhere = jnp.broadcast_to(
            own.reshape(len(units), *[1] * (state.y.ndim - 1), len(units)),
            (len(units), *state.y.shape),
        )
        arriving = {p: jnp.moveaxis(push(everywhere), 0, -1) for p, push in respond.items()}
        jacobian = _jacobian(found, past.slopes, carried.indices, position(state), arriving)
        since = jacobian @ past.since
        slopes = carried.slopes(jax.tree.leaves(found.state))
        # What one unit of each carried variable is worth now, and was worth before this step.
        worth = jnp.concatenate(
            [jnp.zeros_like(signal) if s is None else signal * s for s in slopes[output]], -1
        )
        worth_of_last = jnp.einsum("...k,...kj->...j", worth, jacobian)
        worth_of_old = jnp.einsum("...k,...kj->...j", worth, since)

        def visit(index: Any, carry: Any, worth: Array, push: Callable[[str, Array], Array] | None):
            """Credit the instants of one block, and move their influence on."""
            influence, (from_x, from_y) = dict(carry[0]), (dict(carry[1][0]), dict(carry[1][1]))
            for port, all_blocks in carry[0].items():
                here = jax.lax.dynamic_index_in_dim(all_blocks, index, keepdims=False)
                due = jnp.einsum("...aj,...j->...a", here, worth)
                due = due.reshape(*signal.shape[:-1], len(units), _BLOCK)
                for gradients, held in ((from_x, past.x), (from_y, past.y)):
                    if port in gradients:
                        gradients[port] += jnp.einsum("...nm,m...k->nk", due, held[index])
                if push is not None:
                    influence[port] = jax.lax.dynamic_update_index_in_dim(
                        all_blocks, push(port, here), index, 0
                    )
            return influence, (from_x, from_y)

        def push_old(port: str, here: Array) -> Array:
            return jnp.einsum("...aj,...kj->...ak", here, since)

        def push_last(port: str, here: Array) -> Array:
            here = jnp.einsum("...aj,...kj->...ak", here, jacobian)
            for place, variable in enumerate(carried.indices):
                direct = found.by_current[port][variable]
                if direct is not None:
                    where = (..., units * _BLOCK + slot, place * len(units) + units)
                    here = here.at[where].set(direct)
            return here

        def at_once(port: str, presynaptic: Array) -> Array:
            due = product(signal, found.by_current[port][output])
            if due is None:
                return jnp.zeros((len(units), presynaptic.shape[-1]), signal.dtype)
            return jnp.einsum("...n,...m->nm", due, presynaptic)

        start = (
            {port: at_once(port, x) for port in weights(layer, layer.synapses)},
            {port: at_once(port, state.y) for port in weights(layer, layer.recurrent)},
        )
        # Two loops, one of which runs: a conditional inside would copy all blocks at every step.
        full = slot == _BLOCK - 1
        carry = jax.lax.fori_loop(
            0,
            jnp.where(full, 0, block),
            lambda i, c: visit(i, c, worth_of_old, None),
            (past.currents, start),
        )
        carry = jax.lax.fori_loop(
            0,
            jnp.where(full, block, 0),
            lambda i, c: visit(i, c, worth_of_old, push_old),
            carry,
        )
        currents, (from_x, from_y) = visit(block, carry, worth_of_last, push_last)

        move = mover(found, respond, position(state))
        neuron = [
            of_neuron(move, signal, output, *pair)
            for pair in zip(found.by_parameter, past.neuron, strict=True)
        ]
        later = _Influence(
            now=past.now + 1,
            slopes=[[jnp.zeros_like(signal) if s is None else s for s in row] for row in slopes],
            since=jnp.where(full, jnp.eye(since.shape[-1], dtype=since.dtype), since),
            currents=currents,
            x=past.x.at[block, slot].set(x),
            y=past.y.at[block, slot].set(state.y),
            neuron=[new for new, _ in neuron],
        )
        gradients = assembled(layer, from_x, from_y, [g for _, g in neuron])
        return later, found.state, gradients

    return where_recurrent(init, advance)
