"""Training and judging one network of the digit experiment."""

import functools
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax

from ranvier.apps._optimisers import optimiser
from ranvier.apps.digits._models import network
from ranvier.apps.digits._settings import CLASSES, Settings, name_of
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.encode import elastic_distortion, rate
from ranvier.learn import Epoch, History, bptt, fit, losses, straight_through
from ranvier.metrics import accuracy, confusion, layer_operations
from ranvier.nets import parameter_count, record, run

# Judged so many at a time: enough to fill the machine, few enough to stay in memory.
_AT_ONCE = 500
# Currents of convolutions are large: of those networks, so many steps at a time.
_CONVOLVED_AT_ONCE = 6000
# Keys that no seed draws: validation and test digits have the same spikes for every network.
_VALID, _TEST = 1_000_001, 1_000_002


class Judged(NamedTuple):
    """One network, trained and judged.

    Attributes:
        model: of the best validation epoch.
        record: everything that goes into the result, JSON-able.
    """

    model: Cell
    record: dict[str, Any]


@functools.partial(jax.jit, static_argnames=("axes", "steps", "spikes"))
def spike_trains(images: Any, key: Any, *, axes: tuple[int, ...], steps: int, spikes: float) -> Any:
    """Rate-coded digits, `[T, B, *axes]`, from their brightness of 0 to 255."""
    values = images.reshape(len(images), *axes).astype(float) / 255
    return rate(values, steps, spikes=spikes, key=key)


@functools.partial(jax.jit, static_argnames="settings")
def _batch(images: Any, labels: Any, key: Any, *, settings: Settings) -> Batch:
    if settings.distortion:
        images = elastic_distortion(
            images.astype(float),
            strength=settings.distortion,
            smoothness=settings.smoothness,
            key=jr.fold_in(key, 0),
        )
    trains = spike_trains(
        images, key, axes=settings.axes, steps=settings.steps, spikes=settings.spikes
    )
    target = jax.nn.one_hot(labels, CLASSES)[None]
    return Batch(trains, target, jnp.ones(trains.shape[:2]))


@eqx.filter_jit
def _answers(model: Cell, trains: Any) -> Any:
    return jnp.argmax(run(model, trains)[1].mean(0), -1)


@eqx.filter_jit
def _outputs(model: Cell, trains: Any) -> list[Any]:
    return [states.y for states in record(model, trains)]


class Trainer:
    """What all trainings of one experiment share: data, rule and optimiser.

    One instance of each is kept so that seeds share their compiled update.

    Args:
        settings: of the experiment.
        learn: the training set; its last digits choose the epoch.
        test: the test set.
        form: in which the network learns and is judged, `(model, key=key) -> model`, such as
            weights of one bit; the network itself if not given.
        held: what comes behind the optimiser, such as devices that hold the weights.

    Raises:
        ValueError: nothing left to learn from beside the validation digits.
    """

    def __init__(
        self,
        settings: Settings,
        learn: Images,
        test: Images,
        form: Any = None,
        held: optax.GradientTransformation | None = None,
    ) -> None:
        if settings.validation >= len(learn):
            raise ValueError(
                f"validation is {settings.validation} of {len(learn)} digits; expected fewer, so "
                "that some are left to learn from."
            )
        self.settings = settings
        self.learn, self.valid = learn[: -settings.validation], learn[-settings.validation :]
        self.test = test
        self.code = {"steps": settings.steps, "spikes": settings.spikes}
        longer = settings.judge_steps or settings.steps
        self.judge_code = {
            "steps": longer,
            "spikes": settings.spikes * longer / settings.steps,
        }
        self.rule = bptt(
            losses.squared_error,
            decoding=losses.mean_over_time,
            activity=losses.spike_cost(settings.spike_cost) if settings.spike_cost else None,
        )
        self.form = form
        if form is not None:
            self.rule = straight_through(self.rule, form)
        self.optimiser = optimiser(
            settings.optimiser,
            settings.learning_rate,
            updates=-(-len(self.learn) // settings.batch_size) * settings.epochs,
            schedule=settings.schedule,
            clip=settings.clip,
            weight_decay=settings.weight_decay,
        )
        if held is not None:
            self.optimiser = optax.chain(self.optimiser, held)

    def batches(self, seed: int, epoch: int) -> Iterator[Batch]:
        """The digits of an epoch in its own order, with spikes of its own."""
        size = self.settings.batch_size
        order = np.random.default_rng([seed, epoch]).permutation(len(self.learn))
        key = jr.fold_in(jr.key(seed), epoch)
        for index, begin in enumerate(range(0, len(order), size)):
            chosen = self.learn[order[begin : begin + size]]
            own = jr.fold_in(key, index)
            yield _batch(chosen.images, chosen.labels, own, settings=self.settings)

    def trains(self, part: Images, key_seed: int, code: dict[str, Any]) -> Iterator[Any]:
        """Spikes of a whole part, at most a few hundred digits at a time, the same every time."""
        settings, at_once = self.settings, _AT_ONCE
        if settings.channels:
            at_once = min(_AT_ONCE, max(1, _CONVOLVED_AT_ONCE // code["steps"]))
        for begin in range(0, len(part), _AT_ONCE):
            key = jr.fold_in(jr.key(key_seed), begin)
            chosen = part.images[begin : begin + _AT_ONCE]
            trains = spike_trains(chosen, key, axes=settings.axes, **code)
            for first in range(0, len(chosen), at_once):
                yield trains[:, first : first + at_once]

    def shown(self, model: Cell) -> Cell:
        """The network as it is judged."""
        return model if self.form is None else self.form(model)

    def error(self, model: Cell) -> float:
        """Share of the validation digits that are taken for another, per cent."""
        model = self.shown(model)
        parts = [_answers(model, trains) for trains in self.trains(self.valid, _VALID, self.code)]
        return 100 - 100 * accuracy(self.valid.labels, np.concatenate(parts))

    def train(
        self,
        neuron: str,
        seed: int,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> Judged:
        """Train one network, or go on with it, and judge the epoch that validates best.

        The test set is looked at once, after that choice.
        """
        settings, name = self.settings, name_of(neuron, seed)
        model, history = fit(
            network(neuron, settings, seed),
            lambda epoch: self.batches(seed, epoch),
            self.rule,
            self.optimiser,
            key=jr.key(seed) if settings.dropout else None,
            epochs=settings.epochs,
            validate=self.error,
            patience=settings.patience or None,
            checkpoint=folder / "training" / f"{name}.safetensors",
            settings={"name": name},
            on_epoch=on_epoch,
        )
        shown = self.shown(model)
        return Judged(shown, self._judge(shown, neuron, seed, history))

    def _judge(self, model: Any, neuron: str, seed: int, history: History) -> dict[str, Any]:
        best = history.best_epoch - 1
        return {
            "neuron": neuron,
            "seed": seed,
            "parameters": parameter_count(model),
            "best_epoch": history.best_epoch,
            "epochs": len(history.train),
            "valid_accuracy": 100 - history.valid[best],
            "curves": {"train": list(history.train), "valid_error": list(history.valid)},
            **self._tested(model),
        }

    def _tested(self, model: Any) -> dict[str, Any]:
        """Accuracy, confusion, spikes and operations per digit, on the test set."""
        answers, spikes, dense, event, spiking = [], [], 0.0, 0.0, True
        for trains in self.trains(self.test, _TEST, self.judge_code):
            activity = [np.asarray(trains), *map(np.asarray, _outputs(model, trains))]
            answers.append(activity[-1].mean(0).argmax(-1))
            spiking = spiking and all(((y == 0) | (y == 1)).all() for y in activity[1:])
            spikes.append([y.sum(dtype=np.float64) for y in activity])
            counts = [
                count
                for layer, x, y in zip(model.layers, activity[:-1], activity[1:], strict=True)
                for count in layer_operations(layer, x, y, np.ones(x.shape[:2]))
            ]
            shown = trains.shape[0] * trains.shape[1]
            dense += shown * math.fsum(count.dense for count in counts)
            event += shown * math.fsum(count.event for count in counts)
        digits, found = len(self.test), np.concatenate(answers)
        per_digit = (np.sum(spikes, axis=0) / digits).tolist()
        return {
            "test_accuracy": 100 * accuracy(self.test.labels, found),
            "confusion": confusion(self.test.labels, found, CLASSES).tolist(),
            "spiking": spiking,
            "input_spikes": per_digit[0],
            "layer_spikes": per_digit[1:] if spiking else None,
            "hidden_spikes": math.fsum(per_digit[1:-1]) if spiking else None,
            "operations": {"dense": dense / digits, "event": event / digits},
        }
