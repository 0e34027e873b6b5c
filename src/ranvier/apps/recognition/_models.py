"""The networks that recognise recordings: recurrent layers and a leaky readout."""

from typing import Any

import jax.numpy as jnp
import jax.random as jr

from ranvier.apps._choices import GATED
from ranvier.apps.recognition._settings import Settings
from ranvier.nets import Chain, chain, recurrent
from ranvier.neurons import ALIF, LIF, SNU, LeakyIntegrator, LearnedDecay, surrogates
from ranvier.neurons import catalogue as neurons

_STEP_MS = 1.0
_READOUT_DECAY = 0.9


def _unit(name: str, size: int) -> Any:
    """A hidden neuron; those with a leak start with time constants from 3 to 30 steps, to learn."""
    decays = jnp.exp(-1 / jnp.linspace(3.0, 30.0, size))
    h = surrogates.fast_sigmoid(5.0)
    if name == "snu":
        return SNU(size, decay=LearnedDecay(decays), h=h)
    if name == "ssnu":
        return SNU.soft(size, decay=LearnedDecay(decays))
    constants = _STEP_MS * jnp.linspace(3.0, 30.0, size)
    if name == "lif":
        # A resistance that leaves the input of the middle unit about as it is.
        return LIF(size, tau_membrane_ms=constants, resistance=10.0, h=h, detach_reset=True)
    if name == "alif":
        return ALIF(size, tau_membrane_ms=constants, tau_adaptation_ms=60.0, beta=0.5)
    return neurons[name](size)


def network(name: str, settings: Settings, width: int, classes: int, seed: int) -> Chain:
    """The network of one neuron, its weights drawn from a seed.

    Args:
        name: the hidden neuron.
        settings: size, layers and whether they feed back.
        width: of the features.
        classes: how many.
        seed: draws the weights.

    Example:
        >>> from ranvier.nets import parameter_count
        >>> parameter_count(network("snu", Settings(size=10), 4, 3, 0))
        193
    """
    unit = _unit(name, settings.size)
    hidden = recurrent(unit) if settings.recurrent or name in GATED else unit
    readout = LeakyIntegrator(classes, decay=_READOUT_DECAY)
    return chain(width, *[hidden] * settings.layers, readout, key=jr.key(seed))
