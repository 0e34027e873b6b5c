"""What the chip takes at its border."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.hardware.chips._registers import Register


def events(spikes: ArrayLike, heard: int) -> NDArray[np.uint8]:
    """Events of the inputs that the chip hears, `[ticks, heard]` at most.

    Raises:
        ValueError: another shape, or an event that the chip would not hear.
    """
    x = np.asarray(spikes)
    if x.ndim != 2 or not len(x):
        raise ValueError(
            f"ReckOn.run: spikes have shape {x.shape}, expected [ticks, inputs], not empty."
        )
    if x.shape[1] > heard and x[:, heard:].any():
        first = heard + int(x[:, heard:].any(0).argmax())
        raise ValueError(
            f"ReckOn.run: input {first} has an event, and the chip hears inputs below {heard} "
            "alone: raise num_inp_neur."
        )
    return np.ascontiguousarray(x[:, :heard] != 0).view(np.uint8)


def mask(name: str, values: ArrayLike | None, ticks: int) -> NDArray[np.bool_]:
    """Ticks that are chosen; none if not given.

    Raises:
        ValueError: another shape.
    """
    found = np.zeros(ticks, bool) if values is None else np.asarray(values) != 0
    if found.shape != (ticks,):
        raise ValueError(f"ReckOn.run: {name} has shape {found.shape}, expected ({ticks},).")
    return found


def target(
    values: ArrayLike | None, ticks: int, outputs: int, regression: bool, used: bool
) -> NDArray[np.int64]:
    """A label `[ticks, 1]` or numbers `[ticks, outputs]`.

    Raises:
        ValueError: missing though used, of another shape or kind, or out of range.
    """
    columns = outputs if regression else 1
    if values is None:
        if used:
            raise ValueError(
                "ReckOn.run: the chip is taught in some tick and there is no target; give one."
            )
        return np.zeros((ticks, columns), np.int64)
    given = np.asarray(values) if regression else np.asarray(values)[..., None]
    if given.shape not in ((columns,), (ticks, columns)) or given.dtype.kind not in "iu":
        wanted = f"({outputs},) or ({ticks}, {outputs})" if regression else f"() or ({ticks},)"
        raise ValueError(
            f"ReckOn.run: the target has shape {np.shape(values)} of {given.dtype}, expected "
            f"{wanted} of integers."
        )
    inside("ReckOn.run: the target", given, 16 if regression else 8, regression)
    return np.broadcast_to(given, (ticks, columns)).astype(np.int64, order="C")


def weights(name: str, values: ArrayLike, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Weights of 8 bits.

    Raises:
        ValueError: another shape, no integers, or out of range.
    """
    found = np.asarray(values)
    if found.shape != shape or found.dtype.kind not in "iu":
        raise ValueError(
            f"ReckOn: {name} has shape {found.shape} of {found.dtype}, expected integers {shape}."
        )
    inside(f"ReckOn: {name}", found, 8, True)
    return found.astype(np.int64)


def per_pair(
    name: str, values: ArrayLike, pairs: int, bits: int, signed: bool
) -> NDArray[np.int64]:
    """A number per pair of neurons, `[pairs]`.

    Raises:
        ValueError: another shape, no integers, or out of range.
    """
    found = np.asarray(values)
    if found.shape not in ((), (pairs,)) or found.dtype.kind not in "iu":
        raise ValueError(
            f"ReckOn: {name} has shape {found.shape} of {found.dtype}, expected one integer or "
            f"{pairs}, one per pair of neurons."
        )
    inside(f"ReckOn: {name}", found, bits, signed)
    return np.broadcast_to(found.astype(np.int64), (pairs,))


def inside(what: str, values: NDArray, bits: int, signed: bool) -> None:
    """Raise a `ValueError` if a number does not fit into so many bits."""
    low, high = Register(bits, signed).range
    if values.size and (values.min() < low or values.max() > high):
        worst = values.min() if values.min() < low else values.max()
        raise ValueError(f"{what} is {bits} bits wide and holds {low} to {high}, got {worst}.")
