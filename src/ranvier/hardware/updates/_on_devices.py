"""Training on devices, as an Optax transformation that any rule can be followed by."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jax.core import Tracer
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import named, positive
from ranvier.hardware.updates._cell import LearningCell
from ranvier.hardware.updates._drive import Drive

Limit = float | Callable[[Array], Any]
"""The weight that 1 on a device stands for: one number, or from the weights of an array."""


class ArrayState(NamedTuple):
    """One array of cells that learn.

    Attributes:
        cells: the devices, with their traits.
        drive: what is remembered in the digital part.
        limit: the weight that 1 on a device stands for.

    Example:
        See `on_devices`.
    """

    cells: Any
    drive: Any
    limit: Array


class OnDevicesState(NamedTuple):
    """All arrays, in the order of the weights that they hold, and the key of what comes next.

    Example:
        See `on_devices`.
    """

    arrays: tuple[ArrayState, ...]
    key: Array


def on_devices(
    cell: LearningCell,
    drive: Drive,
    *,
    limit: Limit,
    key: PRNGKeyArray,
    clipped_at_most: float = 0.05,
) -> optax.GradientTransformation:
    r"""Weights live on devices: an update becomes pulses, and the weight is what is then read.

    $$n = \text{drive}\left(\frac{\Delta w}{w_{lim}\, \epsilon}\right), \qquad
    w = w_{lim}\, \text{cell}(n)$$

    with the expected step $\epsilon$ of the cell. Put it last in an `optax.chain`, behind the
    learning rate. Every array that it is given is held by devices; `matrices` picks weights, and
    leaves the rest to the ordinary optimiser. The first update brings the model's weights to where
    the devices are.

    Args:
        cell: how devices hold a weight.
        drive: from an update to pulses.
        limit: $w_{lim}$; a function makes it from the weights that an array starts with.
        key: draws devices, noise and pulses.
        clipped_at_most: share of an array's weights that may lie outside the range at the start.

    Raises:
        ValueError: a limit that is not positive, more weights clipped than allowed; (when run) no
            parameters given.

    Source: as of the schemes: `mixed_precision`, `pulse_trains`, `tiki_taka`, `one_sided_pairs`,
        `capacitor_pairs`.

    Example:
        >>> import jax, jax.numpy as jnp, optax
        >>> from ranvier.hardware import devices, updates
        >>> cell = updates.SingleDevice(devices.linear_ideal(0.25))
        >>> optimiser = optax.chain(optax.sgd(1.0), updates.on_devices(
        ...     cell, updates.Accumulated(), limit=2.0, key=jax.random.key(0)))
        >>> weights = jnp.array([0.5, -1.0])
        >>> state, gradient = optimiser.init(weights), jnp.array([-0.7, 0.2])
        >>> change, state = optimiser.update(gradient, state, weights)
        >>> optax.apply_updates(weights, change).tolist()
        [1.0, -1.0]
    """
    if not callable(limit):
        positive("on_devices", limit=limit)
    if not 0 <= clipped_at_most <= 1:
        raise ValueError(f"on_devices: clipped_at_most is {clipped_at_most}, expected 0 to 1.")
    starting = eqx.filter_jit(cell.start)

    def start(path: Any, weight: Array, key: PRNGKeyArray) -> ArrayState:
        full = jnp.asarray(limit(weight) if callable(limit) else limit, weight.dtype)
        _refuse(f"the weights {named(path)}", weight, full, cell.bounds, clipped_at_most)
        return ArrayState(starting(weight / full, key=key), drive.start(weight), full)

    def init(params: Any) -> OnDevicesState:
        found = jax.tree_util.tree_flatten_with_path(params)[0]
        now, after = jr.split(key)
        keys = jr.split(now, max(len(found), 1))
        return OnDevicesState(
            tuple(start(path, leaf, own) for (path, leaf), own in zip(found, keys, strict=False)),
            after,
        )

    def one(array: ArrayState, change: Array, weight: Array, key: PRNGKeyArray) -> Any:
        # Pulses cannot be no number: a gradient that is none must not vanish on the way.
        sound = jnp.isfinite(change)
        count_key, pulse_key = jr.split(key)
        steps = jnp.where(sound, change, 0.0) / (array.limit * cell.step)
        count, remembered = drive(array.drive, steps, key=count_key)
        cells = cell.update(array.cells, count, key=pulse_key)
        moved = jnp.where(sound, array.limit * cell.weight(cells) - weight, jnp.nan)
        return moved.astype(weight.dtype), ArrayState(cells, remembered, array.limit)

    def update(updates: Any, state: Any, params: Any = None) -> Any:
        if params is None:
            raise ValueError("on_devices: give the parameters to `update`, too.")
        now, after = jr.split(state.key)
        changes, structure = jax.tree.flatten(updates)
        keys = jr.split(now, max(len(changes), 1))
        each = zip(state.arrays, changes, jax.tree.leaves(params), keys, strict=False)
        done = [one(*parts) for parts in each]
        moved = jax.tree.unflatten(structure, [change for change, _ in done])
        return moved, OnDevicesState(tuple(array for _, array in done), after)

    return optax.GradientTransformation(init, update)


def matrices(params: Any) -> Any:
    """Which arrays have at least two axes: those that an `optax.masked` puts on devices.

    Args:
        params: a tree of parameters.

    Example:
        >>> import jax.numpy as jnp
        >>> matrices({"weight": jnp.ones((2, 3)), "bias": jnp.ones(2)})
        {'bias': False, 'weight': True}
    """
    return jax.tree.map(lambda one: one.ndim >= 2, params)


def _refuse(name: str, weight: Array, limit: Array, bounds: Any, allowed: float) -> None:
    """Raise if a limit or too many weights are outside their range, where they are known."""
    if isinstance(weight, Tracer) or isinstance(limit, Tracer):
        return
    if not float(limit) > 0:
        raise ValueError(
            f"on_devices: the limit of {name} is {float(limit):g}, expected more than 0. Give a "
            "number, or start from weights that are not all zero."
        )
    at = np.asarray(weight) / float(limit)
    low, high = bounds
    slack = 1e-6 * (high - low)
    clipped = float(((at < low - slack) | (at > high + slack)).mean())
    if clipped > allowed:
        raise ValueError(
            f"on_devices: {100 * clipped:.1f} % of {name} lie outside the range of the devices, "
            f"{low * float(limit):g} to {high * float(limit):g}; expected at most "
            f"{100 * allowed:g} %. Raise `limit`, or `clipped_at_most`."
        )
