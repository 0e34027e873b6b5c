"""Train a network or read one, put it on the chip, certify, and leave a folder with all of it."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax.random as jr
import numpy as np
import optax

from ranvier.apps._estimates import cost_told
from ranvier.apps._resumable import OnTraining, claim, leave, leave_arrays, made_with, shown
from ranvier.apps.deployment._data import Part, batches, parts, spikes
from ranvier.apps.deployment._network import EXPERIMENT, loaded, network
from ranvier.apps.deployment._report import write_report
from ranvier.apps.deployment._settings import Settings
from ranvier.core import Cell, only_writer, save
from ranvier.hardware.deployment import Certificate, Deployment, certify, deploy
from ranvier.learn import Rule, bptt, fit, in_the_loop, losses

_LIBRARIES = ("ranvier", "jax", "equinox", "optax", "numpy")
_CALIBRATION = 200
_COUNTED = 500
# What a class's mean output per step is multiplied with before the softmax.
_SHARPNESS = 10.0


def run(
    folder: Path,
    settings: Settings,
    *,
    resume: bool = False,
    progress: OnTraining | None = None,
) -> dict[str, Any]:
    """Put a network on a chip, before and after training with the chip in the loop.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: go on with what an interrupted run left in the folder.
        progress: shows the trainings; see `OnTraining`.

    Returns:
        What `result.json` holds.

    Raises:
        FileExistsError: the folder holds a run and `resume` is not given.
        FileNotFoundError: there is no such model.
        ValueError: the folder holds a run with other settings, or the network breaks rules of the
            chip; layer, rule and what would fit are named.
        RuntimeError: another process is running in the folder.

    Example:
        See `ranvier deploy`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        train, test = parts(settings)
        rule = bptt(losses.categorical, decoding=_sharpened)
        examples = spikes(train.rates[:_CALIBRATION], settings.steps, jr.key(settings.seed + 2))
        judged = spikes(test.rates, settings.steps, jr.key(settings.seed + 3))
        origin: dict[str, Any] | None = dataclasses.asdict(settings)
        if settings.model:
            model, origin = loaded(settings)
        else:
            # What the chip refuses is refused before anything is learned.
            model = network(settings)
            deploy(model, settings.chip, examples)
            model = _trained("network", model, rule, settings, train, folder, progress)
        stages = {"network": (model, deploy(model, settings.chip, examples))}
        if settings.loop_epochs:
            looped = in_the_loop(rule, stages["network"][1].forward)
            model = _trained("in the loop", model, looped, settings, train, folder, progress)
            stages["in the loop"] = (model, deploy(model, settings.chip, examples))
        found = {name: certify(*stage, judged, test.labels) for name, stage in stages.items()}
        save(
            folder / "model.safetensors",
            model,
            settings={"experiment": EXPERIMENT, "settings": origin},
        )
        name, (_, placed) = next(reversed(stages.items()))
        placed.write(folder / "chip", judged[:, 0])
        arrays = _recorded(found[name], placed, np.asarray(judged), test)
        leave_arrays(folder / "recordings.npz", arrays)
        result = {
            "experiment": EXPERIMENT,
            "settings": dataclasses.asdict(settings),
            "images": {"learned": len(train.labels), "judged": len(test.labels)},
            "stages": {name: _told(certificate) for name, certificate in found.items()},
            **made_with(_LIBRARIES),
        }
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result)
        write_report(folder)
    return result


def _sharpened(outputs: Any, mask: Any) -> Any:
    return losses.mean_over_time(_SHARPNESS * outputs, mask)


def _trained(
    stage: str,
    model: Cell,
    rule: Rule,
    settings: Settings,
    train: Part,
    folder: Path,
    progress: OnTraining | None,
) -> Cell:
    loop = stage != "network"
    epochs = settings.loop_epochs if loop else settings.epochs
    rate = settings.learning_rate / (3 if loop else 1)
    with shown(progress, f"{stage}, {settings.chip}", epochs) as on_epoch:
        trained, _ = fit(
            model,
            lambda epoch: batches(train, settings, epoch),
            rule,
            optax.adam(rate),
            key=None,
            epochs=epochs,
            checkpoint=folder / "training" / f"{stage.replace(' ', '-')}.safetensors",
            settings={"stage": stage},
            on_epoch=on_epoch,
        )
    return trained


def _told(found: Certificate) -> dict[str, Any]:
    """A certificate as JSON holds it."""
    told = found._asdict()
    del told["activity"]
    told["differing"] = [list(one) for one in found.differing]
    told["differences"] = list(found.differences)
    for name in ("layers", "checks", "roundings"):
        told[name] = [one._asdict() for one in told[name]]
    for line in told["roundings"]:
        line["error"] = None if np.isnan(line["error"]) else line["error"]
    told["cost_before"] = cost_told(found.cost_before)
    if found.cost is not None:
        told["cost"] = cost_told(found.cost)
    return told


def _recorded(found: Certificate, deployed: Deployment, judged: Any, test: Part) -> dict[str, Any]:
    """What the report draws: the first image, unit by unit, and spike counts of several."""
    arrays = {"input": judged[:, 0], "label": test.labels[0], "image": test.rates[0]}
    for number, (kind, (before, after)) in enumerate(
        zip(deployed.kinds, found.activity, strict=True), 1
    ):
        arrays |= {f"{number}/before": before[:, 0], f"{number}/after": after[:, 0]}
        if kind.spikes:
            arrays |= {
                f"{number}/counts_before": before[:, :_COUNTED].sum(0),
                f"{number}/counts_after": after[:, :_COUNTED].sum(0),
            }
    return arrays | {f"memory/{name}": held for name, held in deployed.program.memory().items()}
