"""Recordings are recognised: train, judge, record, and leave a folder with everything in it."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps.recognition._features import Parts, parts_of
from ranvier.apps.recognition._published import published
from ranvier.apps.recognition._report import write_report
from ranvier.apps.recognition._settings import Settings, name_of
from ranvier.apps.recognition._train import Judged, Trainer
from ranvier.core import only_writer, save
from ranvier.nets import record

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")


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
        FileNotFoundError: the recordings are nowhere.
        ValueError: the folder holds a run with other settings, or a split that the recordings do
            not allow.
        RuntimeError: another process is running in the folder.

    Example:
        See `ranvier run spoken-digits`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        judged: dict[str, Judged] = {}
        parts = None
        for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
            parts = parts_of(settings, seed)
            trainer = Trainer(settings, parts)
            for neuron in settings.neurons:
                with shown(progress, f"{neuron} seed {seed}", settings.epochs) as on_epoch:
                    judged[name_of(neuron, seed)] = trainer.train(neuron, seed, folder, on_epoch)
        if parts is None:
            raise ValueError("expected at least one seed.")
        records = [one.record for one in judged.values()]
        chosen = _chosen(judged, settings)
        result = {
            "experiment": settings.data,
            "settings": dataclasses.asdict(settings),
            "classes": list(parts.classes),
            "width": parts.train.x.shape[-1],
            "recordings": {name: len(getattr(parts, name).labels) for name in _PARTS},
            "models": records,
            "summary": _summary(records, settings),
            "chosen": chosen,
            **made_with(_LIBRARIES),
        }
        for name, one in judged.items():
            save(folder / "models" / f"{name}.safetensors", one.model, settings=result["settings"])
        save(folder / "model.safetensors", judged[chosen].model, settings=result["settings"])
        _record(folder / "recordings.npz", judged[chosen], parts)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


_PARTS = ("train", "valid", "test")


def _chosen(judged: dict[str, Judged], settings: Settings) -> str:
    """The network that is shown: of the last seed's parts, the first neuron."""
    return name_of(settings.neurons[0], settings.first_seed + settings.seeds - 1)


def _summary(records: list[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    """Mean and spread over seeds, beside what was published."""
    rows = []
    for neuron in settings.neurons:
        same = [one for one in records if one["neuron"] == neuron]
        scores = [one["test_accuracy"] for one in same]
        known = published(neuron, settings)
        spikes = [one["hidden_spikes"] for one in same]
        mean = float(np.mean(scores))
        rows.append(
            {
                "neuron": neuron,
                "seeds": len(same),
                "parameters": same[0]["parameters"],
                "valid_accuracy": float(np.mean([one["valid_accuracy"] for one in same])),
                "test_accuracy": mean,
                "test_accuracy_spread": float(np.std(scores, ddof=1)) if len(same) > 1 else None,
                "hidden_spikes": None if None in spikes else float(np.mean(spikes)),
                "operations": {
                    kind: float(np.mean([one["operations"][kind] for one in same]))
                    for kind in ("dense", "event")
                },
                "published": known.accuracy if known else None,
                "published_source": known.source if known else None,
                "deviation": mean - known.accuracy if known else None,
            }
        )
    return rows


def _record(path: Path, judged: Judged, parts: Parts) -> None:
    """What the report draws: one test recording, and the network while it hears it."""
    test = parts.test
    states = record(judged.model, jnp.swapaxes(jnp.asarray(test.x[:1]), 0, 1))
    length = int(test.mask[0].sum())
    arrays = {
        "features": test.x[0, :length],
        "label": test.labels[0],
        "hidden": np.asarray(states[0].y[:length, 0]),
        "output": np.asarray(states[-1].y[:length, 0]),
    }
    leave_arrays(path, arrays)
