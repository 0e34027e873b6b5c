"""The conversion into single spikes: every answer compared, and the effects of hardware."""

import time
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.apps.conversion._inputs import Shown
from ranvier.apps.conversion._settings import Settings
from ranvier.apps.conversion._sweeps import effects
from ranvier.convert.files import Imported
from ranvier.convert.ttfs import (
    Converted,
    alpha_mapping,
    certify,
    identity_mapping,
    to_spike_times,
)
from ranvier.nets.ttfs import connected, propagate

_MAPPINGS = {"identity": identity_mapping, "alpha": alpha_mapping}
SOURCE = (
    "Stanojevic, Wozniak, Bellec, Cherubini, Pantazi, Gerstner, Neural Networks 168 (2023) and "
    "Nat. Commun. 15:6793 (2024)"
)


def spike_times_of(
    settings: Settings, read: Imported, learn: Shown, judge: Shown, drawn: np.ndarray
) -> Iterator[tuple[str, dict[str, Any], dict[str, np.ndarray]]]:
    """What was found, part by part: what it is about, entries of the result, and recordings.

    Args:
        settings: of the conversion.
        read: the network.
        learn: images that set the windows.
        judge: images that both are compared on.
        drawn: the image whose spikes are drawn.
    """
    low, high = settings.low, settings.high
    calibration = learn.x[: settings.calibrate]
    clock = time.perf_counter()
    converted = to_spike_times(
        read.network,
        calibration,
        judged=calibration[:1],
        mapping=_MAPPINGS[settings.mapping],
        input_range=(low, high),
        margin=settings.margin,
    )
    seconds = time.perf_counter() - clock
    proof = certify(
        read.network, converted.rectified, converted.network, judge.x, input_range=(low, high)
    )
    right = np.asarray(proof.classes) == judge.labels
    found = {
        "conversion_seconds": round(seconds, 2),
        "certificate": _told(proof),
        "accuracy": 100 * float(right.mean()),
        "accuracy_swept": 100 * float(right[: settings.swept].mean()),
        "layers": [layer._asdict() for layer in proof.layers],
        "effects": {},
    }
    yield "comparing", found, {}
    unit = [(part - low) / (high - low) for part in (calibration, judge.x, drawn)]
    simulated = _simulated(converted, unit[1][: settings.simulated])
    yield "spike by spike", {"simulated": simulated}, _recorded(converted, unit[2])
    some, all_effects = slice(settings.swept), {}
    for effect, strength, judged in effects(
        settings, converted, unit[0], unit[1][some], judge.labels[some]
    ):
        all_effects.setdefault(effect, []).append({"value": strength, **judged})
        yield f"{effect.replace('_', ' ')}, {strength:g}", {"effects": all_effects}, {}


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
