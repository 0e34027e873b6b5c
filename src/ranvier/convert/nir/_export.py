"""From a network to a NIR graph."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.convert.nir._neurons_out import Written, own_step_ms, written
from ranvier.convert.nir._synapses_out import Draft, channels_first, nodes_of
from ranvier.core import Cell, Neuron, Synapse
from ranvier.nets import Chain, Graph, Layer, Residual
from ranvier.nets._chain import out_shape
from ranvier.synapses import Bias, Series

Edge = tuple[str, str]


class Exported:
    """A NIR graph under construction.

    Attributes:
        nodes: name to draft and metadata.
        edges: pairs of names.
        neurons: names of the nodes that are neurons, in the order of the network.
        notes: what was left out, in words.
    """

    def __init__(self, step_ms: float | None) -> None:
        self.step_ms = step_ms
        self.nodes: dict[str, tuple[Draft, dict[str, str]]] = {}
        self.edges: list[Edge] = []
        self.neurons: list[str] = []
        self.notes: list[str] = []

    @property
    def step_s(self) -> float | None:
        """The time step in seconds."""
        return None if self.step_ms is None else 1e-3 * self.step_ms

    def add(self, name: str, draft: Draft, metadata: dict[str, str], sources: list[str]) -> str:
        """A node, and edges to it; a name that is taken gets a number."""
        if "/" in name or name in ("", ".", ".."):
            raise ValueError(f"{name!r} cannot be the name of a node in a file. Rename the layer.")
        unique, number = name, 2
        while unique in self.nodes or unique in ("input", "output"):
            unique, number = f"{name}_{number}", number + 1
        self.nodes[unique] = (draft, metadata)
        self.edges += [(source, unique) for source in sources]
        return unique

    def row(self, name: str, drafts: list[Draft], sources: list[str]) -> list[str]:
        """Nodes one behind the other."""
        for draft in drafts:
            sources = [self.add(f"{name}.{draft.kind.lower()}", draft, {}, sources)]
        return sources


def export(cell: Cell, time_step_ms: float | None) -> Exported:
    """The nodes and edges of a network.

    Args:
        cell: layers, chains of them, residual cells and graphs.
        time_step_ms: of those neurons that state none.

    Raises:
        ValueError: what NIR cannot hold; the layer is named.
    """
    found = Exported(_step_ms(cell, time_step_ms))
    ends = _cell(found, cell, ["input"], "layer")
    found.edges += [(end, "output") for end in ends]
    return found


def _step_ms(cell: Cell, given: float | None) -> float | None:
    """The one time step of a network."""
    stated: dict[float, str] = {}
    for name, neuron in _neurons(cell, "layer"):
        own = own_step_ms(neuron)
        if own is not None:
            stated.setdefault(own, name)
    if given is not None:
        stated.setdefault(float(given), "time_step_ms")
    if len(stated) > 1:
        told = ", ".join(f"{step:g} ms ({name})" for step, name in sorted(stated.items()))
        raise ValueError(f"the network has several time steps: {told}; a NIR file has one.")
    return next(iter(stated), None)


def _neurons(cell: Cell, name: str) -> list[tuple[str, Neuron]]:
    """All neurons of a network, each with the name of its layer."""
    if isinstance(cell, Layer):
        return [(cell.name, cell.neuron)]
    if isinstance(cell, Chain):
        return [found for part in cell.layers for found in _neurons(part, name)]
    if isinstance(cell, Residual):
        return _neurons(cell.cell, name)
    if isinstance(cell, Graph):
        return [(n, node) for n, node in cell.nodes.items() if isinstance(node, Neuron)]
    raise ValueError(
        f"NIR cannot hold a {type(cell).__name__}. Export a Layer, a Chain, a Residual or a Graph."
    )


def _cell(found: Exported, cell: Cell, sources: list[str], name: str) -> list[str]:
    """Write a cell behind some nodes; the nodes whose sum is its output."""
    if isinstance(cell, Layer):
        return _layer(found, cell, sources)
    if isinstance(cell, Chain):
        for part in cell.layers:
            sources = _cell(found, part, sources, name)
        return sources
    if isinstance(cell, Residual):
        if cell.join != "add":
            raise ValueError(
                f"NIR's edges add what they bring; a Residual that joins by {cell.join!r} has no "
                "node. Take join='add'."
            )
        ends = _cell(found, cell.cell, sources, name)
        if set(ends) & set(sources):
            raise ValueError("a Residual around a cell that does nothing would need an edge twice.")
        return [*ends, *sources]
    if isinstance(cell, Graph):
        return _graph(found, cell, sources)
    raise ValueError(f"NIR cannot hold a {type(cell).__name__}.")


def _layer(found: Exported, layer: Layer, sources: list[str]) -> list[str]:
    name = layer.name
    where = f"{name} ({type(layer.neuron).__name__})"
    if len(layer.neuron.ports) != 1:
        raise ValueError(
            f"{where}: its neuron has the ports {layer.neuron.ports}; an edge of NIR does not say "
            "where it leads. Take a neuron with one port."
        )
    (synapse,) = layer.synapses.values()
    feedback = next(iter(layer.recurrent.values()), None)
    unit = written(layer.neuron, found.step_ms, where)
    drafts = _with_bias(found, synapse, unit, where)
    ends = found.row(name, drafts, sources)
    if unit.draft is None:
        if feedback is not None:
            raise ValueError(f"{where}: NIR has no node for its neuron, so nothing can loop to it.")
        return ends
    (node,) = [found.add(name, unit.draft, unit.metadata, ends)]
    found.neurons.append(node)
    if feedback is not None:
        back = nodes_of(feedback, found.step_s, f"{name}, recurrent", found.notes)
        found.edges += [(end, node) for end in found.row(f"{name}.recurrent", back, [node])]
    return [node]


def _with_bias(found: Exported, synapse: Synapse, unit: Written, where: str) -> list[Draft]:
    """The nodes of a synapse, with the bias of a readout in the last one."""
    if unit.bias is None or not unit.bias.any():
        return nodes_of(synapse, found.step_s, where, found.notes)
    biased = Series(synapse, Bias(jnp.asarray(unit.bias), synapse.shape))
    return nodes_of(biased, found.step_s, where, found.notes)


def _graph(found: Exported, graph: Graph, sources: list[str]) -> list[str]:
    """Write the nodes first, then the edges between what they became."""
    first: dict[str, str] = {}
    last: dict[str, str] = {"input": sources[0]}
    if len(sources) > 1:
        raise ValueError("a Graph behind a sum of several nodes: put a layer between them.")
    for name in (node for group in graph.wiring.groups for node in group):
        node = graph.nodes[name]
        if isinstance(node, Synapse):
            drafts = nodes_of(node, found.step_s, name, found.notes)
            if not drafts:
                shape = channels_first(np.ones(node.shape))
                drafts = [Draft("Scale", {"scale": shape})]
            head = found.add(name, drafts[0], {}, [])
            first[name] = head
            last[name] = found.row(name, drafts[1:], [head])[0]
        else:
            unit = written(node, found.step_ms, f"{name} ({type(node).__name__})")
            if unit.draft is None:
                raise ValueError(
                    f"{name} ({type(node).__name__}): NIR has no node for it within a graph. Take "
                    "its bias and it out, and join the edges."
                )
            first[name] = last[name] = found.add(name, unit.draft, unit.metadata, [])
            found.neurons.append(first[name])
    found.edges += [(last[one], first[two]) for one, two in graph.edges if two != "output"]
    return [last[one] for one, two in graph.edges if two == "output"]


def as_nir(found: Exported, cell: Cell) -> Any:
    """A `nir.NIRGraph` from its nodes and edges.

    Args:
        found: what was exported.
        cell: the network, for the shapes of its ends.
    """
    import nir

    nodes: dict[str, Any] = {
        "input": nir.Input({"input": _shape(cell.in_shape)}),
        "output": nir.Output({"output": _shape(out_shape(cell))}),
    }
    for name, (draft, metadata) in found.nodes.items():
        nodes[name] = getattr(nir, draft.kind)(**draft.fields, metadata=metadata)
    metadata: dict[str, Any] = {"written_by": "ranvier", "time_unit": "s"}
    if found.step_ms is not None:
        metadata["time_step_ms"] = found.step_ms
    return nir.NIRGraph(nodes, found.edges, metadata=metadata, type_check=False)


def _shape(axes: tuple[int, ...]) -> np.ndarray:
    """The axes of units with the channels first."""
    return np.array((axes[-1], *axes[:-1]) if len(axes) > 1 else axes)
