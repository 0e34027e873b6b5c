"""Exact eligibility tensors of one layer: OSTL with its recurrent Jacobian."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import Synapse
from ranvier.learn.eligibility._blocks import Blocks
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
from ranvier.learn.eligibility._local import where_recurrent
from ranvier.nets import Layer


def responses(layer: Layer, y: Array, key: Any) -> dict[str, Callable[[Array], Array]]:
    """Port to the recurrent synapse's derivative at `y`, for traces `[*parameter, *y.shape]`."""

    def response(synapse: Synapse, key: Any) -> Callable[[Array], Array]:
        _, push = jax.linearize(lambda y: synapse(y, key=key), y)
        return lambda e: jax.vmap(push)(e.reshape(-1, *y.shape)).reshape(e.shape)

    keys = layer.split(key)[len(layer.synapses) : -1]
    pairs = zip(layer.recurrent.items(), keys, strict=True)
    return {port: response(synapse, key) for (port, synapse), key in pairs}


Move = Callable[[list[Array], list[Array | None]], list[Array]]
"""`(traces, what is added) -> traces`, per state variable, `[*parameter, batch, units]`."""


def mover(found: Blocks, arriving: dict[str, Callable[[Array], Array]], output: int) -> Move:
    """One step of all traces: within units, across units, and directly."""

    def move(old: list[Array], direct: list[Array | None]) -> list[Array]:
        across = {port: response(old[output]) for port, response in arriving.items()}
        new = [
            total(
                [
                    immediate,
                    *(product(r[to], e) for r, e in zip(found.by_state, old, strict=True)),
                    *(product(found.by_current[p][to], e) for p, e in across.items()),
                ]
            )
            for to, immediate in enumerate(direct)
        ]
        return [jnp.zeros_like(o) if n is None else n for n, o in zip(new, old, strict=True)]

    return move


def of_neuron(
    move: Move, signal: Array, output: int, by_parameter: list[Array | None], old: list[Array]
) -> tuple[list[Array], Array]:
    """The traces of one learning array of the neuron, and its gradient, unit by unit."""
    own = jnp.eye(signal.shape[-1], dtype=signal.dtype)
    direct = [None if d is None else jnp.einsum("...k,nk->n...k", d, own) for d in by_parameter]
    new = move(old, direct)
    return new, jnp.einsum("...k,n...k->n", signal, new[output])


def exact() -> Eligibility:
    r"""The influence of every weight of a layer on every unit of that layer: full OSTL.

    $$E^t = J^t E^{t-1} + \sum_p C^t_p\, H_p E_y^{t-1} + D^t$$

    with $J$ and $C_p$ the blocks of the neuron (elementwise) and $H_p$ the recurrent weights, or
    the derivative at $y^{t-1}$ of a connection without weights (the maximum of LI-SNU), so only
    $H_p E_y$ is a matrix product. It equals backpropagation through time for one recurrent
    layer followed by memoryless ones; memory is cubic in the units. A feed-forward layer needs
    no more than `local` and gets it.

    Source: Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023), eqs. 5-8.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=exact())
    """
    return whole_layer(None)


Keep = Callable[[Layer, Array], Array]
"""`(layer, influence [units, ..., batch, units]) -> what of it is kept`, same shape."""


def whole_layer(keep: Keep | None) -> Eligibility:
    """The influence of every weight on every unit, or what is kept of it after each step.

    Args:
        keep: all if not given.
    """

    def init(layer: Layer, batch: tuple[int, ...]) -> Traces:
        variables = jax.tree.leaves(layer.init(batch))
        return empty_traces(
            layer, lambda shape: [jnp.zeros((*shape, *v.shape), v.dtype) for v in variables]
        )

    def advance(
        layer: Layer, traces: Traces, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Traces, Any, Any]:
        found = linearised(layer, state, x, key)
        before, output = position(state), position(found.state)
        own = jnp.eye(layer.neuron.shape[0], dtype=signal.dtype)
        go = mover(found, responses(layer, state.y, key), before)

        def move(old: list[Array], direct: list[Array | None]) -> list[Array]:
            new = go(old, direct)
            return new if keep is None else [keep(layer, e) for e in new]

        def of_weight(port: str, presynaptic: Array, old: list[Array]) -> tuple[list[Array], Array]:
            new = move(
                old,
                [
                    None if c is None else jnp.einsum("...k,...m,nk->nm...k", c, presynaptic, own)
                    for c in found.by_current[port]
                ],
            )
            return new, jnp.einsum("...k,nm...k->nm", signal, new[output])

        of_parameter = functools.partial(of_neuron, move, signal, output)
        traces, gradients = each_parameter(
            layer, traces, state, x, found.by_parameter, of_weight, of_parameter
        )
        return traces, found.state, gradients

    return where_recurrent(init, advance)
