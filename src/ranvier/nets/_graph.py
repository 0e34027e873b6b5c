"""Neurons and synapses joined by edges in any way."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import equinox as eqx
import jax
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, Neuron, Synapse, nearest
from ranvier.nets._layer import width
from ranvier.nets._scan import neuron_scan
from ranvier.nets._wiring import INPUT, OUTPUT, Edge, Wiring, wire


class Graph(Cell):
    r"""Neurons and synapses as nodes; every node takes the sum of what its edges bring.

    For what a chain of layers cannot be: ways that part and meet again, feedback over several
    layers. Within a step, activity passes from the input through all nodes to the output. A loop
    waits for the next step behind a neuron, as a recurrent layer does: neurons are ranked by how
    few edges lead to them from the input, then by name, and within a loop what a neuron sends to
    those of its own rank or of a lower one arrives a step later. `feedback` tells these edges.

    What lies in no loop runs over all of time at once; only loops are scanned.

    Args:
        nodes: name to neuron with one port, or synapse.
        edges: pairs of names, from and to; `"input"` and `"output"` are the ends.

    Raises:
        ValueError: no way from the input to the output, an edge to or from a node that does not
            exist (the nearest is named) or that is there twice, a node that nothing reaches, a
            neuron with several ports, two ends of an edge of different shape, a loop without a
            neuron, or an edge out of a neuron that leads back as well as on.

    Example:
        Two neurons, the second of which inhibits the first.

        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.synapses import Dense
        >>> graph = Graph(
        ...     {"one": rv.LIF(1), "two": rv.LIF(1), "back": Dense(-jnp.ones((1, 1)))},
        ...     [("input", "one"), ("one", "two"), ("two", "back"), ("back", "one"),
        ...      ("two", "output")],
        ... )
        >>> sorted(graph.feedback), rv.run(graph, jnp.ones((20, 5, 1)))[1].shape
        ([('two', 'back')], (20, 5, 1))
    """

    nodes: dict[str, Neuron | Synapse]
    edges: tuple[Edge, ...] = eqx.field(static=True)
    wiring: Wiring = eqx.field(static=True)

    def __init__(self, nodes: Mapping[str, Neuron | Synapse], edges: Iterable[Edge]) -> None:
        # Sorted, as a compiled function gives dictionaries back: keys are dealt out in this order.
        self.nodes = dict(sorted(nodes.items()))
        self.edges = tuple((str(one), str(two)) for one, two in edges)
        self._check()
        neurons = [name for name, node in self.nodes.items() if isinstance(node, Neuron)]
        others = [name for name in self.nodes if name not in neurons]
        self.wiring = wire(neurons, others, self.edges)

    def _check(self) -> None:
        for name, node in self.nodes.items():
            if name in (INPUT, OUTPUT):
                raise ValueError(f"Graph: a node is called {name!r}, which is the name of an end.")
            if isinstance(node, Neuron) and len(node.ports) != 1:
                raise ValueError(
                    f"Graph: {name!r} is a {type(node).__name__} with the ports {node.ports}; "
                    "expected one port, since an edge does not say where it leads. Put it into a "
                    "Layer."
                )
        for edge in self.edges:
            for name, end in zip(edge, (INPUT, OUTPUT), strict=True):
                if name != end and name not in self.nodes:
                    known = [*self.nodes, end]
                    raise ValueError(f"Graph: the edge {edge} has no node. {nearest(name, known)}")
            if self.edges.count(edge) > 1:
                raise ValueError(f"Graph: the edge {edge} is there twice. Leave one out.")
        reached = {two for _, two in self.edges}
        for name in [*self.nodes, OUTPUT]:
            if name not in reached:
                raise ValueError(f"Graph: no edge leads to {name!r}. Give it one.")
        if INPUT not in {one for one, _ in self.edges}:
            raise ValueError("Graph: no edge leads from 'input'. Give it one.")
        given = {INPUT: self.in_shape} | {name: node.shape for name, node in self.nodes.items()}
        taken = {name: _in_shape(node) for name, node in self.nodes.items()}
        taken[OUTPUT] = given[next(one for one, two in self.edges if two == OUTPUT)]
        for one, two in self.edges:
            if given[one] != taken[two]:
                raise ValueError(
                    f"Graph: {one!r} gives {width(given[one])}, but {two!r} expects "
                    f"{width(taken[two])}. Make them equal."
                )

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input."""
        first = next(two for one, two in self.edges if one == INPUT)
        if first == OUTPUT:
            raise ValueError("Graph: the input leads to the output at once. Put a node between.")
        return _in_shape(self.nodes[first])

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return math.prod(self.in_shape)

    @property
    def feedback(self) -> frozenset[Edge]:
        """The edges whose activity arrives in the next step."""
        return self.wiring.feedback

    @property
    def neurons(self) -> tuple[str, ...]:
        """The names of the neurons, in the order in which they are computed."""
        ordered = [name for group in self.wiring.groups for name in group]
        return tuple(name for name in ordered if isinstance(self.nodes[name], Neuron))

    def init(self, batch: tuple[int, ...] = ()) -> dict[str, Any]:
        """Every neuron at rest, every memory before any activity."""
        return {name: node.init(batch) for name, node in self.nodes.items()}

    def _check_width(self, x: Array) -> None:
        if x.shape[x.ndim - len(self.in_shape) :] != self.in_shape:
            raise ValueError(
                f"Graph: got an input of shape {x.shape}, expected one that ends in "
                f"{self.in_shape}. Change the input, or build the graph for the shape you have."
            )

    def _split(self, key: PRNGKeyArray | None) -> dict[str, Any]:
        """One key per node."""
        if key is None:
            return dict.fromkeys(self.nodes)
        return dict(zip(self.nodes, jr.split(key, len(self.nodes)), strict=True))

    def _into(self, name: str, values: Mapping[str, Array]) -> Array:
        """The sum of what arrives from those nodes whose values are known."""
        arriving = [values[one] for one, two in self.edges if two == name and one in values]
        return sum(arriving[1:], arriving[0])

    def _advance(
        self, group: tuple[str, ...], state: dict[str, Any], outside: dict[str, Array], keys: Any
    ) -> tuple[dict[str, Any], dict[str, Array]]:
        """One step of the nodes of a group; `outside` is what reaches each from other groups."""
        state, values = dict(state), {}
        last = {one: state[one].y for one, _ in self.feedback if one in group}
        for name in group:
            arriving = [outside[name]] if name in outside else []
            for one, two in self.edges:
                if two == name and one in group:
                    arriving.append(last[one] if (one, two) in self.feedback else values[one])
            total = sum(arriving[1:], arriving[0])
            state[name], values[name] = _stepped(self.nodes[name], state[name], total, keys[name])
        return state, values

    def __call__(
        self, state: Any, x: Float[Array, "... width"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Array]:
        """Advance one step."""
        self._check_width(x)
        state, values, keys = dict(state), {INPUT: x}, self._split(key)
        for group in self.wiring.groups:
            own = {name: state[name] for name in group}
            own, given = self._advance(group, own, self._outside(group, values), keys)
            state |= own
            values |= given
        return state, self._into(OUTPUT, values)

    def _outside(self, group: tuple[str, ...], values: dict[str, Array]) -> dict[str, Array]:
        """What reaches each node of a group from what was computed before."""
        reached = {two for one, two in self.edges if one in values and two in group}
        return {name: self._into(name, values) for name in group if name in reached}

    def history(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, dict[str, Any], Array]:
        """Advance many steps: the last state, all states of every neuron, and the outputs.

        Args:
            state: where it starts.
            xs: input, `[T, ..., *in_shape]`.
            keys: one key per step, or `None` for a noiseless run.
        """
        self._check_width(xs)
        state, values, histories = dict(state), {INPUT: xs}, {}
        split = self._split(None) if keys is None else jax.vmap(self._split)(keys)
        for group in self.wiring.groups:
            outside = self._outside(group, values)
            if self.wiring.looped.isdisjoint(group):
                (name,) = group
                state[name], states, values[name] = _over_time(
                    self.nodes[name], state[name], outside[name], split[name]
                )
                past = {name: states}
            else:

                def body(carried: Any, at: Any, group: tuple[str, ...] = group) -> Any:
                    carried, given = self._advance(group, carried, *at)
                    return carried, (carried, given)

                own = {name: split[name] for name in group}
                first = {name: state[name] for name in group}
                last, (past, given) = jax.lax.scan(body, first, (outside, own))
                state |= last
                values |= given
            histories |= {n: s for n, s in past.items() if isinstance(self.nodes[n], Neuron)}
        return state, histories, self._into(OUTPUT, values)

    def over_time(
        self, state: Any, xs: Float[Array, "time ... width"], *, keys: Array | None = None
    ) -> tuple[Any, Array]:
        """Advance many steps: the last state, and the outputs."""
        state, _, ys = self.history(state, xs, keys=keys)
        return state, ys


def _in_shape(node: Neuron | Synapse) -> tuple[int, ...]:
    return node.in_shape if isinstance(node, Synapse) else node.shape


def _stepped(node: Neuron | Synapse, state: Any, x: Array, key: Any) -> tuple[Any, Array]:
    """One step of a node: its state or memory, and what it gives."""
    if isinstance(node, Synapse):
        return node.advance(state, x, key=key)
    state = node.step(state, x, key=key)
    return state, state.y


def _over_time(node: Neuron | Synapse, state: Any, xs: Array, keys: Any) -> tuple[Any, Any, Array]:
    """All steps of a node: its last state or memory, its states, and what it gives."""
    if isinstance(node, Synapse):
        memory, ys = node.over_time(state, xs, keys=keys)
        return memory, None, ys
    if keys is None:
        states = neuron_scan(node, state, {node.ports[0]: xs})
    else:
        states = jax.lax.scan(
            lambda s, at: (node.step(s, at[0], key=at[1]),) * 2, state, (xs, keys)
        )[1]
    return jax.tree.map(lambda s: s[-1], states), states, states.y
