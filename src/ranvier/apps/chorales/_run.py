"""The chorale experiment: train, judge, record, and leave a folder with everything in it."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps.chorales._continue import continuation
from ranvier.apps.chorales._on_pcm import on_pcm
from ranvier.apps.chorales._published import PUBLISHED
from ranvier.apps.chorales._report import write_report
from ranvier.apps.chorales._settings import Settings, name_of
from ranvier.apps.chorales._train import Judged, Trainer
from ranvier.core import only_writer, save
from ranvier.data import Split
from ranvier.data import catalogue as data_sets
from ranvier.metrics import markov_nll, note_frequency_nll, uniform_nll
from ranvier.nets import record

_OPENING, _ADDED = 16, 48
_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy", "music21")


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
    reading: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Train every neuron with every rule and seed; write results, models, figures and a report.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows the trainings; see `OnTraining`.
        reading: called with (done, all) while chorales are read for the first time.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run chorales`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        split = _read(settings.data, reading)
        trainer = Trainer(settings, split)
        judged: dict[str, Judged] = {}
        for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
            for neuron in settings.neurons:
                for rule in settings.rules:
                    name = name_of(neuron, rule, seed)
                    title = f"{neuron} {rule} seed {seed}"
                    with shown(progress, title, settings.epochs) as on_epoch:
                        judged[name] = trainer.train(neuron, rule, seed, folder, on_epoch)
        chosen = min(judged, key=lambda name: judged[name].record["valid_nll"] or 0.0)
        aged, drawn = on_pcm(judged, split, settings.arrays)
        result = {
            "experiment": "chorales",
            "settings": dataclasses.asdict(settings),
            "data": _about(split),
            "baselines": _baselines(split),
            "models": [j.record for j in judged.values()],
            "summary": _summary([j.record for j in judged.values()]),
            "chosen": chosen,
            "on_pcm": aged,
            **made_with(_LIBRARIES),
        }
        for name, one in judged.items():
            save(folder / "models" / f"{name}.safetensors", one.model, settings=result["settings"])
        save(folder / "model.safetensors", judged[chosen].model, settings=result["settings"])
        _record(folder / "recordings.npz", judged, chosen, split, drawn)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _read(name: str, reading: Callable[[int, int], None] | None) -> Split:
    if name == "bach":
        return data_sets[name](progress=reading)
    return data_sets[name]()


def _about(split: Split) -> dict[str, Any]:
    parts = {"train": split.train, "valid": split.valid, "test": split.test}
    return {
        "source": split.source,
        "rule": split.rule,
        "pieces": {name: len(part) for name, part in parts.items()},
        "steps": {name: part.steps for name, part in parts.items()},
    }


def _baselines(split: Split) -> dict[str, float]:
    train, test = split.train.rolls, split.test.rolls
    return {
        "uniform": uniform_nll(split.train.width),
        "note frequency": note_frequency_nll(train, test),
        "note Markov": markov_nll(train, test),
    }


def _summary(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean and spread over seeds, beside the published score."""
    rows = []
    for neuron, rule in dict.fromkeys((r["neuron"], r["rule"]) for r in records):
        same = [r for r in records if (r["neuron"], r["rule"]) == (neuron, rule)]
        scores = [r["test_nll"] for r in same]
        published = PUBLISHED.get(neuron)
        mean = float(np.mean(scores))
        rows.append(
            {
                "neuron": neuron,
                "rule": rule,
                "seeds": len(same),
                "parameters": same[0]["parameters"],
                "hidden_units": same[0]["hidden_units"],
                "valid_nll": None
                if same[0]["valid_nll"] is None
                else float(np.mean([r["valid_nll"] for r in same])),
                "test_nll": mean,
                "test_nll_spread": float(np.std(scores, ddof=1)) if len(same) > 1 else None,
                "published": published.value if published else None,
                "published_source": published.source if published else None,
                "deviation": mean - published.value if published else None,
            }
        )
    return rows


def _record(
    path: Path,
    judged: dict[str, Judged],
    chosen: str,
    split: Split,
    drawn: dict[str, np.ndarray],
) -> None:
    """What the report draws: one test piece heard by each network, and a continuation."""
    piece = split.test.rolls[0]
    arrays: dict[str, np.ndarray] = {"piece": piece, **drawn}
    for name, one in judged.items():
        hidden, output = record(one.model, jnp.asarray(piece[:-1, None], jnp.float32))
        arrays[f"{name}/logits"] = np.asarray(output.y[:, 0])
        for variable, values in hidden._asdict().items():
            arrays[f"{name}/{variable}"] = np.asarray(values[:, 0])
        neuron: Any = one.model
        bias = getattr(neuron.layers[0].neuron, "bias", None)
        if "s" in hidden._fields and bias is not None:
            arrays[f"{name}/threshold"] = -np.asarray(bias)
    seed = judged[chosen].record["seed"]
    arrays["continuation"] = continuation(judged[chosen].model, piece[:_OPENING], _ADDED, seed=seed)
    arrays["opening"] = np.asarray(_OPENING)
    leave_arrays(path, arrays)
