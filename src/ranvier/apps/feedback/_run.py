"""The feedback experiment: train, judge, record, and leave a folder with everything in it."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._credit import credit
from ranvier.apps._paired import ahead, spread
from ranvier.apps._resumable import OnTraining, claim, leave, made_with
from ranvier.apps._tuned import Work
from ranvier.apps.feedback._report import write_report
from ranvier.apps.feedback._settings import Settings
from ranvier.apps.feedback._train import Trainer
from ranvier.core import only_writer
from ranvier.data import Images
from ranvier.data import catalogue as data_sets

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Train by every rule with every seed; write results, models, figures and a report.

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
        See `ranvier run feedback`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        load: Callable[[str], Images] = data_sets[settings.data]
        test = None if settings.held_out else load("test")
        trainer = Trainer(settings, load("train"), test)
        work = Work(folder, trainer, settings.epochs, progress)
        models, tuning = work.of_all(settings.rules)
        result = {
            "experiment": "feedback",
            "settings": dataclasses.asdict(settings),
            "data": {
                "train": len(trainer.learn),
                "valid": len(trainer.valid),
                "test": len(trainer.test),
                "side": trainer.side,
            },
            "models": models,
            "tuning": tuning,
            "summary": summary(models),
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave(folder, result)
        write_report(folder)
    return result


def summary(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean and spread over seeds, beside backpropagation and, for GRAPES, beside none.

    Args:
        models: what each training of each rule left.
    """
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for model in models:
        by_rule.setdefault(model["rule"], []).append(model)
    scores = {rule: [one["test_accuracy"] for one in same] for rule, same in by_rule.items()}
    rows = []
    for rule, same in by_rule.items():
        final = {
            what: float(np.mean([one["angles"][what][one["best_epoch"]] for one in same]))
            for what in same[0]["angles"]
        }
        rows.append(
            {
                "rule": rule,
                "seeds": len(same),
                "learning_rate": same[0]["learning_rate"],
                "valid_accuracy": float(np.mean([one["valid_accuracy"] for one in same])),
                "test_accuracy": float(np.mean(scores[rule])),
                "test_accuracy_spread": spread(scores[rule]),
                "first_epoch_accuracy": float(
                    np.mean([100 - one["curves"]["valid_error"][0] for one in same])
                ),
                "behind_bp": ahead(scores, "bp", rule),
                "over_plain": ahead(scores, rule, credit(rule).path) if credit(rule).form else None,
                "angles": final,
            }
        )
    return rows
