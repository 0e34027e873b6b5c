"""Training and judging one network of the chorale experiment."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from ranvier.apps._optimisers import optimiser
from ranvier.apps.chorales._models import network
from ranvier.apps.chorales._settings import Settings, name_of
from ranvier.core import Batch, Cell
from ranvier.data import Sequences, Split
from ranvier.learn import Epoch, History, fit, losses, mean_loss
from ranvier.learn.rules import catalogue as rules
from ranvier.metrics import firing_rate, layer_operations
from ranvier.nets import parameter_count, record

# Two padded lengths are compiled in place of one per length; alone in its batch, a piece pays for
# every step that is padded.
_ROUND_TO, _ROUND_ONE_TO = 80, 16


class Judged(NamedTuple):
    """One network, trained and judged.

    Attributes:
        model: of the best validation epoch.
        record: everything that goes into the result, JSON-able.
    """

    model: Cell
    record: dict[str, Any]


def whole(part: Sequences) -> list[Batch]:
    """All pieces of a part, in a few large batches."""
    return list(part.batches(64, round_to=_ROUND_TO))


class Trainer:
    """What all trainings of one experiment share: data, rules and the optimiser.

    One instance of each is kept so that seeds share their compiled update.

    Args:
        settings: of the experiment.
        split: the data.
    """

    def __init__(self, settings: Settings, split: Split) -> None:
        self.settings = settings
        self.split = split
        self.width = split.train.width
        self.pieces = split.train
        if settings.learn_from == "train+valid":
            both = (split.train, split.valid)
            self.pieces = Sequences(
                "train+valid",
                tuple(roll for part in both for roll in part.rolls),
                tuple(name for part in both for name in part.names),
            )
        self.valid, self.test = whole(split.valid), whole(split.test)
        average = getattr(losses, settings.average)
        self.rules = {
            name: rules[name](losses.bernoulli, average=average) for name in settings.rules
        }
        updates = -(-len(self.pieces) // settings.batch_size) * settings.epochs
        self.optimiser = optimiser(
            settings.optimiser,
            settings.learning_rate,
            updates=updates,
            schedule=settings.schedule,
            clip=settings.clip,
            weight_decay=settings.weight_decay,
        )

    def train(
        self,
        neuron: str,
        rule: str,
        seed: int,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> Judged:
        """Train one network, or go on with it, and judge the epoch that validates best.

        The test score of every epoch is kept for the curves; no choice is made on it.
        """
        settings, name = self.settings, name_of(neuron, rule, seed)
        start = network(neuron, self.width, settings, seed)
        model, history = fit(
            start,
            lambda epoch: self.pieces.batches(
                settings.batch_size,
                seed=seed if settings.shuffle else None,
                epoch=epoch,
                round_to=_ROUND_ONE_TO if settings.batch_size == 1 else _ROUND_TO,
            ),
            self.rules[rule],
            self.optimiser,
            key=jax.random.key(seed) if settings.dropout else None,
            epochs=settings.epochs,
            validate=None
            if settings.learn_from == "train+valid"
            else lambda model: mean_loss(model, self.valid, losses.bernoulli),
            monitor={"test": lambda model: mean_loss(model, self.test, losses.bernoulli)},
            patience=settings.patience or None,
            checkpoint=folder / "training" / f"{name}.safetensors",
            settings={"name": name},
            on_epoch=on_epoch,
        )
        return Judged(model, self._judge(model, neuron, rule, seed, history))

    def _judge(
        self, model: Cell, neuron: str, rule: str, seed: int, history: History
    ) -> dict[str, Any]:
        best = history.best_epoch - 1
        return {
            "neuron": neuron,
            "rule": rule,
            "seed": seed,
            "parameters": parameter_count(model),
            "best_epoch": history.best_epoch,
            "epochs": len(history.train),
            "valid_nll": None if math.isnan(history.valid[best]) else history.valid[best],
            "test_nll": history.monitored["test"][best],
            "curves": {
                "train": list(history.train),
                "valid": [None if math.isnan(v) else v for v in history.valid],
                "test": list(history.monitored["test"]),
            },
            **_activity(model, self.test),
        }


def _activity(model: Any, batches: list[Batch]) -> dict[str, Any]:
    """Size, firing rate of the hidden layer, and operations per time step on the test pieces."""
    rates, dense, event, steps = [], [], [], []
    for batch in batches:
        histories = record(model, batch.x)
        inputs = [batch.x, *(np.asarray(h.y) for h in histories)]
        counts = [
            count
            for layer, x, y in zip(model.layers, inputs[:-1], inputs[1:], strict=True)
            for count in layer_operations(layer, x, y, batch.mask)
        ]
        dense.append(sum(count.dense for count in counts))
        event.append(sum(count.event for count in counts))
        rates.append(firing_rate(inputs[1], batch.mask))
        steps.append(float(batch.mask.sum()))
    spiking = bool(np.isin(inputs[1][batch.mask > 0], (0, 1)).all())
    mean = {
        k: float(np.average(v, weights=steps))
        for k, v in {"rate": rates, "dense": dense, "event": event}.items()
    }
    return {
        "hidden_units": int(inputs[1].shape[-1]),
        "spiking": spiking,
        "firing_rate": mean["rate"] if spiking else None,
        "operations": {"dense": mean["dense"], "event": mean["event"]},
    }
