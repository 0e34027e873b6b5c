"""Every neuron, once: a new one adds a line and is swept through every conformance test."""

import jax
import jax.numpy as jnp

from ranvier.neurons import GRU, LIF, LSTM, RNN, SNU, LeakyIntegrator, Readout, surrogates


def ramp(size: int) -> jax.Array:
    """Decays that differ from unit to unit, to learn."""
    return jnp.linspace(0.6, 0.9, size)


NEURONS = {
    "snu": lambda n: SNU(n, threshold=0.6),
    "snu, rectified": lambda n: SNU(n, threshold=0.6, g=jax.nn.relu),
    "snu, learned decay": lambda n: SNU(n, threshold=0.6, decay=ramp(n)),
    "snu, fast sigmoid": lambda n: SNU(n, threshold=0.6, h=surrogates.fast_sigmoid(2.0)),
    "ssnu": lambda n: SNU.soft(n, threshold=0.6),
    "ssnu, leaky g, learned decay": lambda n: SNU.soft(n, decay=ramp(n), g=jax.nn.leaky_relu),
    "lif": lambda n: LIF(n, tau_membrane_ms=5.0, threshold=0.3),
    "lif, all learned": lambda n: LIF(
        n, tau_membrane_ms=5.0 * ramp(n), threshold=0.3 * ramp(n), resistance=ramp(n)
    ),
    **{
        f"lif, {d}, {r}, {t}": (
            lambda n, d=d, r=r, t=t: LIF(
                n, tau_membrane_ms=5.0, threshold=0.3, discretisation=d, reset=r, reset_time=t
            )
        )
        for d in ("exact", "euler")
        for r in ("zero", "subtract")
        for t in ("at_spike", "next_carry", "next_update")
    },
    "leaky integrator": lambda n: LeakyIntegrator(n, decay=0.8),
    "leaky integrator, learned decay": lambda n: LeakyIntegrator(n, decay=ramp(n)),
    "readout": lambda n: Readout(n),
    "rnn": lambda n: RNN(n),
    "gru": lambda n: GRU(n),
    "lstm": lambda n: LSTM(n),
}

# What drives a neuron hard enough to fire, in its own units; 1 where not listed.
DRIVE = {}

# Neurons whose output is not a spike.
GRADED = [
    "ssnu",
    "ssnu, leaky g, learned decay",
    "leaky integrator",
    "leaky integrator, learned decay",
    "readout",
    "rnn",
    "gru",
    "lstm",
]

SMOOTH = ["ssnu", "ssnu, leaky g, learned decay", "leaky integrator", "rnn", "gru", "lstm"]
