"""A NIR graph without subgraphs, whose edges lead from node to node and whose shapes agree."""

from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

from ranvier.convert.nir._nodes import Node, parse_node
from ranvier.convert.nir._shapes import Edge, shapes_of
from ranvier.core import nearest, one_of

REPAIRS = ("rename",)


class NirGraph(NamedTuple):
    """What a NIR file says, flat.

    Attributes:
        nodes: name to node; those of a subgraph as `"subgraph.node"`. No ends among them.
        edges: pairs of names, from and to; `"input"` and `"output"` are the ends.
        shapes: of what each node gives, and of the input, channels first.
        metadata: what the author added to the graph.
        repairs: what was put right, in words.

    Example:
        See `parse_graph`.
    """

    nodes: dict[str, Node]
    edges: tuple[Edge, ...]
    shapes: dict[str, tuple[int, ...]]
    metadata: dict[str, Any]
    repairs: tuple[str, ...]


def parse_graph(raw: Any, where: str, *, repair: Collection[str] = ()) -> NirGraph:
    """Check a graph as it stands in a file, and lay it flat.

    Args:
        raw: the group `node` of a file, or what `nir.NIRGraph.to_dict` gives.
        where: how errors call the file.
        repair: `"rename"` lets an edge end that names no node stand for the only node that no
            edge names, where there is one of each; what was done is told.

    Raises:
        ValueError: no graph, what a node must not hold, an edge that leads to or from no node, one
            that is there twice, several ends, or shapes that do not agree; the place is named.

    Example:
        >>> import numpy as np
        >>> raw = {
        ...     "type": "NIRGraph",
        ...     "nodes": {
        ...         "in": {"type": "Input", "shape": np.array([2])},
        ...         "w": {"type": "Linear", "weight": np.ones((3, 2))},
        ...         "out": {"type": "Output", "shape": np.array([3])},
        ...     },
        ...     "edges": [("in", "w"), ("w", "out")],
        ... }
        >>> graph = parse_graph(raw, "example")
        >>> graph.edges, graph.shapes
        ((('input', 'w'), ('w', 'output')), {'input': (2,), 'w': (3,)})
    """
    for name in repair:
        one_of("read_nir", "repair", name, REPAIRS)
    if not isinstance(raw, dict) or raw.get("type") != "NIRGraph":
        raise ValueError(f"{where}: expected a graph of the type 'NIRGraph'.")
    repairs: list[str] = []
    nodes, edges = _flat(raw, where, "", repair, repairs)
    inputs = sorted(
        name for name, node in nodes.items() if node.kind == "Input" and "." not in name
    )
    outputs = sorted(
        name for name, node in nodes.items() if node.kind == "Output" and "." not in name
    )
    if len(inputs) != 1 or len(outputs) != 1:
        raise ValueError(
            f"{where}: the graph has the inputs {inputs} and the outputs {outputs}; expected one "
            "of each. Join them into one, or export the parts one by one."
        )
    edges = _without_inner_ends(nodes, edges, where)
    renamed = {inputs[0]: "input", outputs[0]: "output"}
    stated = {name: nodes[name].shape for name in (inputs[0], outputs[0])}
    inner = {name: node for name, node in nodes.items() if node.kind not in ("Input", "Output")}
    for name in renamed.values():
        if name in inner:
            raise ValueError(f"{where}: a node that is no end is called {name!r}. Rename it.")
    joined = tuple(sorted((renamed.get(one, one), renamed.get(two, two)) for one, two in edges))
    _check_edges(inner, joined, where)
    shapes = shapes_of(inner, joined, stated[inputs[0]], where)
    for one, two in joined:
        if two == "output" and shapes[one] != stated[outputs[0]]:
            raise ValueError(
                f"{where}: {one!r} gives {shapes[one]}, but the output expects "
                f"{stated[outputs[0]]}. Export the graph anew."
            )
    metadata = raw.get("metadata", {})
    return NirGraph(
        inner, joined, shapes, metadata if isinstance(metadata, dict) else {}, tuple(repairs)
    )


def _flat(
    raw: dict[str, Any], where: str, prefix: str, repair: Collection[str], repairs: list[str]
) -> tuple[dict[str, Node], list[Edge]]:
    """All nodes and edges, those of subgraphs under the name of their graph."""
    owner = f"{where}: the subgraph {prefix[:-1]!r}" if prefix else where
    given, edges = raw.get("nodes"), raw.get("edges")
    if not isinstance(given, dict) or not given:
        raise ValueError(f"{owner} has no nodes.")
    if edges is None or any(len(edge) != 2 for edge in _edge_rows(edges)):
        raise ValueError(f"{owner} has no edges that are pairs of names.")
    pairs = [(str(_text(one)), str(_text(two))) for one, two in _edge_rows(edges)]
    pairs = _renamed(pairs, given, owner, repair, repairs)
    nodes: dict[str, Node] = {}
    inner: list[Edge] = []
    for name, content in given.items():
        if isinstance(content, dict) and content.get("type") == "NIRGraph":
            below, its_edges = _flat(content, where, f"{prefix}{name}.", repair, repairs)
            nodes |= below
            inner += its_edges
        else:
            nodes[f"{prefix}{name}"] = parse_node(content, f"{owner}: node {name!r}")
    for one, two in pairs:
        source, target = (
            _end(given, name, kind, f"{prefix}{name}", owner)
            for name, kind in ((one, "Output"), (two, "Input"))
        )
        inner.append((source, target))
    return nodes, inner


def _edge_rows(edges: Any) -> list[Any]:
    return [list(edge) if not isinstance(edge, str) else [edge] for edge in edges]


def _text(name: Any) -> Any:
    return name.decode("utf8", "replace") if isinstance(name, bytes) else name


def _renamed(
    pairs: list[Edge],
    given: dict[str, Any],
    owner: str,
    repair: Collection[str],
    repairs: list[str],
) -> list[Edge]:
    """The edges, all of whose ends are nodes."""
    named = {name for pair in pairs for name in pair}
    lost, unused = sorted(named - set(given)), sorted(set(given) - named)
    if not lost:
        return pairs
    edge = next(pair for pair in pairs if set(pair) & set(lost))
    unique = len(lost) == len(unused) == 1
    if not unique or "rename" not in repair:
        remedy = (
            f"No edge names the node {unused[0]!r}: if it is meant, give repair=['rename']."
            if unique
            else nearest(lost[0], given)
        )
        raise ValueError(f"{owner}: the edge {edge} names {lost[0]!r}, which is no node. {remedy}")
    repairs.append(f"{owner}: edges that name {lost[0]!r} were taken to mean {unused[0]!r}")
    swap = {lost[0]: unused[0]}
    return [(swap.get(one, one), swap.get(two, two)) for one, two in pairs]


def _end(given: dict[str, Any], name: str, kind: str, full: str, owner: str) -> str:
    """The node that an edge really starts or ends at: the end of a subgraph, if it is one."""
    content = given[name]
    if not isinstance(content, dict) or content.get("type") != "NIRGraph":
        return full
    ends = [
        inner
        for inner, node in (content.get("nodes") or {}).items()
        if isinstance(node, dict) and node.get("type") == kind
    ]
    if len(ends) != 1:
        raise ValueError(
            f"{owner}: the subgraph {name!r} has {len(ends)} nodes of the type {kind}; expected "
            "one, so that its edges say where they lead."
        )
    return f"{full}.{ends[0]}"


def _without_inner_ends(nodes: dict[str, Node], edges: list[Edge], where: str) -> list[Edge]:
    """The edges with the ends of subgraphs taken out: what led to one leads to what it led to."""
    for name in [n for n, node in nodes.items() if "." in n and node.kind in ("Input", "Output")]:
        before = [one for one, two in edges if two == name]
        after = [two for one, two in edges if one == name]
        if name in before:
            raise ValueError(f"{where}: {name!r} leads to itself without a neuron between.")
        edges = [edge for edge in edges if name not in edge]
        edges += [(one, two) for one in before for two in after]
    return edges


def _check_edges(nodes: dict[str, Node], edges: tuple[Edge, ...], where: str) -> None:
    for edge, count in Counter(edges).items():
        if count > 1:
            raise ValueError(f"{where}: the edge {edge} is there twice. Leave one out.")
        if edge[0] == "output" or edge[1] == "input":
            raise ValueError(f"{where}: the edge {edge} leads out of the output or into the input.")
    reached = {two for _, two in edges}
    for name in [*nodes, "output"]:
        if name not in reached:
            raise ValueError(f"{where}: no edge leads to {name!r}. Add it, or leave the node out.")
