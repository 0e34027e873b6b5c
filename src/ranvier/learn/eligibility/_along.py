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
    driven,
    each_parameter,
    linearised,
    neuron_leaves,
    position,
)
from ranvier.learn.eligibility._meeting import meet
from ranvier.learn.eligibility._output import kept_variables
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
        first = jax.tree.map(lambda leaf: leaf[0], states)
        slopes = kept_variables(layer, first, linearised(layer, first, xs[0], None)).slopes

        def on_kept(owed: Owed) -> list[Array]:
            """As `start`, where the output's trace is that of what it is made of."""
            reached = list(owed.start)
            if slopes is not None:
                for variable, slope in slopes(first).items():
                    reached[variable] += reached[position(states)] * slope
            return reached

        score_on_kept = on_kept(score)
        goals_on_kept = {variable: on_kept(goal) for variable, goal in goals.items()}

        def of_weight(port: str, presynaptic: Array, old: Any) -> tuple[Any, Array]:
            was = _listed(old)
            gradient = jnp.einsum("k...n,k...m->nm", score.currents[port], presynaptic)
            then = [meet(score_on_kept[v], trace) for v, trace in was.items()]
            new = {}
            for variable in was:
                owed = goals[variable].currents[port]
                arrived = jnp.einsum("k...n,k...m->...nm", owed, presynaptic)
                kept = goals_on_kept[variable]
                new[variable] = sum(
                    (kept[v][..., None] * trace for v, trace in was.items()), arrived
                )
            return _as_before(old, new), sum(then, gradient)

        def of_neuron(index: int, old: Any) -> tuple[Any, Array]:
            was = _listed(old)
            then = [score.start[v] * trace for v, trace in was.items()]
            new = {}
            for variable in was:
                goal = goals[variable]
                kept = [goal.start[v] * trace for v, trace in was.items()]
                new[variable] = sum(kept, goal.parameters[index])
            return _as_before(old, new), sum(then, score.parameters[index])

        arrays = range(len(traces.neuron))
        return each_parameter(layer, traces, states, xs, arrays, of_weight, of_neuron)

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
    """The variables that a trace of any parameter is kept of."""
    every = [*traces.synapses.values(), *traces.recurrent.values(), *traces.neuron]
    return sorted({variable for trace in every for variable in _listed(trace)})
