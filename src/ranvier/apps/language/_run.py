"""The language experiment: train, judge, record, and leave a folder with everything in it."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import OnTraining, claim, leave, made_with, shown
from ranvier.apps.language._published import baselines, published
from ranvier.apps.language._report import write_report
from ranvier.apps.language._settings import DATA, Settings, name_of
from ranvier.apps.language._train import Trainer
from ranvier.core import only_writer, save
from ranvier.data import Corpus, text_folder
from ranvier.data import catalogue as data_sets

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
        ValueError: it holds a run with other settings, or the text is not one.
        ConnectionError: a part of the data is neither here nor to be fetched.
        RuntimeError: another process is running in the folder.

    Example:
        See `ranvier run language`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        load: Callable[[], Corpus] = (
            data_sets[settings.data]
            if settings.data in DATA
            else lambda: text_folder(settings.data)
        )
        corpus = load()
        trainer = Trainer(settings, corpus)
        records = []
        for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
            for neuron in settings.neurons:
                with shown(progress, f"{neuron} seed {seed}", settings.epochs) as on_epoch:
                    model, found = trainer.train(neuron, seed, folder, on_epoch)
                name = name_of(neuron, seed)
                save(folder / "models" / f"{name}.safetensors", model, settings=found)
                records.append(found)
        result = {
            "experiment": "language",
            "settings": dataclasses.asdict(settings),
            "data": {
                "name": corpus.name,
                "vocabulary": len(corpus.vocabulary),
                "words": {part: len(getattr(corpus, part)) for part in ("train", "valid", "test")},
            },
            "models": records,
            "summary": _summary(records, settings),
            "baselines": baselines(corpus),
            **made_with(_LIBRARIES),
            "seconds": round(time.perf_counter() - began, 1),
        }
        leave(folder, result)
        write_report(folder)
    return result


def _summary(records: list[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    """Mean and spread over seeds, beside what was published."""
    rows = []
    for neuron in dict.fromkeys(one["neuron"] for one in records):
        same = [one for one in records if one["neuron"] == neuron]
        scores = [one["test_perplexity"] for one in same]
        known = published(neuron, settings)
        rows.append(
            {
                "neuron": neuron,
                "seeds": len(same),
                "parameters": same[0]["parameters"],
                "valid_perplexity": float(np.mean([one["valid_perplexity"] for one in same])),
                "test_perplexity": float(np.mean(scores)),
                "test_perplexity_spread": float(np.std(scores, ddof=1)) if len(same) > 1 else None,
                "published": known.perplexity if known else None,
                "published_source": known.source if known else None,
            }
        )
    return rows
