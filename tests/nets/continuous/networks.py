"""Small networks of current-based LIF neurons, and the times of their inputs."""

import math

import jax.numpy as jnp
import jax.random as jr

from ranvier.nets import Chain, Layer
from ranvier.neurons import CurrentLIF, ExponentialKernel
from ranvier.synapses import Dense

INPUTS, HIDDEN, OUTPUTS, EXAMPLES, DURATION_MS = 4, 6, 3, 2, 40.0


def unit(units, taus=(20.0, 5.0, 10.0), **settings):
    tau, excitatory, inhibitory = taus
    return CurrentLIF(
        units,
        tau_membrane_ms=tau,
        excitatory=ExponentialKernel(excitatory),
        inhibitory=ExponentialKernel(inhibitory),
        **settings,
    )


def layer(key, width, neuron, *, mean, recurrent=False):
    """Weights of either sign onto both ports, scaled so that any time constant makes spikes."""
    keys, units = jr.split(key, 4), neuron.shape[0]
    scale = 1.6 * (5.0 / neuron.excitatory.tau_ms) ** 0.5

    def normal(key, shape):
        return scale * jr.normal(key, shape)

    feedback = {
        "excitatory": Dense(normal(keys[2], (units, units))),
        "inhibitory": Dense(-0.4 * abs(normal(keys[3], (units, units)))),
    }
    return Layer(
        neuron,
        {
            "excitatory": Dense(scale * mean + normal(keys[0], (units, width))),
            "inhibitory": Dense(-0.4 * abs(normal(keys[1], (units, width)))),
        },
        feedback if recurrent else {},
        name="hidden" if recurrent else "layer",
    )


def network(seed=0, taus=(20.0, 5.0, 10.0), *, recurrent=False, readout=False, **settings):
    """A hidden layer, and one above it that fires as well or, as a readout, never does."""
    keys = jr.split(jr.key(seed), 2)
    hidden = unit(HIDDEN, taus, **settings)
    stepping = {n: v for n, v in settings.items() if n in ("time_step_ms", "reset")}
    output = unit(OUTPUTS, taus, threshold=math.inf if readout else 1.0, **stepping)
    return Chain(
        (
            layer(keys[0], INPUTS, hidden, mean=2.5, recurrent=recurrent),
            layer(keys[1], HIDDEN, output, mean=0.7),
        )
    )


def input_times(seed=0, spikes=3):
    """`[B, inputs, spikes]`, in ms."""
    return jr.uniform(jr.key(100 + seed), (EXAMPLES, INPUTS, spikes), maxval=0.75 * DURATION_MS)


def on_grid(times, steps, time_step_ms):
    """Trains with a spike at each time, which must be a multiple of the step."""
    at = jnp.round(times / time_step_ms).astype(int)
    trains = jnp.zeros((steps, *times.shape[:2]))
    return trains.at[at, jnp.arange(len(times))[:, None, None], jnp.arange(INPUTS)[:, None]].add(1)
