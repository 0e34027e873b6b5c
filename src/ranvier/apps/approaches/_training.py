"""Training of what the approaches start from, or of what they are."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax

import ranvier.data
from ranvier.apps._optimisers import optimiser
from ranvier.apps.approaches._networks import axes, spiking, static, trinary
from ranvier.apps.approaches._settings import CLASSES, Settings
from ranvier.convert import with_shown_weights
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.encode import rate
from ranvier.learn import Epoch, bptt, fit, losses, trinary_hysteresis
from ranvier.metrics import accuracy
from ranvier.nets import run

_AT_ONCE = 250
# Keys that no seed draws: validation images have the same spikes for every network.
_VALID, TEST = 1_000_001, 1_000_002


class Parts(NamedTuple):
    """Images to learn from, to choose the epoch by, and to judge by.

    Attributes:
        learn, valid, test: images with their classes.
    """

    learn: Images
    valid: Images
    test: Images

    @property
    def side(self) -> int:
        """Rows of an image."""
        return self.learn.images.shape[1]


def parts_of(settings: Settings) -> Parts:
    """Cut the data as the settings ask.

    Args:
        settings: the data and how many of each.

    Raises:
        ValueError: fewer images than are asked for.
    """
    load = ranvier.data.catalogue[settings.data]
    train, test = load("train"), load("test")
    left = len(train) - settings.validation
    learn, judged = settings.learn or left, settings.judged or len(test)
    for what, wanted, there in (("learn", learn, left), ("judged", judged, len(test))):
        if not 0 < wanted <= there:
            raise ValueError(
                f"{what} is {wanted}, but {settings.data} leaves {there} images for that. Ask for "
                "fewer, or validate on fewer."
            )
    return Parts(train[:learn], train[left:], test[:judged])


def inputs(kind: str, network: str, images: np.ndarray) -> np.ndarray:
    """Images as a network takes them: 0 to 1, or cut at a half for trinary weights.

    Args:
        kind: "trinary", or any other.
        network: "dense" or "convolutional".
        images: uint8 `[n, rows, columns]`.

    Example:
        >>> inputs("trinary", "dense", np.full((1, 2, 2), 200, np.uint8))
        array([[1., 1., 1., 1.]], dtype=float32)
    """
    scaled = images.reshape(len(images), *axes(network, images.shape[1])).astype(np.float32) / 255
    return (scaled > 0.5).astype(np.float32) if kind == "trinary" else scaled


class Training:
    """Networks of one run, each trained once, with what is kept in its folder."""

    def __init__(self, settings: Settings, parts: Parts, folder: Path) -> None:
        self.settings, self.parts, self.folder = settings, parts, folder

    def model(
        self,
        kind: str,
        network: str,
        seed: int,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> tuple[Any, float]:
        """A trained network as it is judged, and its accuracy on the validation images, per cent.

        Args:
            kind: "relu", "qcfs", "soft-lif", "trinary" or "snu".
            network: "dense" or "convolutional".
            seed: draws weights, order and spikes.
            on_epoch: called after every epoch.
        """
        settings, name = self.settings, f"{network}-{kind}-seed{seed}"
        epochs = settings.spiking_epochs if kind == "snu" else settings.epochs
        updates = -(-len(self.parts.learn) // settings.batch_size) * epochs
        rates = optimiser(
            "adam",
            # Hidden weights cross a half within an epoch; shown ones then stay.
            5 * settings.learning_rate if kind == "trinary" else settings.learning_rate,
            updates=updates,
            schedule="cosine",
            clip=1.0,
        )
        if kind == "trinary":
            rates = optax.chain(rates, trinary_hysteresis())
        model, history = fit(
            self._drawn(kind, network, seed),
            lambda epoch: self._batches(kind, network, seed, epoch),
            self._rule(kind),
            rates,
            key=jr.key(seed) if kind == "soft-lif" else None,
            epochs=epochs,
            validate=lambda model: self._error(kind, network, model),
            checkpoint=self.folder / "training" / f"{name}.safetensors",
            settings={"name": name},
            on_epoch=on_epoch,
        )
        shown = with_shown_weights(model) if kind == "trinary" else model
        return shown, 100 - history.valid[history.best_epoch - 1]

    def _drawn(self, kind: str, network: str, seed: int) -> Cell:
        made = {"trinary": trinary, "snu": spiking}.get(kind)
        if made is not None:
            return made(self.settings, network, self.parts.side, seed)
        return static(self.settings, kind, network, self.parts.side, seed)

    def _rule(self, kind: str) -> Any:
        if kind == "snu":
            return bptt(losses.categorical, decoding=losses.mean_over_time)
        if kind == "trinary":
            cost = losses.rate_cost(self.settings.sparsity, 0.0)
            return bptt(losses.categorical, activity=cost)
        return bptt(losses.categorical)

    def shown(self, kind: str, network: str, images: np.ndarray, key: Any) -> jax.Array:
        """Images over time: one step, or spikes by chance for the network of spikes.

        Args:
            kind, network, images: as for `inputs`.
            key: draws the spikes.
        """
        x = jnp.asarray(inputs(kind, network, images))
        if kind != "snu":
            return x[None]
        steps = self.settings.spiking_steps
        return rate(x, steps, spikes=steps / 2, key=key)

    def _batches(self, kind: str, network: str, seed: int, epoch: int) -> Iterator[Batch]:
        size, learn = self.settings.batch_size, self.parts.learn
        order = np.random.default_rng([seed, epoch]).permutation(len(learn))
        key = jr.fold_in(jr.key(seed), epoch)
        for number, begin in enumerate(range(0, len(order), size)):
            some = learn[order[begin : begin + size]]
            x = self.shown(kind, network, some.images, jr.fold_in(key, number))
            target = np.eye(CLASSES, dtype=np.float32)[some.labels][None]
            yield Batch(x, target, np.ones(x.shape[:2], np.float32))

    def _error(self, kind: str, network: str, model: Cell) -> float:
        """Share of the validation images that are taken for another, per cent."""
        valid, found = self.parts.valid, []
        for begin in range(0, len(valid), _AT_ONCE):
            some = valid.images[begin : begin + _AT_ONCE]
            key = jr.fold_in(jr.key(_VALID), begin)
            found.append(answers(model, self.shown(kind, network, some, key)))
        return 100 - 100 * accuracy(valid.labels, np.concatenate(found))


@eqx.filter_jit
def answers(model: Cell, xs: jax.Array) -> jax.Array:
    """The class with the largest mean output of every image.

    Args:
        model: any network.
        xs: `[T, B, ...]`.
    """
    return run(model, xs)[1].mean(0).argmax(-1)
