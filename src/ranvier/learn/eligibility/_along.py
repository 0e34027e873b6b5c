"""Traces per weight over many steps at once: matrix products in place of a pass for every step.

Once its currents are known, a unit is on its own. So what a stretch of steps does to a trace is one
factor per unit on what it was, and a product of what arrived in every step with what that still
counts at the end. Going back through the stretch, unit by unit, gives both; the traces themselves
are touched once.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import Kinetics, flat_step
from ranvier.learn.eligibility._common import (
    Traces,
    assembled,
    driven,
    neuron_leaves,
    position,
)
from ranvier.nets import Layer


class Owed(NamedTuple):
    """What something at the end of a stretch owes to everything that went in, unit by unit.

    Attributes:
        parameters: per learning array of the neuron, `[..., *units]`.
        start: per variable before the stretch, those of a filter last, `[..., *units]`.
        currents: port to `[steps, ..., *units]`.
    """

    parameters: list[Array]
    start: list[Array]
    currents: dict[str, Array]


def along(course: Kinetics | None) -> Callable[..., tuple[Traces, Any]]:
    """What `local` does step by step, for a stretch of steps whose signals are known.

    Args:
        course: of the filter behind the traces, if any.

    Returns:
        `(layer, traces, states, xs, signals, keys) -> (traces, gradients)`, with the states before
        every step; all but the layer and the traces have a leading axis of steps.
    """

    def advance(
        layer: Layer, traces: Traces, states: Any, xs: Array, signals: Array, keys: Any
    ) -> tuple[Traces, Any]:
        score, goals = _backwards(layer, traces, states, xs, signals, keys, course)

        def of_weight(
            group: dict[str, Any], presynaptic: Array
        ) -> tuple[dict[str, Any], dict[str, Array]]:
            new, gradients = {}, {}
            for port, old in group.items():
                was = _listed(old)
                new[port] = _as_before(
                    old,
                    {
                        variable: jnp.einsum("k...n,k...m->...nm", goal.currents[port], presynaptic)
                        + sum(goal.start[v][..., None] * trace for v, trace in was.items())
                        for variable, goal in goals.items()
                    },
                )
                gradients[port] = sum(
                    (jnp.einsum("...n,...nm->nm", score.start[v], t) for v, t in was.items()),
                    jnp.einsum("k...n,k...m->nm", score.currents[port], presynaptic),
                )
            return new, gradients

        def of_neuron(index: int, old: Any) -> tuple[Any, Array]:
            was = _listed(old)
            new = {
                variable: goal.parameters[index]
                + sum(goal.start[v] * trace for v, trace in was.items())
                for variable, goal in goals.items()
            }
            gradient = sum((score.start[v] * t for v, t in was.items()), score.parameters[index])
            return _as_before(old, new), gradient

        synapses, by_synapse = of_weight(traces.synapses, xs)
        recurrent, by_recurrent = of_weight(traces.recurrent, states.y)
        neuron = [of_neuron(index, old) for index, old in enumerate(traces.neuron)]
        return (
            Traces(synapses, recurrent, [new for new, _ in neuron]),
            assembled(layer, by_synapse, by_recurrent, [gradient for _, gradient in neuron]),
        )

    return advance


def _backwards(
    layer: Layer,
    traces: Traces,
    states: Any,
    xs: Array,
    signals: Array,
    keys: Any,
    course: Kinetics | None,
) -> tuple[Owed, dict[int, Owed]]:
    """What the stretch is worth, and what each remembered variable at its end owes."""
    step_keys = None if keys is None else jax.vmap(lambda key: jnp.stack(layer.split(key)))(keys)
    currents = jax.vmap(lambda s, x, k: driven(layer, s, x, layer.split(None) if k is None else k))(
        states, xs, step_keys
    )
    own_keys = None if step_keys is None else step_keys[:, -1]
    start = [leaf[0] for leaf in jax.tree.leaves(states)]
    parameters = [jnp.broadcast_to(p, signals.shape[1:]) for p in neuron_leaves(layer)]
    output, ports = position(states), list(currents)

    def stretch(
        parameters: list[Array], start: list[Array], kept: Any, currents: dict[str, Array]
    ) -> Any:
        def step(carried: Any, at: Any) -> Any:
            (before, kept), (arriving, key) = carried, at
            flat = flat_step(layer.neuron, states, ports, key)
            after = flat.step(*parameters, *before, *(arriving[port] for port in ports))
            if course is None:
                return (after, None), after[output]
            kept = course.step(kept, after[output])
            return (after, kept), course.current(kept, None)

        (after, kept), ys = jax.lax.scan(step, (start, kept), (currents, own_keys))
        return [*after, *jax.tree.leaves(kept)], ys

    kept = None if course is None else course.init(start[output])
    (last, ys), back = jax.vjp(stretch, parameters, start, kept, currents)
    nothing = [jnp.zeros_like(v) for v in last]

    def owed(behind: list[Array], worth: Array) -> Owed:
        parameters, start, kept, currents = back((behind, worth))
        return Owed(parameters, [*start, *jax.tree.leaves(kept)], currents)

    def one(variable: int) -> list[Array]:
        return [jnp.full_like(v, float(i == variable)) for i, v in enumerate(last)]

    silence = jnp.zeros_like(ys)
    return (
        owed(nothing, signals.astype(ys.dtype)),
        {variable: owed(one(variable), silence) for variable in _remembered(traces)},
    )


def _listed(trace: Any) -> dict[int, Array]:
    """The arrays of a trace by the variable they belong to; those of a filter come last."""
    variables, kept = trace
    every = enumerate([*variables, *jax.tree.leaves(kept)])
    return {i: array for i, array in every if array is not None}


def _as_before(old: Any, new: dict[int, Array]) -> Any:
    """A trace in the structure it had."""
    variables, kept = old
    filtered = [new[i] for i in sorted(new) if i >= len(variables)]
    return (
        [new.get(i) for i in range(len(variables))],
        jax.tree.unflatten(jax.tree.structure(kept), filtered),
    )


def _remembered(traces: Traces) -> list[int]:
    """The variables that a trace is kept of: the same ones for all parameters."""
    every = [*traces.synapses.values(), *traces.recurrent.values(), *traces.neuron]
    return list(_listed(every[0])) if every else []
