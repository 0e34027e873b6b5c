"""Online rules of braintrace: `compile` and `etrace_grad`, in one jitted program.

Conventions: one matrix on input and last output side by side, as in the library's own cells; the
potential is the only hidden state and the output a function of it. A second hidden state for the
output would count the loss twice. The readout stands outside what is compiled: within, release
0.2.6 gives its weights no gradient with one step at a time, the default.
"""

from __future__ import annotations

from typing import Any

import brainstate
import braintrace
import jax
import jax.numpy as jnp
import numpy as np

from benchmarks import online_plan as plan
from benchmarks.workers.online import carried_bytes, program
from benchmarks.workers.protocol import Task, serve

ALGORITHMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "D-RTRL": (braintrace.D_RTRL, {}),
    "SnAp-1": (braintrace.OSTLRecurrent, {}),
    "SnAp-2": (braintrace.SnAp, {"n": 2}),
    "filtered traces": (braintrace.EProp, {"kappa_filter_decay": plan.LOW_PASS}),
    "separate traces": (
        braintrace.ETraceConfig(trace_factorization="io_factorized", decay=(plan.DECAY, 0.0)),
        {},
    ),
    "no trace": (braintrace.OSTLFeedforward, {"decay_or_rank": 0.0}),
}


@jax.custom_jvp
def spike(distance: jax.Array) -> jax.Array:
    """One above the threshold, with the derivative of `surrogates.fast_sigmoid`."""
    return (distance > 0).astype(distance.dtype)


@spike.defjvp
def _spike_jvp(primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    (distance,), (tangent,) = primals, tangents
    slope = 1 / (1 + plan.SURROGATE_SLOPE * jnp.abs(distance)) ** 2
    return spike(distance), slope * tangent


class Recurrent(brainstate.nn.Module):
    """A recurrent layer of either network."""

    def __init__(self, weight: jax.Array, spiking: bool) -> None:
        super().__init__()
        self.weight = braintrace.nn.Linear(*weight.shape, weight, None)
        self.units, self.kind = weight.shape[1], weight.dtype
        self.spiking = spiking

    def init_state(self, batch_size: int | None = None, **_: Any) -> None:
        self.v = brainstate.HiddenState(self.rest(batch_size))

    def reset_state(self, batch_size: int | None = None, **_: Any) -> None:
        self.v.value = self.rest(batch_size)

    def rest(self, batch_size: int | None) -> jax.Array:
        return jnp.zeros((batch_size or 1, self.units), self.kind)

    def output(self, v: jax.Array) -> jax.Array:
        return spike(v - plan.THRESHOLD) if self.spiking else jnp.tanh(v)

    def update(self, x: jax.Array) -> jax.Array:
        v = self.v.value
        y = self.output(v)
        current = self.weight(jnp.concatenate([x, y], -1))
        kept = v * (1 - y) if self.spiking else v
        self.v.value = plan.DECAY * kept + (1 - plan.DECAY) * current
        return self.output(self.v.value)


class Network(brainstate.nn.Module):
    def __init__(self, point: plan.Point, given: plan.Numbers, kind: Any) -> None:
        super().__init__()
        weight = np.concatenate([given.inward, given.recurrent], 1).T
        self.hidden = Recurrent(jnp.asarray(weight, kind), point.network == "spiking")
        outward = jnp.asarray(given.outward.T, kind)
        self.readout = brainstate.nn.Linear(*outward.shape, outward, jnp.zeros(plan.OUTPUTS, kind))


def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    point = plan.Point.of(asked)
    double = point.kind == "gradient"
    brainstate.environ.set(precision=64 if double else 32)
    kind = jnp.float64 if double else jnp.float32
    given = plan.numbers(point)
    x, target = jnp.asarray(given.x, kind), jnp.asarray(given.target, kind)
    network = Network(point, given, kind)
    algorithm, options = ALGORITHMS[point.rule]
    hidden, weights = network.hidden, network.states(brainstate.ParamState)
    learner: Any = braintrace.compile(hidden, algorithm, x[0], batch_size=point.batch, **options)

    def loss(x: jax.Array, target: jax.Array) -> jax.Array:
        return ((network.readout(learner(x)) - target) ** 2).sum() / point.batch

    @brainstate.transform.jit
    def gradients(x: jax.Array, target: jax.Array) -> Any:
        brainstate.nn.reset_all_states(network, batch_size=point.batch)
        learner.reset_state(batch_size=point.batch)
        return learner.etrace_grad(x, target, step_fn=loss, weights=weights, reduction="sum")

    def task() -> None:
        jax.block_until_ready(gradients(x, target))

    if not double:
        known = (brainstate.ParamState, brainstate.HiddenState)
        held = [s.value for s in learner.states().values() if not isinstance(s, known)]
        record = {"program_bytes": program(gradients.compile(x, target))}
        return task, {**record, "carried_bytes": carried_bytes(held)}
    return task, {"found": grouped(gradients(x, target))}


def grouped(gradients: dict[Any, Any]) -> dict[str, Any]:
    """By `plan.GROUPS`, laid out `[to, from]`."""
    hidden, readout = (
        next(g for path, g in gradients.items() if part in path) for part in ("hidden", "readout")
    )
    both = np.asarray(hidden["weight"]).T
    found = (
        both[:, : plan.INPUTS],
        both[:, plan.INPUTS :],
        np.asarray(readout["weight"]).T,
        np.asarray(readout["bias"]),
    )
    return {group: array.tolist() for group, array in zip(plan.GROUPS, found, strict=True)}


if __name__ == "__main__":
    serve(build, ("braintrace", "brainstate", "brainunit", "jax", "jaxlib"))
