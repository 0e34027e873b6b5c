"""What devices do to the weights of one array, kind by kind, and to accuracy as time passes."""

from typing import Any

import jax.random as jr
import numpy as np

from ranvier.apps._held import held_told
from ranvier.apps._on_arrays import SINCE_PROGRAMMING_S, aged
from ranvier.apps._spiking_digits import Shown, digit_judge
from ranvier.apps.fault_panorama._kinds import KINDS, drifting
from ranvier.apps.fault_panorama._settings import Settings
from ranvier.core import Cell, mapped
from ranvier.hardware import as_read, program
from ranvier.hardware.crossbar import arrays, matrix
from ranvier.hardware.devices import ideal
from ranvier.synapses import Dense

EXPONENTS = (0.02, 0.05, 0.1)
"""Of drift, in the mean: a twentieth is that of phase-change memory."""

_SHOWN = 4000
"""Weights that are kept, of all."""


def weights_by_kind(
    model: Cell, settings: Settings
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Weights of one array under every kind of fault that changes them, at its middle strength.

    Args:
        model: trained without devices.
        settings: which kinds.

    Returns:
        Kind to strength, and `"weights/target"` and `"weights/KIND"`, `[weights]`, in units of a
        full conductance.
    """
    clean = arrays(program(model, ideal(), key=jr.key(settings.seed)))

    def flat(weights: list[Any]) -> np.ndarray:
        parts = [one / array.scale[:, None] for one, array in zip(weights, clean, strict=True)]
        found = np.concatenate([np.ravel(np.asarray(part)) for part in parts])
        return found[np.linspace(0, found.size - 1, min(_SHOWN, found.size)).astype(int)]

    recorded = {"weights/target": flat([array.target for array in clean])}
    strengths: dict[str, float] = {}
    for name in settings.kinds:
        kind = KINDS[name]
        strength = kind.values[len(kind.values) // 2]
        shown: list[Any] = []
        placed = as_read(kind.place(model, strength, jr.key(settings.seed)))
        mapped(placed, Dense, lambda one, name, shown=shown: shown.append(matrix(one)))
        read = flat(shown)
        if not np.allclose(read, recorded["weights/target"], atol=1e-6):
            strengths[name], recorded[f"weights/{name}"] = strength, read
    return strengths, recorded


def through_time(model: Cell, digits: Shown, settings: Settings) -> dict[str, Any]:
    """Accuracy from 25 s to a year on devices that are ideal but for their drift.

    Args:
        model: trained without devices.
        digits: that are judged on.
        settings: arrays and seed.

    Returns:
        Times, and for every exponent accuracies `[times, arrays]`, compensated and not.
    """
    found = {}
    for exponent in EXPONENTS:
        after = aged(
            model,
            digit_judge,
            digits,
            drifting(exponent),
            count=settings.arrays,
            seed=settings.seed,
        )
        found[f"{exponent:g}"] = {
            "drifted": after.scores["accuracy"].tolist(),
            "compensated": after.compensated["accuracy"].tolist(),
        }
    return {"seconds": list(SINCE_PROGRAMMING_S), "exponents": found}


def held(model: Cell, digits: Shown, settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """What the arrays hold, without a fault and behind converters of every number of bits.

    Args:
        model: trained without devices.
        digits: the first of which drive the converters.
        settings: which kinds.
    """
    key = jr.key(settings.seed)
    found = {"no fault": held_told(program(model, ideal(), key=key))}
    if "output-bits" in settings.kinds:
        kind = KINDS["output-bits"]
        for bits in kind.values:
            behind = kind.place(model, bits, key)
            found[f"converters of {bits:g} bits"] = held_told(behind, digits.trains[0])
    return found
