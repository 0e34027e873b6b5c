"""A way around a cell."""

from collections.abc import Callable
from typing import Any, Literal

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, nearest
from ranvier.nets._chain import out_shape
from ranvier.nets._layer import width

Join = Literal["add", "and", "iand"]
_JOINS: dict[str, Callable[[Array, Array], Array]] = {
    "add": lambda a, x: a + x,
    "and": lambda a, x: a * x,
    "iand": lambda a, x: (1 - a) * x,
}


class Residual(Cell):
    r"""What a cell gives, joined with its own input of the same step: $y_t = g(a_t, x_t)$.

    | join | $g(a, x)$ | of two spikes | the input passes unchanged where the cell |
    |---|---|---|---|
    | `"add"` | $a + x$ | 0, 1 or 2: a count | is silent |
    | `"and"` | $a\,x$ | a spike | always fires |
    | `"iand"` | $(1 - a)\,x$ | a spike | is silent |

    For graded outputs take `"add"`. Of spikes, `"add"` counts, so that what comes after gets more
    the deeper the network is; the other two stay spikes.

    Args:
        cell: any cell whose output has the shape of its input.
        join: as above.

    Raises:
        ValueError: an unknown join, or a cell whose output has another shape than its input.

    Source: Fang, Yu, Chen, Huang, Masquelier, Tian, NeurIPS 2021 (SEW-ResNet), table 1.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> cell = Residual(rv.layer(3, rv.SNU(3), key=jax.random.key(0)))
        >>> cell(cell.init(), jnp.zeros(3))[1]
        Array([0., 0., 0.], dtype=float32)
    """

    cell: Cell
    join: Join = eqx.field(static=True)

    def __init__(self, cell: Cell, join: Join = "add") -> None:
        if join not in _JOINS:
            raise ValueError(f"Residual: join is {join!r}. {nearest(join, _JOINS)}")
        given = out_shape(cell)
        if given != cell.in_shape:
            raise ValueError(
                f"Residual: the cell expects {width(cell.in_shape)} and gives {width(given)}, so "
                "that they cannot be joined. Make them equal."
            )
        self.cell = cell
        self.join = join

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.cell.in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        return self.cell.in_shape

    def joined(self, a: Float[Array, "..."], x: Float[Array, "..."]) -> Float[Array, "..."]:
        """The output, from what the cell gives and what it got."""
        return _JOINS[self.join](a, x)

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The cell at rest."""
        return self.cell.init(batch)

    def __call__(
        self, state: Any, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Array]:
        """Advance one step."""
        state, a = self.cell(state, x, key=key)
        return state, self.joined(a, x)

    def over_time(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Array]:
        """Advance many steps, with all that the cell does for them at once."""
        state, a = self.cell.over_time(state, xs, keys=keys)
        return state, self.joined(a, xs)
