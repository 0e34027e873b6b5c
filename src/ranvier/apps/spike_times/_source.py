"""A network of rectified units that learns first, with batch normalisation; then without it."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax

from ranvier.apps._moved import mirrored, shifted
from ranvier.apps._optimisers import optimiser
from ranvier.apps._resumable import shown
from ranvier.apps.spike_times._settings import Settings
from ranvier.apps.spike_times._train import Pictures, Trainer, one_hot
from ranvier.apps.spike_times._twins import CLASSES
from ranvier.core import Batch, Cell, Synapse
from ranvier.learn import bptt, fit, losses
from ranvier.nets import ByBatch, Chain, Layer, calibrate, run
from ranvier.neurons import Readout, ReLU
from ranvier.synapses import (
    Bias,
    Convolution,
    Dense,
    Flatten,
    MaximumPooling,
    Series,
    ThresholdNormalisation,
    he_uniform,
)

_MEASURED = 2000
_AT_ONCE = 500


def source(settings: Settings, in_shape: tuple[int, ...], seed: int) -> Chain:
    """The network, with batch normalisation between every convolution and its units.

    Args:
        settings: sizes.
        in_shape: axes of the input.
        seed: draws the weights.

    Example:
        >>> made = source(Settings(channels=((2, 3),), hidden=(5,), kernel=3), (8, 8, 1), 0)
        >>> [layer.neuron.shape for layer in made.layers]
        [(8, 8, 2), (8, 8, 3), (5,), (10,)]
    """
    layers: list[Cell] = []
    shape, key = in_shape, jr.key(seed)
    before: list[Synapse] = []
    for block in settings.channels:
        for channels in block:
            own = jr.fold_in(key, len(layers))
            weights = Convolution.random(
                shape, channels, settings.kernel, key=own, init=he_uniform, padding="same"
            )
            shape = weights.shape
            synapse = Series(*before, weights, ThresholdNormalisation(shape))
            layers.append(Layer(ReLU(shape), {"dendrite": synapse}))
            before = []
        before = [MaximumPooling(shape, 2)]
        shape = before[0].shape
    if len(shape) > 1:
        before.append(Flatten(shape))
    shape = (math.prod(shape),)
    for width in settings.hidden:
        own = jr.fold_in(key, len(layers))
        dense = Dense.random(shape[0], width, key=own, init=he_uniform)
        synapse = Series(*before, dense, Bias(jnp.zeros(width)))
        layers.append(Layer(ReLU(width), {"dendrite": synapse}))
        before, shape = [], (width,)
    last = Dense.random(shape[0], CLASSES, key=jr.fold_in(key, len(layers)), init=he_uniform)
    layers.append(Layer(Readout(CLASSES), {"dendrite": Series(*before, last)}))
    return Chain(layers)


def folded(network: Any) -> list[np.ndarray]:
    r"""Weights and bias of every layer in turn, normalisations gone into them.

    $$W \to \kappa W, \qquad b \to \beta - \kappa \mu, \qquad
    \kappa = \lambda / \sqrt{\sigma^2 + \epsilon}$$

    Args:
        network: `source`, calibrated.
    """
    found: list[np.ndarray] = []
    for layer in network.layers:
        for synapse in layer.synapses["dendrite"].synapses:
            if isinstance(synapse, (Convolution, Dense)):
                found.append(np.asarray(synapse.weight, np.float64))
            elif isinstance(synapse, ThresholdNormalisation):
                zero, one = (
                    np.asarray(synapse(jnp.full(synapse.shape[-1:], z, float)), np.float64)
                    for z in (0, 1)
                )
                found[-1] = found[-1] * (one - zero)
                found.append(zero)
            elif isinstance(synapse, Bias):
                found.append(np.asarray(synapse.bias, np.float64))
        if isinstance(layer.neuron, Readout):
            found.append(np.asarray(layer.neuron.bias, np.float64))
    return found


def learned(trainer: Trainer, seed: int) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Weights of the network when it has learned, and what is told of it.

    It learns in single precision: spike times, which need double, come after it.

    Args:
        trainer: pictures, settings, and where checkpoints go.
        seed: draws weights, the order of the images, and how they are moved.
    """
    settings, pictures = trainer.settings, trainer.pictures
    with jax.enable_x64(False):
        fresh = ByBatch(cell=source(settings, pictures.in_shape, seed))
        some = jnp.asarray(pictures.learn[0][:_MEASURED], jnp.float32)[None]

        def judged(model: Any, part: tuple[np.ndarray, np.ndarray]) -> float:
            return _accuracy(calibrate(model.cell, some), part)

        updates = math.ceil(len(pictures.learn[0]) / settings.source_batch)
        descent = optimiser(
            "nesterov",
            settings.source_rate,
            updates=updates * settings.source_epochs,
            schedule="cosine",
            momentum=0.9,
        )
        title = f"with batch normalisation, seed {seed}"
        with shown(trainer.progress, title, settings.source_epochs) as on_epoch:
            model: Any
            model, history = fit(
                fresh,
                lambda epoch: _batches(settings, pictures, seed, epoch),
                bptt(losses.categorical),
                optax.chain(optax.add_decayed_weights(settings.source_decay), descent),
                epochs=settings.source_epochs,
                validate=lambda model: 100 - judged(model, pictures.valid),
                checkpoint=trainer.folder / f"source-{seed}.safetensors",
                on_epoch=on_epoch,
            )
        told = {
            "accuracy": judged(model, pictures.test),
            "best_epoch": history.best_epoch,
            "valid": [100 - error for error in history.valid],
        }
        return folded(calibrate(model.cell, some)), told


def _batches(settings: Settings, pictures: Pictures, seed: int, epoch: int) -> Any:
    """An epoch in an order of its own, every image moved and mirrored anew."""
    random = np.random.default_rng((seed, epoch, 1))
    x, labels = pictures.learn
    order = random.permutation(len(x))
    for first in range(0, len(order), settings.source_batch):
        chosen = order[first : first + settings.source_batch]
        images = x[chosen].astype(np.float32)
        if settings.shift:
            images = shifted(images, settings.shift, random)
        if settings.mirror:
            images = mirrored(images, random)
        targets = one_hot(labels[chosen]).astype(np.float32)
        yield Batch(images[None], targets[None], np.ones((1, len(chosen)), np.float32))


@eqx.filter_jit
def _classes(network: Cell, x: Any) -> Any:
    return run(network, x[None])[1][0].argmax(-1)


def _accuracy(network: Cell, pictures: tuple[np.ndarray, np.ndarray]) -> float:
    x, labels = pictures
    found = [
        np.asarray(_classes(network, x[first : first + _AT_ONCE].astype(np.float32)))
        for first in range(0, len(x), _AT_ONCE)
    ]
    return 100 * float(np.mean(np.concatenate(found) == labels))
