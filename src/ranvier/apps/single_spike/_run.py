"""The single-spike experiment: train, judge, record, and leave a folder with everything in it."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import OnTraining, claim, kept_part, leave, made_with, shown
from ranvier.apps.single_spike._published import published
from ranvier.apps.single_spike._report import write_report
from ranvier.apps.single_spike._settings import Settings
from ranvier.apps.single_spike._train import Trainer
from ranvier.core import only_writer, save
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
    """Train with every seed; write results, models, figures and a report.

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
        RuntimeError: another process is running in the folder.

    Example:
        See `ranvier run single-spike`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        load: Callable[[str], Images] = data_sets[settings.data]
        trainer = Trainer(settings, load("train"), load("test"))
        seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
        models = [_of_seed(folder, trainer, seed, progress) for seed in seeds]
        known = published(settings)
        result = {
            "experiment": "single-spike",
            "settings": dataclasses.asdict(settings),
            "data": {
                "train": len(trainer.learn),
                "valid": len(trainer.valid[0]),
                "test": len(trainer.test[0]),
                "pixels": trainer.test[0].shape[1],
            },
            "time": {"unit": trainer.method.unit, "end": trainer.method.end},
            "models": models,
            "summary": _summary(models),
            "published": known._asdict() if known else None,
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave(folder, result)
        write_report(folder)
    return result


def _of_seed(
    folder: Path, trainer: Trainer, seed: int, progress: OnTraining | None
) -> dict[str, Any]:
    """What the training of one seed left: found, or trained now."""

    def trained() -> dict[str, Any]:
        title = f"{trainer.method.title} seed {seed}"
        with shown(progress, title, trainer.settings.epochs) as on_epoch:
            network, found = trainer.train(seed, folder, on_epoch)
        save(folder / "models" / f"seed{seed}.safetensors", network, settings={"seed": seed})
        return found

    return kept_part(folder / "parts" / f"seed{seed}.json", trained)


def _summary(models: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over seeds, and their spread."""
    names = ("valid_accuracy", "test_accuracy", "test_accuracy_of_ties", "tied", "silent")
    layers = models[0]["spikes"]
    latencies = [one["latency"] for one in models if one["latency"] is not None]
    return {
        "seeds": len(models),
        "parameters": models[0]["parameters"],
        **{name: float(np.mean([one[name] for one in models])) for name in names},
        "test_accuracy_spread": float(np.std([one["test_accuracy"] for one in models], ddof=1))
        if len(models) > 1
        else None,
        "best_test_accuracy_of_ties": float(
            np.mean([100 - min(one["curves"]["test_error_of_ties"]) for one in models])
        ),
        "latency": float(np.mean(latencies)) if latencies else None,
        "spikes": {
            layer: {
                what: float(np.mean([one["spikes"][layer][what] for one in models]))
                for what in counts
            }
            for layer, counts in layers.items()
        },
    }
