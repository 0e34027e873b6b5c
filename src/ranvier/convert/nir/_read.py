"""A NIR graph becomes a network."""

import os
from collections.abc import Collection
from typing import Any, NamedTuple

from ranvier.convert.nir._arrange import arrange
from ranvier.convert.nir._file import read_raw
from ranvier.convert.nir._graph import NirGraph, parse_graph
from ranvier.convert.nir._import import parts_of
from ranvier.convert.nir._meaning import Meaning, meanings, unsaid
from ranvier.core import Cell


class FromNIR(NamedTuple):
    """A network that was read, and what was read.

    Attributes:
        model: layers where these can say it, else a `ranvier.nets.Graph`. Units with several axes
            have their channels last, so that an input `[2, 34, 34]` there is `[34, 34, 2]` here.
        graph: the nodes and edges, laid flat.
        meaning: node to what was taken for what NIR does not say.
        repairs: what was put right, in words; nothing is, unless asked for.

    Example:
        See `read_nir`.
    """

    model: Cell
    graph: NirGraph
    meaning: dict[str, Meaning]
    repairs: tuple[str, ...]


class Inspected(NamedTuple):
    """What a NIR file holds, whether or not it says enough to run.

    Attributes:
        graph: the nodes and edges, laid flat.
        unsaid: what has to be given to `read_nir`, by the names of its arguments.

    Example:
        See `inspect_nir`.
    """

    graph: NirGraph
    unsaid: list[str]


def inspect_nir(source: str | os.PathLike[str] | Any, *, repair: Collection[str] = ()) -> Inspected:
    """Look into a NIR file without running it.

    Args:
        source: a file, or a `nir.NIRGraph`.
        repair: what to put right; see `read_nir`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file that is damaged or is no NIR graph; the place is named.

    Example:
        >>> import nir, numpy as np
        >>> one = np.ones(1)
        >>> graph = nir.NIRGraph.from_list(nir.IF(r=one, v_threshold=one))
        >>> inspect_nir(graph).unsaid
        ['time_step_ms', 'time_unit', 'reset']
    """
    raw, where = _raw(source)
    graph = parse_graph(raw, where, repair=repair)
    return Inspected(graph, unsaid(graph.nodes, graph.metadata))


def read_nir(
    source: str | os.PathLike[str] | Any,
    *,
    time_step_ms: float | None = None,
    time_unit: str | None = None,
    reset: str | None = None,
    reset_time: str | None = None,
    discretisation: str | None = None,
    repair: Collection[str] = (),
) -> FromNIR:
    r"""Read a network from a file in the Neuromorphic Intermediate Representation.

    NIR gives differential equations, and no time step, no unit of time and no reset but one to
    `v_reset`. What a file was meant to be is in its metadata, if ranvier wrote it, or known to
    whoever made it: what is missing is asked for, and what contradicts the file is refused.

    | node | becomes |
    |---|---|
    | Affine, Linear, Conv1d, Conv2d, Scale, SumPool2d, AvgPool2d, Flatten | synapses |
    | Delay | `Delayed` |
    | I, IF | `LeakyIntegrator` without a leak, `IF`; their gain is $R \Delta t$ |
    | LI, LIF | `LeakyMembrane`, `LIF` |
    | CubaLI, CubaLIF | the same, `Driven` by a `LowPass` |
    | Threshold | `ThresholdUnit` |

    A current is held over the step; that of CubaLI and CubaLIF moves first, then the membrane. A
    loop takes one step, as a recurrent layer does, on top of its delays. Membranes start at
    `v_leak`. Values that all units share become constants; others are arrays, which learn.

    Args:
        source: a file, or a `nir.NIRGraph`.
        time_step_ms: length of a step.
        time_unit: of times in the file: `"s"`, `"ms"` or `"steps"`.
        reset: `"zero"` (to `v_reset`, as NIR defines it) or `"subtract"`.
        reset_time: when it takes effect, as of `ranvier.neurons.LIF`; `"at_spike"` if not given.
        discretisation: `"exact"`, if not given, or `"euler"`.
        repair: what to put right: `"rename"` lets an edge end that names no node stand for the
            only node that no edge names, where there is one of each; what was done is told.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a file that is damaged or is no NIR graph, something that is missing, unknown
            or would change the meaning; the node and the field are named.

    Source: Pedersen et al., "Neuromorphic intermediate representation", Nat. Commun. 15 (2024).

    Example:
        >>> import nir, numpy as np
        >>> one = np.ones(1)
        >>> graph = nir.NIRGraph.from_list(
        ...     nir.Linear(np.ones((1, 2))),
        ...     nir.LIF(tau=0.02 * one, r=one, v_leak=0 * one, v_threshold=one),
        ... )
        >>> read_nir(graph, time_unit="s", reset="zero")
        Traceback (most recent call last):
        ValueError: the graph: node 'lif' (LIF): NIR does not say how long a step is, and ...
        >>> read = read_nir(graph, time_step_ms=1.0, time_unit="s", reset="zero")
        >>> round(read.model.layers[0].neuron.tau_membrane_ms, 9)
        20.0
    """
    raw, where = _raw(source)
    graph = parse_graph(raw, where, repair=repair)
    given = {
        "time_step_ms": time_step_ms,
        "time_unit": time_unit,
        "reset": reset,
        "reset_time": reset_time,
        "discretisation": discretisation,
    }
    meaning = meanings(graph.nodes, graph.metadata, given, where)
    return FromNIR(built(graph, meaning, where), graph, meaning, graph.repairs)


def built(graph: NirGraph, meaning: dict[str, Meaning], where: str) -> Cell:
    """The network of a checked graph.

    Args:
        graph: nodes and edges.
        meaning: node to what NIR does not say of it.
        where: how errors call the file.

    Raises:
        ValueError: what has no meaning with this time step, or a loop without a neuron.
    """
    parts = parts_of(graph, meaning, where)
    try:
        return arrange(parts, graph.edges)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _raw(source: Any) -> tuple[Any, str]:
    """What a source holds, and how errors call it."""
    if isinstance(source, (str, os.PathLike)):
        return read_raw(source), str(source)
    if hasattr(source, "to_dict"):
        return source.to_dict(), "the graph"
    raise TypeError(
        f"read_nir: got a {type(source).__name__}, expected the path of a file or a nir.NIRGraph."
    )
