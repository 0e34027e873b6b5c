"""What happens inside a network: what enters every connection, and every neuron's states."""

import dataclasses
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import ArrayLike, NDArray

from ranvier.core import Cell, Neuron, Synapse, at_rest, named
from ranvier.nets._chain import Chain
from ranvier.nets._connections import connections
from ranvier.nets._graph import Graph
from ranvier.nets._layer import Layer
from ranvier.nets._residual import Residual
from ranvier.nets._tied import Tied


class ObservedConnections(NamedTuple):
    """Connections, and what entered them.

    Attributes:
        name: layer, port and place.
        synapse: the connections.
        activity: `[T, B, *in_shape]`.

    Example:
        >>> from ranvier.synapses import Dense
        >>> ObservedConnections("layer dendrite", Dense(np.ones((1, 2))), np.ones((5, 3, 2))).name
        'layer dendrite'
    """

    name: str
    synapse: Synapse
    activity: NDArray


class ObservedNeurons(NamedTuple):
    """The neurons of a layer, and their states.

    Attributes:
        name: the layer's.
        neuron: the neuron.
        outputs: `[T, B, *units]`.
        rest: state variable to what it was before the first step, `[B, *units]`.
        states: state variable to what it was after each step, `[T, B, *units]`. Neurons within
            neurons give names such as `neuron.v`; the outputs are not among them.

    Example:
        >>> import ranvier as rv
        >>> found = observe(rv.layer(2, rv.LIF(3), key=jr.key(0)), jnp.ones((5, 4, 2)))
        >>> found.neurons[0].name, found.neurons[0].states["v"].shape
        ('layer', (5, 4, 3))
    """

    name: str
    neuron: Neuron
    outputs: NDArray
    rest: dict[str, NDArray]
    states: dict[str, NDArray]


@dataclasses.dataclass(frozen=True)
class Observed:
    """Everything that happened in a network during a run; made by `observe`.

    Attributes:
        connections: in the order in which activity meets them.
        neurons: in the same order.
        mask: `[T, B]`, whether a step counts.

    Example:
        See `observe`.
    """

    connections: tuple[ObservedConnections, ...]
    neurons: tuple[ObservedNeurons, ...]
    mask: NDArray[np.bool_]

    @property
    def examples(self) -> int:
        """How many there are, B."""
        return self.mask.shape[1]


def observe(
    cell: Cell,
    xs: Float[Array, "time ... width"],
    *,
    mask: ArrayLike | None = None,
    key: PRNGKeyArray | None = None,
) -> Observed:
    """Run a network from rest and keep what its operations are counted from.

    Noise within neurons is drawn from the key; activity between the synapses of a `Series` is
    taken as it is without noise.

    Args:
        cell: layers, in any nesting of `Chain`, `Residual`, `Graph` and `Tied`.
        xs: input, `[T, B, *in_shape]`, or `[T, *in_shape]` for one example.
        mask: `[T, B]`, 1 where a step counts; all do if not given.
        key: draws noise; `None` means noiseless.

    Raises:
        TypeError: another cell, whose inside is its own affair, or a synapse whose connections
            cannot be counted; both are named.
        ValueError: an input or a mask of another shape.

    Example:
        >>> import jax, ranvier as rv
        >>> net = rv.chain(4, rv.recurrent(rv.SNU(3)), rv.Readout(2), key=jax.random.key(0))
        >>> observed = observe(net, jax.numpy.ones((10, 5, 4)))
        >>> for part in observed.connections:
        ...     print(part.name, part.activity.shape)
        layer 1, dendrite (10, 5, 4)
        layer 1, recurrent dendrite (10, 5, 3)
        layer 2, dendrite (10, 5, 3)
    """
    xs, own = jnp.asarray(xs), cell.in_shape
    if xs.ndim == 1 + len(own):
        xs = xs[:, None]
    if xs.ndim != 2 + len(own) or xs.shape[2:] != own or 0 in xs.shape[:2]:
        raise ValueError(
            f"got an input of shape {xs.shape}, expected [T, B, *{own}] with at least one step and "
            "one example."
        )
    valid = np.ones(xs.shape[:2], bool) if mask is None else np.asarray(mask) > 0
    if valid.shape != xs.shape[:2] or not valid.any():
        raise ValueError(
            f"the mask has shape {valid.shape} and marks {int(valid.sum())} steps, expected [T, B] "
            f"= {xs.shape[:2]} with at least one valid step."
        )
    keys = None if key is None else jr.split(key, len(xs))
    found = _Found([], [])
    _follow(cell, xs, keys, "", found)
    return Observed(tuple(found.connections), tuple(found.neurons), valid)


class _Found(NamedTuple):
    connections: list[ObservedConnections]
    neurons: list[ObservedNeurons]

    def met(self, synapse: Synapse, activity: Any, name: str) -> None:
        for part in connections(synapse, activity, name):
            self.connections.append(ObservedConnections(part[0], part[1], np.asarray(part[2])))

    def reacted(self, neuron: Neuron, name: str, rest: Any, states: Any) -> None:
        before, after = _variables(rest), _variables(states)
        outputs = np.asarray(states.y)
        self.neurons.append(ObservedNeurons(name, neuron, outputs, before, after))


def _variables(state: Any) -> dict[str, NDArray]:
    """The state variables by name, without the output."""
    found = jax.tree_util.tree_flatten_with_path(state)[0]
    return {
        name: np.asarray(values)
        for path, values in found
        if (name := named(path)).split(".")[-1] != "y"
    }


def _follow(cell: Cell, xs: Array, keys: Array | None, prefix: str, found: _Found) -> Array:
    """What a cell gives; what happens inside is added to what was found."""
    if isinstance(cell, Tied):
        return _follow(cell.whole(), xs, keys, prefix, found)
    if isinstance(cell, Chain):
        for number, (part, own) in enumerate(
            zip(cell.layers, cell.split_over_time(keys), strict=True), start=1
        ):
            inner = prefix if isinstance(part, Layer) else f"{prefix}part {number}, "
            xs = _follow(part, xs, own, inner, found)
        return xs
    if isinstance(cell, Residual):
        return cell.joined(_follow(cell.cell, xs, keys, prefix, found), xs)
    if isinstance(cell, Layer):
        return _follow_layer(cell, xs, keys, prefix, found)
    if isinstance(cell, Graph):
        return _follow_graph(cell, xs, keys, prefix, found)
    raise TypeError(
        f"cannot look into a {type(cell).__name__}; expected Layer, Chain, Residual, Graph or Tied."
    )


def _follow_layer(layer: Layer, xs: Array, keys: Array | None, prefix: str, found: _Found) -> Array:
    rest = layer.neuron.init(xs.shape[1:2])
    _, states = layer.history(at_rest(layer, xs), xs, keys=keys)
    for synapse, activity, name in entering(layer, xs, states.y, rest.y):
        found.met(synapse, activity, f"{prefix}{name}")
    found.reacted(layer.neuron, f"{prefix}{layer.name}", rest, states)
    return states.y


def entering(layer: Layer, xs: Any, ys: Any, first: Any) -> list[tuple[Synapse, Any, str]]:
    """The synapses of a layer, what enters each, and how it is called.

    Args:
        layer: the layer.
        xs: its input, `[T, B, *axes]`.
        ys: its output, `[T, B, *units]`.
        first: its output before the first step, `[B, *units]`.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> layer = rv.layer(2, rv.SNU(3), key=jax.random.key(0), name="hidden")
        >>> parts = entering(layer, jnp.ones((4, 1, 2)), jnp.ones((4, 1, 3)), jnp.zeros((1, 3)))
        >>> [name for _, _, name in parts]
        ['hidden, dendrite']
    """
    reached = [(s, xs, f"{layer.name}, {port}") for port, s in layer.synapses.items()]
    if layer.recurrent:
        before = jnp.concatenate([jnp.asarray(first)[None], jnp.asarray(ys)[:-1]])
        reached += [
            (s, before, f"{layer.name}, recurrent {port}") for port, s in layer.recurrent.items()
        ]
    return reached


def _follow_graph(graph: Graph, xs: Array, keys: Array | None, prefix: str, found: _Found) -> Array:
    state = at_rest(graph, xs)
    _, histories, ys = graph.history(state, xs, keys=keys)
    values = {"input": xs} | {name: states.y for name, states in histories.items()}
    for name in (name for group in graph.wiring.groups for name in group):
        node = graph.nodes[name]
        if isinstance(node, Neuron):
            found.reacted(node, f"{prefix}{name}", state[name], histories[name])
            continue
        arriving = []
        for one, two in graph.edges:
            if two == name and (one, two) in graph.feedback:
                arriving.append(jnp.concatenate([state[one].y[None], values[one][:-1]]))
            elif two == name:
                arriving.append(values[one])
        total = sum(arriving[1:], arriving[0])
        found.met(node, total, f"{prefix}{name}")
        values[name] = node.over_time(state[name], total)[1]
    return ys
