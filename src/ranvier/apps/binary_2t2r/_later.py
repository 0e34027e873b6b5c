"""Signs in pairs of filamentary devices as time passes, the closer told, the sooner wrong."""

from typing import Any

import jax.random as jr
import numpy as np
from jaxtyping import Array

from ranvier.apps._on_arrays import DAY, Aged, aged
from ranvier.apps._spiking_digits import Shown, digit_judge
from ranvier.apps.binary_2t2r._pairs import share_wrong
from ranvier.core import Cell
from ranvier.hardware import drift, program
from ranvier.hardware.crossbar import BinaryPair, arrays
from ranvier.hardware.devices import rram

SINCE_PROGRAMMING_S = (1.0, 60.0, 3600.0, DAY, 2 * DAY)
SHOWN_S = (1.0, 2 * DAY)
APART = {"1": (0.0, 1.0), "0.4": (0.3, 0.7), "0.2": (0.4, 0.6)}
"""What the two devices are told, in parts of their range, by how far that is apart."""


def through_time(
    model: Cell, digits: Shown, *, count: int, seed: int
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Wrong bits and accuracy from a second to two days after writing.

    Args:
        model: its weights have one magnitude per output.
        digits: that are judged on.
        count: of arrays.
        seed: draws them.

    Returns:
        What goes into the result, and what is drawn: every score `[times, arrays]`, and the
        differences of the pairs of one array, as asked for and as read `[times, weights]`.
    """
    told: dict[str, Any] = {"seconds": list(SINCE_PROGRAMMING_S), "apart": {}}
    recorded = {}
    for apart, levels in APART.items():
        cell = BinaryPair(*levels)
        after = aged(
            model,
            _judge,
            digits,
            rram(),
            count=count,
            seed=seed,
            seconds=SINCE_PROGRAMMING_S,
            cell=cell,
        )
        told["apart"][apart] = _summary(after)
        recorded |= {f"later/{apart}/{name}": found for name, found in after.scores.items()}
        asked, read = differences(model, cell, seed=seed, seconds=SHOWN_S)
        recorded |= {f"later/{apart}/asked": asked, f"later/{apart}/read": read}
    return told, recorded


def differences(
    model: Cell, cell: BinaryPair, *, seed: int, seconds: tuple[float, ...], most: int = 4000
) -> tuple[np.ndarray, np.ndarray]:
    """What the comparisons of one array see: the differences of its pairs, in parts of the range.

    Args:
        model: its weights have one magnitude per output.
        cell: what the devices are told.
        seed: draws the devices.
        seconds: since programming.
        most: pairs that are looked at.

    Returns:
        As asked for, `[pairs]`, and as read, `[times, pairs]`.
    """
    device = rram()
    programming, reading = jr.split(jr.key(seed))
    fresh = program(model, device, key=programming, cell=cell)

    def flat(parts: list[Array]) -> np.ndarray:
        range_uS = device.maximum_uS - device.minimum_uS
        found = np.concatenate([np.ravel(np.asarray(one[0] - one[1])) for one in parts]) / range_uS
        return found[np.linspace(0, found.size - 1, min(most, found.size)).astype(int)]

    asked = flat([array.stored.target_uS for array in arrays(fresh)])
    read = []
    for number, time in enumerate(seconds):
        key = jr.fold_in(reading, number)
        later = drift(fresh, time - device.reference_seconds)
        read.append(flat([device.read(one.stored, one.seconds, key=key) for one in arrays(later)]))
    return asked, np.stack(read)


def _judge(model: Cell, digits: Shown) -> dict[str, Array]:
    return {**digit_judge(model, digits), "wrong_bits": share_wrong(model)}


def _summary(after: Aged) -> dict[str, Any]:
    return {
        name: {
            "mean": found.mean(axis=1).tolist(),
            "spread": found.std(axis=1, ddof=1).tolist(),
        }
        for name, found in after.scores.items()
    }
