"""What spikes and numbers cost on their ways: operations of existing weights, counted."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ranvier.core import Synapse
from ranvier.nets.ttfs import Way
from ranvier.synapses import (
    AveragePooling,
    Convolution,
    Dense,
    Scale,
    SumPooling,
    TransposedConvolution,
)

WEIGHTED = (Convolution, Dense, TransposedConvolution)


class Operations(NamedTuple):
    """Synaptic operations per sample.

    Attributes:
        accumulates: additions of a weight, one per spike and existing weight it reaches.
        input_macs: products of weights and inputs that are not zero, once: a current that stays
            is computed once and added in every step; none where the input is spikes.
        source_macs: products of the source network, all of them.
        source_effective_macs: those whose activity and weight are not zero.

    Example:
        >>> found = Operations(2e5, 1e4, 8e5, 3e5)
        >>> found.accumulates / found.source_effective_macs
        0.6666666666666666
    """

    accumulates: float
    input_macs: float
    source_macs: float
    source_effective_macs: float


def reached(ways: Iterable[Way], events: dict[str, Any], *, existing: bool = True) -> float:
    """How many weights are met on the ways by so many events of every unit.

    A way without weights, such as one around a layer, counts as one weight per unit. Poolings
    hand events on.

    Args:
        ways: from their sources.
        events: source to how many each unit sends, `[*shape]`.
        existing: leave out weights of zero.

    Example:
        >>> way = Way("input", (Dense(jnp.array([[1.0, 0.0], [2.0, 3.0]])),))
        >>> reached([way], {"input": np.array([10.0, 1.0])})
        21.0
    """
    total = 0.0
    with jax.enable_x64(True):
        for way in ways:
            at, met = jnp.asarray(events[way.source], jnp.float64), 0.0
            for synapse in way.synapses:
                at = _events(synapse, existing)(at)
                if isinstance(synapse, WEIGHTED):
                    met += float(at.sum())
            total += met or float(at.sum())
    return total


def _events(synapse: Synapse, existing: bool) -> Synapse:
    """From events to events, every weight counted once."""
    if isinstance(synapse, AveragePooling):
        laid = synapse.windows
        return SumPooling(synapse.in_shape, laid.size, stride=laid.stride, padding=laid.padding)
    if isinstance(synapse, (*WEIGHTED, Scale)):
        kept = existing and not isinstance(synapse, Scale)

        def counted(weight: Any) -> Any:
            there = np.asarray(weight) != 0
            return jnp.asarray(there if kept else np.ones_like(there), jnp.float64)

        return jax.tree.map(lambda w: counted(w) if eqx.is_array_like(w) else w, synapse)
    return synapse
