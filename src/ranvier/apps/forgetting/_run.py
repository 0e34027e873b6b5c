"""The forgetting experiment: learn all tasks, judge, record, and leave a folder."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ranvier import metrics
from ranvier.apps._credit import CONTROLS, credit
from ranvier.apps._resumable import OnTraining, claim, leave, made_with
from ranvier.apps._tuned import Work
from ranvier.apps.forgetting._report import write_report
from ranvier.apps.forgetting._settings import Settings
from ranvier.apps.forgetting._tasks import names
from ranvier.apps.forgetting._train import Trainer
from ranvier.core import only_writer
from ranvier.data import Images
from ranvier.data import catalogue as data_sets

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_MEASURES = {
    "average_accuracy": metrics.average_accuracy,
    "learned_accuracy": metrics.learned_accuracy,
    "backward_transfer": metrics.backward_transfer,
    "forgetting": metrics.forgetting,
}


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Learn the tasks by every rule with every seed; write results, models and a report.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows the trainings: called with a title and its epochs, returns a context of
            `on_epoch`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings, or there are too few images.
        ConnectionError: a part of the data is neither here nor to be fetched.
        FloatingPointError: a rule diverges at every learning rate.

    Example:
        See `ranvier run forgetting`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        load: Callable[[str], Images] = data_sets[settings.data]
        trainer = Trainer(settings, load("train"), load("test"))
        epochs = settings.tasks * settings.epochs
        work = Work(folder, trainer, epochs, progress, settings.tuning_seeds)
        models, tuning = work.of_all(settings.rules)
        for model in models:
            model.update({name: measure(model["accuracy"]) for name, measure in _MEASURES.items()})
        result = {
            "experiment": "forgetting",
            "settings": dataclasses.asdict(settings),
            "data": {
                "train": len(trainer.learn),
                "valid": len(trainer.valid),
                "test": len(trainer.test),
                "side": trainer.side,
            },
            "tasks": names(settings),
            "models": models,
            "tuning": tuning,
            "summary": _summary(models),
            "differences": _differences(models),
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave(folder, result)
        write_report(folder)
    return result


def _by_rule(models: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for model in models:
        found.setdefault(model["rule"], []).append(model)
    return found


def _summary(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean and standard deviation over seeds."""
    return [
        {
            "rule": rule,
            "seeds": len(same),
            "learning_rate": same[0]["learning_rate"],
            "valid_accuracy": float(np.mean([one["valid_accuracy"] for one in same])),
            **{name: _mean([one[name] for one in same]) for name in _MEASURES},
            "accuracy": [
                np.mean([one["accuracy"][task] for one in same], 0).tolist()
                for task in range(len(same[0]["accuracy"]))
            ],
        }
        for rule, same in _by_rule(models).items()
    ]


def _differences(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """GRAPES minus its controls and minus the plain rule, other rules minus backpropagation.

    Seed by seed: both of a pair saw the same permutations, and began with the same weights.
    """
    by_rule = _by_rule(models)
    return [
        {
            "rule": rule,
            "against": other,
            **{
                name: _difference(
                    [a[name] - b[name] for a, b in zip(same, by_rule[other], strict=True)]
                )
                for name in _MEASURES
            },
        }
        for rule, same in by_rule.items()
        for other in _against(rule)
        if other in by_rule
    ]


def _against(rule: str) -> list[str]:
    way = credit(rule)
    if way.form:
        controls = [] if way.control else [f"{rule}:{control}" for control in reversed(CONTROLS)]
        return [*controls, way.path]
    return [] if rule == "bp" else ["bp"]


def _mean(values: list[float]) -> dict[str, float | None]:
    """Mean and standard deviation over seeds."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "spread": spread}


def _difference(apart: list[float]) -> dict[str, float | None]:
    """Mean over seeds, and its standard error."""
    mean, spread = _mean(apart).values()
    return {"mean": mean, "standard_error": spread and spread / len(apart) ** 0.5}
