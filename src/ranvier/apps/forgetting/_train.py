"""One network that learns all tasks, one after another."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np

from ranvier.apps._credit import credit
from ranvier.apps._optimisers import optimiser
from ranvier.apps._static import network, plain, rule
from ranvier.apps._still_images import accuracy, batches
from ranvier.apps._tuned import name_of
from ranvier.apps.forgetting._settings import Settings
from ranvier.apps.forgetting._tasks import outputs, part_of
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.learn import Epoch, fit
from ranvier.nets import parameter_count


class Trainer:
    """What all trainings of one experiment share: its data.

    Args:
        settings: of the experiment.
        learn: the training set; its last images choose the learning rate.
        test: the test set.

    Raises:
        ValueError: nothing left to learn from.
    """

    def __init__(self, settings: Settings, learn: Images, test: Images) -> None:
        if settings.validation >= len(learn):
            raise ValueError(
                f"validation is {settings.validation} of {len(learn)} images; expected fewer, so "
                "that some are left to learn from."
            )
        self.settings = settings
        self.learn, self.valid = learn[: -settings.validation], learn[-settings.validation :]
        self.test = test
        self.side = learn.images.shape[1]

    def batches(self, images: Images, *drawn_by: int) -> Iterator[Batch]:
        """Images in an order of their own."""
        order = np.random.default_rng(drawn_by).permutation(len(images))
        return batches(self.settings, images[order], outputs(self.settings))

    def accuracy(self, model: Cell, seed: int, task: int, part: Images) -> float:
        """Share of a task's images that are taken for what they are, per cent."""
        return accuracy(self.settings, model, part_of(self.settings, seed, task, part))

    def train(
        self,
        name: str,
        seed: int,
        rate: float,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> tuple[Cell, dict[str, Any]]:
        """Learn every task, or go on with them, and judge on all tasks seen after each.

        Args:
            name: how errors reach hidden layers.
            seed: draws permutations, weights, feedback and the order of the images.
            rate: the learning rate.
            folder: of the run.
            on_epoch: called after every epoch of every task.

        Returns:
            The last model, and what goes into the result.
        """
        settings, way = self.settings, credit(name)
        model: Cell = network(settings, way, self.side, seed, outputs(settings))
        parameters = parameter_count(plain(model))
        teach = rule(settings, way, seed)
        steps = optimiser(settings.optimiser, rate, momentum=settings.momentum)
        kept = folder / "training" / name_of(name, seed, rate)
        rows, curves = [], []
        for task in range(settings.tasks):
            learn = part_of(settings, seed, task, self.learn, settings.images or None)
            watch = _Watch(self, seed, task, on_epoch)
            model, history = fit(
                model,
                lambda epoch, learn=learn, task=task: self.batches(learn, seed, task, epoch + 1),
                teach,
                steps,
                key=jr.fold_in(jr.key(seed), task) if settings.dropout else None,
                epochs=settings.epochs,
                monitor={"valid_error": watch.valid_error},
                checkpoint=kept / f"task{task + 1}.safetensors",
                settings={"name": kept.name, "task": task + 1},
                on_epoch=watch.on_epoch,
            )
            rows.append([self.accuracy(model, seed, one, self.test) for one in range(task + 1)])
            curves.append({"train": history.train, "valid_error": history.monitored["valid_error"]})
        seen = [self.accuracy(model, seed, task, self.valid) for task in range(settings.tasks)]
        shutil.rmtree(kept)
        return model, {
            "rule": name,
            "seed": seed,
            "learning_rate": rate,
            "parameters": parameters,
            "valid_accuracy": float(np.mean(seen)),
            "accuracy": rows,
            "curves": curves,
        }


class _Watch:
    """The error on the task that is being learned, and the progress over all tasks.

    It chooses nothing: a task's last epoch counts.
    """

    def __init__(
        self, trainer: Trainer, seed: int, task: int, shown: Callable[[Epoch], None] | None
    ) -> None:
        self.trainer = trainer
        self.part = part_of(trainer.settings, seed, task, trainer.valid)
        self.before = task * trainer.settings.epochs
        self.shown = shown
        self.last = float("nan")

    def valid_error(self, model: Cell) -> float:
        """Per cent of the task's validation images."""
        self.last = 100 - accuracy(self.trainer.settings, model, self.part)
        return self.last

    def on_epoch(self, epoch: Epoch) -> None:
        """Hand an epoch on, counted over all tasks."""
        if self.shown is not None:
            self.shown(Epoch(self.before + epoch.number, epoch.train, self.last, epoch.best))
