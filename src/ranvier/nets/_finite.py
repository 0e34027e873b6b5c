"""Where a run first stops being a number."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell
from ranvier.nets._chain import Chain
from ranvier.nets._run import record


def check_finite(
    cell: Cell, xs: Float[Array, "time ... width"], *, key: PRNGKeyArray | None = None
) -> None:
    """Run layers from rest and raise an error at the first state that is NaN or infinite.

    Args:
        cell: a layer, or a chain of layers.
        xs: input, `[T, ..., width]`.
        key: draws noise; `None` means noiseless.

    Raises:
        FloatingPointError: the layer, the time step, the state variable and the unit are named.
        TypeError, ValueError: as `record`.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> check_finite(net, jnp.ones((10, 4)))
        >>> check_finite(net, jnp.ones((10, 4)).at[6].set(jnp.nan))
        Traceback (most recent call last):
        ...
        FloatingPointError: layer 1: state variable 's' of unit (0,) is nan at time step 6 (from 0).
        The input of this step is not finite.
    """
    layers = cell.layers if isinstance(cell, Chain) else (cell,)
    first: tuple[int, int, str] | None = None
    for depth, (layer, states) in enumerate(zip(layers, record(cell, xs, key=key), strict=True)):
        for path, leaf in jax.tree_util.tree_flatten_with_path(states)[0]:
            bad = ~jnp.isfinite(leaf)
            if not bool(bad.any()):
                continue
            place = tuple(int(i) for i in jnp.argwhere(bad)[0])
            if first is None or (place[0], depth) < first[:2]:
                variable = jax.tree_util.keystr(path).lstrip(".")
                words = (
                    f"{getattr(layer, 'name', 'layer')}: state variable {variable!r} of unit "
                    f"{place[1:]} is {leaf[place]} at time step {place[0]} (from 0)."
                )
                first = place[0], depth, words
    if first is None:
        return
    step, depth, words = first
    if not bool(jnp.isfinite(jnp.asarray(xs)[step]).all()):
        raise FloatingPointError(f"{words} The input of this step is not finite.")
    raise FloatingPointError(
        f"{words} The input of this step is finite: look at the parameters of this layer and at "
        "its time step."
    )
