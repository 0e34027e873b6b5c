"""Synapses as sparse matrices: who reaches whom, with which weight."""

import itertools
from typing import TYPE_CHECKING

import numpy as np

from ranvier.core import Synapse
from ranvier.synapses._convolution import Convolution, TransposedConvolution
from ranvier.synapses._dense import Dense
from ranvier.synapses._offset import Scale
from ranvier.synapses._pooling import AveragePooling, SumPooling
from ranvier.synapses._series import Flatten
from ranvier.synapses._windows import Windows

if TYPE_CHECKING:
    import scipy.sparse as sp


def matrix_of(synapse: Synapse) -> "sp.csr_array":
    """The matrix `[units, presynaptic units]` of a linear synapse, without what is outside.

    Weights of zero between units that see each other are kept: the chip would send there too.

    Args:
        synapse: dense, a convolution or its transpose, a pooling of sums or averages, a factor, a
            row of units.

    Raises:
        ValueError: a synapse that is not linear.

    Example:
        >>> import jax.numpy as jnp
        >>> edges = Convolution(jnp.array([-1.0, 1.0]).reshape(2, 1, 1), (3,))
        >>> matrix_of(edges).toarray().tolist()
        [[-1.0, 1.0, 0.0], [0.0, -1.0, 1.0]]
    """
    import scipy.sparse as sp

    if isinstance(synapse, Dense):
        weight = np.asarray(synapse.weight, np.float64)
        rows, columns = np.indices(weight.shape)
        return _matrix(weight, rows, columns, weight.shape)
    if isinstance(synapse, Convolution):
        return _convolution(synapse)
    if isinstance(synapse, TransposedConvolution):
        return sp.csr_array(_convolution(synapse.convolution).T)
    if isinstance(synapse, (AveragePooling, SumPooling)):
        return _pooling(synapse)
    if isinstance(synapse, Scale):
        factor = np.broadcast_to(np.asarray(synapse.scale, np.float64), synapse.in_shape).ravel()
        return sp.csr_array(sp.diags_array(factor))
    if isinstance(synapse, Flatten):
        return sp.csr_array(sp.eye_array(synapse.in_size))
    raise ValueError(
        f"a {type(synapse).__name__} has no matrix; expected a dense, convolutional or pooling "
        "synapse, Scale or Flatten."
    )


def places(windows: Windows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every window and entry of the kernel that lies inside: window, entry, and unit of space.

    Args:
        windows: where they lie.

    Example:
        >>> from ranvier.synapses import SumPooling
        >>> [found.tolist() for found in places(SumPooling((4, 1), 2).windows)]
        [[0, 1, 0, 1], [0, 0, 1, 1], [0, 2, 1, 3]]
    """
    axes = [np.arange(n) for n in windows.out_space]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, len(axes))
    before = np.array([first for first, _ in windows.padding])
    found = []
    for entry, kernel in enumerate(itertools.product(*map(range, windows.size))):
        unit = grid * windows.stride - before + np.multiply(kernel, windows.dilation)
        inside = np.all((unit >= 0) & (unit < windows.space), axis=1)
        row = np.ravel_multi_index(tuple(unit[inside].T), windows.space)
        found.append((np.flatnonzero(inside), np.full(inside.sum(), entry), row))
    window, entry, unit = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return window, entry, unit


def _matrix(values, rows, columns, shape) -> "sp.csr_array":
    import scipy.sparse as sp

    return sp.csr_array((values.ravel(), (rows.ravel(), columns.ravel())), shape=shape)


def _convolution(synapse: Convolution) -> "sp.csr_array":
    window, entry, unit = places(synapse.windows)
    *_, fan_in, channels = synapse.weight.shape
    weight = np.asarray(synapse.weight, np.float64).reshape(-1, fan_in, channels)
    group = np.arange(channels) // (channels // synapse.groups)
    # Axes: window and entry, channel of the group, channel that receives.
    sender = group * fan_in + np.arange(fan_in)[:, None]
    values = weight[entry]
    rows = np.broadcast_to((window * channels)[:, None, None] + np.arange(channels), values.shape)
    width = fan_in * synapse.groups
    columns = np.broadcast_to((unit * width)[:, None, None] + sender, values.shape)
    shape = (int(np.prod(synapse.shape)), synapse.in_size)
    return _matrix(values, rows, columns, shape)


def _pooling(synapse: AveragePooling | SumPooling) -> "sp.csr_array":
    window, _, unit = places(synapse.windows)
    channel = np.arange(synapse.channels)
    rows = window[:, None] * synapse.channels + channel
    columns = unit[:, None] * synapse.channels + channel
    share = np.prod(synapse.windows.size) if isinstance(synapse, AveragePooling) else 1
    shape = (int(np.prod(synapse.shape)), synapse.in_size)
    return _matrix(np.full(rows.shape, 1 / share), rows, columns, shape)
