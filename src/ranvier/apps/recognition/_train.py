"""Training and judging one network on recordings."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.apps._optimisers import optimiser
from ranvier.apps.recognition._features import Part, Parts
from ranvier.apps.recognition._models import network
from ranvier.apps.recognition._settings import Settings, name_of
from ranvier.core import Batch, Cell
from ranvier.learn import Epoch, History, bptt, fit, losses
from ranvier.metrics import accuracy, confusion, layer_operations
from ranvier.nets import parameter_count, record, run

_AT_ONCE = 256


class Judged(NamedTuple):
    """One network, trained and judged.

    Attributes:
        model: of the best validation epoch.
        record: everything that goes into the result, JSON-able.
    """

    model: Cell
    record: dict[str, Any]


@functools.partial(jax.jit, static_argnames=("classes", "noise", "shift"))
def _batch(
    x: Any, mask: Any, labels: Any, key: Any, *, classes: int, noise: float, shift: int
) -> Batch:
    """Recordings as they are learned from: moved in time and with noise on them."""
    drawn, moved = jr.split(key)
    if shift:
        by = jr.randint(moved, (len(x),), -shift, shift + 1)
        x, mask = (jax.vmap(lambda a, s: jnp.roll(a, s, 0))(a, by) for a in (x, mask))
    if noise:
        x = x + noise * jr.normal(drawn, x.shape)
    target = jax.nn.one_hot(labels, classes)[None]
    return Batch(jnp.swapaxes(x, 0, 1), target, mask.T)


@eqx.filter_jit
def _answers(model: Any, x: Any, mask: Any) -> Any:
    outputs = run(model, jnp.swapaxes(x, 0, 1))[1]
    return losses.mean_over_time(outputs, mask.T)[0][0].argmax(-1)


@eqx.filter_jit
def _activity(model: Any, x: Any) -> list[Any]:
    return [states.y for states in record(model, jnp.swapaxes(x, 0, 1))]


class Trainer:
    """What all trainings on the same parts share.

    Args:
        settings: of the experiment.
        parts: what is learned from and judged by.
    """

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self.settings, self.parts = settings, parts
        self.classes = len(parts.classes)
        self.rule = bptt(losses.categorical, decoding=losses.mean_over_time)
        self.updates = max(1, len(parts.train.labels) // settings.batch_size)

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The recordings of an epoch in its own order; an incomplete last batch is left out."""
        settings, part = self.settings, self.parts.train
        order = np.random.default_rng([seed, epoch]).permutation(len(part.labels))
        size = min(settings.batch_size, len(order))
        key = jr.fold_in(jr.key(seed), epoch)
        for index in range(self.updates):
            chosen = order[index * size : (index + 1) * size]
            yield _batch(
                part.x[chosen],
                part.mask[chosen],
                part.labels[chosen],
                jr.fold_in(key, index),
                classes=self.classes,
                noise=settings.noise,
                shift=settings.shift,
            )

    def answers(self, model: Any, part: Part) -> np.ndarray:
        """The class that the network finds for every recording."""
        found = [
            _answers(model, part.x[a : a + _AT_ONCE], part.mask[a : a + _AT_ONCE])
            for a in range(0, len(part.labels), _AT_ONCE)
        ]
        return np.concatenate(found)

    def train(
        self,
        neuron: str,
        seed: int,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> Judged:
        """Train one network, or go on with it, and judge the epoch that validates best.

        The test part is looked at once, after that choice.
        """
        settings, name = self.settings, name_of(neuron, seed)
        valid = self.parts.valid
        model, history = fit(
            network(neuron, settings, self.parts.train.x.shape[-1], self.classes, seed),
            lambda epoch: self.batches(seed, epoch),
            self.rule,
            optimiser(
                "adam",
                settings.learning_rate,
                updates=self.updates * settings.epochs,
                schedule=settings.schedule,
                clip=settings.clip,
                weight_decay=settings.weight_decay,
            ),
            key=None,
            epochs=settings.epochs,
            validate=lambda m: 100 - 100 * accuracy(valid.labels, self.answers(m, valid)),
            patience=settings.patience or None,
            checkpoint=folder / "training" / f"{name}.safetensors",
            settings={"name": name},
            on_epoch=on_epoch,
        )
        return Judged(model, self._judge(model, neuron, seed, history))

    def _judge(self, model: Any, neuron: str, seed: int, history: History) -> dict[str, Any]:
        test = self.parts.test
        found = self.answers(model, test)
        sources = np.array(test.sources)
        by_source = {
            str(source): 100 * accuracy(test.labels[sources == source], found[sources == source])
            for source in sorted(set(test.sources))
        }
        return {
            "neuron": neuron,
            "seed": seed,
            "parameters": parameter_count(model),
            "best_epoch": history.best_epoch,
            "epochs": len(history.train),
            "valid_accuracy": 100 - history.valid[history.best_epoch - 1],
            "test_accuracy": 100 * accuracy(test.labels, found),
            "by_source": by_source,
            "held_out": self.parts.held_out,
            "confusion": confusion(test.labels, found, self.classes).tolist(),
            "curves": {"train": list(history.train), "valid_error": list(history.valid)},
            **self._work(model),
        }

    def _work(self, model: Any) -> dict[str, Any]:
        """Hidden spikes and operations per recording, on the test part."""
        test = self.parts.test
        dense = event = spikes = 0.0
        spiking = True
        for a in range(0, len(test.labels), _AT_ONCE):
            x, mask = test.x[a : a + _AT_ONCE], test.mask[a : a + _AT_ONCE].T
            activity = [np.swapaxes(x, 0, 1), *map(np.asarray, _activity(model, x))]
            hidden = [y * mask[..., None] for y in activity[1:-1]]
            spiking = spiking and all(np.isin(y, (0, 1)).all() for y in hidden)
            spikes += sum(float(y.sum()) for y in hidden)
            steps = float(mask.sum())
            for layer, before, y in zip(model.layers, activity[:-1], activity[1:], strict=True):
                for counted in layer_operations(layer, before, y, mask):
                    dense += steps * counted.dense
                    event += steps * counted.event
        count = len(test.labels)
        return {
            "hidden_spikes": spikes / count if spiking else None,
            "operations": {"dense": dense / count, "event": event / count},
        }
