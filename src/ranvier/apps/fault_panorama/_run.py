"""Train one network, put it onto arrays with one imperfection at a time, judge."""

import dataclasses
import functools
import time
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.random as jr
import numpy as np

from ranvier.apps._held import source_told
from ranvier.apps._resumable import (
    OnTraining,
    claim,
    kept_part,
    leave,
    leave_arrays,
    made_with,
    shown,
)
from ranvier.apps._spiking_digits import (
    Shown,
    by_bits,
    digit_judge,
    trained_on_digits,
    work,
)
from ranvier.apps.fault_panorama._in_place import LEARNING, learned, seen
from ranvier.apps.fault_panorama._kinds import KINDS, Kind
from ranvier.apps.fault_panorama._looks import held, through_time, weights_by_kind
from ranvier.apps.fault_panorama._report import write_report
from ranvier.apps.fault_panorama._settings import Settings
from ranvier.core import Cell, only_writer, save
from ranvier.data import catalogue as data_sets
from ranvier.hardware import audit, program
from ranvier.hardware.devices import UNSOURCED, ideal

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_judged = eqx.filter_jit(digit_judge)


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Measure accuracy against every kind of imperfection and its strength.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows the training; see `OnTraining`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: it holds a run with other settings.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier run fault-panorama`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        with shown(progress, "network", settings.epochs) as on_epoch:
            model, digits, record = trained_on_digits(
                settings,
                folder,
                on_epoch,
            )
        save(folder / "model.safetensors", model, settings=dataclasses.asdict(settings))
        kinds = {
            name: kept_part(
                folder / "kinds" / f"{name}.json",
                functools.partial(_measured, name, model, digits, settings),
            )
            for name in settings.kinds
        }
        reference, in_place = _in_place(folder / "learning", settings)
        later = kept_part(
            folder / "later.json", functools.partial(through_time, model, digits, settings)
        )
        strengths, weights = weights_by_kind(model, settings)
        result = {
            "experiment": "fault-panorama",
            "settings": dataclasses.asdict(settings),
            "accuracy": record["test_accuracy"],
            "accuracy_of_these": float(_judged(model, digits)["accuracy"]),
            "kinds": kinds,
            "learned_in_numbers": reference,
            "learning": in_place,
            "later": later,
            "weights_at": strengths,
            "arrays": held(model, digits, settings),
            "devices": source_told(UNSOURCED),
            "by_bits": by_bits(model, digits),
            "work": work(record, audit(program(model, ideal(), key=jr.key(settings.seed)))),
            **made_with(_LIBRARIES),
        }
        leave_arrays(folder / "recordings.npz", weights)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _measured(name: str, model: Cell, digits: Shown, settings: Settings) -> dict[str, Any]:
    """Accuracies of one kind."""
    kind = KINDS[name]
    found = []
    for index, value in enumerate(kind.values):
        key = jr.fold_in(jr.fold_in(jr.key(settings.seed), list(KINDS).index(name)), index)
        keys = jr.split(key, settings.arrays)
        found.append([_one(kind, model, value, one, digits) for one in keys])
    return {"values": list(kind.values), "accuracy": found}


def _in_place(folder: Path, settings: Settings) -> tuple[list[float], dict[str, Any]]:
    """Accuracies of learning in place without devices, and of every kind, each in its own file."""
    learn, test = (seen(data_sets["optical-digits"](part)) for part in ("train", "test"))
    keys = jr.split(jr.key(settings.seed), settings.arrays)

    def measured(name: str, devices: list[Any]) -> list[list[float]]:
        def judged() -> list[list[float]]:
            return [
                np.asarray(learned(one, learn, test, keys, settings.learning_epochs)).tolist()
                for one in devices
            ]

        return kept_part(folder / f"{name}.json", judged)

    if not settings.learning:
        return [], {}
    kinds = {name: LEARNING[name] for name in settings.learning}
    return measured("numbers", [None])[0], {
        name: {
            "values": list(kind.values),
            "accuracy": measured(name, [kind.device(value) for value in kind.values]),
        }
        for name, kind in kinds.items()
    }


def _one(kind: Kind, model: Cell, value: float, key: jax.Array, digits: Shown) -> float:
    placing, reading = jr.split(key)
    on_arrays = kind.place(model, value, placing)
    accuracy = _judged(on_arrays, digits, key=reading if kind.read_anew else None)["accuracy"]
    return float(np.asarray(accuracy))
