"""The digit experiment: train, judge, record, and leave a folder with everything in it."""

import dataclasses
import math
import time
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps.digits._published import published
from ranvier.apps.digits._report import write_report
from ranvier.apps.digits._settings import Settings, name_of
from ranvier.apps.digits._train import Judged, Trainer
from ranvier.core import only_writer, save
from ranvier.data import catalogue as data_sets
from ranvier.nets import record

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_SHOWN = 1_000_003


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Train every neuron with every seed; write results, models, figures and a report.

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
        ValueError: it holds a run with other settings, or there are too few digits.
        ConnectionError: a part of the data is neither here nor to be fetched.
        RuntimeError: another process is running in the folder.

    Example:
        See `ranvier run digits`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        trainer = Trainer(settings, *(data_sets[settings.data](p) for p in ("train", "test")))
        judged: dict[str, Judged] = {}
        for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
            for neuron in settings.neurons:
                with shown(progress, f"{neuron} seed {seed}", settings.epochs) as on_epoch:
                    one = trainer.train(neuron, seed, folder, on_epoch)
                judged[name_of(neuron, seed)] = one
        records = [one.record for one in judged.values()]
        chosen = max(judged, key=lambda name: judged[name].record["valid_accuracy"])
        result = {
            "experiment": "digits",
            "settings": dataclasses.asdict(settings),
            "widths": _units(judged[chosen].model),
            "data": {
                "name": settings.data,
                "digits": {
                    "train": len(trainer.learn),
                    "valid": len(trainer.valid),
                    "test": len(trainer.test),
                },
            },
            "models": records,
            "summary": _summary(records, settings),
            "chosen": chosen,
            **made_with(_LIBRARIES),
        }
        for name, one in judged.items():
            save(folder / "models" / f"{name}.safetensors", one.model, settings=result["settings"])
        save(folder / "model.safetensors", judged[chosen].model, settings=result["settings"])
        _record(folder / "recordings.npz", judged, trainer)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _summary(records: list[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    """Mean and spread over seeds, beside what was published."""
    rows = []
    for neuron in dict.fromkeys(one["neuron"] for one in records):
        same = [one for one in records if one["neuron"] == neuron]
        scores = [one["test_accuracy"] for one in same]
        known = published(neuron, settings)
        mean = float(np.mean(scores))
        rows.append(
            {
                "neuron": neuron,
                "seeds": len(same),
                "parameters": same[0]["parameters"],
                "valid_accuracy": float(np.mean([r["valid_accuracy"] for r in same])),
                "test_accuracy": mean,
                "test_accuracy_spread": float(np.std(scores, ddof=1)) if len(same) > 1 else None,
                "hidden_spikes": float(np.mean([r["hidden_spikes"] for r in same]))
                if same[0]["hidden_spikes"] is not None
                else None,
                "published": known.accuracy if known else None,
                "published_hidden_spikes": known.hidden_spikes if known else None,
                "published_source": known.source if known else None,
                "deviation": mean - known.accuracy if known else None,
            }
        )
    return rows


def _units(model: Any) -> list[int]:
    """How many units every layer has."""
    return [math.prod(layer.neuron.shape) for layer in model.layers]


def _record(path: Path, judged: dict[str, Judged], trainer: Trainer) -> None:
    """What the report draws: one test digit seen by the first layer of each network.

    Of a convolutional layer, which sees everywhere with the same weights, the middle is enough.
    """
    first = trainer.test[:1]
    (trains,) = trainer.trains(first, _SHOWN, trainer.judge_code)
    seen = np.asarray(trains[:, 0]).reshape(len(trains), -1)
    arrays = {"digit": first.images[0], "label": first.labels[0], "input": seen}
    for name, one in judged.items():
        model: Any = one.model
        states = record(model, jnp.asarray(trains))
        arrays[f"{name}/output"] = np.asarray(states[-1].y[:, 0])
        axes = len(model.layers[0].neuron.shape)
        for variable, values in states[0]._asdict().items():
            arrays[f"{name}/{variable}"] = _middle(np.asarray(values[:, 0]), axes)
        bias = getattr(model.layers[0].neuron, "bias", None)
        if "s" in states[0]._fields and bias is not None:
            arrays[f"{name}/threshold"] = -_middle(np.asarray(bias), axes)
    leave_arrays(path, arrays)


def _middle(values: np.ndarray, axes: int) -> np.ndarray:
    """Of units `[..., rows, columns, channels]`, those at the middle place; a row as it is."""
    if axes == 1:
        return values
    rows, columns = values.shape[-3:-1]
    return values[..., rows // 2, columns // 2, :]
