"""Train one network, hold its weights in several ways, let two days pass, judge."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import equinox as eqx
import jax

from ranvier.apps._held import held_told, source_told
from ranvier.apps._on_arrays import DAY, aged, weights_over_time
from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps._spiking_digits import by_bits, digit_judge, trained_on_digits, work
from ranvier.apps.digits_on_rram._report import write_report
from ranvier.apps.digits_on_rram._settings import Settings
from ranvier.core import only_writer, save
from ranvier.hardware import audit, program
from ranvier.hardware.crossbar import DifferentialPair, MultiDevice
from ranvier.hardware.devices import Device, WriteVerify
from ranvier.hardware.devices import catalogue as devices

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
SINCE_PROGRAMMING_S = (1.0, 60.0, 3600.0, DAY, 2 * DAY)
_SHOWN = (1.0, 2 * DAY)


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Judge a network on filamentary memory, from a second to two days after programming.

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
        See `ranvier run digits-on-rram`, which is this function.
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
        judged = eqx.filter_jit(digit_judge)
        ways, arrays = [], {}
        for way in settings.ways:
            device, onto = holding(way, settings)
            after = aged(
                model,
                digit_judge,
                digits,
                device,
                count=settings.arrays,
                seed=settings.seed,
                seconds=SINCE_PROGRAMMING_S,
                **onto,
            )
            drawn = weights_over_time(model, device, seed=settings.seed, seconds=_SHOWN, **onto)
            arrays[f"{way}/accuracy"] = after.scores["accuracy"]
            arrays |= {f"{way}/weights/{name}": values for name, values in drawn.items()}
            fresh = program(model, device, key=jax.random.key(settings.seed), **onto)
            rows = audit(fresh)
            ways.append(
                {
                    "way": way,
                    "devices": sum(row.devices for row in rows),
                    "work": work(record, rows),
                    "arrays": held_told(fresh),
                    "mean": after.scores["accuracy"].mean(axis=1).tolist(),
                    "spread": after.scores["accuracy"].std(axis=1, ddof=1).tolist(),
                }
            )
        result = {
            "experiment": "digits-on-rram",
            "settings": dataclasses.asdict(settings),
            "accuracy": record["test_accuracy"],
            "accuracy_of_these": float(judged(model, digits)["accuracy"]),
            "by_bits": by_bits(model, digits),
            "device": source_told(devices[settings.device]().source),
            "seconds_since_programming": list(SINCE_PROGRAMMING_S),
            "ways": ways,
            **made_with(_LIBRARIES),
        }
        leave_arrays(folder / "recordings.npz", arrays)
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def holding(way: str, settings: Settings) -> tuple[Device, dict[str, Any]]:
    """The device, and how a weight is held.

    Example:
        >>> holding("three-per-polarity", Settings())[1]["cell"].devices
        6
    """
    device = devices[settings.device]()
    if way == "verified":
        verified = WriteVerify(
            device.programming,
            tolerance_uS=settings.tolerance * device.maximum_uS,
            writes=settings.writes,
        )
        device = eqx.tree_at(lambda one: one.programming, device, verified)
    return device, {"cell": MultiDevice(3) if way == "three-per-polarity" else DifferentialPair()}
