"""EventProp on a grid of time: the derivatives of spike times in place of surrogates."""

from typing import Any

from ranvier.core import Neuron, mapped
from ranvier.learn._types import Rule
from ranvier.learn.losses import Average, Decoding, Loss, every_step, per_step
from ranvier.learn.rules._bptt import bptt
from ranvier.learn.rules._spike_timed import SpikeTimed
from ranvier.neurons import (
    GRU,
    LSTM,
    RNN,
    CurrentLIF,
    DifferentiableIF,
    Driven,
    LeakyIntegrator,
    LeakyMembrane,
    Readout,
    Relay,
    ReLU,
    SoftLIF,
    surrogates,
)

# What they give changes by degrees.
_GRADED = (
    *(Readout, Relay, LeakyIntegrator, LeakyMembrane, DifferentiableIF),
    *(ReLU, SoftLIF, RNN, GRU, LSTM),
)


def event_prop(
    loss: Loss,
    *,
    decoding: Decoding = every_step,
    average: Average = per_step,
    keep_every: int | None = None,
) -> Rule:
    r"""EventProp: spikes have no amplitude to change, but times, and these have true derivatives.

    $$\frac{dL}{dw_{ij}} = \sum_{t_k \in \text{spikes of } j} a_i(t_k), \qquad
    a_{v}^- = -\frac{1}{\dot v}\, \frac{dL}{dt_k} \text{ where the neuron itself fires}$$

    with $a = \partial L / \partial i$ the worth of a neuron's current, computed backwards. No
    surrogate enters. The network runs on the grid of its `CurrentLIF` neurons, as always; the
    derivatives are those of continuous time up to an error of first order in the time step.
    `exact_event_prop` has none.

    Between the last spikes and the loss there must be something that takes its time: a leaky
    readout, a filter of spikes, or the times themselves (`losses.first_spike_times`). The number
    of spikes has no derivative, and with silent neurons below it a neuron has none either.

    Args:
        loss: one number per step, or per answer, from output and target.
        decoding: what is judged, as of `bptt`.
        average: how steps are put together.
        keep_every: as of `bptt`.

    Returns:
        A rule, `(model, batch, key) -> (loss, gradients)`.

    Raises:
        TypeError: (when used) a spiking neuron other than a `CurrentLIF`; it is named. Where inputs
            move the membrane at once, spikes fall together and times have no derivative.

    Source: Wunderlich, Pehle, Sci. Rep. 11:12829 (2021); on a grid, with spike times rounded to it:
    Nowotny, Turner, Knight, arXiv:2212.01232 (2022).

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> from ranvier.neurons import CurrentLIF
        >>> net = rv.chain(4, CurrentLIF(8), rv.LeakyIntegrator(2), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((9, 1, 4)), jnp.zeros((9, 1, 2)), jnp.ones((9, 1)))
        >>> value, gradients = event_prop(rv.losses.squared_error)(net, batch, None)
        >>> gradients.layers[0].synapses["excitatory"].weight.shape
        (8, 4)
    """
    return bptt(
        loss, decoding=decoding, average=average, keep_every=keep_every, through=_spike_timed
    )


def _spike_timed(model: Any) -> Any:
    """The model with neurons whose derivatives are those of their spikes' times."""
    return mapped(model, Neuron, _changed)


def _changed(neuron: Any, name: str) -> Any:
    if isinstance(neuron, CurrentLIF):
        return SpikeTimed(neuron)
    if _fires(neuron):
        raise TypeError(
            f"event_prop: {name} is a {type(neuron).__name__}, whose spikes have no times to "
            "differentiate here; expected CurrentLIF, or a unit without spikes. Take "
            "`bptt` with a surrogate for others."
        )
    return neuron


def _fires(neuron: Any) -> bool:
    """Whether a neuron gives spikes, as far as is known."""
    if isinstance(neuron, Driven):
        return _fires(neuron.neuron)
    output = getattr(neuron, "h", None)
    if output is not None:
        return output.__module__ == surrogates.__name__
    return not isinstance(neuron, _GRADED)
