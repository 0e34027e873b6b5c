"""Arithmetic on constants of an ONNX graph: exporters compute shapes and turn weights in it."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ranvier.convert.files._settings import Settings

_LARGEST = 2**31

Constant = np.ndarray


def computed(kind: str, settings: Settings, inputs: Sequence[Constant | None]) -> Constant:
    """What an operator makes of constants.

    Args:
        kind: one of `FOLDABLE`.
        settings: its attributes.
        inputs: its inputs; `None` where one is left out.

    Raises:
        ValueError: inputs that do not fit it.
    """
    try:
        with np.errstate(all="ignore"):
            return np.asarray(FOLDABLE[kind](settings, inputs))
    except (TypeError, IndexError, AttributeError, OverflowError, MemoryError) as error:
        raise ValueError(f"its constants do not fit: {error}. The file is damaged.") from error


def axes_of(settings: Settings, inputs: Sequence[Constant | None], place: int) -> list[int] | None:
    """Axes, which old versions have as an attribute and new ones as an input."""
    found = inputs[place] if len(inputs) > place else None
    if found is not None and "axes" not in settings.values:
        return np.ravel(found).tolist()
    return settings.list("axes") if "axes" in settings.values else None


def _cast(settings: Settings, inputs: Sequence[Any]) -> Constant:
    import onnx

    to = settings.whole("to", axes=1)[0]
    try:
        return inputs[0].astype(onnx.helper.tensor_dtype_to_np_dtype(to))
    except KeyError:
        raise ValueError(f"casts to the type {to}, which is not known.") from None


def _reshape(settings: Settings, inputs: Sequence[Any]) -> Constant:
    array = inputs[0]
    target = np.ravel(inputs[1]).tolist() if len(inputs) > 1 else settings.list("shape")
    target = [array.shape[k] if n == 0 else n for k, n in enumerate(target)]
    return array.reshape(target)


def _slice(settings: Settings, inputs: Sequence[Any]) -> Constant:
    array = inputs[0]
    parts = [None if part is None else np.ravel(part).tolist() for part in inputs[1:]]
    starts, ends, axes, steps = [*parts, None, None, None, None][:4]
    starts, ends = starts or settings.list("starts"), ends or settings.list("ends")
    axes = axes or settings.list("axes") or list(range(len(starts)))
    cut = [slice(None)] * array.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps or [1] * len(starts), strict=True):
        cut[axis] = slice(start, end if abs(end) < _LARGEST else None, step)
    return array[tuple(cut)]


def _squeeze(settings: Settings, inputs: Sequence[Any]) -> Constant:
    axes = axes_of(settings, inputs, 1)
    return inputs[0].squeeze(None if axes is None else tuple(axes))


def _unsqueeze(settings: Settings, inputs: Sequence[Any]) -> Constant:
    return np.expand_dims(inputs[0], tuple(axes_of(settings, inputs, 1) or ()))


def _transpose(settings: Settings, inputs: Sequence[Any]) -> Constant:
    return inputs[0].transpose(settings.get("perm"))


def _gather(settings: Settings, inputs: Sequence[Any]) -> Constant:
    (axis,) = settings.whole("axis", axes=1, default=0)
    return np.take(inputs[0], inputs[1], axis)


def _concatenate(settings: Settings, inputs: Sequence[Any]) -> Constant:
    (axis,) = settings.whole("axis", axes=1, default=0)
    return np.concatenate([part for part in inputs if part is not None], axis)


def _full(settings: Settings, inputs: Sequence[Any]) -> Constant:
    shape = np.ravel(inputs[0]).tolist()
    if min(shape, default=0) < 0 or math.prod(shape) > 2**24:
        raise ValueError(f"makes a constant of shape {shape}, which is too large to be meant.")
    value = settings.get("value")
    return np.full(shape, np.float32(0) if value is None else np.ravel(value)[0])


def _divided(settings: Settings, inputs: Sequence[Any]) -> Constant:
    one, two = inputs
    if one.dtype.kind in "iu":
        return (one / two).astype(one.dtype) if np.all(two) else one * 0
    return one / two


FOLDABLE: dict[str, Callable[[Settings, Sequence[Any]], Any]] = {
    "Identity": lambda settings, inputs: inputs[0],
    "Cast": _cast,
    "Reshape": _reshape,
    "Slice": _slice,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Gather": _gather,
    "Concat": _concatenate,
    "ConstantOfShape": _full,
    "Add": lambda settings, inputs: inputs[0] + inputs[1],
    "Sub": lambda settings, inputs: inputs[0] - inputs[1],
    "Mul": lambda settings, inputs: inputs[0] * inputs[1],
    "Div": _divided,
    "Sqrt": lambda settings, inputs: np.sqrt(inputs[0]),
    "Neg": lambda settings, inputs: -inputs[0],
    "Reciprocal": lambda settings, inputs: 1 / inputs[0],
    "Pow": lambda settings, inputs: np.power(inputs[0], inputs[1]),
}
"""Operators that are computed at once where all that reaches them is constant."""
