"""What the chip takes at its border."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.hardware.chips._registers import Register
from ranvier.hardware.chips.spoon._events import Samples
from ranvier.hardware.chips.spoon._registers import Registers


def memory(name: str, values: ArrayLike, shape: tuple[int, ...], bits: int) -> NDArray[np.int32]:
    """Numbers with sign for a memory; with less than 8 bits, magnitudes on both sides alike.

    Raises:
        ValueError: another shape, no integers, or out of range.
    """
    found = np.asarray(values)
    if found.shape != shape or found.dtype.kind not in "iu":
        raise ValueError(
            f"SPOON.init: {name} has shape {found.shape} of {found.dtype}, expected integers "
            f"{shape}."
        )
    _, high = Register(bits, signed=True).range
    if found.size and max(-int(found.min()), int(found.max())) > high:
        worst = found.ravel()[np.abs(found.astype(np.int64)).argmax()]
        raise ValueError(
            f"SPOON.init: {name} is {bits} bits wide and holds {-high} to {high}, got {worst}."
        )
    return found.astype(np.int32)


def events(r: Registers, samples: Samples) -> None:
    """Raise a `ValueError` that names an event outside the picture or the window."""
    for axis, (what, limit) in enumerate(
        (("row", r.rows), ("column", r.columns), ("time", r.window))
    ):
        wrong = np.flatnonzero(samples.events[:, axis] >= limit)
        if wrong.size:
            at = int(wrong[0])
            number = int(np.searchsorted(samples.ends, at, side="right"))
            first = int(samples.ends[number - 1]) if number else 0
            remedy = (
                "Choose a larger window, or leave the event out."
                if what == "time"
                else f"The picture has {r.rows} rows and {r.columns} columns: set the registers."
            )
            raise ValueError(
                f"SPOON: event {at - first} of sample {number} has {what} "
                f"{samples.events[at, axis]}, expected 0 to {limit - 1}. {remedy}"
            )


def labels(r: Registers, given: ArrayLike | None, samples: int) -> NDArray[np.int64]:
    """A label for every sample; -1 where nothing is taught.

    Raises:
        ValueError: not as many, no integers, or no class of the chip.
    """
    if given is None:
        return np.full(samples, -1, np.int64)
    found = np.asarray(given)
    if found.shape != (samples,) or found.dtype.kind not in "iu":
        raise ValueError(
            f"SPOON: labels have shape {found.shape} of {found.dtype}, expected {samples} whole "
            "numbers, one per sample."
        )
    wrong = np.flatnonzero((found < 0) | (found >= r.outputs))
    if wrong.size:
        raise ValueError(
            f"SPOON: the label of sample {wrong[0]} is {found[wrong[0]]}, expected 0 to "
            f"{r.outputs - 1}. Set the register outputs for more classes."
        )
    return found.astype(np.int64)
