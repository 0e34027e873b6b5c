"""Trainings and judgements, each network on the same images in the same order."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax

from ranvier.apps._resumable import OnTraining, shown
from ranvier.apps.spike_times._settings import Settings
from ranvier.apps.spike_times._twins import CLASSES, input_shape
from ranvier.convert import Quantised
from ranvier.core import Batch, Cell
from ranvier.data import Images, cifar10, fashion_mnist, mnist, optical_digits
from ranvier.learn import beside_windows, fit, losses, spike_times, straight_through
from ranvier.nets.ttfs import SpikeTimeNetwork

_DATA: dict[str, Callable[[Any], Images]] = {
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "optical-digits": optical_digits,
    "cifar10": cifar10,
    "cifar10-lossy": functools.partial(cifar10, lossy=True),
}
_AT_ONCE = 1000


class Pictures:
    """Images to learn from, to pick the epoch by, and to judge by.

    Args:
        settings: which and how many.

    Raises:
        ValueError: none left to learn from.
        ConnectionError: a part of the data is neither here nor to be fetched.
    """

    def __init__(self, settings: Settings) -> None:
        load = _DATA[settings.data]
        train = load("train")
        kept = settings.held_out + settings.judged
        left = len(train) - kept
        if left < 1:
            raise ValueError(
                f"held_out and judged are {kept}, but there are {len(train)} images to learn from."
            )
        cut = len(train) - settings.held_out
        test = train[left:cut] if settings.judged else load("test")
        self.in_shape = input_shape(settings, train.images.shape[1:])
        parts = train[: min(settings.learn or left, left)], train[cut:], test
        self.learn, self.valid, self.test = (self._shaped(part) for part in parts)

    def batches(self, settings: Settings, seed: int, epoch: int) -> Iterator[Batch]:
        """One epoch, in an order drawn from seed and epoch."""
        x, labels = self.learn
        order = np.random.default_rng((seed, epoch)).permutation(len(x))
        for first in range(0, len(order), settings.batch_size):
            chosen = order[first : first + settings.batch_size]
            yield Batch(x[None, chosen], one_hot(labels[chosen])[None], np.ones((1, len(chosen))))

    def _shaped(self, images: Images) -> tuple[np.ndarray, np.ndarray]:
        pixels = images.images.reshape(len(images), *self.in_shape)
        return pixels / 255.0, images.labels.astype(int)


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Targets: one for the true class, zero for the others.

    Args:
        labels: `[n]`.
    """
    return np.eye(CLASSES)[labels]


class Trainer:
    """Trains networks on the pictures of a run, one checkpoint each.

    Args:
        folder: of checkpoints.
        settings: of the run.
        pictures: to learn from.
        progress: shows trainings, or None.
    """

    def __init__(
        self, folder: Path, settings: Settings, pictures: Pictures, progress: OnTraining | None
    ) -> None:
        self.folder, self.settings, self.pictures = folder, settings, pictures
        self.progress = progress

    def trained(self, network: Cell, name: str, seed: int, epochs: int, cost: float = 0.0) -> Any:
        """A network and its history, from scratch or from where its checkpoint left it."""
        settings = self.settings
        schedule = optax.exponential_decay(
            settings.learning_rate, settings.decay_updates, settings.decay
        )
        rule = spike_times(losses.categorical, activity=cost)
        return self._fitted(network, rule, optax.adam(schedule), name, seed, epochs)

    def tuned(
        self, network: SpikeTimeNetwork, name: str, seed: int, bits: int | None = None
    ) -> SpikeTimeNetwork:
        """A network that has learned to live with what it was given; windows stay."""
        rule = spike_times(losses.categorical, growth=0.0)
        if bits is not None:
            rule = straight_through(rule, Quantised(bits), noisy_run=True)
        optimiser = optax.adam(self.settings.tuning_rate)
        epochs = self.settings.tuning_epochs
        key = jr.fold_in(jr.key(seed), 1)
        return self._fitted(network, rule, optimiser, name, seed, epochs, key)[0]

    def _fitted(
        self,
        network: Cell,
        rule: Any,
        optimiser: optax.GradientTransformation,
        name: str,
        seed: int,
        epochs: int,
        key: Any = None,
    ) -> Any:
        if isinstance(network, SpikeTimeNetwork):
            optimiser = beside_windows(optimiser)
        with shown(self.progress, f"{name}, seed {seed}", epochs) as on_epoch:
            return fit(
                network,
                lambda epoch: self.pictures.batches(self.settings, seed, epoch),
                rule,
                optimiser,
                key=key,
                epochs=epochs,
                validate=lambda model: 100 - accuracy(model, self.pictures.valid),
                checkpoint=self.folder / f"{name.replace(' ', '-')}-{seed}.safetensors",
                on_epoch=on_epoch,
            )


@eqx.filter_jit
def _answers(network: Cell, x: Any, key: Any) -> Any:
    return jnp.argmax(network(None, x, key=key)[1], -1)


def accuracy(network: Cell, pictures: tuple[np.ndarray, np.ndarray], key: Any = None) -> float:
    """Per cent of right answers.

    Args:
        network: any of this experiment.
        pictures: `[N, *in_shape]` and classes.
        key: draws jitter.
    """
    x, labels = pictures
    found = []
    for at, first in enumerate(range(0, len(x), _AT_ONCE)):
        own = None if key is None else jr.fold_in(key, at)
        found.append(np.asarray(_answers(network, x[first : first + _AT_ONCE], own)))
    return 100 * float(np.mean(np.concatenate(found) == labels))


def spikes_per_neuron(network: SpikeTimeNetwork, pictures: tuple[np.ndarray, np.ndarray]) -> float:
    """Mean over images and hidden neurons.

    Args:
        network: of spike times.
        pictures: `[N, *in_shape]` and classes.
    """
    fired = neurons = 0
    for first in range(0, len(pictures[0]), _AT_ONCE):
        times = network.times(jax.numpy.asarray(pictures[0][first : first + _AT_ONCE]))
        for name in network.slopes:
            fired += int((times[name] < network.windows[name]).sum())
            neurons += times[name].size
    return fired / neurons
