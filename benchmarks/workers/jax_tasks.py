"""The tasks of the JAX implementations that are a function of parameters and input."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benchmarks import workloads
from benchmarks.workers.protocol import Task


def channels_last(x: np.ndarray, shape: workloads.Network) -> np.ndarray:
    """The input as JAX lays out space, ``[T, B, height, width, channels]``; rows as they are."""
    return x if shape.space is None else np.ascontiguousarray(np.moveaxis(x, 2, -1))


def kernel_last(weight: np.ndarray) -> np.ndarray:
    """The kernel of a convolution as JAX lays it out, ``[height, width, in, out]``."""
    return np.ascontiguousarray(weight.transpose(2, 3, 1, 0))


def readout_of_maps(weight: np.ndarray, shape: workloads.Network) -> np.ndarray:
    """Weights ``[out, in]`` that read maps with their channels last instead of first."""
    maps = weight.reshape(len(weight), *shape.maps()[-1])
    return np.ascontiguousarray(np.moveaxis(maps, 1, -1)).reshape(weight.shape)


def weights(shape: workloads.Network) -> list[np.ndarray]:
    """The weights of all implementations, laid out for activity with the channels last."""
    given = workloads.weights(shape)
    count = len(shape.filters)
    if count == 0:
        return given
    dense = [readout_of_maps(given[count], shape), *given[count + 1 :]]
    return [kernel_last(w) for w in given[:count]] + dense


def inference(forward: Any, parameters: Any, x: jax.Array) -> tuple[Task, dict[str, Any]]:
    mean = jax.jit(lambda p, x: forward(p, x).mean(0))

    def task() -> None:
        mean(parameters, x).block_until_ready()

    return task, {"output": float(jnp.abs(jax.jit(forward)(parameters, x)).mean())}


def loss_of(y: jax.Array, target: jax.Array, shape: workloads.Network) -> jax.Array:
    if shape.loss == "classes":
        return optax.softmax_cross_entropy_with_integer_labels(y.mean(0), target).mean()
    return optax.sigmoid_binary_cross_entropy(y, target).sum() / (shape.steps * shape.batch)


def training(
    forward: Any, parameters: Any, x: jax.Array, shape: workloads.Network
) -> tuple[Task, dict[str, Any]]:
    target = jnp.asarray(workloads.targets(shape, shape.batch))
    optimiser = optax.adam(workloads.LEARNING_RATE)

    def update(parameters: Any, state: Any, x: jax.Array, target: jax.Array) -> Any:
        def loss(parameters: Any) -> jax.Array:
            return loss_of(forward(parameters, x), target, shape)

        value, gradients = jax.value_and_grad(loss)(parameters)
        updates, state = optimiser.update(gradients, state, parameters)
        return optax.apply_updates(parameters, updates), state, value

    y = jax.jit(forward)(parameters, x)
    record = {"loss": float(loss_of(y, target, shape)), "output": float(jnp.abs(y).mean())}
    compiled = jax.jit(update, donate_argnums=(0, 1))
    now = [parameters, optimiser.init(parameters)]

    def task() -> None:
        now[0], now[1], loss = compiled(*now, x, target)
        jax.block_until_ready((now, loss))

    return task, record
