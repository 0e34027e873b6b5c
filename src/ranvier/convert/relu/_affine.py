"""What arrives at a node: linear ways from sources, and a constant."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import numpy as np

from ranvier.convert.relu._fold import folded, shared
from ranvier.core import Synapse
from ranvier.nets.ttfs import Units, Way
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Scale,
    Series,
    SumPooling,
    TransposedConvolution,
)

LINEAR = (
    AveragePooling,
    Convolution,
    Dense,
    Flatten,
    Scale,
    SumPooling,
    TransposedConvolution,
)


class Affine(NamedTuple):
    """Ways from sources, and what is added, `None` for nothing.

    Attributes:
        ways: from where, and how.
        constant: `[...]`, the last axes of `shape`, in double precision.
        shape: axes of what arrives.

    Example:
        >>> Affine((Way("input", ()),), None, (3,)).of("input")
        True
    """

    ways: tuple[Way, ...]
    constant: np.ndarray | None
    shape: tuple[int, ...]

    def of(self, source: str) -> bool:
        """Whether this is the activity of a source as it is."""
        return self.constant is None and self.ways == (Way(source, ()),)

    def through(self, synapse: Synapse) -> "Affine | None":
        """What is behind a synapse; `None` if it is not linear."""
        if isinstance(synapse, Series):
            found: Affine | None = self
            for one in synapse.synapses:
                found = None if found is None else found.through(one)
            return found
        if isinstance(synapse, Dropout):
            return self
        if isinstance(synapse, Bias):
            return self._replace(constant=added(self.constant, np.asarray(synapse.bias)))
        if not isinstance(synapse, LINEAR):
            return None
        ways = tuple(Way(way.source, (*way.synapses, synapse)) for way in self.ways)
        return Affine(ways, self._constant_behind(synapse), synapse.shape)

    def _constant_behind(self, synapse: Synapse) -> np.ndarray | None:
        """Padding adds nothing, so that places at the border may get another constant."""
        if self.constant is None:
            return None
        full = np.broadcast_to(np.asarray(self.constant, np.float64), synapse.in_shape)
        with jax.enable_x64(True):
            behind = np.asarray(synapse(jax.numpy.asarray(full)))
        return shared(behind, synapse.shape)

    def units(self) -> Units:
        """Units that take it, with every factor folded into weights."""
        ways = tuple(Way(way.source, folded(way.synapses)) for way in self.ways)
        bias: Any = self.constant
        if bias is None:
            bias = np.zeros(self.shape[-1:])
        return Units(ways, bias, self.shape)

    def factor(self) -> tuple[str, Any, np.ndarray] | None:
        """Source, factor and constant `[channels]`, if that is all it is; else `None`."""
        if len(self.ways) != 1 or not all(isinstance(s, Scale) for s in self.ways[0].synapses):
            return None
        (way,), channels = self.ways, self.shape[-1]
        factor, constant = np.ones(channels), np.zeros(channels)
        if self.constant is not None:
            constant = shared(np.asarray(self.constant, np.float64), self.shape)
        for scale in way.synapses:
            if isinstance(scale, Scale):
                factor = factor * shared(np.asarray(scale.scale, np.float64), self.shape)
        if factor.ndim != 1 or constant.ndim != 1:
            return None
        return way.source, factor, np.broadcast_to(constant, (channels,))


def added(one: np.ndarray | None, two: np.ndarray | None) -> np.ndarray | None:
    """The sum, where `None` is nothing.

    Example:
        >>> added(None, np.ones(2)).tolist()
        [1.0, 1.0]
    """
    if one is None or two is None:
        return two if one is None else one
    return np.asarray(one, np.float64) + np.asarray(two, np.float64)


def summed(affines: Iterable[Affine]) -> Affine:
    """What several edges bring together.

    Example:
        >>> one = Affine((Way("input", ()),), None, (3,))
        >>> len(summed([one, one]).ways)
        2
    """
    first, *others = affines
    for other in others:
        first = Affine(first.ways + other.ways, added(first.constant, other.constant), first.shape)
    return first
