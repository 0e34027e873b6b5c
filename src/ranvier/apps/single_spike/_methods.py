"""The two methods: how images become spikes, and what learns from them by which rule."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax.random as jr
import numpy as np
import optax

from ranvier.apps._optimisers import optimiser
from ranvier.apps.single_spike._settings import Settings
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.learn import Rule
from ranvier.learn.single_spike import S4NN, Counted, limit_rows, mostafa
from ranvier.nets.single_spike import (
    AtLevels,
    BySorting,
    MostafaLayer,
    S4NNLayer,
    SingleSpikeNetwork,
)

CLASSES = 10
_BRIGHTEST = 255


class Training(NamedTuple):
    """What `fit` needs of a method.

    Attributes:
        model: that learns.
        rule: by which it does.
        optimiser: that goes with the rule.
    """

    model: Cell
    rule: Rule
    optimiser: optax.GradientTransformation


class ByS4NN:
    """Brighter pixels fire sooner, black ones never; one example at a time.

    Args:
        settings: of the experiment.
    """

    title = "S4NN"
    unit = "steps"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.end = float(settings.steps)

    def inputs(self, images: np.ndarray) -> np.ndarray:
        """Times of the pixels, `[n, pixels]`, in steps: floor((255 - I) T / 255)."""
        dark = _BRIGHTEST - images.reshape(len(images), -1).astype(np.int64)
        return (dark * self.settings.steps // _BRIGHTEST).astype(np.int16)

    def training(self, pixels: int, updates: int, seed: int) -> Training:
        """A fresh network, its rule and its optimiser."""
        settings = self.settings
        layers = [
            S4NNLayer.random(
                width, units, key=key, high=high, threshold=settings.threshold, last=settings.steps
            )
            for width, units, high, key in _sizes(settings, pixels, seed, settings.high)
        ]
        rule = S4NN(
            settings.learning_rate,
            weight_decay=settings.weight_decay,
            margin=settings.margin,
            rarest=settings.rarest,
            high=settings.high[:-1],
        )
        return Training(Counted(SingleSpikeNetwork(layers)), rule, optax.sgd(1.0))

    def network(self, model: Any) -> SingleSpikeNetwork:
        """The network within what learns."""
        return model.network

    def batches(self, times: np.ndarray, labels: np.ndarray) -> Iterator[Batch]:
        """An epoch, which is one batch."""
        yield Batch(times[None], labels[None].astype(np.int32), np.ones((1, len(times)), "f4"))

    def readable(self, times: Any) -> np.ndarray:
        """Times as the report takes them, in steps, infinite where there is no spike."""
        found = np.asarray(times, np.float64)
        return np.where(found < self.settings.steps, found, np.inf)


class ByMostafa:
    """Bright pixels fire at zero, dark ones together later; exact gradients, in batches.

    Args:
        settings: of the experiment.
    """

    title = "Mostafa"
    unit = "time constants"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.off = float(np.float32(math.exp(settings.off_time)))
        self.end = 2 * settings.off_time

    def inputs(self, images: np.ndarray) -> np.ndarray:
        """Times of the pixels, `[n, pixels]`, as exp(t / tau)."""
        bright = images.reshape(len(images), -1) > _BRIGHTEST // 2
        return np.where(bright, 1.0, self.off).astype(np.float32)

    def training(self, pixels: int, updates: int, seed: int) -> Training:
        """A fresh network, its rule and its optimiser."""
        settings = self.settings
        sets = [AtLevels((1.0, self.off)), *(BySorting() for _ in settings.hidden)]
        layers = [
            MostafaLayer.random(width, units, key=key, total=settings.total, causal=causal)
            for width, units, causal, key in _sizes(settings, pixels, seed, sets)
        ]
        rule = mostafa(weight_sum=settings.weight_sum, weight_decay=settings.weight_decay)
        descent = optimiser(
            "sgd",
            settings.learning_rate,
            updates=updates,
            schedule=settings.schedule,
            momentum=settings.momentum,
        )
        limited = optax.chain(limit_rows(settings.largest_gradient), descent)
        return Training(SingleSpikeNetwork(layers), rule, limited)

    def network(self, model: Any) -> SingleSpikeNetwork:
        """The network, which learns as it is."""
        return model

    def batches(self, times: np.ndarray, labels: np.ndarray) -> Iterator[Batch]:
        """Batches of an epoch; what makes no whole one is left for another epoch."""
        size = self.settings.batch_size
        targets = np.eye(CLASSES, dtype=np.float32)
        for begin in range(0, len(times) - size + 1, size):
            part = slice(begin, begin + size)
            yield Batch(times[None, part], targets[labels[part]][None], np.ones((1, size), "f4"))

    def readable(self, times: Any) -> np.ndarray:
        """Times as the report takes them, in time constants, infinite where there is no spike."""
        return np.log(np.asarray(times, np.float64))


Method = ByS4NN | ByMostafa


def method(settings: Settings) -> Method:
    """The method that the settings name.

    Args:
        settings: of the experiment.
    """
    return {"s4nn": ByS4NN, "mostafa": ByMostafa}[settings.method](settings)


def _sizes(settings: Settings, pixels: int, seed: int, of_layers: Any) -> Iterator[Any]:
    """Inputs, units, what belongs to it and a key, layer by layer."""
    widths = (pixels, *settings.hidden, CLASSES)
    keys = jr.split(jr.key(seed), len(widths) - 1)
    return zip(widths[:-1], widths[1:], of_layers, keys, strict=True)


def labels_of(images: Images) -> np.ndarray:
    """True classes as numbers that index."""
    return images.labels.astype(np.int64)
