"""What was learned, written to pairs of phase-change devices for good, as time passes."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.apps._held import held_told
from ranvier.apps._on_arrays import SINCE_PROGRAMMING_S, aged, weights_over_time
from ranvier.apps._tuned import name_of
from ranvier.apps.ambrogio_cell._settings import Settings
from ranvier.apps.ambrogio_cell._train import Trainer, memory, seen
from ranvier.core import Cell, load
from ranvier.hardware import program
from ranvier.hardware.crossbar import PerArray
from ranvier.nets import run

ARRAYS = 10
SHOWN = (0, len(SINCE_PROGRAMMING_S) - 1)
"""Of the times, those at which weights are drawn."""


def later(
    folder: Path, settings: Settings, trainer: Trainer, models: list[dict[str, Any]]
) -> tuple[dict[str, Any] | None, dict[str, np.ndarray]]:
    """Let the network grow old that validates best of those that learned in devices.

    Args:
        folder: of the run, with its models.
        settings: of the experiment.
        trainer: has the test images.
        models: what the trainings left.

    Returns:
        What goes into the result, or `None` where nothing learned in devices, and what is drawn.
    """
    held = [one for one in models if one["way"] != "float"]
    if not held:
        return None, {}
    best = max(held, key=lambda one: one["valid_accuracy"])
    called = name_of(best["way"], best["seed"], best["learning_rate"])
    model = load(folder / "models" / f"{called}.safetensors", trainer.network(best["seed"]))
    shown = trainer.test[: settings.aged_images]
    data = (
        jnp.asarray(seen(settings, shown.images))[None],
        jnp.asarray(shown.labels, jnp.int32),
    )
    device, seed = memory(settings), best["seed"]
    onto: dict[str, Any] = {"scaling": PerArray()}
    after = aged(model, _judge, data, device, count=ARRAYS, seed=seed, **onto)
    weights = weights_over_time(
        model,
        device,
        seed=seed,
        seconds=[SINCE_PROGRAMMING_S[index] for index in SHOWN],
        **onto,
    )
    told = {
        "way": best["way"],
        "seed": seed,
        "arrays": ARRAYS,
        "images": len(shown),
        "seconds": list(SINCE_PROGRAMMING_S),
        "held": held_told(program(model, device, key=jax.random.key(seed), **onto)),
        "without_devices": float(_judge(model, data)["accuracy"]),
        **{
            name: {
                "mean": found.mean(axis=1).tolist(),
                "spread": found.std(axis=1, ddof=1).tolist(),
            }
            for name, found in _both(after).items()
        },
    }
    arrays = {f"later/{name}": found for name, found in _both(after).items()}
    return told, arrays | {f"later/weights/{name}": found for name, found in weights.items()}


def _both(after: Any) -> dict[str, np.ndarray]:
    return {"drifted": after.scores["accuracy"], "compensated": after.compensated["accuracy"]}


def _judge(model: Cell, data: Any) -> dict[str, jax.Array]:
    x, labels = data
    return {"accuracy": 100 * (jnp.argmax(run(model, x)[1][-1], -1) == labels).mean()}
