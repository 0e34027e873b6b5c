"""Training and judging one network of the feedback experiment."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.apps._credit import credit
from ranvier.apps._optimisers import Name, Schedule, optimiser
from ranvier.apps._static import CLASSES, network, plain, rule
from ranvier.apps._still_images import Dealt, accuracy, batches, scaled
from ranvier.apps._tuned import name_of
from ranvier.apps.feedback._angles import Watch
from ranvier.apps.feedback._settings import Settings
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.learn import Epoch, Rule, fit
from ranvier.nets import parameter_count

_WATCHED = 500


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

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The images of an epoch in its own order."""
        order = np.random.default_rng([seed, epoch]).permutation(len(self.learn))
        return batches(self.settings, self.learn[order])

    def accuracy(self, model: Cell, part: Images) -> float:
        """Share of the images that are taken for what they are, per cent."""
        return accuracy(self.settings, model, part)

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
        shown = self.valid[:_WATCHED]
        x = jnp.asarray(scaled(settings, shown.images))
        lesson = Lesson(
            network(settings, way, self.side, seed),
            rule(settings, way, seed),
            Watch(settings, way, seed, x, jax.nn.one_hot(shown.labels, CLASSES)),
            lambda epoch: self.batches(seed, epoch),
            len(self.learn),
            lambda model: self.accuracy(model, self.valid),
        )
        model, found = trained(settings, lesson, name, seed, rate, folder, on_epoch)
        return model, {**found, "test_accuracy": self.accuracy(model, self.test)}


class Course(Dealt, Protocol):
    """What settings say of a network and its training."""

    @property
    def epochs(self) -> int: ...
    @property
    def optimiser(self) -> Name: ...
    @property
    def momentum(self) -> float: ...
    @property
    def schedule(self) -> Schedule: ...


class Lesson(NamedTuple):
    """A network and what it is to learn.

    Attributes:
        start: the network.
        rule: that trains it.
        watch: gives its angles by name.
        batches: of an epoch.
        examples: how many there are in an epoch.
        accuracy: on what chooses the epoch, per cent.
    """

    start: Cell
    rule: Rule
    watch: Callable[[Cell], dict[str, float]]
    batches: Callable[[int], Iterable[Batch]]
    examples: int
    accuracy: Callable[[Cell], float]


def trained(
    settings: Course,
    lesson: Lesson,
    name: str,
    seed: int,
    rate: float,
    folder: Path,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> tuple[Cell, dict[str, Any]]:
    """Train one network, or go on with it, up to the epoch that validates best.

    Args:
        settings: how.
        lesson: what.
        name: how errors reach hidden layers.
        seed: of the dropout, and what files are called.
        rate: the learning rate.
        folder: of the run.
        on_epoch: called after every epoch.

    Returns:
        The model of that epoch, and what goes into the result.
    """
    at_start = lesson.watch(lesson.start)
    called = name_of(name, seed, rate)
    model, history = fit(
        lesson.start,
        lesson.batches,
        lesson.rule,
        optimiser(
            settings.optimiser,
            rate,
            updates=-(-lesson.examples // settings.batch_size) * settings.epochs,
            schedule=settings.schedule,
            momentum=settings.momentum,
        ),
        key=jr.key(seed) if settings.dropout else None,
        epochs=settings.epochs,
        validate=lambda model: 100 - lesson.accuracy(model),
        monitor={what: lambda model, what=what: lesson.watch(model)[what] for what in at_start},
        checkpoint=folder / "training" / f"{called}.safetensors",
        settings={"name": called},
        on_epoch=on_epoch,
    )
    return model, {
        "rule": name,
        "seed": seed,
        "learning_rate": rate,
        "parameters": parameter_count(plain(lesson.start)),
        "best_epoch": history.best_epoch,
        "valid_accuracy": 100 - history.valid[history.best_epoch - 1],
        "curves": {"train": list(history.train), "valid_error": list(history.valid)},
        "angles": {what: [at_start[what], *history.monitored[what]] for what in at_start},
    }
