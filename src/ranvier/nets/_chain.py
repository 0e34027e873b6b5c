"""Cells one after another: a feed-forward stack of layers."""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell
from ranvier.nets._layer import Layer, width


class Chain(Cell):
    """Cells in order, within one time step: layer k sees the output of layer k - 1 at once.

    Args:
        layers: the cells, first to last.

    Raises:
        ValueError: no cell at all, or one that expects another shape than the one before gives.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> state, y = net(net.init(), jnp.ones(4))
        >>> y.shape
        (2,)
    """

    layers: tuple[Cell, ...]

    def __init__(self, layers: tuple[Cell, ...] | list[Cell]) -> None:
        self.layers = tuple(layers)

    def __check_init__(self) -> None:
        if not self.layers:
            raise ValueError("a chain needs at least one cell; got none.")
        for number, (one, two) in enumerate(itertools.pairwise(self.layers), 1):
            given = out_shape(one)
            if given != two.in_shape:
                raise ValueError(
                    f"part {number + 1} of a chain, {called(two)}, expects an input of "
                    f"{width(two.in_shape)}, but part {number}, {called(one)}, gives "
                    f"{width(given)}. Make them equal."
                )

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.layers[0].in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        return self.layers[0].in_shape

    def init(self, batch: tuple[int, ...] = ()) -> tuple[Any, ...]:
        """Every cell at rest."""
        return tuple(layer.init(batch) for layer in self.layers)

    def split(self, key: PRNGKeyArray | None) -> list[Any]:
        """One key per cell."""
        count = len(self.layers)
        return [None] * count if key is None else list(jr.split(key, count))

    def __call__(
        self, state: Any, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[tuple[Any, ...], Array]:
        """Advance one step."""
        states = []
        for layer, before, layer_key in zip(self.layers, state, self.split(key), strict=True):
            after, x = layer(before, x, key=layer_key)
            states.append(after)
        return tuple(states), x

    def split_over_time(self, keys: Array | None) -> list[Any]:
        """One key per cell and step, the same as `split` gives step by step."""
        if keys is None:
            return [None] * len(self.layers)
        split = jax.vmap(lambda key: jr.split(key, len(self.layers)))(keys)
        return [split[:, index] for index in range(len(self.layers))]

    def over_time(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[tuple[Any, ...], Array]:
        """Advance many steps, layer by layer."""
        states = []
        per_layer = self.split_over_time(keys)
        for layer, before, layer_keys in zip(self.layers, state, per_layer, strict=True):
            after, xs = layer.over_time(before, xs, keys=layer_keys)
            states.append(after)
        return tuple(states), xs


def out_shape(cell: Cell) -> tuple[int, ...]:
    """Axes of a cell's output, found without computing it.

    Args:
        cell: any cell.

    Example:
        >>> import jax, ranvier as rv
        >>> out_shape(rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0)))
        (2,)
    """
    if isinstance(cell, Layer):
        return cell.neuron.shape
    if isinstance(cell, Chain):
        return out_shape(cell.layers[-1])
    return jax.eval_shape(lambda: cell(cell.init(), jnp.zeros(cell.in_shape))[1]).shape


def called(cell: Cell) -> str:
    """How errors call a cell.

    Args:
        cell: any cell.

    Example:
        >>> import jax, ranvier as rv
        >>> called(rv.layer(4, rv.SNU(3), key=jax.random.key(0), name="hidden"))
        'hidden (SNU)'
    """
    if isinstance(cell, Layer):
        return f"{cell.name} ({type(cell.neuron).__name__})"
    return f"a {type(cell).__name__}"
