"""From the nodes of NIR to neurons and synapses."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.convert.nir._graph import NirGraph
from ranvier.convert.nir._meaning import Meaning
from ranvier.convert.nir._nodes import Node
from ranvier.convert.nir._shapes import channels_last, per_axis
from ranvier.core import Neuron, Synapse
from ranvier.neurons import IF, LIF, Driven, LeakyIntegrator, LeakyMembrane, ThresholdUnit
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Delayed,
    Dense,
    Flatten,
    LowPass,
    OneToOne,
    Scale,
    Series,
    SumPooling,
    Transpose,
)

# Beyond this many time constants in a step nothing is left of a state from one to the next.
_FORGETFUL = 4.0


def parts_of(
    graph: NirGraph, meaning: dict[str, Meaning], where: str
) -> dict[str, Neuron | Synapse]:
    """Each node as a neuron or a synapse, with its channels last.

    Args:
        graph: a checked graph.
        meaning: node to what NIR does not say of it.
        where: how errors call the file.

    Raises:
        ValueError: a delay that is not a whole number of steps, or a step that is too long for a
            time constant; the node is named.
    """
    before: dict[str, list[str]] = {name: [] for name in [*graph.nodes, "output"]}
    after: dict[str, list[str]] = {name: [] for name in ["input", *graph.nodes]}
    for one, two in graph.edges:
        before[two].append(one)
        after[one].append(two)
    made: dict[str, Neuron | Synapse] = {}
    for name, node in graph.nodes.items():
        place = f"{where}: node {name!r} ({node.kind})"
        arriving = graph.shapes[before[name][0]]
        if node.kind in ("Affine", "Linear"):
            (source, *others) = before[name]
            order = None if others else _flattened(graph, before, after, source)
            made[name] = _weights(node, order)
        elif node.kind == "Flatten":
            made[name] = _flatten(arriving, _flattened(graph, before, after, name) is not None)
        elif node.kind.startswith("Conv"):
            made[name] = _convolution(node, arriving)
        elif node.kind.endswith("Pool2d"):
            made[name] = _pooling(node, arriving)
        elif node.kind == "Scale":
            made[name] = Scale(_array(node.scale))
        else:
            made[name] = _neuron(node, meaning.get(name), place)
    return made


def _array(values: Any) -> Any:
    """Channels last, in JAX's precision."""
    return jnp.asarray(channels_last(values), float)


def _flattened(
    graph: NirGraph, before: dict[str, list[str]], after: dict[str, list[str]], name: str
) -> np.ndarray | None:
    """How a flattening orders units there, in the order here, if only weights see it."""
    if name == "input" or graph.nodes[name].kind != "Flatten":
        return None
    shape = graph.shapes[before[name][0]]
    for target in after[name]:
        if target == "output" or graph.nodes[target].kind not in ("Affine", "Linear"):
            return None
        if len(before[target]) > 1:
            return None
    return channels_last(np.arange(np.prod(shape)).reshape(shape)).ravel()


def _flatten(shape: tuple[int, ...], absorbed: bool) -> Synapse:
    """All units in a row: in the order here where the weights behind were put in that order."""
    last = (*shape[1:], shape[0]) if len(shape) > 1 else shape
    if absorbed or len(shape) == 1:
        return Flatten(last)
    return Series(Transpose(last, (len(shape) - 1, *range(len(shape) - 1))), Flatten(shape))


def _weights(node: Node, order: np.ndarray | None) -> Synapse:
    weight = node.weight if order is None else node.weight[:, order]
    dense = Dense(jnp.asarray(weight, float))
    return dense if node.kind == "Linear" else _with_bias(dense, node.bias)


def _with_bias(synapse: Synapse, bias: np.ndarray) -> Synapse:
    """The synapse, and a bias behind it where there is one."""
    if not np.any(bias):
        return synapse
    return Series(synapse, Bias(jnp.asarray(bias, float), synapse.shape))


def _convolution(node: Node, arriving: tuple[int, ...]) -> Synapse:
    space = len(arriving) - 1
    padding = per_axis(node, "padding", space)
    convolution = Convolution(
        jnp.asarray(np.moveaxis(node.weight, (0, 1), (-1, -2)), float),
        arriving[1:],
        stride=per_axis(node, "stride", space),
        padding=0 if padding == "valid" else padding,
        dilation=per_axis(node, "dilation", space),
        groups=node.groups[0],
    )
    return _with_bias(convolution, node.bias)


def _pooling(node: Node, arriving: tuple[int, ...]) -> Synapse:
    kind = SumPooling if node.kind == "SumPool2d" else AveragePooling
    size, stride, padding = (
        per_axis(node, name, 2) for name in ("kernel_size", "stride", "padding")
    )
    return kind((*arriving[1:], arriving[0]), size, stride=stride, padding=padding)


def _neuron(node: Node, meaning: Meaning | None, place: str) -> Neuron | Synapse:
    """A neuron, or the delay that stands among them for having a time."""
    learns = set(str(node.metadata.get("learns", "")).split(","))

    def number(name: str, scale: float = 1.0) -> Any:
        """A float where all units share the value and it does not learn, else an array."""
        values = channels_last(getattr(node, name)).astype(float) * scale
        if name not in learns and (values == values.flat[0]).all():
            return float(values.flat[0])
        return jnp.asarray(values, float)

    if node.kind == "Threshold":
        return ThresholdUnit(channels_last(node.threshold).shape, threshold=number("threshold"))
    if meaning is None:
        raise ValueError(f"{place}: has no time.")
    if node.kind == "Delay":
        return _delay(node, meaning, place)
    shape = channels_last(node.r).shape
    if node.kind == "I":
        return LeakyIntegrator(shape, decay=1.0, gain=number("r", meaning.step))
    firing: dict[str, Any] = {"reset": meaning.reset, "reset_time": meaning.reset_time}
    if node.kind == "IF":
        return IF(
            shape,
            threshold=number("v_threshold"),
            gain=number("r", meaning.step),
            reset_potential=number("v_reset"),
            **firing,
        )

    def constant(name: str) -> Any:
        shortest = float(np.min(meaning.in_ms(getattr(node, name).astype(float))))
        euler = meaning.discretisation == "euler"
        if meaning.time_step_ms > (1 if euler else _FORGETFUL) * shortest * (1 + 1e-9):
            what = "Euler steps diverge" if euler else "nothing is kept from step to step"
            raise ValueError(
                f"{place}: a time step of {meaning.time_step_ms:g} ms is "
                f"{meaning.time_step_ms / shortest:.3g} times the time constant {name!r}, "
                f"{shortest:g} ms in the unit {meaning.time_unit!r}: {what}. Check time_unit and "
                "time_step_ms."
            )
        return number(name, meaning.in_ms(1.0))

    stepped: dict[str, Any] = {
        "time_step_ms": meaning.time_step_ms,
        "discretisation": meaning.discretisation,
    }
    membrane: dict[str, Any] = {
        "tau_membrane_ms": constant("tau_mem" if node.kind.startswith("Cuba") else "tau"),
        "resistance": number("r"),
        "resting_potential": number("v_leak"),
        **stepped,
    }
    if node.kind.endswith("LIF"):
        unit: Neuron = LIF(
            shape,
            threshold=number("v_threshold"),
            reset_potential=number("v_reset"),
            **membrane,
            **firing,
        )
    else:
        unit = LeakyMembrane(shape, **membrane)
    if not node.kind.startswith("Cuba"):
        return unit
    current = LowPass(constant("tau_syn"), gain=number("w_in"), **stepped)
    return Driven(unit, {"dendrite": ("dendrite", current)})


def _delay(node: Node, meaning: Meaning, place: str) -> Synapse:
    delays = channels_last(node.delay).astype(float) / meaning.step
    steps = np.round(delays)
    if np.abs(delays - steps).max() > 1e-3:
        raise ValueError(
            f"{place}: a delay of {meaning.in_ms(float(node.delay.max())):g} ms is "
            f"{delays.max():g} time steps of {meaning.time_step_ms:g} ms, expected whole ones. "
            "Take a time step that divides it."
        )
    return Delayed(OneToOne(steps.shape), steps.astype(int))
