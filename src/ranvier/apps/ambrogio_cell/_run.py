"""The experiment of capacitors and pairs: train, judge, record."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with
from ranvier.apps._tuned import Work
from ranvier.apps.ambrogio_cell._later import later
from ranvier.apps.ambrogio_cell._report import write_report
from ranvier.apps.ambrogio_cell._settings import Settings
from ranvier.apps.ambrogio_cell._train import Trainer, sources
from ranvier.core import only_writer
from ranvier.data import catalogue as data_sets

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")

PUBLISHED = {
    "mnist_test_accuracy": 98.0,
    "source": "Ambrogio et al., Nature 558 (2018), the number as lecture slides quote it",
    "checked": False,
    "note": "97.95 against 97.94 in software is recalled and was not read in the paper either.",
}


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Train wherever the settings say, with every seed; write results, models and a report.

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
        FloatingPointError: a way diverges at every learning rate.

    Example:
        See `ranvier run ambrogio-cell`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        load = data_sets[settings.data]
        trainer = Trainer(settings, load("train"), load("test"))
        work = Work(folder, trainer, settings.epochs, progress)
        models, tuning = work.of_all(settings.ways)
        told, arrays = later(folder, settings, trainer, models)
        result = {
            "experiment": "ambrogio-cell",
            "source": "Ambrogio et al., Nature 558 (2018)",
            "settings": dataclasses.asdict(settings),
            "data": {
                "train": len(trainer.learn),
                "valid": len(trainer.valid),
                "test": len(trainer.test),
                "inputs": trainer.inputs,
                "active_inputs": trainer.active(),
            },
            "models": models,
            "tuning": tuning,
            "summary": _summary(models),
            "later": told,
            "learned_in": sources(settings),
            "published": PUBLISHED,
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave_arrays(folder / "recordings.npz", arrays)
        leave(folder, result)
        write_report(folder)
    return result


def _summary(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean and spread over seeds."""
    by_way: dict[str, list[dict[str, Any]]] = {}
    for model in models:
        by_way.setdefault(model["way"], []).append(model)
    return [
        {
            "way": way,
            "seeds": len(same),
            "learning_rate": same[0]["learning_rate"],
            "parameters": same[0]["parameters"],
            "valid_accuracy": float(np.mean([one["valid_accuracy"] for one in same])),
            "test_accuracy": float(np.mean([one["test_accuracy"] for one in same])),
            "test_accuracy_spread": (
                float(np.std([one["test_accuracy"] for one in same], ddof=1))
                if len(same) > 1
                else None
            ),
        }
        for way, same in by_way.items()
    ]
