"""Training and judging one network of the feedback experiment."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.apps._optimisers import optimiser
from ranvier.apps.feedback._angles import Watch, plain
from ranvier.apps.feedback._credit import credit
from ranvier.apps.feedback._models import network, rule
from ranvier.apps.feedback._settings import CLASSES, Settings, name_of
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.learn import Epoch, fit
from ranvier.metrics import accuracy
from ranvier.nets import parameter_count, run

_AT_ONCE = 1000
_WATCHED = 500


@eqx.filter_jit
def _answers(model: Cell, x: Any) -> Any:
    return jnp.argmax(run(model, x)[1][-1], -1)


class Trainer:
    """What all trainings of one experiment share: its data.

    Args:
        settings: of the experiment.
        learn: the training set; its last images choose epoch and learning rate.
        test: the test set; None if the last images before those stand in for it.

    Raises:
        ValueError: nothing left to learn from.
    """

    def __init__(self, settings: Settings, learn: Images, test: Images | None) -> None:
        kept = settings.validation + settings.held_out
        if kept >= len(learn):
            raise ValueError(
                f"validation and held_out are {kept} of {len(learn)} images; expected fewer, so "
                "that some are left to learn from."
            )
        self.settings = settings
        self.learn, self.valid = learn[:-kept], learn[-settings.validation :]
        self.test = learn[-kept : -settings.validation] if test is None else test
        self.side = learn.images.shape[1]

    def axes(self, images: np.ndarray) -> np.ndarray:
        """Images as the first layer takes them, uint8."""
        return images[..., None] if self.settings.channels else images.reshape(len(images), -1)

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The images of an epoch in its own order."""
        size = self.settings.batch_size
        order = np.random.default_rng([seed, epoch]).permutation(len(self.learn))
        for begin in range(0, len(order), size):
            chosen = self.learn[order[begin : begin + size]]
            x = self.axes(chosen.images)[None].astype(np.float32) / 255
            target = np.eye(CLASSES, dtype=np.float32)[chosen.labels][None]
            yield Batch(x, target, np.ones(x.shape[:2], np.float32))

    def accuracy(self, model: Cell, part: Images) -> float:
        """Share of the images that are taken for what they are, per cent."""
        found = [
            _answers(model, jnp.asarray(self.axes(some.images)[None], jnp.float32) / 255)
            for some in (part[at : at + _AT_ONCE] for at in range(0, len(part), _AT_ONCE))
        ]
        return 100 * accuracy(part.labels, np.concatenate(found))

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
            name: how errors reach hidden layers.
            seed: draws weights, feedback and the order of the images.
            rate: the learning rate.
            folder: of the run.
            on_epoch: called after every epoch.

        Returns:
            The model of that epoch, and what goes into the result.
        """
        settings, way = self.settings, credit(name)
        start = network(settings, way, self.side, seed)
        shown = self.valid[:_WATCHED]
        watch = Watch(
            settings,
            way,
            seed,
            jnp.asarray(self.axes(shown.images), jnp.float32) / 255,
            jnp.asarray(shown.labels),
        )
        at_start = watch(start)
        called = name_of(name, seed, rate)
        model, history = fit(
            start,
            lambda epoch: self.batches(seed, epoch),
            rule(settings, way, seed),
            optimiser(
                settings.optimiser,
                rate,
                updates=-(-len(self.learn) // settings.batch_size) * settings.epochs,
                schedule=settings.schedule,
                momentum=settings.momentum,
            ),
            key=jr.key(seed) if settings.dropout else None,
            epochs=settings.epochs,
            validate=lambda model: 100 - self.accuracy(model, self.valid),
            monitor={what: lambda model, what=what: watch(model)[what] for what in at_start},
            checkpoint=folder / "training" / f"{called}.safetensors",
            settings={"name": called},
            on_epoch=on_epoch,
        )
        return model, {
            "rule": name,
            "seed": seed,
            "learning_rate": rate,
            "parameters": parameter_count(plain(start)),
            "best_epoch": history.best_epoch,
            "valid_accuracy": 100 - history.valid[history.best_epoch - 1],
            "test_accuracy": self.accuracy(model, self.test),
            "curves": {"train": list(history.train), "valid_error": list(history.valid)},
            "angles": {what: [at_start[what], *history.monitored[what]] for what in at_start},
        }
