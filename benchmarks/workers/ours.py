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
from benchmarks.workers.jax_tasks import channels_last, weights
from benchmarks.workers.protocol import Task, serve
from ranvier.core import Batch
from ranvier.learn import losses
from ranvier.nets import Layer
from ranvier.neurons import surrogates
from ranvier.synapses import Convolution, Dense

PACKAGES = ("ranvier", "jax", "jaxlib", "equinox", "optax")


def spiking(units: int | tuple[int, ...]) -> rv.LIF:
    return rv.LIF(
        units,
        tau_membrane_ms=-1.0 / math.log(workloads.DECAY),
        time_step_ms=1.0,
        resistance=1 / (1 - workloads.DECAY),
        threshold=workloads.THRESHOLD,
        reset_time="next_carry",
        h=surrogates.fast_sigmoid(workloads.SURROGATE_SLOPE),
    )


def network(shape: workloads.Network) -> Any:
    given = [jnp.asarray(w) for w in weights(shape)]
    loops = [jnp.asarray(w) for w in workloads.feedback(shape)]
    layers = []
    for filters, weight, (_, height, width) in zip(
        shape.filters, given, shape.maps(), strict=False
    ):
        synapse = Convolution(weight, (height, width), stride=filters.stride)
        layers.append(Layer(spiking(synapse.shape), {"dendrite": synapse}))
    dense = given[len(shape.filters) :]
    hidden = [spiking(len(w)) for w in dense[:-1]]
    parts = [rv.recurrent(unit) if loops else unit for unit in hidden]
    in_size = shape.sizes[0] if shape.space is None else (*shape.space[1:], shape.space[0])
    model = rv.chain(in_size, *layers, *parts, rv.Readout(len(dense[-1])), key=jax.random.key(0))

    def drawn(model: Any) -> list[Any]:
        ends = model.layers[len(layers) :]
        return [
            *(_matrix(part.synapses["dendrite"]) for part in ends),
            *(part.recurrent["dendrite"] for part in ends if part.recurrent),
        ]

    return eqx.tree_at(drawn, model, [Dense(w) for w in (*dense, *loops)])


def _matrix(synapse: Any) -> Any:
    """The weights behind the flattening of maps, or the synapse itself."""
    return synapse if isinstance(synapse, Dense) else synapse.synapses[-1]


def build(asked: Any, network: Any = network) -> tuple[Task, dict[str, Any]]:
    workload = workloads.find(asked)
    shape = workload.network
    model = network(shape)
    batch = shape.batch if workload.kind in ("training", "inference") else 1
    x = jnp.asarray(channels_last(workloads.inputs(shape, batch), shape))
    if workload.kind == "training":
        return training(model, x, shape)
    if workload.kind == "stream":
        return stream(model, x)
    # Pieces that stay in cache help a batch; a single sequence runs fastest in one piece.
    chunk = 10 if workload.kind == "inference" and batch > 1 else None
    parameters, static = eqx.partition(model, eqx.is_inexact_array)
    mean = jax.jit(lambda p, x: rv.run(eqx.combine(p, static), x, chunk=chunk)[1].mean(0))

    def infer() -> None:
        mean(parameters, x).block_until_ready()

    return infer, {"output": float(jnp.abs(eqx.filter_jit(rv.run)(model, x)[1]).mean())}


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

    record = {
        "loss": float(eqx.filter_jit(rule)(model, batch, None)[0]),
        "output": float(jnp.abs(eqx.filter_jit(rv.run)(model, x)[1]).mean()),
    }
    compiled = jax.jit(update, donate_argnums=(0, 1))
    now = [parameters, optimiser.init(parameters)]

    def task() -> None:
        now[0], now[1], value = compiled(*now, batch)
        jax.block_until_ready((now, value))

    return task, record


if __name__ == "__main__":
    serve(build, PACKAGES)
