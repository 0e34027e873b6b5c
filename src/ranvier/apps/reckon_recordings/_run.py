"""Let chips learn recordings, record what came out, and leave a folder with everything in it."""

import dataclasses
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._on_reckon import costs
from ranvier.apps._resumable import OnPart, claim, kept_arrays, leave, leave_arrays, made_with
from ranvier.apps.reckon_recordings._beside import Learned, learn_beside
from ranvier.apps.reckon_recordings._published import neighbours
from ranvier.apps.reckon_recordings._report import write_report
from ranvier.apps.reckon_recordings._settings import Settings, name_of
from ranvier.apps.reckon_recordings._spikes import Encoder, Parts, parts_of
from ranvier.apps.reckon_recordings._train import Trained, train
from ranvier.core import only_writer

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Train chips, one per seed, and the same networks in floating point.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        FileNotFoundError: the recordings are nowhere.
        ValueError: it holds a run with other settings, or settings that do not fit the recordings.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run reckon-braille`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
        encode = Encoder(settings)
        parts = functools.lru_cache(maxsize=1)(lambda seed: parts_of(settings, seed, encode))
        first = parts(settings.first_seed)
        chips, beside = _trained(folder, settings, seeds, parts, progress)
        result = {
            "experiment": name_of(settings),
            "source": "Frenkel, Indiveri, ISSCC 2022",
            "settings": dataclasses.asdict(settings),
            "classes": list(first.classes),
            "held_out": first.held_out,
            "recordings": {"train": len(first.train.labels), "test": len(first.test.labels)},
            "inputs": first.train.spikes.shape[2],
            "chips": {name: _found(chip, settings) for name, chip in chips.items()},
            "beside": {
                rule: {
                    "test_accuracy": [one.accuracy.tolist() for one in learned],
                    "spikes": float(np.mean([one.spikes for one in learned])),
                    **_mean([float(one.accuracy[-1]) for one in learned]),
                }
                for rule, learned in beside.items()
            },
            "confusion": np.sum([chip.confusion for chip in chips.values()], 0).tolist(),
            "summary": _summary(list(chips.values()), settings),
            "neighbours": [one._asdict() for one in neighbours(settings)],
            **made_with(_LIBRARIES),
        }
        shown = chips[f"seed{settings.first_seed}"]
        arrays = {name: getattr(shown, name) for name in ("v", "z", "spikes", "asked", "label")}
        leave_arrays(folder / "recordings.npz", arrays)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _trained(
    folder: Path,
    settings: Settings,
    seeds: range,
    parts: Callable[[int], Parts],
    progress: OnPart | None,
) -> tuple[dict[str, Trained], dict[str, list[Learned]]]:
    """Chips by name, and what learned beside them by rule; each from its file, if it is there."""
    say = progress or (lambda what, done, total: None)
    after = settings.seeds * settings.epochs
    some = seeds[: settings.beside_seeds]
    total = after + len(settings.beside) * len(some) * settings.beside_epochs

    def chip(number: int, seed: int) -> Trained:
        def tell(epoch: int) -> None:
            say(f"seed{seed}, epoch {epoch + 1}", number * settings.epochs + epoch, total)

        return train(settings, parts(seed), seed, tell)

    def network(number: int, rule: Any, seed: int) -> Learned:
        def tell(epoch: Any) -> None:
            done = after + number * settings.beside_epochs + epoch.number
            say(f"{rule}, seed{seed}, epoch {epoch.number}", done, total)

        return learn_beside(settings, parts(seed), rule, seed, tell)

    chips, beside, number = {}, {rule: [] for rule in settings.beside if some}, 0
    for place, seed in enumerate(seeds):
        path = folder / "parts" / f"seed{seed}.npz"
        chips[f"seed{seed}"] = kept_arrays(path, Trained, functools.partial(chip, place, seed))
        for rule in beside if seed in some else ():
            path = folder / "parts" / f"{rule}-{seed}.npz"
            part = functools.partial(network, number, rule, seed)
            beside[rule].append(kept_arrays(path, Learned, part))
            number += 1
    return chips, beside


def _mean(accuracy: list[float]) -> dict[str, Any]:
    several = len(accuracy) > 1
    return {
        "mean": float(np.mean(accuracy)),
        "spread": float(np.std(accuracy, ddof=1)) if several else None,
        "seeds": len(accuracy),
    }


def _found(chip: Trained, settings: Settings) -> dict[str, Any]:
    """Scores and costs of one chip; costs are those of a recording of the last test."""
    events, spikes, operations, _ = chip.counts[-1, 1].tolist()
    return {
        "taught_accuracy": chip.accuracy[:, 0].tolist(),
        "test_accuracy": chip.accuracy[:, 1].tolist(),
        "per_recording": {
            "input_events": events,
            "spikes": spikes,
            "spikes_per_neuron": spikes / settings.neurons,
            "synaptic_operations": operations,
            "weight_changes": chip.counts[:, 0, 3].tolist(),
            "seconds": float(chip.ticks) * settings.tick_ms / 1000,
        },
        **costs(chip.counts[-1, 1], float(chip.ticks) * settings.tick_ms / 1000),
    }


def _summary(chips: list[Trained], settings: Settings) -> dict[str, Any]:
    """Means over the chips, in the last epoch; no epoch is chosen."""
    found = [_found(chip, settings) for chip in chips]
    return {
        **_mean([one["test_accuracy"][-1] for one in found]),
        "test_accuracy": np.mean([one["test_accuracy"] for one in found], 0).tolist(),
        "spikes_per_neuron": float(
            np.mean([one["per_recording"]["spikes_per_neuron"] for one in found])
        ),
        "energy_nJ": float(np.mean([one["energy"]["picojoule"] for one in found])) / 1000,
        "power_uW": float(np.mean([one["power_uW"] for one in found])),
    }
