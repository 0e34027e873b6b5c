"""The nodes of NIR: which fields they have, and what their values may be."""

from typing import Any, NamedTuple

import numpy as np

from ranvier.core import nearest

# Field to what stands for it where it is absent; `...` where it must be there.
NEURON_FIELDS: dict[str, dict[str, Any]] = {
    "I": {"r": ...},
    "IF": {"r": ..., "v_threshold": ..., "v_reset": 0.0},
    "LI": {"tau": ..., "r": ..., "v_leak": ...},
    "LIF": {"tau": ..., "r": ..., "v_leak": ..., "v_threshold": ..., "v_reset": 0.0},
    "CubaLI": {"tau_syn": ..., "tau_mem": ..., "r": ..., "v_leak": ..., "w_in": 1.0},
    "CubaLIF": {
        "tau_syn": ...,
        "tau_mem": ...,
        "r": ...,
        "v_leak": ...,
        "v_threshold": ...,
        "v_reset": 0.0,
        "w_in": 1.0,
    },
    "Threshold": {"threshold": ...},
    "Scale": {"scale": ...},
    "Delay": {"delay": ...},
}
_CONVOLUTION = {
    "input_shape": None,
    "weight": ...,
    "stride": ...,
    "padding": ...,
    "dilation": ...,
    "groups": ...,
    "bias": ...,
}
_POOLING = {"kernel_size": ..., "stride": ..., "padding": ...}
FIELDS: dict[str, dict[str, Any]] = {
    **NEURON_FIELDS,
    "Affine": {"weight": ..., "bias": ...},
    "Linear": {"weight": ...},
    "Conv1d": _CONVOLUTION,
    "Conv2d": _CONVOLUTION,
    "SumPool2d": _POOLING,
    "AvgPool2d": _POOLING,
    "Flatten": {"start_dim": ..., "end_dim": ..., "input_type": None},
    "Input": {"shape": ...},
    "Output": {"shape": ...},
}
SPIKING = ("IF", "LIF", "CubaLIF")
# Numbers that an array of weights must have axes for.
_AXES = {"Affine": 2, "Linear": 2, "Conv1d": 3, "Conv2d": 4}
_WHOLE = {"stride", "dilation", "groups", "kernel_size", "start_dim", "end_dim", "shape"}


class Node(NamedTuple):
    """A node of a NIR graph.

    Attributes:
        kind: the name of its type.
        fields: name to value: arrays, whole numbers in tuples, or text.
        metadata: what its author added.

    Example:
        >>> import numpy as np
        >>> parse_node({"type": "Scale", "scale": np.ones(2)}, "'s'").kind
        'Scale'
    """

    kind: str
    fields: dict[str, Any]
    metadata: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None


def parse_node(raw: Any, where: str) -> Node:
    """A node, once all of its fields are there and hold what they should.

    Args:
        raw: field to value, as a file holds them.
        where: how errors call the node, with its file.

    Raises:
        ValueError: an unknown type, a field that is missing, unknown, of a wrong type or shape, or
            values that are not finite or not positive where they must be; the field is named.

    Example:
        >>> parse_node({"type": "Skale"}, "'s'")
        Traceback (most recent call last):
        ValueError: 's' is of the type 'Skale', which NIR does not have. Did you mean 'Scale'? ...
    """
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(kind, str):
        raise ValueError(f"{where} says no type; expected text in the field 'type'.")
    if kind not in FIELDS:
        raise ValueError(
            f"{where} is of the type {kind!r}, which NIR does not have. {nearest(kind, FIELDS)}"
        )
    known = FIELDS[kind]
    fields, metadata = {}, raw.get("metadata", {})
    for name in raw:
        if name not in known and name not in ("type", "metadata"):
            raise ValueError(
                f"{where} ({kind}) has a field {name!r}, which would be lost. "
                f"{nearest(name, known)}"
            )
    for name, default in known.items():
        if name in raw and raw[name] is not None:
            fields[name] = _value(kind, name, raw[name], f"{where} ({kind}): field {name!r}")
        elif default is ...:
            raise ValueError(
                f"{where} ({kind}) lacks the field {name!r}; expected {', '.join(known)}."
            )
        else:
            fields[name] = default
    if kind in NEURON_FIELDS:
        _one_shape(fields, known, f"{where} ({kind})")
    return Node(kind, fields, metadata if isinstance(metadata, dict) else {})


def _value(kind: str, name: str, value: Any, where: str) -> Any:
    """A field's value in the form in which it is used."""
    if kind.startswith("Conv") and name == "padding" and isinstance(value, str):
        if value not in ("same", "valid"):
            raise ValueError(f"{where} is {value!r}, expected 'same', 'valid' or whole numbers.")
        return value
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "fiub":
        raise ValueError(f"{where} is of type {numbers.dtype}, expected numbers.")
    if numbers.dtype.kind == "f" and not np.isfinite(numbers).all():
        raise ValueError(
            f"{where} holds {int((~np.isfinite(numbers)).sum())} values that are no "
            "finite numbers. Export a network whose training did not diverge."
        )
    if name in _WHOLE | {"padding", "input_shape", "input_type"}:
        if numbers.ndim > 1 or (numbers != np.round(numbers)).any():
            raise ValueError(f"{where} is {numbers.tolist()}, expected whole numbers.")
        least = -1 if name.endswith("_dim") else 0 if name == "padding" else 1
        if (numbers < least).any():
            raise ValueError(f"{where} is {numbers.tolist()}, expected at least {least}.")
        whole = tuple(int(v) for v in np.atleast_1d(numbers))
        return whole
    if name == "weight" and numbers.ndim != _AXES[kind]:
        raise ValueError(f"{where} has the shape {numbers.shape}, expected {_AXES[kind]} axes.")
    if name.startswith("tau") and not (numbers > 0).all():
        raise ValueError(f"{where} has a least value of {numbers.min()}, expected more than 0.")
    if name == "delay" and not (numbers >= 0).all():
        raise ValueError(f"{where} has a least value of {numbers.min()}, expected 0 or more.")
    if not numbers.size:
        raise ValueError(f"{where} has the shape {numbers.shape}: no values at all.")
    return numbers


def _one_shape(fields: dict[str, Any], known: dict[str, Any], where: str) -> None:
    """All arrays of a neuron must have one shape; numbers that stand for a missing field, too."""
    required = next(name for name, default in known.items() if default is ...)
    shape = fields[required].shape
    for name, default in known.items():
        if np.shape(fields[name]) == () and default is not ...:
            fields[name] = np.full(shape, float(fields[name]))
        if fields[name].shape != shape:
            raise ValueError(
                f"{where}: field {name!r} has the shape {fields[name].shape}, but {required!r} has "
                f"{shape}; NIR does not broadcast. Make them equal."
            )
    if not shape:
        raise ValueError(
            f"{where}: its fields are single numbers; expected arrays, one value per unit."
        )
