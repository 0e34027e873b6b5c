"""From a network in normal form and scales to a graph of spiking neurons."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.convert.relu._fold import folded
from ranvier.core import Neuron, Synapse
from ranvier.nets import Graph
from ranvier.nets.ttfs import Pool, ReLUNetwork, Units, Way
from ranvier.neurons import LeakyIntegrator
from ranvier.synapses import Bias, GatedPooling, OneToOne, RateEstimate, Scale, Series

LOGITS = "logits"


def spiking(
    form: ReLUNetwork,
    scales: Mapping[str, Any],
    neuron: Callable[[str, tuple[int, ...]], Neuron],
    estimate: RateEstimate,
) -> Graph:
    r"""The graph in which every unit is a neuron, and its activity the neuron's rate.

    $$\tilde W_k = W_k \lambda_k / \lambda, \qquad \tilde b = b / \lambda$$

    for the ways $W_k$ from sources of scale $\lambda_k$ to units of scale $\lambda$, so that all
    that meets is in the same unit. Factors go into the weights where these can hold
    them. The bias of a unit is the node `"NAME, bias"`.

    Args:
        form: the network in normal form.
        scales: unit to $\lambda$, above zero; a number, or one per channel or per unit.
        neuron: from the name and the axes of units to neurons; a current of one stands for an
            activity of their scale, and so does a spike.
        estimate: by which gates in place of maximum pooling go.
    """
    made = _Made(form, estimate, scales)
    for name, part in zip(form.names, form.parts, strict=True):
        if isinstance(part, Pool):
            made.gate(name, part)
        else:
            made.units(name, part, made.scale[name], neuron(name, part.shape))
    made.units(LOGITS, form.output, 1.0, LeakyIntegrator(form.output.shape, decay=1.0))
    made.edges.append((LOGITS, "output"))
    return Graph(made.nodes, made.edges)


def scales_of_all(form: ReLUNetwork, scales: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The scales of pools too, which are those of what they see; the input has one.

    Args:
        form: the network in normal form.
        scales: of the units.
    """
    known = {"input": np.ones(())}
    for name, part in zip(form.names, form.parts, strict=True):
        of = part.source if isinstance(part, Pool) else name
        known[name] = known[of] if isinstance(part, Pool) else np.asarray(scales[of], np.float64)
    return known


class _Made:
    """Nodes and edges as they grow."""

    def __init__(self, form: ReLUNetwork, estimate: RateEstimate, scales: Mapping) -> None:
        self.estimate = estimate
        self.scale = scales_of_all(form, scales)
        self.nodes: dict[str, Neuron | Synapse] = {}
        self.edges: list[tuple[str, str]] = []

    def gate(self, name: str, part: Pool) -> None:
        """The gate that stands for a maximum."""
        laid = part.pooling.windows
        self.nodes[name] = GatedPooling(
            part.pooling.in_shape,
            laid.size,
            stride=laid.stride,
            padding=laid.padding,
            estimate=self.estimate,
            signs=None if np.all(np.asarray(part.signs) == 1) else np.asarray(part.signs),
        )
        self.edges.append((part.source, name))

    def units(self, name: str, part: Units, scale: Any, neuron: Neuron) -> None:
        """A neuron, its bias, and the ways to it."""
        bias = np.broadcast_to(np.asarray(part.bias, np.float64) / scale, _longer(part, scale))
        self.nodes[f"{name}, bias"] = Bias(jnp.asarray(bias), part.shape)
        self.nodes[name] = neuron
        self.edges.append((f"{name}, bias", name))
        for way in part.ways:
            self._way(way, name, part.shape, scale)

    def _way(self, way: Way, name: str, shape: tuple[int, ...], scale: Any) -> None:
        """The synapses of a way as one node, or an edge where nothing is left of them."""
        source = self.scale[way.source]
        before = way.synapses[0].in_shape if way.synapses else shape
        given = [Scale(_row(source, before), before), *way.synapses]
        left = folded([*given, Scale(_row(1 / np.asarray(scale), shape), shape)])
        kept = [s for s in left if not (isinstance(s, Scale) and np.all(s.scale == 1))]
        edge, called = (way.source, f"{name}, bias"), f"{way.source} to {name}"
        if not kept and edge not in self.edges:
            self.edges.append(edge)
            return
        while called in self.nodes:
            called += " again"
        single = [jax.tree.map(jnp.asarray, synapse) for synapse in kept or [OneToOne(shape)]]
        self.nodes[called] = single[0] if len(single) == 1 else Series(*single)
        self.edges += [(way.source, called), (called, edge[1])]


def _row(scale: Any, shape: tuple[int, ...]) -> Any:
    """One number per channel, or per unit where they differ."""
    values = np.asarray(scale, np.float64)
    return np.array(np.broadcast_to(values, shape[-1:])) if values.ndim < 2 else values


def _longer(part: Units, scale: Any) -> tuple[int, ...]:
    """Axes of the bias over its scale."""
    return np.broadcast_shapes(np.shape(part.bias), np.shape(scale), part.shape[-1:])
