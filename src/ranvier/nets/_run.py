"""The runners: layer by layer over all of time, in chunks, or step by step."""

from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, at_rest
from ranvier.nets._chain import Chain
from ranvier.nets._layer import Layer


def run(
    cell: Cell,
    xs: Float[Array, "time ... width"],
    *,
    state: Any = None,
    key: PRNGKeyArray | None = None,
    chunk: int | None = None,
    rematerialise: bool = False,
) -> tuple[Any, Float[Array, "time ... width_out"]]:
    r"""Run a cell over a sequence.

    Without `chunk`, each layer sees all of time at once: best for training and for latency. With
    `chunk` steps at a time the layers take turns on pieces that stay in cache: best for large
    batches of inference, about 10. `chunk=1` is step by step, as a stream is run. All give the
    same numbers, up to the order in which a matrix product sums.

    Args:
        cell: a layer, a chain or any other cell.
        xs: input, time-major, `[T, ..., width]`.
        state: where it starts; at rest if not given.
        key: draws noise; `None` means noiseless.
        chunk: steps per piece.
        rematerialise: keep only the states between chunks for the way back, and compute what
            happened inside them again: gradients need memory for $T / \text{chunk}$ states and one
            chunk, least for a chunk of $\sqrt{T}$ steps, for one more run of the network.

    Returns:
        The last state and the outputs, `[T, ..., width_out]`.

    Raises:
        ValueError: an input without a time axis, an empty one, one of another width (the layer is
            named), a chunk below 1, or something to rematerialise without chunks.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> state, ys = rv.run(net, jnp.ones((10, 5, 4)))
        >>> ys.shape
        (10, 5, 2)
    """
    xs = _sequence(xs)
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk is {chunk}, expected at least one step.")
    if rematerialise and chunk is None:
        raise ValueError(
            "rematerialise needs a chunk: the steps to compute again at a time; the square root "
            "of the steps of a sequence takes the least memory."
        )
    if state is None:
        state = at_rest(cell, xs)
    keys = None if key is None else jr.split(key, len(xs))
    if chunk is None or chunk >= len(xs):
        return cell.over_time(state, xs, keys=keys)
    whole = len(xs) // chunk * chunk

    def piece(state: Any, at: tuple[Array, Any]) -> tuple[Any, Array]:
        return cell.over_time(state, at[0], keys=at[1])

    if rematerialise:
        # The scan keeps the pieces apart already.
        piece = jax.checkpoint(piece, prevent_cse=False)

    def pieces(array: Array) -> Array:
        return array[:whole].reshape(-1, chunk, *array.shape[1:])

    state, ys = jax.lax.scan(
        piece,
        state,
        (pieces(xs), None if keys is None else pieces(keys)),
    )
    ys = ys.reshape(whole, *ys.shape[2:])
    if whole == len(xs):
        return state, ys
    state, rest = cell.over_time(state, xs[whole:], keys=None if keys is None else keys[whole:])
    return state, jnp.concatenate([ys, rest])


def _sequence(xs: Any) -> Array:
    """The input as an array, once it has a time axis with something on it."""
    xs = jnp.asarray(xs)
    if xs.ndim < 2 or len(xs) == 0:
        raise ValueError(
            f"got an input of shape {xs.shape}, expected [T, ..., width] with at least one step."
        )
    return xs


def record(
    cell: Cell, xs: Float[Array, "time ... width"], *, key: PRNGKeyArray | None = None
) -> tuple[Any, ...]:
    """Run a layer or a chain of layers from rest and keep every state of every layer.

    Args:
        cell: a layer, or a chain of layers.
        xs: input, `[T, ..., width]`.
        key: draws noise; `None` means noiseless.

    Returns:
        Per layer, its neuron's state with a leading time axis (`.y` are the outputs).

    Raises:
        TypeError: a cell that is not a layer, whose inside is its own affair.
        ValueError: an input without a time axis, an empty one, or one of another width.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> hidden, output = record(net, jnp.ones((10, 4)))
        >>> hidden.s.shape, output.y.shape
        ((10, 3), (10, 2))
    """
    xs = _sequence(xs)
    chain = cell if isinstance(cell, Chain) else Chain((cell,))
    keys = None if key is None else jr.split(key, len(xs))
    # A lone layer takes its step's key whole, as `run` gives it.
    per_layer = chain.split_over_time(keys) if isinstance(cell, Chain) else [keys]
    kept = []
    for layer, layer_keys in zip(chain.layers, per_layer, strict=True):
        if not isinstance(layer, Layer):
            raise TypeError(f"can record layers only; got a {type(layer).__name__}.")
        _, states = layer.history(at_rest(layer, xs), xs, keys=layer_keys)
        kept.append(states)
        xs = states.y
    return tuple(kept)
