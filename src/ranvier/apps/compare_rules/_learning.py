"""How well a network learns by each rule."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from ranvier.apps.compare_rules._settings import Settings, network
from ranvier.apps.compare_rules._tasks import Task
from ranvier.core import Batch
from ranvier.learn import Rule
from ranvier.nets import run

LOOKS = 20
_TESTED = 200


def on_device(batch: Batch) -> Batch:
    """The batch as JAX arrays."""
    return Batch(*(jnp.asarray(array) for array in batch))


def learn(
    settings: Settings,
    task: Task,
    rule: str,
    make: Callable[..., Rule],
    seed: int,
    on_update: Callable[[int], None],
) -> dict[str, Any]:
    """Train one network; its score on the same held-out batch, at equal distances.

    Args:
        settings: of the comparison.
        task: draws the batches; the same ones for every rule.
        rule: its name.
        make: the rule's maker.
        seed: of network and batches.
        on_update: called after each update with its number.

    Returns:
        `samples`, sequences seen at each look; `scores` there; `failed`, the update at which the
        loss was no longer finite, if that happened: the scores end before.
    """
    learn_by = make(task.loss)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(settings.learning_rate))
    model = network(settings, task.width, task.answers, seed)
    state = optimiser.init(eqx.filter(model, eqx.is_inexact_array))
    random = np.random.default_rng(seed)
    held_out = on_device(task.test(np.random.default_rng(10_000 + seed), _TESTED))

    @eqx.filter_jit
    def update(model: Any, state: Any, batch: Batch, key: Any) -> Any:
        value, gradients = learn_by(model, batch, key)
        change, state = optimiser.update(gradients, state)
        return eqx.apply_updates(model, change), state, value

    @eqx.filter_jit
    def scored(model: Any, batch: Batch) -> Any:
        return task.score(run(model, batch.x)[1], batch)

    def judge(model: Any) -> float:
        # The batch is an argument: a constant would be folded, slowly, when this is compiled.
        return float(scored(model, held_out))

    every = max(1, settings.updates // LOOKS)
    samples, scores, failed = [0], [judge(model)], None
    for number in range(1, settings.updates + 1):
        batch = on_device(task.draw(random, settings.examples))
        model, state, value = update(model, state, batch, jax.random.key(1000 * seed + number))
        if not np.isfinite(value):
            failed = number
            break
        if number % every == 0 or number == settings.updates:
            samples.append(number * settings.examples)
            scores.append(judge(model))
        on_update(number)
    return {"rule": rule, "seed": seed, "samples": samples, "scores": scores, "failed": failed}
