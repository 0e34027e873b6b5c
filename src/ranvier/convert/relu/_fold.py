"""Factors between synapses, multiplied into their weights."""

from collections.abc import Iterable
from typing import Any

import equinox as eqx
import numpy as np

from ranvier.core import Synapse
from ranvier.synapses import (
    AveragePooling,
    Convolution,
    Dense,
    Flatten,
    Scale,
    SumPooling,
)


def folded(synapses: Iterable[Synapse]) -> tuple[Synapse, ...]:
    """The same linear map with as few factors of its own as possible, in double precision.

    A factor goes into the weights behind it, through poolings and rows of units if they let it,
    or into the weights in front of it. One that differs between the places of a convolution stays.

    Args:
        synapses: in order.

    Example:
        >>> import numpy as np
        >>> double, weight = Scale(np.array([2.0, 2.0])), Dense(np.ones((3, 2)))
        >>> [synapse.weight.tolist() for synapse in folded([double, weight])]
        [[[2.0, 2.0], [2.0, 2.0], [2.0, 2.0]]]
    """
    done: list[Synapse] = []
    factor: Any = None
    shape: tuple[int, ...] = ()
    for synapse in synapses:
        shape = synapse.shape
        if isinstance(synapse, Scale):
            own = shared(np.asarray(synapse.scale, np.float64), shape)
            behind = _times_rows(done[-1], own) if done and factor is None else None
            if behind is not None:
                done[-1] = behind
            else:
                factor = own if factor is None else shared(factor * own, shape)
            continue
        if factor is not None:
            if isinstance(synapse, Flatten):
                factor = np.broadcast_to(factor, synapse.in_shape).ravel()
            elif not (isinstance(synapse, (AveragePooling, SumPooling)) and factor.ndim == 1):
                held = _times_columns(synapse, factor)
                if held is None:
                    done.append(Scale(factor, synapse.in_shape))
                else:
                    synapse = held
                factor = None
        done.append(_double(synapse))
    if factor is not None:
        done.append(Scale(factor, shape))
    return tuple(done)


def shared(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """One value per channel if all places have the same, else one per unit.

    Example:
        >>> shared(np.ones((4, 4, 3)), (4, 4, 3)).shape
        (3,)
    """
    if len(shape) == 1 or values.ndim == 1:
        return values
    full = np.broadcast_to(values, shape)
    one = full.reshape(-1, shape[-1])[0]
    return one if np.array_equal(full, np.broadcast_to(one, shape)) else full


def _double(synapse: Synapse) -> Synapse:
    """With weights of double precision, so that nothing is lost when factors are multiplied in."""
    if isinstance(synapse, (Dense, Convolution)):
        return _with_weight(synapse, np.asarray(synapse.weight, np.float64))
    return synapse


def _with_weight(synapse: Synapse, weight: np.ndarray) -> Synapse:
    return eqx.tree_at(lambda s: s.weight, synapse, weight)


def _times_columns(synapse: Synapse, factor: np.ndarray) -> Synapse | None:
    """With a factor on what it sends from, or `None` where weights cannot hold it."""
    if isinstance(synapse, Dense):
        return _with_weight(synapse, np.asarray(synapse.weight, np.float64) * factor)
    if isinstance(synapse, Convolution) and factor.ndim == 1:
        weight = np.asarray(synapse.weight, np.float64)
        # Entry i of a group's kernel meets channel `group * entries + i`.
        rows = factor.reshape(synapse.groups, weight.shape[-2])
        columns = np.repeat(rows, weight.shape[-1] // synapse.groups, axis=0)
        return _with_weight(synapse, weight * columns.T)
    return None


def _times_rows(synapse: Synapse, factor: np.ndarray) -> Synapse | None:
    """With a factor on what it leads to, or `None` where weights cannot hold it."""
    if isinstance(synapse, Dense):
        return _with_weight(synapse, np.asarray(synapse.weight, np.float64) * factor[:, None])
    if isinstance(synapse, Convolution) and factor.ndim == 1:
        return _with_weight(synapse, np.asarray(synapse.weight, np.float64) * factor)
    return None
