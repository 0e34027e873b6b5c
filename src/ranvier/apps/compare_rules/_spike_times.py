"""A task in which the output is spikes: fire at given times, from frozen random input."""

import jax.numpy as jnp
import numpy as np

from ranvier.core import Batch
from ranvier.nets import Layer, run, spike_filter
from ranvier.neurons import LIF, surrogates
from ranvier.synapses import DoubleExponential

STEPS, INPUTS, CHANCE = 250, 100, 0.02
TIMES_MS = (60, 130, 200)


def smooth(answers: int) -> Layer:
    """The filter behind which trains are compared."""
    return spike_filter(answers, DoubleExponential(5.0, 10.0))


def outputs(answers: int) -> tuple[LIF, Layer]:
    """Spiking units in place of a readout, and the filter behind them.

    Example:
        >>> [part.shape for part in outputs(2)[:1]]
        [(2,)]
    """
    unit = LIF(
        answers,
        tau_membrane_ms=10.0,
        resistance=20.0,
        reset="subtract",
        h=surrogates.fast_sigmoid(10.0),
    )
    return unit, smooth(answers)


def spike_times(random: np.random.Generator, examples: int) -> Batch:
    """The same pattern and the same times, whatever is drawn: learned by heart.

    Args:
        random: not looked at.
        examples: copies of it.

    Example:
        >>> spike_times(np.random.default_rng(0), 2).target.shape
        (250, 2, 1)
    """
    fired = np.random.default_rng(0).random((STEPS, 1, INPUTS)) < CHANCE
    wanted = jnp.zeros((STEPS, 1, 1)).at[jnp.array(TIMES_MS)].set(1.0)
    target = np.asarray(run(smooth(1), wanted)[1])
    one = Batch(fired.astype(np.float32), target, np.ones((STEPS, 1), np.float32))
    return Batch(*(np.repeat(array, examples, 1) for array in one))
