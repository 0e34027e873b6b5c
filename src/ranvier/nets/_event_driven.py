"""A network whose products follow events."""

from typing import Any, TypeVar

import jax

from ranvier.synapses import Convolution, Dense, EventDriven, TransposedConvolution

Module = TypeVar("Module")


def event_driven(module: Module, densest: float = 0.15) -> Module:
    """The same network, every dense or convolutional synapse wrapped in `EventDriven`.

    Convolutions in groups and transposed ones stay as they are.

    Args:
        module: a layer, a chain, or anything with synapses in it.
        densest: as for `EventDriven`.

    Raises:
        ValueError, ImportError: as for `EventDriven`.

    Example:
        >>> import jax, ranvier as rv
        >>> net = event_driven(rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0)))
        >>> type(net.layers[1].synapses["dendrite"]).__name__
        'EventDriven'
    """

    def leaf(part: object) -> bool:
        return isinstance(part, Dense | Convolution | TransposedConvolution | EventDriven)

    def wrapped(part: Any) -> Any:
        if isinstance(part, Dense) or (isinstance(part, Convolution) and part.groups == 1):
            return EventDriven(part, densest)
        return part

    return jax.tree.map(wrapped, module, is_leaf=leaf)
