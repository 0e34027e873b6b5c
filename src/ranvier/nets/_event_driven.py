"""A network whose dense products follow events."""

from typing import TypeVar

import jax

from ranvier.synapses import Dense, EventDriven

Module = TypeVar("Module")


def event_driven(module: Module, densest: float = 0.15) -> Module:
    """The same network, every dense synapse wrapped in `EventDriven`.

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

    def wrapped(part: object) -> bool:
        return isinstance(part, Dense | EventDriven)

    return jax.tree.map(
        lambda part: EventDriven(part, densest) if isinstance(part, Dense) else part,
        module,
        is_leaf=wrapped,
    )
