"""From parts and edges to the simplest network that says the same: layers, or else a graph."""

from typing import NamedTuple

from ranvier.convert.nir._shapes import Edge
from ranvier.core import Cell, Neuron, Synapse
from ranvier.nets import Chain, Graph, Layer
from ranvier.neurons import Relay
from ranvier.synapses import OneToOne, Series

Parts = dict[str, Neuron | Synapse]


def arrange(parts: Parts, edges: tuple[Edge, ...]) -> Cell:
    """A chain of layers where the graph is one way with loops around single neurons, else a graph.

    Args:
        parts: name to neuron or synapse.
        edges: pairs of names, from and to; `"input"` and `"output"` are the ends.

    Raises:
        ValueError: a loop without a neuron, and what else `ranvier.nets.Graph` refuses.

    Example:
        >>> import ranvier as rv
        >>> edges = (("input", "a"), ("a", "b"), ("b", "output"))
        >>> [layer.name for layer in arrange({"a": rv.LIF(2), "b": rv.LIF(2)}, edges).layers]
        ['a', 'b']
    """
    graph = Graph(parts, edges)
    layers: list[Cell] = []
    pending: list[Synapse] = []
    last = "input"
    for group in graph.wiring.groups:
        loop = _loop(graph, group)
        reached = [edge for edge in edges if edge[1] in group and edge[0] not in group]
        if loop is None or reached != [(last, loop.entrance)]:
            return graph
        if loop.neuron is None:
            pending.append(loop.synapses[0])
        else:
            before = _joined(pending) or OneToOne(loop.neuron.shape)
            port = loop.neuron.ports[0]
            feedback = {port: loop.feedback} if loop.feedback else {}
            layers.append(Layer(loop.neuron, {port: before}, feedback, name=loop.entrance))
            pending = []
        last = loop.entrance
    if [one for one, two in edges if two == "output"] != [last]:
        return graph
    behind = _joined(pending)
    if behind is not None:
        layers.append(Layer(Relay(behind.shape), {"dendrite": behind}, name=last))
    return Chain(layers)


class _Loop(NamedTuple):
    """A neuron with what leads from it back to it, or a synapse alone."""

    entrance: str
    neuron: Neuron | None
    synapses: list[Synapse]

    @property
    def feedback(self) -> Synapse | None:
        if not self.synapses:
            return None
        return _joined(self.synapses)


def _loop(graph: Graph, group: tuple[str, ...]) -> _Loop | None:
    """A group of nodes as a neuron and one way back to it; `None` where it is more than that."""
    neurons = [name for name in group if isinstance(graph.nodes[name], Neuron)]
    if not neurons:
        (name,) = group
        node = graph.nodes[name]
        return _Loop(name, None, [node] if isinstance(node, Synapse) else [])
    if len(neurons) > 1:
        return None
    (name,) = neurons
    neuron = graph.nodes[name]
    if not isinstance(neuron, Neuron):
        return None
    inside = {one: two for one, two in graph.edges if one in group and two in group}
    count = sum(one in group and two in group for one, two in graph.edges)
    if count > len(inside):
        return None
    way: list[Synapse] = []
    at = inside.get(name)
    while at is not None and at != name:
        node = graph.nodes[at]
        if isinstance(node, Synapse):
            way.append(node)
        at = inside.get(at)
    leaving = {one for one, two in graph.edges if one in group and two not in group}
    if len(way) != len(group) - 1 or leaving - {name}:
        return None
    if at == name and not way:
        way = [OneToOne(neuron.shape)]
    return _Loop(name, neuron, way)


def _joined(synapses: list[Synapse]) -> Synapse | None:
    """One synapse for several in a row, which are laid flat; `None` for none."""
    flat: list[Synapse] = []
    for synapse in synapses:
        flat += synapse.synapses if isinstance(synapse, Series) else [synapse]
    if not flat:
        return None
    return flat[0] if len(flat) == 1 else Series(*flat)
