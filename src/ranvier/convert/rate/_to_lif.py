"""From a network of smoothed rates to one of leaky integrate-and-fire neurons."""

from typing import Any

import numpy as np

from ranvier.convert.rate._network import RateNetwork
from ranvier.convert.rate._source import check_units, rectified, with_arrays
from ranvier.convert.rate._spiking import scales_of_all, spiking
from ranvier.convert.relu import normal_form
from ranvier.core import Neuron, positive
from ranvier.nets import Graph
from ranvier.neurons import LIF, Driven, Refractory, SoftLIF
from ranvier.synapses import LowPass, RateEstimate, SpikeCount


def to_lif(
    network: Graph,
    *,
    time_step_ms: float = 1.0,
    tau_synapse_ms: float = 5.0,
    input_range: tuple[Any, Any] = (0.0, 1.0),
    estimate: RateEstimate | None = None,
) -> RateNetwork:
    r"""Make a network of [`SoftLIF`][ranvier.neurons.SoftLIF] one of neurons that fire.

    Each unit becomes a leaky integrate-and-fire neuron of the same time constant, threshold and
    refractory period, behind a low-pass filter of its current:

    $$\tau_s \frac{di}{dt} = -i + I, \qquad \tau \frac{dv}{dt} = -v + i, \qquad
    I = \sum_k W_k \frac{A_k}{\Delta t} z_k + b$$

    so that a rate of spikes $z$ brings what the unit that it stands for gave. Smoothing and noise
    are left out: filtered spikes are noisy themselves. The membrane is reset by subtraction; what
    is left stands for the part of the step after the crossing, without which every interval
    between spikes would be rounded up to whole steps.

    Args:
        network: a static network, as [`normal_form`][ranvier.convert.relu.normal_form] takes it,
            with `SoftLIF` for every unit.
        time_step_ms: $\Delta t$; the refractory period is a whole number of them.
        tau_synapse_ms: $\tau_s$.
        input_range: least and largest input, each a number or one per channel.
        estimate: of rates, by which gates in place of maximum pooling go; `SpikeCount()` if not
            given.

    Raises:
        ValueError: a network without such units or with others beside them, what `normal_form`
            refuses, or a refractory period that is not a whole number of steps.

    Source: Hunsberger, Eliasmith, arXiv:1611.05141 (2016), sections 2 and 3.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> net = Graph(
        ...     {"in": Dense(jnp.array([[3.0]])), "unit": SoftLIF(1),
        ...      "out": Dense(jnp.ones((1, 1)))},
        ...     [("input", "in"), ("in", "unit"), ("unit", "out"), ("out", "output")],
        ... )
        >>> u = jnp.array([[1.0]])
        >>> found = net(net.init((1,)), u)[1], to_lif(net).logits(u, 500)[-1]
        >>> [round(float(one[0, 0]), 2) for one in found]
        [0.41, 0.4]
    """
    units = {name: node for name, node in network.nodes.items() if isinstance(node, SoftLIF)}
    if not units:
        raise ValueError("to_lif: the network has no SoftLIF. Train one with it, or see to_rates.")
    positive("to_lif", time_step_ms=time_step_ms, tau_synapse_ms=tau_synapse_ms)
    form = normal_form(rectified(network, units), input_range=input_range)
    check_units(form, units)
    # What one spike per step is worth.
    per_step = 1000.0 / time_step_ms
    scales = {name: np.asarray(units[name].amplitude_s, np.float64) * per_step for name in units}

    def neuron(name: str, shape: tuple[int, ...]) -> Neuron:
        unit = units[name]
        fires = LIF(
            shape,
            tau_membrane_ms=unit.tau_membrane_ms,
            threshold=unit.threshold,
            # Currents arrive in units of the scale.
            resistance=unit.amplitude_s * per_step,
            reset="subtract",
            time_step_ms=time_step_ms,
        )
        held = Refractory(fires, _period_ms(name, unit), counted="next_step")
        rise = LowPass(tau_synapse_ms, time_step_ms=time_step_ms)
        return Driven(held, {"dendrite": ("dendrite", rise)})

    graph = spiking(form, scales, neuron, estimate or SpikeCount())
    known = scales_of_all(form, scales)
    return RateNetwork(graph, network, with_arrays(form), known, units, "analogue", input_range)


def _period_ms(name: str, unit: SoftLIF) -> float:
    """The refractory period, which is counted in steps that all units share."""
    periods = np.unique(np.asarray(unit.refractory_ms, np.float64))
    if len(periods) > 1:
        raise ValueError(
            f"{name!r} has refractory periods of {periods[0]:g} to {periods[-1]:g} ms, expected "
            "one for all units, a whole number of steps."
        )
    return float(periods[0])
