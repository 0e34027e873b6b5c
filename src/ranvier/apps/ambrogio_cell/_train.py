"""Training and judging one network, wherever its weights live."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax

import ranvier.metrics as metrics
from ranvier.apps._estimates import BITS
from ranvier.apps._held import source_told
from ranvier.apps._optimisers import optimiser
from ranvier.apps._tuned import name_of
from ranvier.apps.ambrogio_cell._settings import Settings
from ranvier.convert import Quantised
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.hardware import devices, updates
from ranvier.learn import Epoch, bptt, fit, losses
from ranvier.nets import chain, parameter_count, run
from ranvier.neurons import RNN, Readout

CLASSES, _AT_ONCE, _PULSE = 10, 1000, 0.05
_POLARITY = {"fixed": updates.fixed, "inverted": updates.inverted}


def seen(settings: Settings, images: np.ndarray) -> np.ndarray:
    """Images as the network sees them: the middle, 0 to 1, all pixels in one row.

    Args:
        settings: the crop.
        images: uint8 `[n, rows, columns]`.

    Raises:
        ValueError: a crop that is larger than the images.

    Example:
        >>> seen(Settings(crop=(2, 4)), np.zeros((3, 8, 8), np.uint8)).shape
        (3, 8)
    """
    size = images.shape[1:]
    kept = size if settings.crop is None else settings.crop
    if kept[0] > size[0] or kept[1] > size[1]:
        raise ValueError(f"crop is {kept}, expected at most {size}, the size of the images.")
    top, left = (size[0] - kept[0]) // 2, (size[1] - kept[1]) // 2
    middle = images[:, top : top + kept[0], left : left + kept[1]]
    return middle.reshape(len(images), -1).astype(np.float32) / 255


def descent(
    settings: Settings, way: str, rate: float, seed: int, count: int
) -> optax.GradientTransformation:
    """Gradient descent, on devices where the way says so.

    Args:
        settings: of the experiment.
        way: where weights live.
        rate: the learning rate at the start.
        seed: draws the devices.
        count: of updates.

    Example:
        >>> made = descent(Settings(), "inverted", 0.1, 0, 1000)
    """
    down = optimiser("sgd", rate, updates=count, schedule=settings.schedule)
    if way == "float":
        return down
    key = jr.fold_in(jr.key(seed), 1)
    if way == "pair":
        # Full pairs of both ways weigh the same.
        device = devices.pcm_one_sided()
        limit = settings.limit * settings.factor / device.high
        held = updates.one_sided_pairs(device, limit=limit, key=key, expected_step=_PULSE)
    else:
        held = updates.capacitor_pairs(
            _capacitor(settings),
            memory(settings),
            limit=settings.limit,
            factor=settings.factor,
            every=max(settings.images_per_transfer // settings.batch_size, 1),
            polarity=_POLARITY[way],
            key=key,
        )
    return optax.chain(down, optax.masked(held, updates.matrices))


def _capacitor(settings: Settings) -> devices.PulsedDevice:
    """The published capacitor, its step and its slopes as the settings say; it leaks per update."""
    published = devices.capacitor()
    own = published.spreads
    return devices.PulsedDevice(
        published.law,
        step=settings.step,
        spreads=devices.Spreads(
            own.step, settings.slope_spread, own.high, own.low, lifetime=own.lifetime
        ),
        noise=published.noise,
        lifetime=published.lifetime,
    )


def sources(settings: Settings) -> list[dict[str, Any]]:
    """Where the constants come from of the devices that the network learns in.

    Args:
        settings: in which ways.

    Example:
        >>> [one["checked"] for one in sources(Settings(ways=("pair", "fixed")))]
        [True, False]
    """
    found = []
    if "pair" in settings.ways:
        found.append(devices.pcm_one_sided().source)
    if set(settings.ways) & set(_POLARITY):
        published = devices.capacitor().source
        text = f"capacitors: steps and slopes are ours, all else {published.text}"
        found.append(devices.Source(text, False))
    return [source_told(one) for one in found]


def memory(settings: Settings) -> devices.Device:
    """Phase-change memory that is written in a closed loop.

    Args:
        settings: within what it is written.

    Example:
        >>> memory(Settings()).reference_seconds
        20.0
    """
    published = devices.pcm()
    closed_loop = devices.WriteVerify(
        published.programming, tolerance_uS=settings.tolerance_uS, writes=20
    )
    return eqx.tree_at(lambda one: one.programming, published, closed_loop)


@eqx.filter_jit
def _answers(model: Cell, x: Any) -> Any:
    return jnp.argmax(run(model, x)[1][-1], -1)


class Trainer:
    """What all trainings of one experiment share: its data.

    Args:
        settings: of the experiment.
        learn: the training set; its last images choose epoch and learning rate.
        test: the test set.

    Raises:
        ValueError: nothing left to learn from.
    """

    def __init__(self, settings: Settings, learn: Images, test: Images) -> None:
        kept = settings.validation
        if kept >= len(learn):
            raise ValueError(
                f"validation is {kept} of {len(learn)} images; expected fewer, so that some are "
                "left to learn from."
            )
        self.settings = settings
        self.learn, self.valid, self.test = learn[:-kept], learn[-kept:], test
        self.inputs = seen(settings, learn[:1].images).shape[1]

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The images of an epoch in its own order, in whole batches."""
        size = self.settings.batch_size
        order = np.random.default_rng([seed, epoch]).permutation(len(self.learn))
        for begin in range(0, len(order) - size + 1, size):
            chosen = self.learn[order[begin : begin + size]]
            target = np.eye(CLASSES, dtype=np.float32)[chosen.labels]
            x = seen(self.settings, chosen.images)
            yield Batch(x[None], target[None], np.ones((1, size), np.float32))

    def network(self, seed: int) -> Cell:
        """The network at the start."""
        hidden = [RNN(width) for width in self.settings.hidden]
        return chain(self.inputs, *hidden, Readout(CLASSES), key=jr.key(seed))

    def accuracy(self, model: Cell, part: Images) -> float:
        """Share of the images that are taken for what they are, per cent."""
        found = [
            _answers(model, jnp.asarray(seen(self.settings, some.images)[None]))
            for some in (part[at : at + _AT_ONCE] for at in range(0, len(part), _AT_ONCE))
        ]
        return 100 * metrics.accuracy(part.labels, np.concatenate(found))

    def active(self) -> float:
        """Share of the pixels that are not black, on the test images."""
        return float((seen(self.settings, self.test.images) > 0).mean())

    def train(
        self,
        name: str,
        seed: int,
        rate: float,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> tuple[Cell, dict[str, Any]]:
        """Train one network, or go on with it, and judge the epoch that validates best.

        Args:
            name: where its weights live.
            seed: draws weights, devices and the order of the images.
            rate: the learning rate.
            folder: of the run.
            on_epoch: called after every epoch.

        Returns:
            The model of that epoch, and what goes into the result.
        """
        settings = self.settings
        start = self.network(seed)
        called = name_of(name, seed, rate)
        per_epoch = len(self.learn) // settings.batch_size
        model, history = fit(
            start,
            lambda epoch: self.batches(seed, epoch),
            bptt(losses.categorical),
            descent(settings, name, rate, seed, settings.epochs * per_epoch),
            epochs=settings.epochs,
            validate=lambda model: 100 - self.accuracy(model, self.valid),
            checkpoint=folder / "training" / f"{called}.safetensors",
            settings={"name": called},
            on_epoch=on_epoch,
        )
        return model, {
            "way": name,
            "seed": seed,
            "learning_rate": rate,
            "parameters": parameter_count(start),
            "best_epoch": history.best_epoch,
            "valid_accuracy": 100 - history.valid[history.best_epoch - 1],
            "test_accuracy": self.accuracy(model, self.test),
            "by_bits": {str(b): self.accuracy(Quantised(b)(model), self.test) for b in BITS},
            "curves": {"train": list(history.train), "valid_error": list(history.valid)},
        }
