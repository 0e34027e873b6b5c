"""Spyx as its guide writes it: `Sequential` layers under `spyx.nn.run`, compiled as one step.

Conventions: spikes are those of the membrane before this step's input, so they leave one step
late; reset by subtraction, not detached; SuperSpike surrogate of slope 25. The module is split
once and compiled as a pure function, which saves the per-call cost of `nnx.jit`.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import spyx
from flax import nnx

from benchmarks import workloads
from benchmarks.workers.jax_tasks import channels_last, inference, training, weights
from benchmarks.workers.protocol import Task, serve


def network(shape: workloads.Network) -> Any:
    rngs = nnx.Rngs(0)
    settings = {
        "beta": workloads.DECAY,
        "threshold": workloads.THRESHOLD,
        "activation": spyx.axn.superspike(k=workloads.SURROGATE_SLOPE),
        "rngs": rngs,
    }
    given = weights(shape)
    loops = workloads.feedback(shape)
    layers = []
    maps = shape.maps()
    for filters, weight, before, after in zip(
        shape.filters, given, maps[:-1], maps[1:], strict=False
    ):
        convolution = nnx.Conv(
            before[0],
            filters.channels,
            (filters.kernel, filters.kernel),
            filters.stride,
            padding="VALID",
            use_bias=False,
            rngs=rngs,
        )
        convolution.kernel[...] = jnp.asarray(weight)
        layers += [convolution, spyx.nn.LIF((*after[1:], after[0]), **settings)]
    if shape.filters:
        layers.append(spyx.nn.Flatten())
    dense = given[len(shape.filters) :]
    for position, weight in enumerate(dense):
        size, fan_in = weight.shape
        layer = nnx.Linear(fan_in, size, use_bias=False, rngs=rngs)
        layer.kernel[...] = jnp.asarray(weight.T)
        layers.append(layer)
        if position == len(dense) - 1:
            continue
        if loops:
            spiking = spyx.nn.RLIF((size,), **settings)
            spiking.recurrent_w[...] = jnp.asarray(loops[position].T)
            layers.append(spiking)
        else:
            layers.append(spyx.nn.LIF((size,), **settings))
    return spyx.nn.Sequential(*layers)


def build(asked: Any) -> tuple[Task, dict[str, Any]]:
    workload = workloads.find(asked)
    shape = workload.network
    graph, parameters = nnx.split(network(shape))
    batch = shape.batch if workload.kind in ("training", "inference") else 1
    x = jnp.asarray(channels_last(workloads.inputs(shape, batch), shape))

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

    return inference(forward, parameters, x)


if __name__ == "__main__":
    serve(build, ("spyx", "jax", "jaxlib", "flax", "optax"))
