"""ranvier, as its README writes it: a chain of layers, a rule, an Optax optimiser.

Conventions: LIF whose reset discards the carried membrane at the next step, not detached; the
resistance takes the gain, so that a current adds as it is; SuperSpike surrogate of slope 25. The
readout has a bias, which learns; the peers' have none.
"""

from __future__ import annotations

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

import ranvier as rv
from benchmarks import workloads
from benchmarks.workers.protocol import Task, serve
from ranvier.core import Batch
from ranvier.learn import losses
from ranvier.neurons import surrogates
from ranvier.synapses import Dense


def network(weights: list[Any]) -> Any:
    spike = surrogates.fast_sigmoid(workloads.SURROGATE_SLOPE)
    hidden = [
        rv.LIF(
            len(w),
            tau_membrane_ms=-1.0 / math.log(workloads.DECAY),
            time_step_ms=1.0,
            resistance=1 / (1 - workloads.DECAY),
            threshold=workloads.THRESHOLD,
            reset_time="next_carry",
            h=spike,
        )
        for w in weights[:-1]
    ]
    parts = (*hidden, rv.Readout(len(weights[-1])))
    model = rv.chain(weights[0].shape[1], *parts, key=jax.random.key(0))
    given = [Dense(jnp.asarray(w)) for w in weights]
    return eqx.tree_at(lambda m: [c.synapses["dendrite"] for c in m.layers], model, given)


def build(name: str) -> tuple[Task, dict[str, Any]]:
    workload = workloads.WORKLOADS[name]
    shape = workload.network
    model = network(workloads.weights(shape))
    batch = shape.batch if workload.kind in ("training", "inference") else 1
    x = jnp.asarray(workloads.inputs(shape, batch))
    if workload.kind == "training":
        return training(model, x, shape)
    if workload.kind == "stream":
        return stream(model, x)
    chunk = 10 if workload.kind == "inference" else None
    parameters, static = eqx.partition(model, eqx.is_inexact_array)
    mean = jax.jit(lambda p, x: rv.run(eqx.combine(p, static), x, chunk=chunk)[1].mean(0))

    def infer() -> None:
        mean(parameters, x).block_until_ready()

    return infer, {"output": float(jnp.abs(rv.run(model, x)[1]).mean())}


def stream(model: Any, x: jax.Array) -> tuple[Task, dict[str, Any]]:
    # A stream keeps its weights: as constants of the program they need not be passed each time.
    step = jax.jit(lambda state, x: model(state, x))
    start = model.init((1,))
    slices = list(x)

    def call() -> None:
        state = start
        for now in slices:
            state, y = step(state, now)
            jax.block_until_ready(y)

    return call, {"output": float(jnp.abs(rv.run(model, x)[1]).mean())}


def mean_over_time(logits: jax.Array, target: jax.Array) -> jax.Array:
    """Cross entropy of the readout's mean over time, spread over the steps."""
    loss = optax.softmax_cross_entropy_with_integer_labels(logits.mean(0), target[0])
    return jnp.broadcast_to(loss, logits.shape[:2])


def training(model: Any, x: jax.Array, shape: workloads.Network) -> tuple[Task, dict[str, Any]]:
    target = jnp.asarray(workloads.targets(shape, shape.batch))
    loss = losses.bernoulli
    if shape.loss == "classes":
        loss, target = mean_over_time, jnp.broadcast_to(target, (shape.steps, shape.batch))
    batch = Batch(x, target, jnp.ones((shape.steps, shape.batch)))
    rule = rv.bptt(loss)
    optimiser = optax.adam(workloads.LEARNING_RATE)
    parameters, static = eqx.partition(model, eqx.is_inexact_array)

    def update(parameters: Any, state: Any, batch: Any) -> Any:
        value, gradients = rule(eqx.combine(parameters, static), batch, None)
        updates, state = optimiser.update(gradients, state, parameters)
        return optax.apply_updates(parameters, updates), state, value

    record = {"loss": float(eqx.filter_jit(rule)(model, batch, None)[0])}
    compiled = jax.jit(update, donate_argnums=(0, 1))
    now = [parameters, optimiser.init(parameters)]

    def task() -> None:
        now[0], now[1], value = compiled(*now, batch)
        jax.block_until_ready((now, value))

    return task, record


if __name__ == "__main__":
    serve(build, ("ranvier", "jax", "jaxlib", "equinox", "optax"))
