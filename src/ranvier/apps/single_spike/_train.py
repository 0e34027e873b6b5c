"""Training and judging one network of the single-spike experiment."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np

from ranvier.apps._moved import shifted
from ranvier.apps.single_spike._measure import Seen, example, judged, look
from ranvier.apps.single_spike._methods import labels_of, method
from ranvier.apps.single_spike._settings import Settings
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.learn import Epoch, fit
from ranvier.nets import parameter_count


class Trainer:
    """What all trainings of one experiment share: its data.

    Args:
        settings: of the experiment.
        learn: the training set; its last images choose the epoch.
        test: the test set.

    Raises:
        ValueError: fewer images to learn from than are asked for, or than a batch has.
    """

    def __init__(self, settings: Settings, learn: Images, test: Images) -> None:
        self.settings = settings
        self.method = method(settings)
        left = len(learn) - settings.validation
        wanted = settings.examples or left
        least = settings.batch_size if settings.method == "mostafa" else 1
        if not least <= wanted <= left:
            raise ValueError(
                f"{wanted} images are to be learned from; expected {least} to {left}, which is "
                f"what validation = {settings.validation} leaves of {len(learn)}."
            )
        self.learn = learn[:wanted]
        self._still = None if settings.shift else self._prepared(self.learn)
        self.valid = self._prepared(learn[-settings.validation :])
        self.test = self._prepared(test)

    def _prepared(self, images: Images) -> tuple[np.ndarray, np.ndarray]:
        return self.method.inputs(images.images), labels_of(images)

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The images of an epoch in its own order."""
        random = np.random.default_rng([seed, epoch])
        order = random.permutation(len(self.learn))
        if self._still is not None:
            return self.method.batches(*(array[order] for array in self._still))
        chosen = self.learn[order]
        moved = shifted(chosen.images, self.settings.shift, random)
        return self.method.batches(*self._prepared(Images(chosen.name, moved, chosen.labels)))

    def seen(self, model: Cell, part: tuple[np.ndarray, np.ndarray]) -> Seen:
        """What a model does with a part of the images."""
        return look(self.method, self.method.network(model), *part)

    def train(
        self, seed: int, folder: Path, on_epoch: Callable[[Epoch], None] | None = None
    ) -> tuple[Cell, dict[str, Any]]:
        """Train one network, or go on with it, and judge the epoch that validates best.

        Args:
            seed: draws weights and the order of the images.
            folder: of the run.
            on_epoch: called after every epoch.

        Returns:
            The model of that epoch, and what goes into the result.
        """
        settings, name = self.settings, f"seed{seed}"
        updates = max(len(self.learn) // settings.batch_size, 1) * settings.epochs
        training = self.method.training(self.test[0].shape[1], updates, seed)
        watch = _Watch(self)
        model, history = fit(
            training.model,
            lambda epoch: self.batches(seed, epoch),
            training.rule,
            training.optimiser,
            key=jr.key(seed),
            epochs=settings.epochs,
            validate=lambda model: 100 - self.seen(model, self.valid).accuracy,
            monitor={
                "test_error": lambda model: 100 - watch(model).accuracy,
                "test_error_of_ties": lambda model: 100 - watch(model).accuracy_of_ties,
            },
            average=settings.average or None,
            checkpoint=folder / "training" / f"{name}.safetensors",
            settings={"name": name},
            on_epoch=on_epoch,
        )
        seen = self.seen(model, self.test)
        network = self.method.network(model)
        return network, {
            "seed": seed,
            "parameters": parameter_count(network),
            "best_epoch": history.best_epoch,
            "valid_accuracy": 100 - history.valid[history.best_epoch - 1],
            **judged(self.method, seen),
            "curves": {
                "train": list(history.train),
                "valid_error": list(history.valid),
                **{what: list(values) for what, values in history.monitored.items()},
            },
            "example": example(seen, 0),
        }


class _Watch:
    """The test images as the last epoch's model sees them, for the record; nothing is chosen."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.model: Cell | None = None
        self.seen: Any = None

    def __call__(self, model: Cell) -> Seen:
        if model is not self.model:
            self.model, self.seen = model, self.trainer.seen(model, self.trainer.test)
        return self.seen
