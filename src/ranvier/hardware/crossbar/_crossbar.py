"""A synapse whose weights are conductances."""

import itertools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.hardware.crossbar._matrix import matrix, unfolded, with_matrix
from ranvier.hardware.crossbar._periphery import Periphery
from ranvier.hardware.crossbar._unit_cell import UnitCell
from ranvier.hardware.devices import Device, Stored, check_seconds
from ranvier.synapses import Around

_LEAST = 1e-4


class Crossbar(Around):
    r"""A synapse on memory devices, behind converters, in tiles of bounded size.

    $$I_i = \sum_k \alpha_{ki}\, s_i\, P\Big(\sum_{j \in \text{tile } k} \hat{w}_{ij} z_j\Big),
    \qquad \hat{w} = \text{cell}(\hat{g})$$

    with the weight $s_i$ of a full conductance, the digital correction $\alpha$ and the periphery
    $P$. `program` makes it from any dense or convolutional synapse, `drift` moves it in time,
    `compensate` corrects it. With ideal devices and an exact periphery it equals what it was made
    from, bit by bit.

    Args:
        synapse: what the array does now: its weights as last read, corrected.
        target: the weights that were asked for, `[out, rows]`, as far as the array can hold them.
        stored: the devices, `[devices, out, rows]`.
        scale: $s$, `[out]`.
        gain: $\alpha$, `[tiles, out]`.
        baseline: mean magnitude of readings at the reference time, `[tiles, out]`.
        noisy_baseline: the same, by readings with the noise of the periphery.
        seconds: since the reference time.
        clipped: share of weights that were outside the range.
        spread: of every weight at every reading, `[out, rows]`; `None` keeps one reading.
        device, cell, periphery: see there.
        name: how errors and reports call it.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.hardware import crossbar, devices
        >>> layer = rv.layer(4, rv.SNU(3), key=jax.random.key(0))
        >>> on_array = crossbar.program(layer, devices.pcm(), key=jax.random.key(1))
        >>> on_array.synapses["dendrite"].stored.programmed_uS.shape
        (2, 3, 4)
    """

    synapse: Synapse
    target: Float[Array, "out rows"]
    stored: Stored
    scale: Float[Array, "out"]
    gain: Float[Array, "tiles out"]
    baseline: Float[Array, "tiles out"]
    noisy_baseline: Float[Array, "tiles out"]
    seconds: Float[Array, ""]
    clipped: Float[Array, ""]
    spread: Float[Array, "out rows"] | None
    device: Device
    cell: UnitCell
    periphery: Periphery
    name: str = eqx.field(static=True)

    @property
    def tiles(self) -> int:
        """How many tiles share the rows."""
        return self.gain.shape[0]

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """The current of every unit; `key` draws the noise of this reading."""
        noisy = key is not None and self.spread is not None
        if self.periphery.exact and not noisy:
            return self.synapse(z)
        rows = unfolded(self.synapse, z)
        return self._partial_sums(rows, key).sum(axis=0).astype(z.dtype)

    def _partial_sums(self, x: Array, key: PRNGKeyArray | None) -> Array:
        """What every tile gives, `[tiles, ..., out]`, digitally scaled and corrected."""
        factors = jax.lax.stop_gradient(self.scale * self.gain)
        w = matrix(self.synapse)
        parts = []
        for tile, low, high, own in self._by_tile(key):
            factor = factors[tile]
            spread = None if self.spread is None else self.spread[:, low:high]
            part = self.periphery.product(
                w[:, low:high] / factor[:, None],
                x[..., low:high],
                spread=None if spread is None else spread / self.scale[:, None],
                key=own,
            )
            parts.append(part * factor)
        return jnp.stack(parts)

    def at(
        self, seconds: Any, *, key: PRNGKeyArray | None = None, every_read: bool = False
    ) -> "Crossbar":
        """The array at another time, its correction as it is.

        Args:
            seconds: since the reference time.
            key: draws the noise of the reading that holds from now on; `None` is noiseless.
            every_read: noise is drawn anew at every reading instead, by the key of the reading.

        Raises:
            ValueError: a time before the reference time.
        """
        check_seconds(self.name, seconds)
        spread = None
        if every_read:
            width = self.device.spread(self.stored, seconds)
            spread = self.scale[:, None] * self.cell.spread(self._parts(width))
            key = None
        if key is None:
            read = self.device.read(self.stored, seconds)
        else:
            read = one_by_one(
                lambda held, own: self.device.read(held, seconds, key=own), self.stored, key
            )
        moved = self._showing(read)
        return eqx.tree_at(
            lambda one: (one.seconds, one.spread),
            moved,
            (jnp.asarray(seconds, self.scale.dtype), spread),
            is_leaf=lambda node: node is None,
        )

    def corrected(self, gain: Float[Array, "tiles out"]) -> "Crossbar":
        """The array with another digital correction."""
        ratio = jnp.concatenate(
            [
                jnp.repeat((gain[tile] / self.gain[tile])[:, None], high - low, axis=1)
                for tile, (low, high) in enumerate(spans(self.target.shape[1], self.tiles))
            ],
            axis=1,
        )
        synapse = with_matrix(self.synapse, matrix(self.synapse) * ratio)
        return eqx.tree_at(lambda one: (one.synapse, one.gain), self, (synapse, gain))

    def magnitudes(self, *, key: PRNGKeyArray | None = None) -> Float[Array, "tiles out"]:
        """Mean magnitude of what every row alone gives, per tile and output, uncorrected."""
        w = matrix(self.synapse) / self.scale[:, None]
        found = []
        for tile, low, high, own in self._by_tile(key):
            part = w[:, low:high] / self.gain[tile][:, None]
            found.append(jnp.abs(self.periphery.alone(part, key=own)).mean(axis=0))
        return jnp.stack(found)

    def _by_tile(self, key: PRNGKeyArray | None) -> list[tuple[int, int, int, Any]]:
        """Number, first row, end and key of every tile."""
        keys = [None] * self.tiles if key is None else list(jr.split(key, self.tiles))
        edges = spans(self.target.shape[1], self.tiles)
        return [
            (tile, low, high, own)
            for tile, ((low, high), own) in enumerate(zip(edges, keys, strict=True))
        ]

    def _parts(self, uS: Array) -> Array:
        """Differences of conductance as parts of the device's range."""
        return uS / (self.device.maximum_uS - self.device.minimum_uS)

    def _showing(self, read_uS: Float[Array, "devices out rows"]) -> "Crossbar":
        """The array with the weights that a reading gives."""
        # The deviation from what was asked: nothing at all where a device is ideal.
        asked = self._parts(self.stored.target_uS - self.device.minimum_uS)
        found = asked + self._parts(read_uS - self.stored.target_uS)
        deviation = self.cell.weight(found) - self.cell.weight(asked)
        weight = self.target + self.scale[:, None] * deviation
        shown = eqx.tree_at(
            lambda one: (one.synapse, one.gain),
            self,
            (with_matrix(self.synapse, weight), jnp.ones_like(self.gain)),
        )
        return shown.corrected(self.gain)


def spans(rows: int, tiles: int) -> list[tuple[int, int]]:
    """Where the tiles of an array begin and end: as even as can be.

    Example:
        >>> spans(10, 3)
        [(0, 4), (4, 7), (7, 10)]
    """
    size, more = divmod(rows, tiles)
    edges = [0]
    for tile in range(tiles):
        edges.append(edges[-1] + size + (tile < more))
    return list(itertools.pairwise(edges))


def one_by_one(change: Callable[[Any, PRNGKeyArray], Any], held: Any, key: PRNGKeyArray) -> Any:
    """The devices of all cells in turn, first those that come first in a cell, each by a key.

    XLA draws errors anew for everything that depends on them, within one loop of thousands of
    operations; between two passes of a loop it does not.

    Args:
        change: what to do with one device of every cell.
        held: arrays of devices, `[devices, ...]`.
        key: of all.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> one_by_one(lambda g, key: 2 * g, jnp.arange(2.0)[:, None], jax.random.key(0)).tolist()
        [[0.0], [2.0]]
    """
    count = jax.tree.leaves(held)[0].shape[0]
    return jax.lax.map(lambda pair: change(*pair), (held, jr.split(key, count)))


def correction(
    baseline: Float[Array, "tiles out"], now: Float[Array, "tiles out"]
) -> Float[Array, "tiles out"]:
    """By what outputs have to be multiplied so that readings are as large as they were.

    Example:
        >>> import jax.numpy as jnp
        >>> correction(jnp.array([[0.5]]), jnp.array([[0.25]])).tolist()
        [[2.0]]
    """
    return baseline / jnp.maximum(now, _LEAST)
