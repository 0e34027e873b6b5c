"""What the eligibilities of this room share: the parameters of a layer, one by one."""

import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.core import Synapse
from ranvier.learn.eligibility._blocks import Blocks, blocks
from ranvier.nets import Layer
from ranvier.synapses import (
    Dense,
    Detached,
    FeedbackAligned,
    Grapes,
    KolenPollack,
    LocalGrapes,
)


class Eligibility(NamedTuple):
    """The temporal half of an online rule.

    Attributes:
        init: `(layer, batch) -> traces`, at rest.
        advance: `(layer, traces, state, x, signal, key) -> (traces, state, gradients)`: one step,
            in which `signal = dE/dy` of this instant meets the traces; the gradients have the
            structure of the layer's learning arrays.
        along: the same for many steps at once, where it can: `(layer, traces, states, xs, signals,
            keys) -> (traces, gradients)`, with the states before every step.

    Example:
        >>> import jax, ranvier as rv
        >>> layer = rv.layer(2, rv.SNU(3), key=jax.random.key(0))
        >>> variables, filtered = rv.local().init(layer, (5,)).synapses["dendrite"]
        >>> variables[0].shape
        (5, 3, 2)
    """

    init: Callable[[Layer, tuple[int, ...]], Any]
    advance: Callable[..., tuple[Any, Any, Any]]
    along: Callable[..., tuple[Any, Any]] | None = None


class Traces(NamedTuple):
    """What is kept per parameter, as the eligibility lays it out.

    Attributes:
        synapses: of the input weights, per port that has weights.
        recurrent: of the recurrent weights, per port that has weights.
        neuron: per learning array of the neuron.

    Example:
        See `Eligibility`.
    """

    synapses: dict[str, Any]
    recurrent: dict[str, Any]
    neuron: list[Any]


def check_followed(layer: Layer) -> None:
    """Raise a `TypeError` that names the layer if traces per weight cannot follow it."""
    if len(layer.in_shape) > 1 or len(layer.neuron.shape) > 1:
        raise TypeError(
            f"{layer.name}: traces per weight know one row of units; this layer goes from "
            f"{layer.in_shape} to {layer.neuron.shape}. Use `bptt` or `rtrl`; or the eligibility "
            "`at_once`, which is exact where neurons are memoryless."
        )
    if layer.remembering:
        raise TypeError(
            f"{layer.name}: the synapse onto {', '.join(map(repr, layer.remembering))} has a "
            "memory, which no eligibility follows. Use `bptt` or `rtrl`."
        )


# Around dense connections, these change how errors pass and what is learned of them; what a trace
# follows is the current, which is that of the connections within.
_AROUND = (Detached, FeedbackAligned, Grapes, KolenPollack, LocalGrapes)


def weight(layer: Layer, synapse: Synapse) -> Array:
    """The weight `[n_out, n_in]` whose row `i` reaches unit `i` only.

    Raises:
        TypeError: a synapse whose weights are not laid out so; its layer is named.
    """
    if not isinstance(synapse, Dense):
        raise TypeError(
            f"{layer.name}: online rules keep one trace per weight and need a Dense synapse; got "
            f"{type(synapse).__name__}. Use `bptt` or `rtrl` for this layer."
        )
    return synapse.weight


def weights(layer: Layer, synapses: dict[str, Synapse]) -> dict[str, Array]:
    """Port to weight `[n_out, n_in]`, where there is one: nothing learns in a lateral connection.

    Raises:
        TypeError: a synapse whose parameters are laid out otherwise.
    """

    def within(synapse: Synapse) -> Synapse:
        while isinstance(synapse, _AROUND):
            synapse = synapse.synapse
        return synapse

    return {port: weight(layer, within(s)) for port, s in synapses.items() if _learns(s)}


def bare_weights(layer: Layer, synapses: dict[str, Synapse]) -> dict[str, Array]:
    """As `weights`, where they stand for the derivative of the current as well.

    Raises:
        TypeError: also for connections around dense ones; what does follow them is named.
    """
    for port, synapse in synapses.items():
        if isinstance(synapse, _AROUND):
            raise TypeError(
                f"{layer.name}: SnAp reads recurrent weights as the derivative of the current, and "
                f"those onto {port!r} lie within a {type(synapse).__name__}. Use the eligibility "
                "`local` (rule `ostl`), which needs no such derivative, or `exact` "
                "(`ostl-with-h`), `uoro`, `kf_rtrl` or `ok_rtrl`, which take the synapse's own; "
                "or `bptt` or `rtrl`."
            )
    return {port: weight(layer, s) for port, s in synapses.items() if _learns(s)}


def _learns(synapse: Synapse) -> bool:
    return bool(jax.tree.leaves(eqx.filter(synapse, eqx.is_inexact_array)))


def learned(synapse: Any, gradient: Array) -> Any:
    """What a synapse's arrays learn, from what the weight within would.

    Args:
        synapse: dense connections, or others around them.
        gradient: by that weight, `[n_out, n_in]`.
    """
    if isinstance(synapse, Dense):
        return eqx.tree_at(lambda dense: dense.weight, synapse, gradient)
    if isinstance(synapse, Grapes | LocalGrapes):
        gradient = synapse.factors()[:, None] * gradient
    within = learned(synapse.synapse, gradient)
    found = eqx.tree_at(lambda one: one.synapse, synapse, within)
    if isinstance(synapse, FeedbackAligned):
        nothing = jax.tree.map(jnp.zeros_like, eqx.filter(synapse.feedback, eqx.is_inexact_array))
        return eqx.tree_at(lambda one: one.feedback, found, nothing)
    if isinstance(synapse, KolenPollack):
        return eqx.tree_at(lambda one: one.feedback, found, within)
    return found


def position(state: Any) -> int:
    """Where in a neuron's state, as a list of arrays, the output `y` stands."""
    # Not by identity: where the output is another variable's value, both may be one array.
    structure = jax.tree.structure(state)
    return jax.tree.unflatten(structure, range(structure.num_leaves)).y


def product(block: Array | None, other: Array | None) -> Array | None:
    """A product in which `None` stands for zero."""
    return None if block is None or other is None else block * other


def total(parts: Iterable[Array | None]) -> Array | None:
    """A sum in which `None` stands for zero."""
    return functools.reduce(
        lambda one, two: two if one is None else one if two is None else one + two, parts, None
    )


def driven(layer: Layer, state: Any, x: Array, keys: Any) -> dict[str, Array]:
    """The current of every port that something reaches.

    Args:
        layer: the layer.
        state: before the step.
        x: the layer's input.
        keys: of the step, as `Layer.split` deals them.
    """
    inputs = len(layer.synapses)
    currents = layer.currents(state, layer.gather(x, keys[:inputs]), keys[inputs:-1])
    return {
        port: current
        for port, current in zip(layer.neuron.ports, currents, strict=True)
        if port in layer.synapses or port in layer.recurrent
    }


def linearised(layer: Layer, state: Any, x: Array, key: Any) -> Blocks:
    """One step of a layer's neuron, with its Jacobian blocks."""
    keys = layer.split(key)
    return blocks(layer.neuron, state, driven(layer, state, x, keys), keys[-1])


def neuron_leaves(layer: Layer) -> list[Array]:
    """The learning arrays of a layer's neuron, in tree order."""
    return jax.tree.leaves(eqx.filter(layer.neuron, eqx.is_inexact_array))


def empty_traces(layer: Layer, empty: Callable[[tuple[int, ...]], Any]) -> Traces:
    """Traces of every parameter, made from its axes: `[n_out, n_in]`, or the units."""
    return Traces(
        {port: empty(w.shape) for port, w in weights(layer, layer.synapses).items()},
        {port: empty(w.shape) for port, w in weights(layer, layer.recurrent).items()},
        [empty(layer.neuron.shape) for _ in neuron_leaves(layer)],
    )


def each_parameter(
    layer: Layer,
    traces: Traces,
    state: Any,
    x: Array,
    by_parameter: Iterable[Any],
    of_weight: Callable[[str, Array, Any], tuple[Any, Array]],
    of_neuron: Callable[[Any, Any], tuple[Any, Array]],
) -> tuple[Traces, Any]:
    """Move every parameter's trace on, by one step or by many, and gather the gradients.

    Args:
        layer: the layer.
        traces: before the step.
        state: before the step.
        x: the layer's input.
        by_parameter: per learning array of the neuron, what it did at once: its Jacobian blocks.
        of_weight: `(port, presynaptic activity, trace) -> (trace, gradient [n_out, n_in])`.
        of_neuron: `(what it did at once, trace) -> (trace, gradient [..., *units])`.

    Returns:
        The traces after the step, and gradients in the structure of the layer.
    """
    synapses = {port: of_weight(port, x, old) for port, old in traces.synapses.items()}
    recurrent = {port: of_weight(port, state.y, old) for port, old in traces.recurrent.items()}
    neuron = [of_neuron(*pair) for pair in zip(by_parameter, traces.neuron, strict=True)]

    return (
        Traces(
            {port: new for port, (new, _) in synapses.items()},
            {port: new for port, (new, _) in recurrent.items()},
            [new for new, _ in neuron],
        ),
        assembled(
            layer,
            {port: gradient for port, (_, gradient) in synapses.items()},
            {port: gradient for port, (_, gradient) in recurrent.items()},
            [gradient for _, gradient in neuron],
        ),
    )


def assembled(
    layer: Layer, synapses: dict[str, Array], recurrent: dict[str, Array], neuron: list[Array]
) -> Any:
    """Gradients in the structure of the layer.

    Args:
        layer: the layer.
        synapses, recurrent: port to gradient `[n_out, n_in]`.
        neuron: per learning array, what each unit would have changed, `[..., *units]`.
    """

    def places(tree: Any) -> list[Any]:
        return [
            *(tree.synapses[port] for port in synapses),
            *(tree.recurrent[port] for port in recurrent),
            *jax.tree.leaves(tree.neuron),
        ]

    def of_group(group: dict[str, Synapse], gradients: dict[str, Array]) -> list[Any]:
        return [
            eqx.filter(learned(group[port], gradient), eqx.is_inexact_array)
            for port, gradient in gradients.items()
        ]

    # A parameter that units share collects what each of them would have changed.
    shared = [
        gradient.sum(tuple(range(gradient.ndim - leaf.ndim)))
        for gradient, leaf in zip(neuron, neuron_leaves(layer), strict=True)
    ]
    gradients = [
        *of_group(layer.synapses, synapses),
        *of_group(layer.recurrent, recurrent),
        *shared,
    ]
    return eqx.tree_at(places, eqx.filter(layer, eqx.is_inexact_array), gradients)
