"""A neuron around another one."""

from typing import Any

from ranvier.core._protocol import Neuron


class Around(Neuron):
    """A neuron that changes how another one runs and keeps its shape and its ports.

    Args:
        neuron: the one within.

    Example:
        >>> import ranvier as rv
        >>> from ranvier.neurons import Stochastic
        >>> isinstance(Stochastic(rv.SNU(3)), Around), Stochastic(rv.SNU(3)).ports
        (True, ('dendrite',))
    """

    neuron: Neuron

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.neuron.shape

    @property
    def ports(self) -> tuple[str, ...]:
        """Those of the neuron within."""
        return self.neuron.ports

    @property
    def input_ports(self) -> tuple[str, ...]:
        """Those of the neuron within."""
        return self.neuron.input_ports

    @property
    def recurrent_ports(self) -> tuple[str, ...]:
        """Those of the neuron within."""
        return self.neuron.recurrent_ports

    @property
    def lateral_ports(self) -> Any:
        """Those of the neuron within."""
        return self.neuron.lateral_ports

    @property
    def resets_at_spike(self) -> bool:
        """As the neuron within."""
        return self.neuron.resets_at_spike
