"""Spyx as its guide writes it: `Sequential` layers under `spyx.nn.run`, compiled as one step.

Conventions: spikes are those of the membrane before this step's input, so they leave one step
late; reset by subtraction, not detached; SuperSpike surrogate of slope 25. The module is split
once and compiled as a pure function, which saves the per-call cost of `nnx.jit`.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
import spyx
from flax import nnx

from benchmarks import workloads
from benchmarks.workers.protocol import Task, serve


def network(weights: list[Any]) -> Any:
    rngs = nnx.Rngs(0)
    layers = []
    for position, weight in enumerate(weights):
        dense = nnx.Linear(weight.shape[1], weight.shape[0], use_bias=False, rngs=rngs)
        dense.kernel[...] = jnp.asarray(weight.T)
        layers.append(dense)
        if position < len(weights) - 1:
            layers.append(
                spyx.nn.LIF(
                    (weight.shape[0],),
                    beta=workloads.DECAY,
                    threshold=workloads.THRESHOLD,
                    activation=spyx.axn.superspike(k=workloads.SURROGATE_SLOPE),
                    rngs=rngs,
                )
            )
    return spyx.nn.Sequential(*layers)


def build(name: str) -> tuple[Task, dict[str, Any]]:
    workload = workloads.WORKLOADS[name]
    shape = workload.network
    graph, parameters = nnx.split(network(workloads.weights(shape)))
    batch = shape.batch if workload.kind in ("training", "inference") else 1
    x = jnp.asarray(workloads.inputs(shape, batch))

    def forward(parameters: Any, x: jax.Array) -> jax.Array:
        return spyx.nn.run(nnx.merge(graph, parameters), x)[0]

    if workload.kind == "training":
        return training(forward, parameters, x, shape)

    if workload.kind == "stream":
        step = jax.jit(lambda p, state, x: nnx.merge(graph, p)(x, state)[::-1])
        start = nnx.merge(graph, parameters).initial_state(1)
        slices = [x[t] for t in range(shape.steps)]

        def stream() -> jax.Array:
            state, y = start, None
            for now in slices:
                state, y = step(parameters, state, now)
                jax.block_until_ready(y)
            return y

        def call() -> None:
            stream()

        return call, {"output": float(jnp.abs(stream()).mean())}

    mean = jax.jit(lambda p, x: forward(p, x).mean(0))

    def infer() -> None:
        mean(parameters, x).block_until_ready()

    return infer, {"output": float(jnp.abs(forward(parameters, x)).mean())}


def training(
    forward: Any, parameters: Any, x: jax.Array, shape: workloads.Network
) -> tuple[Task, dict[str, Any]]:
    target = jnp.asarray(workloads.targets(shape, shape.batch))
    optimiser = optax.adam(workloads.LEARNING_RATE)

    def loss_of(parameters: Any) -> jax.Array:
        y = forward(parameters, x)
        if shape.loss == "classes":
            return optax.softmax_cross_entropy_with_integer_labels(y.mean(0), target).mean()
        loss = optax.sigmoid_binary_cross_entropy(y, target).sum()
        return loss / (shape.steps * shape.batch)

    def update(parameters: Any, state: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters)
        updates, state = optimiser.update(gradients, state, parameters)
        return optax.apply_updates(parameters, updates), state, loss

    record = {"loss": float(jax.jit(loss_of)(parameters))}
    compiled = jax.jit(update, donate_argnums=(0, 1))
    now = [parameters, optimiser.init(parameters)]

    def task() -> None:
        now[0], now[1], loss = compiled(*now)
        jax.block_until_ready((now, loss))

    return task, record


if __name__ == "__main__":
    serve(build, ("spyx", "jax", "jaxlib", "flax", "optax"))
