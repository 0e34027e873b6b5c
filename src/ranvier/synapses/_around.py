"""Connections around others."""

import equinox as eqx

from ranvier.core import Synapse


class Around(Synapse):
    """Connections that change what passes through others, from and to the same units.

    Example:
        >>> from ranvier.synapses import Dropout, EventDriven
        >>> issubclass(Dropout, Around), issubclass(EventDriven, Around)
        (True, True)
    """

    synapse: eqx.AbstractVar[Synapse]

    @property
    def in_size(self) -> int:
        """Width of the presynaptic activity."""
        return self.synapse.in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity."""
        return self.synapse.in_shape

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.synapse.shape
