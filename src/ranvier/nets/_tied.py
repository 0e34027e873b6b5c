"""A network two of whose arrays are one."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell


class Tied(Cell):
    """A cell one of whose arrays is always the transpose of another: tied weights.

    What the output layer learns for a word, the input layer learns with it, and there are half as
    many weights. The array that is not kept is `None` within; `whole` gives the cell with both.

    Args:
        cell: any cell.
        kept: from the cell to the array that stays.
        tied: from the cell to the array that is its transpose from now on.

    Raises:
        ValueError: shapes that are not each other's transpose.

    Source: Press, Wolf, EACL 2017; Inan, Khosravi, Socher, ICLR 2017.

    Example:
        >>> import jax, ranvier as rv
        >>> net = rv.chain(5, rv.RNN(3), rv.Readout(5), key=jax.random.key(0))
        >>> weight = lambda layer: lambda net: net.layers[layer].synapses["dendrite"].weight
        >>> model = Tied(net, weight(0), weight(1))
        >>> bool((weight(0)(model.whole()) == weight(1)(model.whole()).T).all())
        True
    """

    cell: Cell
    kept: Callable[[Any], Array] = eqx.field(static=True)
    tied: Callable[[Any], Any] = eqx.field(static=True)

    def __init__(
        self, cell: Cell, kept: Callable[[Any], Array], tied: Callable[[Any], Any]
    ) -> None:
        one, two = kept(cell).shape, tied(cell).shape
        if one != two[::-1]:
            raise ValueError(
                f"Tied: the arrays have shapes {one} and {two}; expected each other's transpose."
            )
        self.cell = eqx.tree_at(tied, cell, None)
        self.kept = kept
        self.tied = tied

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.whole().in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        return self.whole().in_shape

    def whole(self) -> Any:
        """The cell with both arrays."""
        return eqx.tree_at(
            self.tied, self.cell, jnp.transpose(self.kept(self.cell)), is_leaf=lambda x: x is None
        )

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The cell at rest."""
        return self.whole().init(batch)

    def __call__(
        self, state: Any, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Array]:
        """Advance one step."""
        return self.whole()(state, x, key=key)

    def over_time(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Array]:
        """Advance many steps."""
        return self.whole().over_time(state, xs, keys=keys)
