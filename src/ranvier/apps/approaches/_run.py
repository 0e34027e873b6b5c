"""The comparison of approaches: train, convert, judge, and leave a folder with everything in it."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._resumable import (
    OnTraining,
    claim,
    kept_part,
    leave,
    leave_arrays,
    made_with,
    shown,
)
from ranvier.apps.approaches._approaches import measured
from ranvier.apps.approaches._inside import inside
from ranvier.apps.approaches._published import published
from ranvier.apps.approaches._report import write_report
from ranvier.apps.approaches._settings import APPROACHES, Settings, name_of, pairs
from ranvier.apps.approaches._training import Parts, Training, parts_of
from ranvier.core import only_writer

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_NEAR = 0.1


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Take every approach on every network and seed; write results, models, figures and a report.

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
        See `ranvier run approaches`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        parts = parts_of(settings)
        training = Training(settings, parts, folder)
        found = []
        for seed in range(settings.first_seed, settings.first_seed + settings.seeds):
            for network, approach in pairs(settings):

                def one(
                    approach: str = approach, network: str = network, seed: int = seed
                ) -> dict[str, Any]:
                    title, epochs = f"{network}, {approach}, seed {seed}", settings.epochs
                    epochs = {
                        "snu": settings.spiking_epochs,
                        "single-spike": settings.timed_epochs,
                    }.get(approach, epochs)
                    with shown(progress, title, epochs) as on_epoch:
                        return measured(approach, training, network, seed, on_epoch)

                path = folder / "parts" / f"{name_of(network, approach, seed)}.json"
                found.append(kept_part(path, one))
        result = {
            "experiment": "approaches",
            "settings": dataclasses.asdict(settings),
            "data": {"name": settings.data, **_counts(parts)},
            "models": found,
            "summary": _summary(found, settings),
            **made_with(_LIBRARIES),
        }
        recorded = inside(training)
        leave_arrays(folder / "recordings.npz", recorded)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _counts(parts: Parts) -> dict[str, int]:
    return {name: len(getattr(parts, name)) for name in parts._fields}


def _summary(found: list[dict[str, Any]], settings: Settings) -> list[dict[str, Any]]:
    """Means over seeds, beside what was published."""
    rows = []
    for network, approach in pairs(settings):
        same = [o for o in found if (o["network"], o["approach"]) == (network, approach)]
        scores = [one["accuracy"] for one in same]
        known = published(approach, network, settings.data)
        sources = [one["source_accuracy"] for one in same]
        spikes = [one["spikes_per_neuron"] for one in same]
        rows.append(
            {
                "network": network,
                "approach": approach,
                "label": APPROACHES.get(approach, "rectified units, no spikes"),
                "seeds": len(same),
                "accuracy": _mean(scores),
                "accuracy_spread": float(np.std(scores, ddof=1)) if len(same) > 1 else None,
                "source_accuracy": None if None in sources else _mean(sources),
                "latency": same[0]["latency"],
                "first_near": _first_near(same),
                "curve": _curve(same),
                "neurons": same[0]["neurons"],
                "spikes_per_neuron": None if None in spikes else _mean(spikes),
                **{
                    name: _mean([one["work"][name] for one in same])
                    for name in ("accumulates", "macs", "updates", "weights")
                },
                "energy_nJ": {
                    what: _mean([one["work"]["energy_nJ"][what]["mean"] for one in same])
                    for what in same[0]["work"]["energy_nJ"]
                },
                "published": known.accuracy if known else None,
                "published_source": known.source if known else None,
                "deviation": _mean(scores) - known.accuracy if known else None,
            }
        )
    return rows


def _mean(values: list[Any]) -> float:
    return float(np.mean(values))


def _curve(same: list[dict[str, Any]]) -> list[float] | None:
    """Accuracy after every step."""
    if same[0]["curve"] is None:
        return None
    return np.mean([one["curve"] for one in same], axis=0).tolist()


def _first_near(same: list[dict[str, Any]]) -> int | None:
    """The first step from which on no later one is a tenth of a point below the source."""
    curve, sources = _curve(same), [one["source_accuracy"] for one in same]
    if curve is None or None in sources:
        return None
    below = np.flatnonzero(np.asarray(curve) < _mean(sources) - _NEAR - 1e-9)
    first = int(below[-1]) + 2 if below.size else 1
    return first if first <= len(curve) else None
