"""SNNAX: `SimpleLIF` layers in a `StatefulModel`, scanned over time under `vmap`.

Conventions: a layer hears what the one before gave at the last step; input scaled by 1 - decay
(weights are scaled up to compensate); reset to zero within the step, detached; SuperSpike
surrogate of the library, of slope 25. The decay is a constant here. The released package imports
two modules that it neither contains nor uses; empty ones stand in for them. Its `Sequential` does
not run, so the graph of a chain is written out.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from benchmarks import workloads
from benchmarks.workers.jax_tasks import inference, training
from benchmarks.workers.protocol import Task, serve

for missing in ("snnax.functional.functional", "snnax.snn.init"):
    sys.modules[missing] = types.ModuleType(missing)

from snnax import snn  # noqa: E402, needs the modules above
from snnax.functional.surrogate import superspike_surrogate  # noqa: E402

GAIN = 1 - workloads.DECAY


def spiking(shape: tuple[int, ...]) -> Any:
    return snn.SimpleLIF(
        [workloads.DECAY],
        spike_fn=superspike_surrogate(workloads.SURROGATE_SLOPE),
        threshold=workloads.THRESHOLD,
        shape=shape,
    )


def dense(weight: Any) -> Any:
    layer = eqx.nn.Linear(weight.shape[1], len(weight), use_bias=False, key=jax.random.key(0))
    return eqx.tree_at(lambda made: made.weight, layer, jnp.asarray(weight))


def network(shape: workloads.Network) -> Any:
    given = workloads.weights(shape)
    layers = []
    maps = shape.maps()
    for filters, weight, before, after in zip(
        shape.filters, given, maps[:-1], maps[1:], strict=False
    ):
        layer = eqx.nn.Conv2d(
            before[0],
            filters.channels,
            filters.kernel,
            filters.stride,
            use_bias=False,
            key=jax.random.key(0),
        )
        layer = eqx.tree_at(lambda made: made.weight, layer, jnp.asarray(weight / GAIN))
        layers += [layer, spiking(after)]
    if shape.filters:
        layers.append(snn.Flatten())
    rest = given[len(shape.filters) :]
    for weight in rest[:-1]:
        layers += [dense(weight / GAIN), spiking((len(weight),))]
    layers.append(dense(rest[-1]))
    return wired(layers, [[], *([index] for index in range(len(layers) - 1))])


def wired(layers: list[Any], heard: list[list[int]]) -> Any:
    """The layers, each of which hears those whose numbers are given; the first also the input."""
    return snn.StatefulModel(
        snn.GraphStructure(
            num_layers=len(layers),
            input_layer_ids=[[0], *([] for _ in layers[1:])],
            final_layer_ids=[len(layers) - 1],
            input_connectivity=heard,
        ),
        layers,
    )


def recurrent(shape: workloads.Network) -> Any:
    """The spikes of the hidden layer stand beside the input, one matrix reads both."""
    first, last = workloads.weights(shape)
    (loop,) = workloads.feedback(shape)
    both = jnp.concatenate([jnp.asarray(loop), jnp.asarray(first)], axis=1)
    layers = [dense(both / GAIN), spiking((len(first),)), dense(last)]
    return wired(layers, [[1], [0], [1]])


def at_rest(model: Any, shape: workloads.Network) -> Any:
    if not shape.recurrent:
        return model.init_state(shape.in_shape(), jax.random.key(0))
    hidden, outputs = jnp.zeros(shape.sizes[1]), jnp.zeros(shape.sizes[2])
    return [[hidden], [hidden, hidden], [outputs]]


def build(asked: Any) -> tuple[Task, dict[str, Any]]:
    workload = workloads.find(asked)
    shape = workload.network
    model = recurrent(shape) if shape.recurrent else network(shape)
    is_weight = jax.tree.map(eqx.is_inexact_array, model)
    is_weight = eqx.tree_at(
        lambda m: [n.decay_constants.data for n in m.layers if isinstance(n, snn.SimpleLIF)],
        is_weight,
        replace_fn=lambda _: False,
    )
    parameters, static = eqx.partition(model, is_weight)
    start = at_rest(model, shape)
    # The library runs one sample; the batch is mapped over, [B, T, ...].
    x = jnp.asarray(workloads.inputs(shape, shape.batch)).swapaxes(0, 1)

    def forward(parameters: Any, x: jax.Array) -> jax.Array:
        model = eqx.combine(parameters, static)
        _, outputs = jax.vmap(lambda sample: model(start, sample, jax.random.key(0)))(x)
        return outputs[-1].swapaxes(0, 1)

    if workload.kind == "training":
        return training(forward, parameters, x, shape)
    return inference(forward, parameters, x)


if __name__ == "__main__":
    serve(build, ("snnax", "jax", "jaxlib", "equinox", "optax"))
