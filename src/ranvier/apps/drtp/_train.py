"""Training and judging one network of the comparison."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray

import ranvier.metrics as metrics
from ranvier.apps import _static
from ranvier.apps._credit import credit
from ranvier.apps._optimisers import Name, Schedule
from ranvier.apps._static import Blocks
from ranvier.apps.drtp._networks import Network
from ranvier.apps.drtp._settings import Settings
from ranvier.apps.drtp._tasks import OUTPUTS, Part, Task
from ranvier.apps.feedback._angles import Watch
from ranvier.apps.feedback._train import Lesson, trained
from ranvier.core import Batch, Cell
from ranvier.learn import Epoch, Rule
from ranvier.learn.signals import Draw, he_uniform_by_units
from ranvier.nets import run

_AT_ONCE = 500


class Course(NamedTuple):
    """A network and how it is trained, in the words of the feedback experiment."""

    hidden: tuple[int, ...]
    channels: tuple[int, ...]
    kernel: int
    loss: str
    gain: float
    dropout: float
    batch_size: int
    epochs: int
    optimiser: Name
    momentum: float
    schedule: Schedule
    stride: int = 1
    unit: str = "tanh"
    scale: float = 1.0


def course(settings: Settings, network: Network, *, regression: bool) -> Course:
    """The course of a network.

    Args:
        settings: how it is trained.
        network: its layers.
        regression: whether the loss is the squared error.
    """
    same = ("gain", "dropout", "batch_size", "epochs", "optimiser", "momentum", "schedule")
    return Course(
        network.hidden,
        network.channels,
        network.kernel,
        "squared" if regression else settings.loss,
        **{name: getattr(settings, name) for name in same},
    )


def drawn(settings: Settings, loss: str) -> Draw:
    """How direct feedback is drawn: as the published code does.

    There a loss is the mean over the batch, and over the outputs unless it is categorical; of the
    squared error without the factor of a half. Signals of hidden layers know no mean: "summed"
    feedback is larger by so much.

    Args:
        settings: whether signals are summed.
        loss: "bernoulli", "categorical" or "squared".
    """
    outputs = {"bernoulli": OUTPUTS, "categorical": 1, "squared": OUTPUTS / 2}[loss]
    apart = settings.batch_size * outputs if settings.signals == "summed" else 1
    factor = apart / settings.gain

    def draw(key: PRNGKeyArray, shape: tuple[int, int]) -> Array:
        return factor * he_uniform_by_units(key, shape)

    return draw


def held(rule: Rule, layers: int) -> Rule:
    """A rule by which the first layers do not learn.

    Args:
        rule: gives the gradients.
        layers: how many.
    """

    def holding(model: Any, batch: Batch, key: Any) -> tuple[Any, Any]:
        value, gradients = rule(model, batch, key)
        still = jax.tree.map(jnp.zeros_like, gradients.layers[:layers])
        return value, eqx.tree_at(
            lambda g: g.layers, gradients, (*still, *gradients.layers[layers:])
        )

    return holding


@eqx.filter_jit
def _outputs(model: Cell, x: Array) -> Array:
    return run(model, x)[1][-1]


class Trainer:
    """What trains and judges one network by any rule.

    Args:
        settings: of the experiment.
        network: its layers.
        task: what it learns.
    """

    def __init__(self, settings: Settings, network: Network, task: Task) -> None:
        self.settings, self.network, self.task = settings, network, task
        self.course = course(settings, network, regression=task.regression)

    def batches(self, axes: tuple[int, ...], seed: int, epoch: int) -> Iterator[Batch]:
        """The examples of an epoch in its own order."""
        random = np.random.default_rng([seed, epoch])
        order = random.permutation(len(self.task.learn))
        for begin in range(0, len(order), self.settings.batch_size):
            chosen = order[begin : begin + self.settings.batch_size]
            yield self.task.batch(chosen, random, axes)

    def accuracy(self, model: Cell, part: Part) -> float:
        """Share of the examples that are told right, or of the variance that is explained, %."""
        axes: tuple[int, ...] = model.in_shape
        answers = np.concatenate(
            [
                _outputs(model, jnp.asarray(part.x[at : at + _AT_ONCE].reshape(1, -1, *axes)))
                for at in range(0, len(part), _AT_ONCE)
            ]
        )
        if not self.task.regression:
            return 100 * metrics.accuracy(part.target.argmax(-1), answers.argmax(-1))
        # In double precision: squares of a network that diverges leave the range of floats.
        target = part.target.astype(np.float64)
        left = np.square(answers - target).mean()
        return float(100 * (1 - left / target.var(0).mean()))

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
            seed: draws weights, feedback, flips and the order of the examples.
            rate: the learning rate.
            folder: of the network.
            on_epoch: called after every epoch.

        Returns:
            The model of that epoch, and what goes into the result.
        """
        way, task = credit(name), self.task
        draw = drawn(self.settings, self.course.loss)
        side, _, colours = task.axes
        blocks = Blocks(colours, self.network.kernel // 2, 2)
        start = _static.network(self.course, way, side, seed, OUTPUTS, blocks)
        axes = start.layers[0].in_shape
        shown = task.valid.some(slice(self.settings.watched))
        rule = _static.rule(self.course, way, seed, draw)
        lesson = Lesson(
            start,
            held(rule, len(self.network.channels)) if self.network.frozen else rule,
            Watch(
                self.course,
                way,
                seed,
                jnp.asarray(shown.x.reshape(-1, *axes)),
                jnp.asarray(shown.target),
                draw,
            ),
            lambda epoch: self.batches(axes, seed, epoch),
            len(task.learn),
            lambda model: self.accuracy(model, task.valid),
        )
        model, found = trained(self.course, lesson, name, seed, rate, folder, on_epoch)
        return model, {**found, "test_accuracy": self.accuracy(model, task.test)}
