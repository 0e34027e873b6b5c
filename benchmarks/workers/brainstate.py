"""brainstate with `brainpy.state.LIF`, the network stepped by `for_loop` inside one jitted step.

Conventions: exponential Euler, so the input is scaled by 1 - decay (the resistance takes it back);
soft reset at the next step, not detached; the library's `ReluGrad` surrogate, its default. Units
are the library's, millivolts and milliamperes. Feedback is a dense layer on the last spikes.
"""

from __future__ import annotations

import math
from typing import Any

import brainpy
import brainstate
import braintools
import brainunit as u
import jax
import jax.numpy as jnp

from benchmarks import workloads
from benchmarks.workers.jax_tasks import channels_last, loss_of, weights
from benchmarks.workers.protocol import Task, serve

STEP = 1.0 * u.ms


def linear(weight: Any) -> Any:
    return brainstate.nn.Linear(weight.shape[1], len(weight), jnp.asarray(weight.T), None)


class Spiking(brainstate.nn.Module):
    """One hidden layer: a connection, the neuron, and its feedback where it has one."""

    def __init__(self, synapse: Any, units: tuple[int, ...], loop: Any) -> None:
        super().__init__()
        self.synapse = synapse
        self.neuron = brainpy.state.LIF(
            units,
            R=1 / (1 - workloads.DECAY) * u.ohm,
            tau=-1 / math.log(workloads.DECAY) * u.ms,
            V_th=workloads.THRESHOLD * u.mV,
        )
        self.loop = None if loop is None else linear(loop)

    def update(self, x: Any) -> Any:
        current = self.synapse(x)
        if self.loop is not None:
            # The spikes of the last step follow from the membrane that it left.
            current = current + self.loop(self.neuron.get_spike())
        return self.neuron(current * u.mA)


class Network(brainstate.nn.Module):
    def __init__(self, shape: workloads.Network) -> None:
        super().__init__()
        given = weights(shape)
        loops = workloads.feedback(shape)
        hidden, maps = [], shape.maps()
        for filters, weight, before, after in zip(
            shape.filters, given, maps[:-1], maps[1:], strict=False
        ):
            convolution = brainstate.nn.Conv2d(
                (*before[1:], before[0]),
                filters.channels,
                filters.kernel,
                filters.stride,
                "VALID",
                w_init=jnp.asarray(weight),
            )
            hidden.append(Spiking(convolution, (*after[1:], after[0]), None))
        dense = given[len(shape.filters) :]
        for position, weight in enumerate(dense[:-1]):
            loop = loops[position] if loops else None
            hidden.append(Spiking(linear(weight), (len(weight),), loop))
        self.hidden = hidden
        self.readout = linear(dense[-1])

    def update(self, x: Any) -> Any:
        for layer in self.hidden:
            x = layer.update(x)
        return self.readout(x.reshape(len(x), -1))


def build(asked: Any) -> tuple[Task, dict[str, Any]]:
    brainstate.environ.set(dt=STEP)
    workload = workloads.find(asked)
    shape = workload.network
    network = Network(shape)
    brainstate.nn.init_all_states(network, batch_size=shape.batch)
    x = jnp.asarray(channels_last(workloads.inputs(shape, shape.batch), shape))

    def forward(x: jax.Array) -> jax.Array:
        brainstate.nn.reset_all_states(network, batch_size=shape.batch)
        return brainstate.transform.for_loop(network.update, x)

    record = {"output": float(jnp.abs(brainstate.transform.jit(forward)(x)).mean())}
    if workload.kind == "inference":
        mean = brainstate.transform.jit(lambda x: forward(x).mean(0))
        return (lambda: jax.block_until_ready(mean(x))), record

    target = jnp.asarray(workloads.targets(shape, shape.batch))
    parameters = network.states(brainstate.ParamState)
    optimiser = braintools.optim.Adam(lr=workloads.LEARNING_RATE)
    optimiser.register_trainable_weights(parameters)

    def loss(x: jax.Array, target: jax.Array) -> jax.Array:
        return loss_of(forward(x), target, shape)

    @brainstate.transform.jit
    def step(x: jax.Array, target: jax.Array) -> jax.Array:
        gradients, value = brainstate.transform.grad(loss, parameters, return_value=True)(x, target)
        optimiser.update(gradients)
        return value

    record["loss"] = float(brainstate.transform.jit(loss)(x, target))

    def task() -> None:
        jax.block_until_ready((step(x, target), [state.value for state in parameters.values()]))

    return task, record


if __name__ == "__main__":
    serve(build, ("brainstate", "brainpy-state", "braintools", "jax", "jaxlib"))
