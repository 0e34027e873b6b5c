"""Convert a network, prove it on test images, and try it on imperfect hardware."""

import dataclasses
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.apps._resumable import OnPart, claim, kept_settings, leave, made_with
from ranvier.apps.conversion._inputs import Shown, images_for, network_of
from ranvier.apps.conversion._report import write_report
from ranvier.apps.conversion._settings import Settings, build
from ranvier.apps.conversion._sweeps import effects
from ranvier.convert.ttfs import (
    Converted,
    alpha_mapping,
    certify,
    identity_mapping,
    to_spike_times,
)
from ranvier.core import atomic_path, only_writer
from ranvier.nets.ttfs import connected, propagate

_MAPPINGS = {"identity": identity_mapping, "alpha": alpha_mapping}
_LIBRARIES = ("ranvier", "jax", "numpy", "scipy")
SOURCE = (
    "Stanojevic, Wozniak, Bellec, Cherubini, Pantazi, Gerstner, Neural Networks 168 (2023) and "
    "Nat. Commun. 15:6793 (2024)"
)


def run(
    folder: Path, settings: Settings, *, resume: bool = False, progress: OnPart | None = None
) -> dict[str, Any]:
    """Turn the network of a file into one of single spikes, and compare every answer.

    Args:
        folder: where the run leaves its files; held by this process alone.
        settings: what to do.
        resume: begin anew in a folder whose run was interrupted.
        progress: see `OnPart`.

    Returns:
        What `result.json` holds.

    Raises:
        FileNotFoundError: there is no such network.
        FileExistsError: the folder holds a run and `resume` is not given.
        ValueError: a network that cannot be converted (node and reason are named), data that do
            not fit it, or a folder with other settings.
        RuntimeError: another process is running in it.

    Example:
        See `ranvier convert`, which is this function.
    """
    with only_writer(folder):
        claim(folder, settings, resume)
        began = time.perf_counter()
        say = progress or (lambda *_: None)
        steps = 3 + sum(map(len, (settings.time_bits, settings.weight_bits, settings.jitter)))
        steps += len(settings.margins)
        say("reading", 0, steps)
        read = network_of(settings)
        learn, judge = images_for(settings, read.network.in_shape)
        if settings.shown >= len(judge.x):
            raise ValueError(f"shown is {settings.shown}, but there are {len(judge.x)} images.")
        judge = Shown(judge.x[: settings.judged or None], judge.labels[: settings.judged or None])
        ends = settings.low, settings.high

        say("converting", 1, steps)
        calibration = learn.x[: settings.calibrate]
        clock = time.perf_counter()
        converted = to_spike_times(
            read.network,
            calibration,
            judged=calibration[:1],
            mapping=_MAPPINGS[settings.mapping],
            input_range=ends,
            margin=settings.margin,
        )
        seconds = time.perf_counter() - clock
        proof = certify(
            read.network, converted.rectified, converted.network, judge.x, input_range=ends
        )
        unit = [(part - ends[0]) / (ends[1] - ends[0]) for part in (calibration, judge.x)]

        say("spike by spike", 2, steps)
        shown = unit[1][min(settings.shown, len(unit[1]) - 1)]
        right = np.asarray(proof.classes) == judge.labels
        result = {
            "experiment": "convert",
            "source": SOURCE,
            "settings": dataclasses.asdict(settings),
            "notes": list(read.notes),
            "file": read.source,
            "conversion_seconds": round(seconds, 2),
            "certificate": _told(proof),
            "accuracy": 100 * float(right.mean()),
            "accuracy_swept": 100 * float(right[: settings.swept].mean()),
            "layers": [layer._asdict() for layer in proof.layers],
            "simulated": _simulated(converted, unit[1][: settings.simulated]),
            "effects": {},
        }
        some = slice(settings.swept)
        for done, (effect, strength, found) in enumerate(
            effects(settings, converted, unit[0], unit[1][some], judge.labels[some]), start=3
        ):
            say(f"{effect.replace('_', ' ')}, {strength:g}", done, steps)
            result["effects"].setdefault(effect, []).append({"value": strength, **found})
        with atomic_path(folder / "recordings.npz") as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **_recorded(converted, shown))
        result["seconds"] = round(time.perf_counter() - began, 1)
        leave(folder, result | made_with(_LIBRARIES))
        write_report(folder)
    return result


def settings_of(folder: Path) -> Settings:
    """The settings that a run was started with.

    Args:
        folder: of the run.

    Raises:
        FileNotFoundError: it holds no run.

    Example:
        See `ranvier convert --resume`, which starts from them.
    """
    return build(**kept_settings(folder))


def _told(proof: Any) -> dict[str, Any]:
    return {
        "samples": proof.samples,
        "agreeing": proof.agreeing,
        "largest_logit_error": proof.largest_logit_error,
        "spikes_per_neuron": proof.spikes_per_neuron,
        "active_fraction": proof.active_fraction,
        "latency": proof.latency,
        "beyond": list(proof.beyond),
        "differing": [one._asdict() for one in proof.differing],
    }


def _simulated(converted: Converted, x: np.ndarray) -> dict[str, Any]:
    """What membranes driven spike by spike do, beside the products of the dense network."""
    if not len(x):
        return {}
    matrices = connected(converted.network)
    done = [propagate(converted.network, one, matrices=matrices) for one in x]
    with jax.enable_x64(True):
        formula = np.asarray(converted.network.logits(jnp.asarray(x)))
    found = np.stack([one.logits for one in done]).reshape(formula.shape)
    return {
        "samples": len(x),
        "operations": float(np.mean([one.operations for one in done])),
        "products": sum(m.nnz for layer in matrices.values() for m in layer.values()),
        "largest_difference": float(np.abs(found - formula).max()),
        "early": float(np.mean([sum(n.early for n in one.layers.values()) for one in done])),
    }


def _recorded(converted: Converted, x: np.ndarray) -> dict[str, np.ndarray]:
    """Spike times of one image, of the input and of every layer."""
    with jax.enable_x64(True):
        times = converted.network.times(jnp.asarray(x[None]))
    names = ["input", *converted.network.slopes]
    begins = converted.network.begins
    return {
        "names": np.array(names),
        "begins": np.array([begins[name] for name in names]),
        "windows": np.array([float(converted.network.windows[name]) for name in names]),
        **{f"times/{name}": np.asarray(times[name][0]).ravel() for name in names},
        "image": x,
    }
