"""A network onto memory devices."""

import math
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Synapse, mapped
from ranvier.hardware.crossbar._crossbar import Crossbar, one_by_one
from ranvier.hardware.crossbar._matrix import HELD, matrix, with_matrix
from ranvier.hardware.crossbar._periphery import Periphery
from ranvier.hardware.crossbar._scaling import PerColumn, Scaling
from ranvier.hardware.crossbar._unit_cell import DifferentialPair, UnitCell
from ranvier.hardware.devices import Device, check_seconds
from ranvier.synapses import Convolution, LayerNormalisation, ThresholdNormalisation

Network = TypeVar("Network")

_DIGITAL = (LayerNormalisation, ThresholdNormalisation)
"""Synapses whose few parameters stay in the digital part."""


def program(
    model: Network,
    device: Device,
    *,
    key: PRNGKeyArray,
    cell: UnitCell | None = None,
    periphery: Periphery | None = None,
    scaling: Scaling | None = None,
    tile_rows: int | None = None,
    clipped_at_most: float = 0.05,
) -> Network:
    r"""Put every dense and convolutional weight of a network onto memory devices.

    $$g_T = \text{cell}(w / s)\,(g_{max} - g_{min}) + g_{min}$$

    All else (biases, thresholds, normalisations, pooling) stays digital. A network that is on
    arrays already is programmed again, from the weights it was asked for, by the same devices:
    those that are stuck stay stuck.

    Args:
        model: a network, a layer or a synapse.
        device: the memory.
        key: draws the errors of programming and the traits of every device.
        cell: how devices hold a weight; `DifferentialPair()` if not given.
        periphery: what stands around the arrays; exact if not given.
        scaling: the weight of a full conductance; `PerColumn()` if not given.
        tile_rows: inputs of a tile at most; as many as the periphery allows if not given.
        clipped_at_most: share of an array's weights that may lie outside the range of the devices.

    Returns:
        The network with a `Crossbar` in the place of every such synapse, at the reference time.

    Raises:
        TypeError: a synapse with weights that no array can hold; its place is named.
        ValueError: more weights clipped than allowed, weights that are no numbers, or a tile
            larger than the periphery allows.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.hardware import devices, program
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> ideal = program(net, devices.ideal(), key=jax.random.key(1))
        >>> xs = jnp.ones((5, 1, 4))
        >>> bool((rv.run(ideal, xs)[1] == rv.run(net, xs)[1]).all())
        True
    """
    cell = DifferentialPair() if cell is None else cell
    periphery = Periphery() if periphery is None else periphery
    scaling = PerColumn() if scaling is None else scaling
    rows = periphery.largest_rows if tile_rows is None else tile_rows
    if not 1 <= rows <= periphery.largest_rows:
        raise ValueError(
            f"program: tile_rows is {tile_rows}, expected 1 to {periphery.largest_rows}, the most "
            "that this periphery drives. Take more tiles, or another periphery."
        )
    count = 0

    def onto_array(synapse: Any, name: str) -> Any:
        nonlocal count
        count += 1
        own = jr.fold_in(key, count)
        if isinstance(synapse, Crossbar):
            return _first_look(_again(synapse, own), jr.fold_in(own, 1))
        _refuse_groups(synapse, name)
        _refuse_values(matrix(synapse), scaling, name, clipped_at_most)
        tiles = math.ceil(matrix(synapse).shape[1] / rows)
        array = _hold(synapse, (device, cell, periphery, scaling), tiles, name, own)
        return _first_look(array, jr.fold_in(own, 1))

    def other(synapse: Any, name: str) -> Any:
        """A synapse that is not held itself, but may go around some that are."""
        if isinstance(synapse, (*HELD, Crossbar)):
            return onto_array(synapse, name)
        if isinstance(synapse, _DIGITAL):
            return synapse
        _refuse_own_weights(synapse, name)
        return _inside(synapse, other, name)

    return mapped(model, Synapse, other)


def drift(
    model: Network, seconds: Any, *, key: PRNGKeyArray | None = None, every_read: bool = False
) -> Network:
    """The network some time after it was programmed.

    Time counts from the reference time of the devices, not from the last call: drifting to an hour
    and then to a day is drifting to a day.

    Args:
        model: a network on arrays.
        seconds: since the reference time; one number.
        key: draws the noise of one reading, which holds from now on; `None` is noiseless.
        every_read: noise is drawn anew at every reading instead, by the keys that the network is
            run with.

    Raises:
        ValueError: a time before the reference time, or a network without an array.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import devices, drift, program
        >>> layer = rv.layer(4, rv.SNU(3), key=jax.random.key(0))
        >>> fresh = program(layer, devices.pcm(), key=jax.random.key(1))
        >>> later = drift(fresh, 4 * 86_400.0, key=jax.random.key(2))
        >>> float(later.synapses["dendrite"].seconds)
        345600.0
    """
    check_seconds("drift", seconds)
    # A number would be compiled in, once for every time.
    return over_arrays("drift", model, _at, key, jnp.asarray(seconds, float), every_read)


def over_arrays(
    owner: str, model: Network, change: Any, key: PRNGKeyArray | None, *others: Any
) -> Network:
    """The network with every array changed, each by a key of its own.

    Args:
        owner: who asks, for the message.
        model: a network on arrays.
        change: from array, key and the others to another array; compiled.
        key: `None` hands `None` on.
        *others: arrays, and choices that are compiled in.

    Raises:
        ValueError: a network without an array.

    Example:
        See `drift`.
    """
    count = 0

    def changed(array: Crossbar, name: str) -> Any:
        nonlocal count
        count += 1
        own = None if key is None else jr.fold_in(key, count)
        return eqx.filter_jit(change)(array, own, *others)

    found = mapped(model, Crossbar, changed)
    if not count:
        raise ValueError(f"{owner}: there is no array in this network. `program` it first.")
    return found


@eqx.filter_jit
def _hold(synapse: Any, parts: Any, tiles: int, name: str, key: PRNGKeyArray) -> Crossbar:
    """A synapse on an array that nobody has looked at."""
    device, cell, periphery, scaling = parts
    weight = matrix(synapse)
    scale = scaling(weight)
    bound = scale[:, None]
    kept = jnp.clip(weight, -bound, bound)
    meant = bound * cell.weight(cell.targets(kept / bound))
    # What a cell can hold is kept to the last bit.
    target = jnp.where(jnp.abs(meant - kept) <= 1e-6 * bound, kept, meant)
    low, span = device.minimum_uS, device.maximum_uS - device.minimum_uS
    wanted = low + span * cell.targets(target / bound)
    ones = jnp.ones((tiles, weight.shape[0]), weight.dtype)
    return Crossbar(  # pyright: ignore[reportCallIssue]
        synapse=with_matrix(synapse, target),
        target=target,
        stored=one_by_one(lambda g, own: device.program(g, key=own), wanted, key),
        scale=scale,
        gain=ones,
        baseline=ones,
        noisy_baseline=ones,
        seconds=jnp.zeros((), weight.dtype),
        clipped=_clipped(weight, scale).astype(weight.dtype),
        spread=None,
        device=device,
        cell=cell,
        periphery=periphery,
        name=name,
    )


def _at(array: Crossbar, key: PRNGKeyArray | None, seconds: Array, every_read: bool) -> Crossbar:
    return array.at(seconds, key=key, every_read=every_read)


@eqx.filter_jit
def _first_look(array: Crossbar, key: PRNGKeyArray) -> Crossbar:
    """The array at the reference time, and how large its readings are then."""
    read_key, noise_key = jr.split(key)
    shown = array.at(0.0, key=read_key)
    exact = shown.magnitudes()
    noisy = shown.magnitudes(key=noise_key) if array.periphery.noisy else exact
    return eqx.tree_at(lambda one: (one.baseline, one.noisy_baseline), shown, (exact, noisy))


@eqx.filter_jit
def _again(array: Crossbar, key: PRNGKeyArray) -> Crossbar:
    """The same array, programmed once more."""
    stored = one_by_one(
        lambda held, own: array.device.program(held.target_uS, key=own, onto=held),
        array.stored,
        key,
    )
    return eqx.tree_at(
        lambda one: (one.stored, one.gain), array, (stored, jnp.ones_like(array.gain))
    )


def _clipped(weight: Any, scale: Any) -> Any:
    """Which share of the weights lies outside the range."""
    return (abs(weight) > scale[:, None] * (1 + 1e-6)).mean()


def _refuse_values(weight: Array, scaling: Scaling, name: str, limit: float) -> None:
    """Raise if weights are no numbers or too many lie outside the range, where they are known."""
    if isinstance(weight, Tracer):
        return
    if not np.isfinite(np.asarray(weight)).all():
        raise ValueError(
            f"program: {name} has weights that are not finite. Look for where the training "
            "diverged; nothing was programmed."
        )
    with jax.ensure_compile_time_eval():
        clipped = float(_clipped(np.asarray(weight), np.asarray(scaling(weight))))
    if clipped > limit:
        raise ValueError(
            f"program: {100 * clipped:.1f} % of the weights of {name} lie outside the range of "
            f"the devices, expected at most {100 * limit:g} %. Choose another `scaling`, clip the "
            "weights while training, or raise `clipped_at_most`."
        )


def _refuse_groups(synapse: Any, name: str) -> None:
    if isinstance(synapse, Convolution) and synapse.groups > 1:
        raise TypeError(
            f"program: {name} is a Convolution of {synapse.groups} groups, whose rows reach some "
            "columns only; an array holds one group. Take `groups=1`."
        )


def _refuse_own_weights(synapse: Any, name: str) -> None:
    """Raise if a synapse has arrays of its own, not those of synapses within."""
    own = [
        leaf
        for leaf in jax.tree.leaves(
            synapse, is_leaf=lambda node: node is not synapse and isinstance(node, Synapse)
        )
        if not isinstance(leaf, Synapse) and eqx.is_inexact_array(leaf)
    ]
    if own:
        held = ", ".join(kind.__name__ for kind in HELD)
        raise TypeError(
            f"program: {name} is a {type(synapse).__name__}, whose weights no array here can "
            f"hold. Known: {held}, by themselves or within others."
        )


def _inside(synapse: Any, change: Any, name: str) -> Any:
    """The synapse with those within changed."""
    leaves, structure = jax.tree.flatten(
        synapse, is_leaf=lambda node: node is not synapse and isinstance(node, Synapse)
    )
    return jax.tree.unflatten(
        structure,
        [change(leaf, name) if isinstance(leaf, Synapse) else leaf for leaf in leaves],
    )
