"""Let chips learn the cue task, record what came out, and leave a folder with everything in it."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any

import numpy as np

from ranvier.apps._on_reckon import costs
from ranvier.apps._resumable import OnPart, claim, kept_arrays, leave, leave_arrays, made_with
from ranvier.apps.reckon_cue._published import (
    ACCURACY,
    SOURCE,
    TEST_HITS,
    TRAINING_HITS,
    POWER_uW,
)
from ranvier.apps.reckon_cue._report import write_report
from ranvier.apps.reckon_cue._settings import Settings
from ranvier.apps.reckon_cue._train import SHIPPED, Trained, Trials, chips_of, train, trials_of
from ranvier.core import only_writer

_LIBRARIES = ("ranvier", "numpy")


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Train the chip with the shipped seeds and chips with seeds of their own.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings.
        ConnectionError: the shipped trials or weights are neither here nor to be fetched.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run reckon-cue`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        names, trials = chips_of(settings), trials_of(settings)
        say = progress or (lambda what, done, total: None)
        total = len(names) * settings.epochs

        def tell(chip: int, epoch: int) -> None:
            say(f"{names[chip]}, epoch {epoch + 1}", chip * settings.epochs + epoch, total)

        chips = {
            name: kept_arrays(
                folder / "parts" / f"{name}.npz",
                Trained,
                functools.partial(train, name, settings, trials, functools.partial(tell, number)),
            )
            for number, name in enumerate(names)
        }
        first = next(iter(chips.values()))
        result = {
            "experiment": "reckon-cue",
            "source": "Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn",
            "settings": dataclasses.asdict(settings),
            "trials": {
                name: len(part.labels)
                for name, part in zip(("training", "test", "fresh"), trials, strict=True)
            },
            "chips": {name: _found(chip, trials) for name, chip in chips.items()},
            "summary": _summary(chips, trials),
            "hardware": _beside_hardware(chips),
            "published": {"accuracy": ACCURACY, "power_uW": POWER_uW, "source": SOURCE},
            **made_with(_LIBRARIES),
        }
        arrays = {
            "v": first.v,
            "z": first.z,
            "spikes": trials[1].spikes[0],
            "asked": trials[1].asked,
            "label": trials[1].labels[0],
        }
        leave_arrays(folder / "recordings.npz", arrays)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _found(chip: Trained, trials: tuple[Trials, Trials, Trials]) -> dict[str, Any]:
    """Scores and costs of one chip."""
    training, test, fresh = (len(part.labels) for part in trials)
    events, spikes, operations, _ = chip.counts[-1, 1]
    return {
        "training_hits": chip.hits[:, 0].tolist(),
        "test_hits": chip.hits[:, 1].tolist(),
        "training_accuracy": (100 * chip.hits[:, 0] / training).tolist(),
        "test_accuracy": (100 * chip.hits[:, 1] / test).tolist(),
        "fresh_accuracy": 100 * int(chip.fresh) / fresh,
        "per_trial": {
            "input_events": float(events),
            "spikes": float(spikes),
            "synaptic_operations": float(operations),
            "weight_changes": chip.counts[:, 0, 3].tolist(),
        },
        **costs(chip.counts[-1, 1], len(trials[1].asked) / 1000),
    }


def _summary(chips: dict[str, Trained], trials: tuple[Trials, Trials, Trials]) -> dict[str, Any]:
    """Means over the chips with seeds of their own; of the shipped one where there are none."""
    own = [chip for name, chip in chips.items() if name != SHIPPED] or list(chips.values())
    test = np.array([100 * chip.hits[-1, 1] / len(trials[1].labels) for chip in own])
    fresh = np.array([100 * int(chip.fresh) / len(trials[2].labels) for chip in own])
    several = len(own) > 1
    return {
        "chips": len(own),
        "test_accuracy": float(test.mean()),
        "test_accuracy_spread": float(test.std(ddof=1)) if several else None,
        "fresh_accuracy": float(fresh.mean()),
        "fresh_accuracy_spread": float(fresh.std(ddof=1)) if several else None,
    }


def _beside_hardware(chips: dict[str, Trained]) -> dict[str, Any] | None:
    """Whether the shipped chip answered as the hardware description did, epoch by epoch."""
    if SHIPPED not in chips:
        return None
    known = np.array([TRAINING_HITS, TEST_HITS]).T
    own = chips[SHIPPED].hits[: len(known)]
    return {
        "epochs": len(own),
        "training_hits": known[: len(own), 0].tolist(),
        "test_hits": known[: len(own), 1].tolist(),
        "equal": bool(np.array_equal(own, known[: len(own)])),
    }
