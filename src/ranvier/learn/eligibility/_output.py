"""The output of a neuron as it follows from the rest of its state: no trace of its own."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array

from ranvier.core import dependence, derivation, flat_step
from ranvier.learn.eligibility._blocks import Blocks
from ranvier.learn.eligibility._common import position, product, total
from ranvier.nets import Layer

Slopes = dict[int, Array]
"""State variable to the derivative of the output by it, `[..., *units]`."""


class Kept(NamedTuple):
    """Which state variables a trace per weight is kept for, and what the output is made of.

    Attributes:
        variables: one per state variable of the neuron.
        slopes: `state -> Slopes` where the output's trace is that of others times their slopes;
            `None` where it is a trace of its own.

    Example:
        See `kept_variables`.
    """

    variables: list[bool]
    slopes: Callable[[Any], Slopes] | None


def carried(found: Blocks) -> list[bool]:
    """Which state variables reach the next step at all.

    Args:
        found: the blocks of a step.
    """
    return [any(to is not None for to in row) for row in found.by_state]


def kept_variables(layer: Layer, state: Any, found: Blocks) -> Kept:
    """What has to be remembered per weight: no output that is a function of what is kept anyway.

    Args:
        layer: the layer.
        state: its neuron's, before or after a step.
        found: the blocks that traces follow.

    Example:
        A spiking unit reads its membrane and its last spike, which the membrane tells.

        >>> import jax, ranvier as rv
        >>> from ranvier.learn.eligibility._common import linearised
        >>> layer = rv.layer(2, rv.SNU(3), key=jax.random.key(0))
        >>> state = layer.init()
        >>> kept_variables(layer, state, linearised(layer, state, jnp.zeros(2), None)).variables
        [True, False]
    """
    variables, output = carried(found), position(state)
    slopes = _slopes(layer, state) if any(variables) else None
    if slopes is None:
        return Kept(variables, None)
    # A trace is left out, not exchanged for others.
    if variables[output] and not all(variables[i] for i in slopes(state)):
        return Kept(variables, None)
    return Kept([keep and i != output for i, keep in enumerate(variables)], slopes)


def through_others(
    by_state: list[list[Array | None]], slopes: Slopes, output: int
) -> list[list[Array | None]]:
    """Jacobian blocks in which the last output acts as a part of what it is made of.

    Args:
        by_state: `[from][to]`.
        slopes: of the last output.
        output: where in the state it stands.
    """
    rows = list(by_state)
    for index, slope in slopes.items():
        pairs = zip(rows[index], by_state[output], strict=True)
        rows[index] = [total([own, product(slope, other)]) for own, other in pairs]
    rows[output] = [None] * len(rows[output])
    return rows


def _slopes(layer: Layer, state: Any) -> Callable[[Any], Slopes] | None:
    """The derivative of the output by the rest of the state, if it is a function of that."""
    neuron = layer.neuron
    _, parameters, start = flat = flat_step(neuron, state, neuron.ports)
    output = position(state)
    others = [i for i in range(len(start)) if i != output]

    def step(*given: Any) -> list[Array]:
        # What noise decides does not follow from the state.
        return flat_step(neuron, state, neuron.ports, given[-1]).step(*given[:-1])

    currents = [jnp.zeros_like(state.y) for _ in neuron.ports]
    arguments = [*parameters, *start, *currents, jr.key(0)]
    follows = derivation(step, arguments, output, range(flat.counts[0]), others)
    if follows is None:
        return None
    depends = dependence(follows, [*parameters, *(start[i] for i in others)])
    sources = [i for place, i in enumerate(others) if any(depends[len(parameters) + place])]

    def slopes(state: Any) -> Slopes:
        leaves = jax.tree.leaves(state)
        values = {i: leaves[i] for i in others}

        def slope(index: int) -> Array:
            def go(value: Array) -> Array:
                return follows(*parameters, *{**values, index: value}.values())

            return jax.jvp(go, (values[index],), (jnp.ones_like(values[index]),))[1]

        return {index: slope(index) for index in sources}

    return slopes
