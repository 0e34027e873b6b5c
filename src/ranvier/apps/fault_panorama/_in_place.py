"""Imperfections that show while a network learns in the devices themselves."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Batch
from ranvier.data import Images
from ranvier.hardware.devices import (
    Corruption,
    CycleNoise,
    Endurance,
    NormalSpread,
    PulseCurve,
    PulsedDevice,
    SoftBounds,
    Spreads,
    linear_ideal,
)
from ranvier.hardware.updates import matrices, pulse_trains
from ranvier.learn import bptt, losses
from ranvier.nets import chain, run
from ranvier.neurons import RNN, Readout

HIDDEN, CLASSES, BATCH = 32, 10, 10
RATE, LIMIT, STEP = 0.1, 1.0, 0.002
"""Of descent; weight of the end of a device's range; step of a pulse, in a range of 2."""


class Learning(NamedTuple):
    """One kind of imperfection of pulses.

    Attributes:
        title: of its panel.
        unit: name and unit of its strength.
        values: strengths that are tried.
        device: of that strength, ideal in all else.
        ideal: the strength at which there is nothing wrong, for words alone.
    """

    title: str
    unit: str
    values: tuple[float, ...]
    device: Callable[[float], PulsedDevice]
    ideal: str = "0"


def _linear(**parts: Any) -> PulsedDevice:
    return PulsedDevice(linear_ideal().law, **{"step": STEP, **parts})


def _curved(nonlinearity: float) -> PulsedDevice:
    pulses = 2 / STEP
    curve = PulseCurve(pulses, pulses, up_nonlinearity=nonlinearity, down_nonlinearity=nonlinearity)
    return PulsedDevice(curve, step=curve.step(-1.0, 1.0))


LEARNING: dict[str, Learning] = {
    "states": Learning(
        "Few states",
        "states of a device",
        (8, 16, 32, 64, 128, 512),
        lambda value: _linear(step=2 / value),
        ideal="many",
    ),
    "nonlinearity": Learning("Curved updates", "nonlinearity (1)", (0.5, 1, 2, 3, 5), _curved),
    "soft-bounds": Learning(
        "Soft bounds",
        "step (of half the range)",
        (0.002, 0.005, 0.01, 0.02, 0.05),
        lambda value: PulsedDevice(SoftBounds(), step=value),
    ),
    "asymmetry": Learning(
        "Up and down differ",
        "spread of the balance (of a step)",
        (0.05, 0.1, 0.2, 0.4, 0.8),
        lambda value: _linear(spreads=Spreads(balance=value)),
    ),
    "pulse-noise": Learning(
        "Noise from pulse to pulse",
        "spread (steps)",
        (1, 3, 10, 30, 60),
        lambda value: _linear(noise=CycleNoise(of_step=value)),
    ),
    "device-spread": Learning(
        "Devices differ",
        "spread of the step (of its mean)",
        (0.1, 0.3, 0.6, 1.0),
        lambda value: _linear(spreads=Spreads(NormalSpread(value))),
    ),
    "corrupt": Learning(
        "Never moves",
        "share of devices",
        (0.01, 0.03, 0.1, 0.3, 0.5),
        lambda value: _linear(corruption=Corruption(value, within=1.0)),
    ),
    "worn": Learning(
        "Wears out while learning",
        "lifetime (pulses)",
        (10, 30, 100, 300, 1000, 3000),
        lambda value: _linear(endurance=Endurance(value)),
        ideal="long",
    ),
}


class Shown(NamedTuple):
    """Images as a static network sees them.

    Attributes:
        x: `[n, pixels]`, 0 to 1.
        labels: `[n]`.
    """

    x: Array
    labels: Array


def seen(images: Images) -> Shown:
    """All pixels in one row.

    Args:
        images: of any size.
    """
    x = images.images.reshape(len(images), -1).astype(np.float32)
    return Shown(jnp.asarray(x / x.max()), jnp.asarray(images.labels, jnp.int32))


def learned(
    device: PulsedDevice | None, learn: Shown, test: Shown, keys: PRNGKeyArray, epochs: int
) -> Array:
    """Accuracy in per cent of networks that learned in devices, one per key.

    Args:
        device: that holds the weights; numbers if not given.
        learn, test: images.
        keys: each draws a network, its devices and the order of the images.
        epochs: passes over the images.
    """
    rule = bptt(losses.categorical)

    def one(key: PRNGKeyArray) -> Array:
        model_key, device_key, order_key = jr.split(key, 3)
        width = learn.x.shape[1]
        start = chain(width, RNN(HIDDEN), Readout(CLASSES), key=model_key)
        descent = optax.sgd(RATE)
        if device is not None:
            held = pulse_trains(device, limit=LIMIT, key=device_key, clipped_at_most=1.0)
            descent = optax.chain(descent, optax.masked(held, matrices))
        weights, rest = eqx.partition(start, eqx.is_inexact_array)

        def step(carried: Any, chosen: Array) -> Any:
            weights, state = carried
            target = jax.nn.one_hot(learn.labels[chosen], CLASSES)[None]
            batch = Batch(learn.x[chosen][None], target, jnp.ones((1, BATCH)))
            _, gradients = rule(eqx.combine(weights, rest), batch, None)
            change, state = descent.update(gradients, state, weights)
            return (optax.apply_updates(weights, change), state), None

        count = len(learn.x) // BATCH
        orders = jax.vmap(lambda k: jr.permutation(k, len(learn.x))[: count * BATCH])(
            jr.split(order_key, epochs)
        )
        first = (weights, descent.init(weights))
        (weights, _), _ = jax.lax.scan(step, first, orders.reshape(-1, BATCH))
        answers = jnp.argmax(run(eqx.combine(weights, rest), test.x[None])[1][-1], -1)
        return 100 * (answers == test.labels).mean()

    return jax.jit(jax.vmap(one))(keys)
