"""From synapses to nodes of NIR."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from ranvier.core import Synapse
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Delayed,
    Dense,
    Dropout,
    EventDriven,
    Flatten,
    OneToOne,
    Scale,
    Series,
    Sparse,
    SumPooling,
    Transpose,
    VariationalDropout,
)


class Draft(NamedTuple):
    """A node that is to be written: its type and its fields, channels first."""

    kind: str
    fields: dict[str, Any]


def channels_first(values: Any) -> np.ndarray:
    """An array of units with its last axis, the channels, put first.

    Example:
        >>> channels_first(np.ones((34, 30, 2))).shape
        (2, 34, 30)
    """
    values = np.asarray(values)
    return np.moveaxis(values, -1, 0) if values.ndim > 1 else values


def nodes_of(synapse: Synapse, step_s: float | None, where: str, notes: list[str]) -> list[Draft]:
    """Nodes in a row that do what a synapse does.

    Args:
        synapse: what shall be written.
        step_s: the time step in seconds, for delays; `None` if nothing states it.
        where: how errors call the synapse.
        notes: gets a line for what acts in training alone and is left out.

    Raises:
        ValueError: what NIR has no node for; it is named, with what would help.
    """
    row = _unpacked(synapse, where, notes)
    found: list[Draft] = []
    while row:
        part = row.pop(0)
        after = row[0] if row else None
        if isinstance(part, (Dense, Sparse)):
            found.append(_weights(part, None, row))
        elif isinstance(part, Convolution):
            found.append(_convolution(part, row, where))
        elif isinstance(part, (SumPooling, AveragePooling)):
            found.append(_pooling(part, where))
        elif isinstance(part, Scale):
            full = np.broadcast_to(np.asarray(part.scale), part.shape)
            found.append(Draft("Scale", {"scale": channels_first(full)}))
        elif isinstance(part, Delayed):
            found.append(_delay(part, step_s, where))
            row = [*_unpacked(part.synapse, where, notes), *row]
        elif isinstance(part, Transpose) and isinstance(after, Flatten):
            axes = len(part.in_shape)
            if part.order != (axes - 1, *range(axes - 1)):
                raise ValueError(f"{where}: NIR cannot put axes in the order {part.order}.")
            found.append(_flatten(part.in_shape))
            row.pop(0)
        elif isinstance(part, Flatten):
            if len(part.in_shape) == 1:
                continue
            found.append(_flatten(part.in_shape))
            if isinstance(after, (Dense, Sparse)):
                row.pop(0)
                found.append(_weights(after, part.in_shape, row))
            elif sum(axis > 1 for axis in part.in_shape) > 1:
                raise ValueError(
                    f"{where}: NIR flattens with the channels first, so that units behind a "
                    "Flatten would change places. Put Dense weights right behind it."
                )
        elif isinstance(part, Bias):
            raise ValueError(
                f"{where}: NIR has a bias only within Affine and Conv nodes. Put the Bias right "
                "behind Dense weights or a Convolution."
            )
        else:
            raise ValueError(
                f"{where}: NIR has no node for the synapse {type(part).__name__}. It can "
                "hold Dense, Sparse, Convolution (one or two axes), SumPooling, AveragePooling, "
                "Flatten, Scale, Bias and Delayed."
            )
    return found


def _unpacked(synapse: Synapse, where: str, notes: list[str]) -> list[Synapse]:
    """The synapses in a row, without what surrounds them."""
    if isinstance(synapse, Series):
        return [part for inner in synapse.synapses for part in _unpacked(inner, where, notes)]
    if isinstance(synapse, EventDriven):
        return _unpacked(synapse.synapse, where, notes)
    if isinstance(synapse, (Dropout, VariationalDropout)):
        notes.append(f"{where}: the dropout is left out; it acts in training alone")
        return _unpacked(synapse.synapse, where, notes)
    return [] if isinstance(synapse, OneToOne) else [synapse]


def _bias_behind(row: list[Synapse], shape: tuple[int, ...]) -> np.ndarray | None:
    """The bias that comes next, taken out of the row."""
    if not row or not isinstance(row[0], Bias):
        return None
    bias = row.pop(0)
    return np.broadcast_to(np.asarray(bias.bias), shape) if isinstance(bias, Bias) else None


def _weights(part: Dense | Sparse, flattened: tuple[int, ...] | None, row: list[Synapse]) -> Draft:
    """A Linear or Affine node; behind a flattening its columns are put in NIR's order."""
    if isinstance(part, Dense):
        weight = np.asarray(part.weight)
    else:
        weight = np.asarray(part(jnp.eye(part.in_size))).T
    if flattened is not None:
        order = channels_first(np.arange(weight.shape[1]).reshape(flattened)).ravel()
        weight = weight[:, order]
    bias = _bias_behind(row, part.shape)
    if bias is None:
        return Draft("Linear", {"weight": weight})
    return Draft("Affine", {"weight": weight, "bias": bias})


def _convolution(part: Convolution, row: list[Synapse], where: str) -> Draft:
    windows, space = part.windows, len(part.windows.space)
    if space > 2:
        raise ValueError(f"{where}: NIR has convolutions along one or two axes, not {space}.")
    padding = _even(windows.padding, where)
    bias = _bias_behind(row, part.shape)
    if bias is None:
        bias = np.zeros(part.shape, np.asarray(part.weight).dtype)
    shared = bias.reshape(-1, bias.shape[-1])
    if (shared != shared[0]).any():
        raise ValueError(
            f"{where}: the bias differs from place to place; NIR has one per channel. Share it."
        )

    def sizes(values: tuple[int, ...]) -> Any:
        return int(values[0]) if space == 1 else np.array(values)

    return Draft(
        "Conv1d" if space == 1 else "Conv2d",
        {
            "input_shape": windows.space[0] if space == 1 else tuple(windows.space),
            "weight": np.ascontiguousarray(np.moveaxis(np.asarray(part.weight), (-1, -2), (0, 1))),
            "stride": sizes(windows.stride),
            "padding": sizes(padding),
            "dilation": sizes(windows.dilation),
            "groups": part.groups,
            "bias": np.array(shared[0]),
        },
    )


def _even(padding: tuple[tuple[int, int], ...], where: str) -> tuple[int, ...]:
    if any(before != after for before, after in padding):
        raise ValueError(
            f"{where}: NIR pads both sides alike, but here it is {padding}. State a padding in "
            "numbers in place of 'same'."
        )
    return tuple(before for before, _ in padding)


def _pooling(part: SumPooling | AveragePooling, where: str) -> Draft:
    windows = part.windows
    if len(windows.space) != 2:
        raise ValueError(f"{where}: NIR pools along two axes, not {len(windows.space)}.")
    return Draft(
        "SumPool2d" if isinstance(part, SumPooling) else "AvgPool2d",
        {
            "kernel_size": np.array(windows.size),
            "stride": np.array(windows.stride),
            "padding": np.array(_even(windows.padding, where)),
        },
    )


def _delay(part: Delayed, step_s: float | None, where: str) -> Draft:
    if step_s is None:
        raise ValueError(
            f"{where}: a delay is a time in NIR, and no neuron here states a time step. Give "
            "time_step_ms."
        )
    steps = np.asarray(part.steps).reshape(part.in_shape)
    return Draft("Delay", {"delay": channels_first(steps * step_s)})


def _flatten(in_shape: tuple[int, ...]) -> Draft:
    first = np.array((in_shape[-1], *in_shape[:-1]))
    return Draft("Flatten", {"input_type": {"input": first}, "start_dim": 0, "end_dim": -1})
