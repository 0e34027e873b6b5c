"""A chain as chips see it: matrices, leaks and thresholds, layer by layer."""

from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array

from ranvier.core import Neuron, Synapse
from ranvier.hardware.deployment._checks import Check
from ranvier.nets import Chain, Layer, Looped
from ranvier.neurons import IF, LIF, SNU, LeakyIntegrator, identity, kept

Reset = Literal["zero", "subtract", "none"]
_KNOWN = "SNU, LIF or IF, and LeakyIntegrator as the last layer"


class Plain(NamedTuple):
    r"""The numbers of a layer, in units of the membrane: $s_t = d\,s_{t-1} + x_t W + y_{t-1} H$.

    Attributes:
        weight: $W$, `[n_in, n]`.
        recurrent: $H$, `[n, n]`, or `None`.
        decay: $d$, `[n]`.
        threshold: a unit fires above it, `[n]`; of readouts zero.
        bias: added to what a readout shows, `[n]`; of spiking units zero.
    """

    weight: Any
    recurrent: Any
    decay: Any
    threshold: Any
    bias: Any

    def in_doubles(self) -> "Plain":
        """The same in NumPy's 64 bits."""
        return Plain(*(None if a is None else np.asarray(a, float) for a in self))


class Kind(NamedTuple):
    """What of a layer is no number.

    Attributes:
        name: the layer's.
        neuron: the class of its neuron.
        spikes: whether it has a threshold.
        reset: of the membrane at a spike.
        floor: whether the membrane never falls below zero.
    """

    name: str
    neuron: str
    spikes: bool
    reset: Reset
    floor: bool


def layers_of(model: Any) -> tuple[Any, ...]:
    """The layers of a chain, or a layer alone."""
    parts = model.layers if isinstance(model, Chain) else (model,)
    found: list[Any] = []
    for part in parts:
        if isinstance(part, Chain):
            found += layers_of(part)
        else:
            found.append(part)
    return tuple(found)


def structure_checks(model: Any) -> list[Check]:
    """Whether a network is made of what any chip here knows."""
    checks = []
    layers = layers_of(model)
    for number, layer in enumerate(layers, 1):
        if not isinstance(layer, Layer):
            checks.append(
                Check(
                    f"part {number}",
                    "layers",
                    type(layer).__name__,
                    "a chain of layers",
                    False,
                    "Build it with `ranvier.chain`.",
                )
            )
            continue
        checks += _layer_checks(layer, number == len(layers))
    return checks


def _layer_checks(layer: Layer, last: bool) -> list[Check]:
    neuron = _inner(layer.neuron)
    known = isinstance(neuron, (SNU, LIF, IF)) or (last and isinstance(neuron, LeakyIntegrator))
    checks = [_check(layer, "neuron", type(neuron).__name__, _KNOWN, known, "Train with one.")]
    if known:
        checks += _neuron_checks(layer, neuron)
    for port, synapse in (*layer.synapses.items(), *layer.recurrent.items()):
        checks.append(
            _check(
                layer,
                "synapse",
                f"{type(synapse).__name__} onto {port}",
                "weights alone: linear, without memory, noise or bias",
                _is_matrix(synapse),
                "Take out delays, kinetics, dropout and biases.",
            )
        )
    return checks


def _neuron_checks(layer: Layer, neuron: Any) -> list[Check]:
    checks = []
    if not isinstance(neuron, LeakyIntegrator):
        near = np.asarray(neuron.h(jnp.linspace(-2.0, 2.0, 41)))
        hard = bool(np.isin(near, (0, 1)).all())
        checks.append(
            _check(
                layer,
                "spikes",
                "spikes" if hard else "real outputs",
                "outputs of 0 and 1",
                hard,
                "Train the spiking form, not the soft one.",
            )
        )
    if isinstance(neuron, SNU):
        bounded = neuron.g in (identity, jax.nn.relu)
        name = getattr(neuron.g, "__name__", repr(neuron.g))
        expected = "identity or jax.nn.relu"
        checks.append(_check(layer, "membrane", f"g={name}", expected, bounded, "Choose one."))
    if isinstance(neuron, (LIF, IF)):
        at_zero = [getattr(neuron, name, 0.0) for name in _ZERO]
        zero = not any(np.any(np.asarray(value)) for value in at_zero)
        remedy = "Leave resting, reset and starting potentials at 0."
        checks.append(_check(layer, "rest", "at 0" if zero else "not at 0", "at 0", zero, remedy))
        once = neuron.reset_time != "next_update"
        expected = "'at_spike' or 'next_carry'"
        remedy = "The third kind swallows input."
        checks.append(_check(layer, "reset time", neuron.reset_time, expected, once, remedy))
    return checks


_ZERO = ("resting_potential", "reset_potential", "starting_potential")


def _check(layer: Layer, rule: str, found: str, limit: str, is_kept: bool, remedy: str) -> Check:
    return Check(layer.name, rule, found, limit, bool(is_kept), remedy)


def _is_matrix(synapse: Synapse) -> bool:
    """Whether what a synapse does is a product with a matrix."""
    if synapse.init(()) is not None:
        return False
    one, two = jr.normal(jr.key(0), (2, *synapse.in_shape))
    apart = synapse(one) - 2 * synapse(two)
    together = synapse(one - 2 * two)
    return bool(jnp.allclose(apart, together, rtol=1e-4, atol=1e-4 * float(jnp.abs(apart).max())))


def _inner(neuron: Neuron) -> Any:
    while isinstance(neuron, Looped):
        neuron = neuron.neuron
    return neuron


def kind_of(layer: Layer) -> Kind:
    """What of a layer is no number; it has passed `structure_checks`."""
    neuron = _inner(layer.neuron)
    spikes = not isinstance(neuron, LeakyIntegrator)
    reset: Any = getattr(neuron, "reset", "zero") if spikes else "none"
    floor = isinstance(neuron, SNU) and neuron.g is jax.nn.relu
    return Kind(layer.name, type(neuron).__name__, spikes, reset, floor)


def plain(layer: Layer) -> Plain:
    """The numbers of a layer; it has passed `structure_checks`. May be traced."""
    neuron = _inner(layer.neuron)
    (synapse,) = layer.synapses.values()
    units = int(np.prod(neuron.shape))

    def filled(value: Any) -> Array:
        return jnp.broadcast_to(jnp.asarray(value, float), neuron.shape).reshape(units)

    if isinstance(neuron, SNU):
        gain, decay, threshold, bias = 1.0, kept(neuron.decay), -neuron.bias, 0.0
    elif isinstance(neuron, LeakyIntegrator):
        gain, decay, threshold, bias = neuron.gain, kept(neuron.decay), 0.0, neuron.bias
    elif isinstance(neuron, LIF):
        gain, decay, threshold, bias = neuron.gain, neuron.decay, neuron.threshold, 0.0
    else:
        gain, decay, threshold, bias = neuron.gain, 1.0, neuron.threshold, 0.0
    recurrent = None
    if layer.recurrent:
        (loop,) = layer.recurrent.values()
        recurrent = _matrix(loop, units) * filled(gain)
    return Plain(
        _matrix(synapse, units) * filled(gain),
        recurrent,
        filled(decay),
        filled(threshold),
        filled(bias),
    )


def _matrix(synapse: Synapse, units: int) -> Array:
    one_each = jnp.eye(synapse.in_size).reshape(synapse.in_size, *synapse.in_shape)
    return synapse(one_each).reshape(synapse.in_size, units)
