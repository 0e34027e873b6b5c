"""What a network keeps: bytes, and zeros among its weights."""

from typing import NamedTuple

from ranvier.core import Cell, arrays_in, learns
from ranvier.metrics._fan_out import weights_of
from ranvier.nets import all_connections


class Footprint(NamedTuple):
    """Bytes that a network takes.

    Attributes:
        parameters: numbers that learn.
        constants: other arrays, such as which units a `Sparse` connects.
        state: what is carried from step to step for one example.

    Example:
        >>> Footprint(parameters=400, constants=0, state=24).total
        424
    """

    parameters: int
    constants: int
    state: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.parameters + self.constants + self.state


def footprint(cell: Cell) -> Footprint:
    """Count the bytes of a network's arrays and of its state for one example.

    Numbers that are constants of a neuron and not arrays, such as a threshold that does not
    learn, are part of the program and do not count. An array that is used twice counts once.

    Args:
        cell: any cell.

    Source: Yik et al., Nat. Commun. 16 (2025), NeuroBench, "footprint".

    Example:
        >>> import jax, ranvier as rv
        >>> footprint(rv.chain(4, rv.LIF(3), key=jax.random.key(0)))
        Footprint(parameters=48, constants=0, state=24)
    """
    arrays = arrays_in(cell)
    learning = sum(array.nbytes for array in arrays if learns(array))
    held = sum(array.nbytes for array in arrays_in(cell.init()))
    return Footprint(learning, sum(array.nbytes for array in arrays) - learning, held)


def connection_sparsity(cell: Cell) -> float:
    """Share of the weights that are zero, over all connections, recurrent ones too.

    Weights that many pairs of units share, as in a convolution, count once. Biases and whatever
    acts on units one by one do not count, nor weights that carry errors back.

    Args:
        cell: any cell.

    Raises:
        ValueError: a network without weights.

    Source: Yik et al., Nat. Commun. 16 (2025), NeuroBench, "connection sparsity".

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.nets import Layer
        >>> from ranvier.synapses import Dense
        >>> weight = jnp.array([[1.0, 0.0], [2.0, 3.0]])
        >>> connection_sparsity(Layer(rv.LIF(2), {"dendrite": Dense(weight)}))
        0.25
    """
    found = [weights_of(synapse) for _, synapse in all_connections(cell)]
    total = sum(weight.size for weight in found)
    if not total:
        raise ValueError(
            "the network has no weights between units, so that none of them can be zero."
        )
    return sum(int((weight == 0).sum()) for weight in found) / total
