"""Single-spike networks as networks of neurons that are stepped through time."""

from functools import singledispatch
from typing import Any

from ranvier.core import positive
from ranvier.nets._chain import Chain
from ranvier.nets._layer import Layer
from ranvier.nets.single_spike._mostafa import MostafaLayer
from ranvier.nets.single_spike._network import SingleSpikeNetwork
from ranvier.nets.single_spike._s4nn import S4NNLayer
from ranvier.neurons import IF, Driven, Refractory
from ranvier.synapses import Delayed, Dense, Exponential


def clocked(
    network: SingleSpikeNetwork, *, time_step_ms: float = 1.0, tau_ms: float = 1.0, steps: int
) -> Chain:
    r"""The same network as neurons and synapses that run step by step, on trains of spikes.

    What a layer solves for is thereby the equation of a neuron as every other network has it:

    - S4NN: `Refractory(IF)`, with a delay of one step before every layer but the first. Its step
      $k$ is theirs: a unit with $t_j < T$ spikes in step $t_j - 1$, and no other spikes before
      step $T - 1$.
    - Mostafa: `Refractory(Driven(IF))`. The membrane takes one Euler step of $\Delta t$ at a time,
      and comes to the closed form as $\Delta t$ goes to zero, with an error of that order.

    A unit keeps silent after its spike for as long as `steps` says.

    Args:
        network: of layers of one kind or the other.
        time_step_ms: $\Delta t$; S4NN knows steps alone.
        tau_ms: $\tau$ of the currents; S4NN's are instantaneous.
        steps: how long the network will be run.

    Raises:
        TypeError: a layer that is neither.
        ValueError: numbers that are not positive.

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.encode import first_spike, spikes_at
        >>> net = SingleSpikeNetwork([S4NNLayer(jnp.array([[60.0, 60.0]]), last=16)])
        >>> trains = spikes_at(jnp.array([3.0, 7.0]), 16, time_step_ms=1.0)
        >>> _, spikes = rv.run(clocked(net, steps=16), trains)
        >>> (first_spike(spikes, time_step_ms=1.0) + 1).tolist()
        [8.0]
        >>> net.times(jnp.array([3, 7]))[0].tolist()
        [8]
    """
    positive("clocked", time_step_ms=time_step_ms, tau_ms=tau_ms, steps=steps)
    return Chain(
        [
            _clocked(layer, number, time_step_ms, tau_ms, steps)
            for number, layer in enumerate(network.layers)
        ]
    )


@singledispatch
def _clocked(layer: Any, number: int, time_step_ms: float, tau_ms: float, steps: int) -> Layer:
    raise TypeError(
        f"clocked: layer {number} is {type(layer).__name__}, expected S4NNLayer or MostafaLayer."
    )


@_clocked.register
def _(layer: S4NNLayer, number: int, time_step_ms: float, tau_ms: float, steps: int) -> Layer:
    unit = IF(layer.units, threshold=layer.threshold)
    synapse = Dense(layer.weight)
    return Layer(
        Refractory(unit, steps * time_step_ms, time_step_ms=time_step_ms),
        {"dendrite": Delayed(synapse, 1) if number else synapse},
        name=f"layer {number}",
    )


@_clocked.register
def _(layer: MostafaLayer, number: int, time_step_ms: float, tau_ms: float, steps: int) -> Layer:
    unit = Refractory(
        IF(layer.units, gain=time_step_ms / tau_ms),
        steps * time_step_ms,
        time_step_ms=time_step_ms,
    )
    current = Exponential(tau_ms, time_step_ms=time_step_ms)
    return Layer(
        Driven(unit, {"synapse": ("dendrite", current)}),
        {"synapse": Dense(layer.weight)},
        name=f"layer {number}",
    )
