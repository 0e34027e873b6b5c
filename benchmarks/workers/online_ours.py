"""Online rules of ranvier: the gradient of a sequence, forward in time, in one program."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

import ranvier as rv
from benchmarks import online_plan as plan
from benchmarks.workers.online import carried_bytes, program
from benchmarks.workers.protocol import Task, serve
from ranvier.core import Batch, Neuron, zeros
from ranvier.learn import Rule, at_once, bptt, local, online
from ranvier.learn.eligibility import Eligibility, separate, snap
from ranvier.learn.rules import ostl_with_h
from ranvier.neurons import surrogates
from ranvier.synapses import Dense

TEMPORAL = {
    "D-RTRL": local,
    "SnAp-1": lambda: snap(1),
    "filtered traces": lambda: local(low_pass=plan.LOW_PASS),
    "separate traces": separate,
    "no trace": at_once,
}


class LeakyState(NamedTuple):
    """Potential and output, `[..., *units]`."""

    v: jax.Array
    y: jax.Array


class Leaky(Neuron):
    """A leaky unit without spikes: `v = d v + (1 - d) I`, `y = tanh(v)`."""

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)

    def init(self, batch: tuple[int, ...] = ()) -> LeakyState:
        return LeakyState(zeros(self, batch), zeros(self, batch))

    def step(self, state: LeakyState, dendrite: jax.Array, *, key: Any = None) -> LeakyState:
        v = plan.DECAY * state.v + (1 - plan.DECAY) * dendrite
        return LeakyState(v, jnp.tanh(v))


def neuron(point: plan.Point) -> Neuron:
    if point.network == "rate":
        return Leaky((point.units,))
    return rv.LIF(
        point.units,
        tau_membrane_ms=-1.0 / math.log(plan.DECAY),
        time_step_ms=1.0,
        threshold=plan.THRESHOLD,
        reset_time="next_carry",
        h=surrogates.fast_sigmoid(plan.SURROGATE_SLOPE),
    )


def network(point: plan.Point, kind: Any) -> Any:
    given = plan.numbers(point)
    unit = rv.recurrent(neuron(point))
    model = rv.chain(plan.INPUTS, unit, rv.Readout(plan.OUTPUTS), key=jax.random.key(0))
    weights = (given.inward, given.recurrent, given.outward)
    dense = [Dense(jnp.asarray(w, kind)) for w in weights]
    return eqx.tree_at(places, model, [*dense, jnp.zeros(plan.OUTPUTS, kind)])


def places(model: Any) -> list[Any]:
    """In the order of `plan.GROUPS`."""
    hidden, readout = model.layers
    return [
        hidden.synapses["dendrite"],
        hidden.recurrent["dendrite"],
        readout.synapses["dendrite"],
        readout.neuron.bias,
    ]


def squared_error(y: jax.Array, target: jax.Array) -> jax.Array:
    return ((y - target) ** 2).sum(-1)


def mean_over_examples(mask: jax.Array) -> jax.Array:
    return jnp.asarray(1 / mask.shape[1], mask.dtype)


def rule_of(point: plan.Point) -> Rule:
    if point.rule == "SnAp-2":
        return ostl_with_h(squared_error, average=mean_over_examples)
    eligibility: Eligibility = TEMPORAL[point.rule]()
    # A filter behind the traces follows the memory of what lies above; the readout has none.
    each = [eligibility, local()] if point.rule == "filtered traces" else eligibility
    return online(squared_error, eligibility=each, average=mean_over_examples)


def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    point = plan.Point.of(asked)
    kind = jnp.float64 if point.kind == "gradient" else jnp.float32
    given, model = plan.numbers(point), network(point, kind)
    x, target = jnp.asarray(given.x, kind), jnp.asarray(given.target, kind)
    parameters, static = eqx.partition(model, eqx.is_inexact_array)

    def compiled(rule: Rule) -> Any:
        def gradients(parameters: Any, x: jax.Array, target: jax.Array) -> list[Any]:
            batch = Batch(x, target, jnp.ones(x.shape[:2], kind))
            found = rule(eqx.combine(parameters, static), batch, None)[1]
            return jax.tree.leaves(places(found))

        return jax.jit(gradients).lower(parameters, x, target).compile()

    rule = rule_of(point)
    step = compiled(rule)

    def task() -> None:
        jax.block_until_ready(step(parameters, x, target))

    if point.kind == "time":
        return task, {"program_bytes": program(step), "carried_bytes": traces(point, model)}

    exact = compiled(bptt(squared_error, average=mean_over_examples))
    found, wanted = step(parameters, x, target), exact(parameters, x, target)
    record = {"found": found, "exact": wanted}
    return task, {
        name: {g: a.tolist() for g, a in zip(plan.GROUPS, arrays, strict=True)}
        for name, arrays in record.items()
    }


def traces(point: plan.Point, model: Any) -> int | None:
    """Bytes of the hidden layer's traces between two steps; those of SnAp-2 have two forms."""
    if point.rule not in TEMPORAL:
        return None
    return carried_bytes(TEMPORAL[point.rule]().init(model.layers[0], (point.batch,)))


if __name__ == "__main__":
    serve(build, ("ranvier", "jax", "jaxlib", "equinox"))
