"""Each framework's own neurons: what reads their files as they were meant, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Change = Callable[[Any, float], None]


def _membrane(node: Any) -> Any:
    return node.tau_mem if hasattr(node, "tau_mem") else node.tau


def _field(name: str, value: Callable[[Any, float], Any]) -> Change:
    """Sets a field, where a node has it, from the node and the step."""

    def change(node: Any, step: float) -> None:
        if hasattr(node, name):
            setattr(node, name, value(node, step))

    return change


def _last_axis(node: Any, step: float) -> None:
    """The ends of a network carry the axes of one example in one step."""
    for shapes in (node.input_type, node.output_type):
        shapes.update({port: np.asarray(shape)[-1:] for port, shape in shapes.items()})


# What a file should have said.
CORRECTIONS: dict[str, Change] = {
    "tau / Δt for tau": _field("tau", lambda node, step: node.tau / step),
    "tau / Δt for r": _field("r", lambda node, step: _membrane(node) / step),
    "tau_syn / Δt for w_in": _field("w_in", lambda node, step: node.tau_syn / step),
    "1 / (1 - exp(-Δt/tau)) for r": _field(
        "r", lambda node, step: 1 / -np.expm1(-step / _membrane(node))
    ),
    "1 / (exp(Δt/tau_syn) - 1) for w_in": _field(
        "w_in", lambda node, step: 1 / np.expm1(step / node.tau_syn)
    ),
    "one axis for the ends": _last_axis,
}


def correct(graph: Any, name: str, step: float) -> None:
    """Put a correction into every node of a graph that it concerns.

    Args:
        graph: a `nir.NIRGraph` without convolutions.
        name: of the correction.
        step: in the unit of the file.

    Example:
        >>> import nir
        >>> one = np.ones(1)
        >>> neuron = nir.LIF(tau=20 * one, r=one, v_leak=0 * one, v_threshold=one)
        >>> graph = nir.NIRGraph.from_list(neuron)
        >>> correct(graph, "tau / Δt for r", 2.0)
        >>> graph.nodes["lif"].r
        array([10.])
    """
    for node in graph.nodes.values():
        CORRECTIONS[name](node, step)


@dataclass(frozen=True)
class Own:
    """A neuron of a framework, exported by it, read by it and by ranvier.

    Args:
        framework: whose.
        neuron: as its worker names it.
        drive: the largest of a random one.
        step: of a step, in the unit of the file.
        meaning: what ranvier is told, beside the step.
        corrected: what ranvier has to put right in the file to get the same spikes.
        late: steps by which the framework gives its spikes out later.
    """

    framework: str
    neuron: str
    drive: float
    step: float
    meaning: dict[str, Any] = field(hash=False)
    corrected: tuple[str, ...] = ()
    late: int = 0


_FIXED = {"time_unit": "s", "discretisation": "euler"}
_SUBTRACT = {**_FIXED, "reset": "subtract"}
_NEXT = {**_SUBTRACT, "reset_time": "next_update"}
_ZERO = {**_FIXED, "reset": "zero"}
_EXACT = {"time_unit": "s", "reset": "subtract"}
_STEPS = {"time_unit": "steps", "reset": "subtract"}
_SPYX = {**_NEXT, "time_unit": "steps"}
_TOLD: dict[str, Any] = {"says_all": True}
_R, _W = "tau / Δt for r", "tau_syn / Δt for w_in"
_EXACT_R = "1 / (1 - exp(-Δt/tau)) for r"
_EXACT_W = "1 / (exp(Δt/tau_syn) - 1) for w_in"
_ENDS = "one axis for the ends"

OWN = (
    Own("ranvier", "LIF", 3.0, 1e-3, _TOLD),
    Own("ranvier", "LIF, reset='subtract'", 3.0, 1e-3, _TOLD),
    Own("ranvier", "IF", 0.3, 1e-3, _TOLD),
    Own("ranvier", "LIF, Driven by a LowPass", 3.0, 1e-3, _TOLD),
    Own("snnTorch", "Leaky()", 0.3, 1e-4, _NEXT),
    Own("snnTorch", "Leaky", 0.3, 1e-4, _NEXT),
    Own("snnTorch", "Leaky, reset_delay=False", 0.3, 1e-4, _SUBTRACT),
    Own("snnTorch", "Leaky, zero", 0.3, 1e-4, _ZERO),
    Own("snnTorch", "Synaptic", 0.06, 1e-4, _NEXT),
    Own("snnTorch", "Synaptic, zero", 0.06, 1e-4, {**_ZERO, "reset_time": "next_update"}),
    Own("Norse", "LIFBoxCell()", 4.0, 1e-3, _ZERO),
    Own("Norse", "LIFBoxCell", 4.0, 1e-3, _ZERO, ("tau / Δt for tau",)),
    Own("Norse", "LIFBoxCell, to_nir(dt=1)", 4.0, 1e-3, _ZERO),
    Own("Norse", "LIFCell, to_nir(dt=1)", 1.0, 1e-3, _ZERO, (_W,)),
    Own("Norse", "IAFCell", 0.3, 1e-3, {"time_unit": "steps", "reset": "zero"}),
    Own("SpikingJelly", "LIFNode", 3.0, 1e-4, _ZERO),
    Own("SpikingJelly", "LIFNode, decay_input=False", 1.5, 1e-4, _ZERO),
    Own("SpikingJelly", "IFNode", 0.3, 1e-4, _ZERO),
    Own("SpikingJelly", "CUBALIFNode", 0.5, 1e-4, _ZERO),
    Own("Sinabs", "LIF()", 3.0, 1.0, _STEPS),
    Own("Sinabs", "LIF", 3.0, 1.0, _STEPS),
    Own("Sinabs", "LIF, norm_input=False", 0.3, 1.0, _STEPS, (_EXACT_R,)),
    Own("Sinabs", "IAF", 0.3, 1.0, _STEPS),
    Own("Rockpool", "LIFTorch", 0.02, 1e-3, _EXACT, (_EXACT_R, _EXACT_W, _ENDS)),
    Own("Rockpool", "LIFNeuronTorch", 0.3, 1e-3, _EXACT, (_EXACT_R, _ENDS)),
    Own("Spyx", "LIF", 0.3, 1.0, _SPYX, (_R,), 1),
    Own("Spyx", "CuBaLIF", 0.06, 1.0, _SPYX | {"reset_time": "at_spike"}, (_R, _W), 1),
    Own("Spyx", "IF", 0.3, 1.0, _STEPS, (), 1),
)
