"""Statistics of currents, measured layer by layer."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, Synapse, at_rest
from ranvier.nets._attention import SpikingAttention
from ranvier.nets._chain import Chain, called
from ranvier.nets._layer import Layer
from ranvier.nets._residual import Residual
from ranvier.synapses import Series, ThresholdNormalisation
from ranvier.synapses._normalisation import statistics


def calibrate(cell: Cell, xs: Float[Array, "time ... width"], *, momentum: float = 0.0) -> Cell:
    """The same network, with the statistics that its normalisations find on some input.

    Each layer is measured on what the layers before it give once they are calibrated. Padded steps
    count like any others: leave them away.

    Args:
        cell: a layer, or layers in chains, residual cells and attention.
        xs: input, `[T, ..., width]`; it runs from rest and without noise.
        momentum: what remains of the statistics so far: 0.9 after every batch is the running
            average that batch normalisation is known for.

    Raises:
        ValueError: a momentum outside 0 (included) to 1 (excluded), or an input of another shape.
        TypeError: a `ThresholdNormalisation` elsewhere than in a layer's input synapse, by itself
            or in a `Series`.

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.synapses import OneToOne
        >>> synapse = Series(OneToOne(1), ThresholdNormalisation((1,)))
        >>> layer = calibrate(Layer(rv.SNU(1), {"dendrite": synapse}), jnp.array([[1.0], [3.0]]))
        >>> layer.synapses["dendrite"].synapses[1].mean
        Array([2.], dtype=float32)
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"calibrate: momentum is {momentum}, expected at least 0 and below 1.")
    xs = jnp.asarray(xs)
    return _through(cell, at_rest(cell, xs), xs, None, momentum)[0]


class ByBatch(Cell):
    """A network whose currents are normalised by the statistics of the very batch that runs.

    For training alone: `rv.fit(ByBatch(net), ...)` is training with tdBN as published, with
    derivatives through the statistics (those without noise). Examples see each other, and steps
    the future, so that outputs depend on how data are batched and, if run in chunks, cut.
    Afterwards `calibrate(trained.cell, xs)` is the network that runs anywhere.

    Args:
        cell: a layer, or layers in chains, residual cells and attention.

    Raises:
        TypeError: when a single step is asked for, which has no statistics; or what `calibrate`
            refuses.

    Source: Zheng, Wu, Deng, Hu, Li, AAAI 2021, on threshold-dependent batch normalisation.

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.synapses import OneToOne
        >>> synapse = Series(OneToOne(1), ThresholdNormalisation((1,), threshold=2.0))
        >>> net = ByBatch(Layer(rv.LeakyIntegrator(1, decay=0.0), {"dendrite": synapse}))
        >>> rv.run(net, jnp.array([[1.0], [3.0]]))[1].ravel().round(3)
        Array([-2.,  2.], dtype=float32)
    """

    cell: Cell

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.cell.in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        return self.cell.in_shape

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The network at rest."""
        return self.cell.init(batch)

    def __call__(
        self, state: Any, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Array]:
        """Refused: one step has no statistics of a batch."""
        raise TypeError(
            "ByBatch: one step has no statistics of a batch. Run a whole sequence, or "
            "`calibrate` the network inside and run that."
        )

    def over_time(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Array]:
        """All steps, layer by layer."""
        _, state, ys = _through(self.cell, state, xs, keys, 0.0)
        return state, ys


class _Live(Synapse):
    """A normalisation by statistics that derivatives go through."""

    normalisation: ThresholdNormalisation
    mean: Array
    variance: Array

    def __init__(self, normalisation: ThresholdNormalisation, currents: Array) -> None:
        self.normalisation = normalisation
        self.mean, self.variance = statistics(currents)

    @property
    def in_shape(self) -> tuple[int, ...]:
        return self.normalisation.in_shape

    @property
    def in_size(self) -> int:
        return self.normalisation.in_size

    @property
    def shape(self) -> tuple[int, ...]:
        return self.normalisation.shape

    def __call__(self, z: Array, *, key: PRNGKeyArray | None = None) -> Array:
        return self.normalisation.by(z, self.mean, self.variance)


def _through(
    cell: Cell, state: Any, xs: Array, keys: Array | None, momentum: float
) -> tuple[Cell, Any, Array]:
    """The calibrated cell, and its last state and outputs by the statistics of this very input."""
    if isinstance(cell, Chain):
        cells, states = [], []
        per_cell = cell.split_over_time(keys)
        for part, before, own in zip(cell.layers, state, per_cell, strict=True):
            part, after, xs = _through(part, before, xs, own, momentum)
            cells.append(part)
            states.append(after)
        return Chain(cells), tuple(states), xs
    if isinstance(cell, Residual):
        inner, state, ys = _through(cell.cell, state, xs, keys, momentum)
        return Residual(inner, cell.join), state, cell.joined(ys, xs)
    if isinstance(cell, SpikingAttention):
        parts, split = {}, cell.split_over_time(keys)

        def advance(name: str, held: Any, z: Array) -> tuple[Any, Array]:
            parts[name], held, y = _through(getattr(cell, name), held, z, split[name], momentum)
            return held, y

        state, ys = cell.flow(state, xs, advance)
        return SpikingAttention(**parts, heads=cell.heads, scale=cell.scale), state, ys
    if not isinstance(cell, Layer):
        _refuse(cell, cell)
        return cell, *cell.over_time(state, xs, keys=keys)
    _refuse(cell.recurrent, cell)
    cell.check_width(xs)
    memories = cell._parts(state).synapses
    measured = {
        port: _measured(synapse, memories[port], xs, momentum, cell)
        for port, synapse in cell.synapses.items()
    }
    kept, live = (
        Layer(cell.neuron, synapses, cell.recurrent, name=cell.name)
        for synapses in (
            {port: found[0] for port, found in measured.items()},
            {port: found[1] for port, found in measured.items()},
        )
    )
    return kept, *live.over_time(state, xs, keys=keys)


def _measured(
    synapse: Synapse, memory: Any, zs: Array, momentum: float, cell: Cell
) -> tuple[Synapse, Synapse, Array]:
    """The synapse calibrated, the same by the statistics of this input, and the currents then."""
    if isinstance(synapse, ThresholdNormalisation):
        live = _Live(synapse, zs)
        return synapse.measured(zs, momentum=momentum), live, live(zs)
    if isinstance(synapse, Series):
        kept, live = [], []
        memories = [None] * len(synapse.synapses) if memory is None else memory
        for part, held in zip(synapse.synapses, memories, strict=True):
            one, two, zs = _measured(part, held, zs, momentum, cell)
            kept.append(one)
            live.append(two)
        return Series(*kept), Series(*live), zs
    _refuse(synapse, cell)
    return synapse, synapse, synapse.over_time(memory, zs)[1]


def _refuse(part: Any, cell: Cell) -> None:
    """Raise if there is a normalisation where nothing is measured."""
    leaves = jax.tree.leaves(part, is_leaf=lambda node: isinstance(node, ThresholdNormalisation))
    if any(isinstance(leaf, ThresholdNormalisation) for leaf in leaves):
        raise TypeError(
            f"{called(cell)}: a ThresholdNormalisation is measured only in an input synapse of a "
            "layer, by itself or in a Series, the layer being in chains, residual cells and "
            "attention. Move it there, or take a LayerNormalisation."
        )
