"""Train, put on many arrays, let time pass, judge; and leave a folder with everything in it."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ranvier.apps._held import held_told, source_told
from ranvier.apps._on_arrays import (
    FOUR_DAYS,
    SINCE_PROGRAMMING_S,
    Aged,
    aged,
    chord_judge,
    weights_over_time,
)
from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps.chorales_on_pcm._report import write_report
from ranvier.apps.chorales_on_pcm._settings import Settings, name_of
from ranvier.apps.chorales_on_pcm._train import Trainer
from ranvier.core import only_writer, save
from ranvier.data import catalogue as data_sets
from ranvier.hardware import program

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_SHOWN = (0, FOUR_DAYS, len(SINCE_PROGRAMMING_S) - 1)


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Train networks with and without knowledge of devices, and judge them as these age.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows the trainings; see `OnTraining`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run chorales-on-pcm`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        split = data_sets[settings.data]()
        trainer = Trainer(settings, split)
        models, arrays = [], {}
        for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
            for training in settings.trainings:
                with shown(progress, f"{training} seed {seed}", settings.epochs) as on_epoch:
                    model, told = trainer.train(training, seed, folder, on_epoch)
                name = name_of(training, seed)
                save(
                    folder / "models" / f"{name}.safetensors",
                    model,
                    settings=dataclasses.asdict(settings),
                )
                onto = trainer.onto(training)
                after = aged(
                    model,
                    chord_judge,
                    trainer.test,
                    trainer.device,
                    count=settings.arrays,
                    seed=seed,
                    **onto,
                )
                arrays |= {f"{name}/{k}": v for k, v in _flat(after).items()}
                if seed == settings.first_seed:
                    weights = weights_over_time(
                        model,
                        trainer.device,
                        seed=seed,
                        seconds=[SINCE_PROGRAMMING_S[index] for index in _SHOWN],
                        **onto,
                    )
                    arrays |= {f"{name}/weights/{k}": v for k, v in weights.items()}
                models.append({**told, **_scores(after), "arrays": _audited(model, trainer, onto)})
        result = {
            "experiment": "chorales-on-pcm",
            "settings": dataclasses.asdict(settings),
            "data": {"source": split.source, "rule": split.rule},
            "device": {
                **source_told(trainer.device.source),
                "reference_seconds": trainer.device.reference_seconds,
            },
            "seconds_since_programming": list(SINCE_PROGRAMMING_S),
            "models": models,
            **made_with(_LIBRARIES),
        }
        leave_arrays(folder / "recordings.npz", arrays)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _flat(after: Aged) -> dict[str, np.ndarray]:
    return {
        f"{what}/{measure}": values
        for what, scores in (("drifted", after.scores), ("compensated", after.compensated))
        for measure, values in scores.items()
    }


def _scores(after: Aged) -> dict[str, Any]:
    """Mean and spread over arrays, at every time."""
    return {
        what: {
            measure: {
                "mean": values.mean(axis=1).tolist(),
                "spread": values.std(axis=1, ddof=1).tolist(),
            }
            for measure, values in scores.items()
        }
        for what, scores in (("drifted", after.scores), ("compensated", after.compensated))
    }


def _audited(model: Any, trainer: Trainer, onto: dict[str, Any]) -> list[dict[str, Any]]:
    on_arrays = program(model, trainer.device, key=jax.random.key(0), **onto)
    return held_told(on_arrays)
