"""How well a network learns by each rule, and where its gradients point meanwhile."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from ranvier.apps.compare_rules._gradients import RANDOM, Drawn, cosines
from ranvier.apps.compare_rules._settings import Settings, network
from ranvier.apps.compare_rules._tasks import Task
from ranvier.core import Batch
from ranvier.learn import Rule
from ranvier.nets import run

LOOKS = 20


def on_device(batch: Batch) -> Batch:
    """The batch as JAX arrays."""
    return Batch(*(jnp.asarray(array) for array in batch))


def judge(task: Task) -> Callable[[Any, Batch], float]:
    """What scores a model on a batch.

    Args:
        task: says how.
    """

    @eqx.filter_jit
    def scored(model: Any, batch: Batch) -> Any:
        return task.score(run(model, batch.x)[1], batch)

    # The batch is an argument: a constant would be folded, slowly, when this is compiled.
    return lambda model, batch: float(scored(model, batch))


class Lessons:
    """Trainings by one rule, compiled once for all networks and learning rates.

    Args:
        settings: of the comparison.
        task: draws the batches; the same ones for every rule.
        rule: its name.
        learn_by: the rule.
        found, exact: give its gradients and the exact ones.
        score: what `judge` gives.
    """

    def __init__(
        self,
        settings: Settings,
        task: Task,
        rule: str,
        learn_by: Rule,
        found: Drawn,
        exact: Drawn,
        score: Callable[[Any, Batch], float],
    ) -> None:
        self.settings, self.task, self.rule = settings, task, rule
        self.found, self.exact, self.score = found, exact, score
        self.optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam())

        @eqx.filter_jit
        def update(model: Any, state: Any, batch: Batch, key: Any, rate: Any) -> Any:
            value, gradients = learn_by(model, batch, key)
            change, state = self.optimiser.update(gradients, state)
            change = jax.tree.map(lambda step: -rate * step, change)
            return eqx.apply_updates(model, change), state, value

        self.update = update

    def train(self, seed: int, rate: float, on_update: Callable[[int], None]) -> dict[str, Any]:
        """Train one network; its score on the same held-out batch, at equal distances.

        Args:
            seed: of network and batches.
            rate: the learning rate.
            on_update: called after each update with its number.

        Returns:
            `samples`, sequences seen at each look; `scores` there, and `cosines` of the gradients
            of one further batch with the exact ones, per group of parameters; `valid`, the score
            on the batch that learning rates are chosen by, if they are; `failed`, the update at
            which the loss was no longer finite, if that happened: the scores end before.
        """
        settings, task = self.settings, self.task
        model = network(settings, task.width, task.answers, seed)
        state = self.optimiser.init(eqx.filter(model, eqx.is_inexact_array))
        random = np.random.default_rng(seed)
        held_out = on_device(task.test(np.random.default_rng(10_000 + seed), settings.tested))
        shown = on_device(task.draw(np.random.default_rng(20_000 + seed), settings.examples))
        keys = jax.random.key(seed)[None] if self.rule in RANDOM else None
        samples, scores, angles, failed = [], [], [], None

        def look(number: int) -> None:
            samples.append(number * settings.examples)
            scores.append(self.score(model, held_out))
            pair = self.found(model, shown, keys), self.exact(model, shown, None)
            angles.append(cosines(*pair))

        look(0)
        every, step = max(1, settings.updates // LOOKS), jnp.asarray(rate, jnp.float32)
        for number in range(1, settings.updates + 1):
            batch = on_device(task.draw(random, settings.examples))
            key = jax.random.key(1000 * seed + number)
            model, state, value = self.update(model, state, batch, key, step)
            if not np.isfinite(value):
                failed = number
                break
            if number % every == 0 or number == settings.updates:
                look(number)
            on_update(number)
        valid = None
        if settings.learning_rates and failed is None:
            chosen_by = task.valid(np.random.default_rng(30_000 + seed), settings.tested)
            valid = self.score(model, on_device(chosen_by))
        return {
            "rule": self.rule,
            "seed": seed,
            "learning_rate": rate,
            "samples": samples,
            "scores": scores,
            "cosines": {group: [one[group] for one in angles] for group in angles[0]},
            "valid": valid,
            "failed": failed,
        }
