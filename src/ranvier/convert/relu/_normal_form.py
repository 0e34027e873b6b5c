"""From a graph of synapses and rectified units to its normal form."""

from collections.abc import Iterable, Mapping
from typing import Any

import equinox as eqx
import jax
import numpy as np

from ranvier.convert.relu._affine import LINEAR, Affine, summed
from ranvier.core import Neuron, Synapse
from ranvier.nets import Graph
from ranvier.nets.ttfs import Pool, ReLUNetwork, Units, Way
from ranvier.nets.ttfs._parts import INPUT
from ranvier.neurons import RNN, Readout, Relay, ReLU
from ranvier.synapses import Bias, MaximumPooling, Scale, Series

_OUTPUT = "output"


def normal_form(graph: Graph, *, input_range: tuple[Any, Any] = (0.0, 1.0)) -> ReLUNetwork:
    r"""Fold a static network of rectified units into units, pools of their maximum and an output.

    $$W'_{ij} = s_i W_{ij} r_j, \qquad b'_i = s_i \Big(b_i + \sum_j W_{ij} c_j\Big) + o_i$$

    where $r, c$ are factor and offset in front of the weights $W$ and $s, o$ those behind, batch
    normalisation among them. What is added in front of a padded convolution does not reach the
    places of the padding: the new $b'$ then has one value per place (nine different ones for a
    kernel of three by three). A maximum of what is rectified only later becomes the maximum of
    what is rectified before; a negative factor in front of a maximum makes it a minimum.

    All folding is done in double precision.

    Args:
        graph: nodes of `Dense`, `Convolution`, `TransposedConvolution`, `AveragePooling`,
            `SumPooling`, `MaximumPooling`, `Flatten`, `Scale`, `Bias`, `Dropout` (which vanishes),
            `Series` of them, `ReLU`, `RNN` with `jax.nn.relu`, `Readout` and `Relay`.
        input_range: $(p, q)$, the least and the largest input, each a number or one per channel;
            the normal form takes $(u - p) / (q - p)$.

    Returns:
        The normal form; its activities are those of the graph's rectified nodes.

    Raises:
        ValueError: a node that is none of these, a loop, weights that are not finite, a maximum
            of what is not rectified, no hidden unit at all, or a range without extent; the node
            is named.

    Source: Stanojevic, Woźniak, Bellec, Cherubini, Pantazi, Gerstner, Neural Networks 168 (2023),
    section 3.3.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> graph = Graph(
        ...     {
        ...         "hidden": Dense(jnp.array([[1.0, -1.0]])),
        ...         "batch norm": Scale(jnp.array([3.0])),
        ...         "relu": ReLU(1),
        ...         "out": Dense(jnp.ones((2, 1))),
        ...     },
        ...     [("input", "hidden"), ("hidden", "batch norm"), ("batch norm", "relu"),
        ...      ("relu", "out"), ("out", "output")],
        ... )
        >>> network = normal_form(graph)
        >>> network.names, network.parts[0].ways[0].synapses[0].weight.tolist()
        (('relu',), [[3.0, -3.0]])
        >>> network.logits(jnp.array([1.0, 0.5]))
        Array([1.5, 1.5], dtype=float32)
    """
    if graph.feedback:
        one, two = sorted(graph.feedback)[0]
        raise ValueError(
            f"the edge from {one!r} to {two!r} leads back; a network that is to be converted has "
            "no loop. Cut it, or train the network as a spiking one."
        )
    _check_finite(graph)
    form = _Form(graph)
    known = {INPUT: _scaled_input(graph, input_range)}
    for (name,) in graph.wiring.groups:
        arriving = summed(known[one] for one, two in graph.edges if two == name)
        known[name] = form.behind(name, graph.nodes[name], arriving)
    last = summed(known[one] for one, two in graph.edges if two == _OUTPUT)
    if not form.parts:
        raise ValueError(
            "the network has no rectified unit, so that nothing in it could spike; expected at "
            "least one ReLU."
        )
    return ReLUNetwork(form.parts, last.units(), graph.in_shape)


class _Form:
    """Parts in the order in which they were found."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.parts: dict[str, Units | Pool] = {}

    def behind(self, name: str, node: Neuron | Synapse, arriving: Affine) -> Affine:
        """What a node gives, given what reaches it."""
        if isinstance(node, (Readout, RNN)):
            found = arriving.through(Bias(node.bias))
            if found is not None:
                arriving = found
        if isinstance(node, (Readout, Relay)):
            return arriving
        if _rectifies(node):
            return arriving if self._never_negative(arriving) else self._units(name, arriving)
        if isinstance(node, Neuron):
            raise ValueError(_no_neuron(name, node))
        for number, synapse in enumerate(_flat(node)):
            if isinstance(synapse, MaximumPooling):
                own = name if number == 0 else f"{name} {number}"
                arriving = self._pool(name, own, synapse, arriving)
                continue
            found = arriving.through(synapse)
            if found is None:
                raise ValueError(
                    f"node {name!r} is a {type(synapse).__name__}, which is not linear or not "
                    f"known here; expected {', '.join(kind.__name__ for kind in LINEAR)}, Bias, "
                    "MaximumPooling or Dropout. Replace it and train the network again."
                )
            arriving = found
        return arriving

    def _units(self, name: str, arriving: Affine) -> Affine:
        self.parts[name] = arriving.units()
        return Affine((Way(name, ()),), None, arriving.shape)

    def _never_negative(self, arriving: Affine) -> bool:
        return any(arriving.of(name) for name in self.parts)

    def _pool(self, name: str, own: str, pooling: MaximumPooling, arriving: Affine) -> Affine:
        """The maximum of a part, or of what is rectified for it."""
        simple = arriving.factor()
        if simple is None:
            if not _rectified_behind(self.graph, name):
                raise ValueError(
                    f"node {name!r} takes the maximum of what is not rectified, nor only rectified "
                    "behind it, and what is negative has no spike. Put a ReLU in front of it."
                )
            arriving = self._units(f"{own}, rectified", arriving)
            simple = f"{own}, rectified", np.ones(pooling.channels), np.zeros(pooling.channels)
        source, factor, constant = simple
        signs = np.where(factor < 0, -1, 1)
        self.parts[own] = Pool(source, pooling, signs)
        factor: Any = factor
        ways = () if np.all(factor == 1) else (Scale(factor, pooling.shape),)
        return Affine((Way(own, ways),), constant if constant.any() else None, pooling.shape)


def _scaled_input(graph: Graph, input_range: tuple[Any, Any]) -> Affine:
    """The input as it is, from one between 0 and 1."""
    low, high = (np.asarray(end, np.float64) for end in input_range)
    extent = high - low
    if not (np.all(np.isfinite(extent)) and np.all(extent > 0)):
        raise ValueError(
            f"the range of the input is {input_range!r}, expected (least, largest) with the "
            "largest above the least, both finite."
        )
    channels = graph.in_shape[-1:]
    synapses = () if np.all(extent == 1) else (Scale(_row(extent, channels), graph.in_shape),)
    constant = _row(low, channels) if low.any() else None
    return Affine((Way(INPUT, synapses),), constant, graph.in_shape)


def _row(value: np.ndarray, channels: tuple[int, ...]) -> Any:
    return np.array(np.broadcast_to(value, channels))


def _flat(synapse: Synapse) -> Iterable[Synapse]:
    if isinstance(synapse, Series):
        for one in synapse.synapses:
            yield from _flat(one)
    else:
        yield synapse


def _rectifies(node: Any) -> bool:
    return isinstance(node, ReLU) or (isinstance(node, RNN) and node.g is jax.nn.relu)


def _rectified_behind(graph: Graph, name: str) -> bool:
    """Whether whatever follows is a rectified unit without an offset, or a maximum before one."""
    followers = [two for one, two in graph.edges if one == name]
    return all(
        two != _OUTPUT
        and sum(end == two for _, end in graph.edges) == 1
        and (
            isinstance(graph.nodes[two], ReLU)
            or (isinstance(graph.nodes[two], MaximumPooling) and _rectified_behind(graph, two))
        )
        for two in followers
    )


def _no_neuron(name: str, node: Neuron) -> str:
    what = type(node).__name__
    if isinstance(node, RNN):
        what += f" with {getattr(node.g, '__name__', node.g)!r}"
    return (
        f"node {name!r} is a {what}, which is not rectified linear, so that no spike time stands "
        "for what it gives; expected ReLU, RNN with jax.nn.relu, Readout or Relay. Train the "
        "network with ReLU."
    )


def _check_finite(graph: Graph) -> None:
    nodes: Mapping[str, Any] = graph.nodes
    for name, node in nodes.items():
        for leaf in jax.tree.leaves(node):
            if eqx.is_inexact_array(leaf) and not np.isfinite(np.asarray(leaf)).all():
                wrong = int(np.sum(~np.isfinite(np.asarray(leaf))))
                raise ValueError(
                    f"node {name!r} ({type(node).__name__}): {wrong} of {leaf.size} values of its "
                    f"array of shape {leaf.shape} are NaN or infinite. Train it again, or read "
                    "the file again."
                )
