"""What a learning signal is made from: one moment of a network that learns."""

from collections.abc import Callable
from typing import Any, NamedTuple

from jaxtyping import Array

from ranvier.nets import Chain


class Instant(NamedTuple):
    """One time step of a chain of layers, before it is taken.

    Attributes:
        chain: the model.
        states: of every layer, before the step.
        x: input of the step, `[batch, width]`.
        target: of the step, `[batch, ...]`.
        error: from the chain's output to the loss of this step, a scalar.
        share: `[batch]`, what this step of each example counts in that loss; 0 where masked.
        keys: one per layer.

    Example:
        See `exact`.
    """

    chain: Chain
    states: tuple[Any, ...]
    x: Array
    target: Array
    error: Callable[[Array], Array]
    share: Array
    keys: list[Any]


Signal = Callable[[Instant], tuple[Array, list[Array]]]
"""`(instant) -> (loss, [dE/dy per layer])`, each signal in the shape of its layer's output."""
