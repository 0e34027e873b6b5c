"""Train through one-bit weights, put them into pairs of devices, judge against bit errors."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import equinox as eqx
import jax.random as jr

from ranvier.apps._held import held_told, source_told
from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps._spiking_digits import digit_judge, trained_on_digits, work
from ranvier.apps.binary_2t2r._later import through_time
from ranvier.apps.binary_2t2r._pairs import filament, in_pairs, learned_in_pairs, wrong_bits
from ranvier.apps.binary_2t2r._report import write_report
from ranvier.apps.binary_2t2r._settings import Settings
from ranvier.convert import Binary, by_fan_in
from ranvier.core import only_writer, save
from ranvier.hardware import as_read, audit, drift, program
from ranvier.hardware.crossbar import BinaryPair
from ranvier.hardware.devices import rram

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Judge a network of one-bit weights in pairs of devices against the rate of bit errors.

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
        See `ranvier run binary-2t2r`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        trained = {}
        ways = {
            "real": (None, None),
            "binary": (Binary(), None),
            "hybrid": (Binary(by_fan_in), learned_in_pairs(settings.seed)),
        }
        for name, way in ways.items():
            with shown(progress, f"{name} weights", settings.epochs) as on_epoch:
                trained[name] = trained_on_digits(
                    settings,
                    folder / name,
                    on_epoch,
                    *way,
                )
        model, digits, record = trained["binary"]
        save(folder / "model.safetensors", model, settings=dataclasses.asdict(settings))
        judged = eqx.filter_jit(digit_judge)
        clean = in_pairs(model, 0.0, key=jr.key(settings.seed))
        rates = []
        for index, rate in enumerate(settings.error_rates):
            keys = jr.split(jr.fold_in(jr.key(settings.seed), index), settings.arrays)
            placed = [in_pairs(model, rate, key=key) for key in keys]
            rates.append(
                {
                    "aimed_at": rate,
                    "wrong_bits": [wrong_bits(one) for one in placed],
                    "accuracy": [float(judged(as_read(one), digits)["accuracy"]) for one in placed],
                }
            )
        later, drawn = through_time(model, digits, count=settings.arrays, seed=settings.seed)
        result = {
            "experiment": "binary-2t2r",
            "settings": dataclasses.asdict(settings),
            "real_accuracy": trained["real"][2]["test_accuracy"],
            "binary_accuracy": record["test_accuracy"],
            "hybrid_accuracy": trained["hybrid"][2]["test_accuracy"],
            "valid_error": {n: one[2]["curves"]["valid_error"] for n, one in trained.items()},
            "digital_twin": float(judged(model, digits)["accuracy"]),
            "without_errors": float(judged(as_read(clean), digits)["accuracy"]),
            "work": work(record, audit(clean)),
            "rates": rates,
            "rram": _on_rram(model, digits, settings, judged),
            "later": later,
            "arrays": held_told(clean),
            "learned_in": source_told(filament().source),
            **made_with(_LIBRARIES),
        }
        leave_arrays(folder / "recordings.npz", drawn)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _on_rram(model: Any, digits: Any, settings: Settings, judged: Any) -> dict[str, Any]:
    """The same in measured devices, after two days, at the ends of their range."""
    wrong, right = [], []
    held = []
    for key in jr.split(jr.fold_in(jr.key(settings.seed), 1000), settings.arrays):
        fresh = program(model, rram(), key=key, cell=BinaryPair())
        held = held or held_told(fresh)
        later = drift(fresh, 2 * 86_400.0, key=jr.fold_in(key, 1))
        wrong.append(wrong_bits(later))
        right.append(float(judged(as_read(later), digits)["accuracy"]))
    source = rram().source.text
    return {"wrong_bits": wrong, "accuracy": right, "source": source, "arrays": held}
