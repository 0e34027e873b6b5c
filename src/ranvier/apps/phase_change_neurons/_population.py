"""Populations of phase-change neurons that hear one signal, and what their spikes tell of it."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from ranvier.apps.phase_change_neurons._theory import Constants
from ranvier.neurons import PhaseChangeNeuron, PhaseChangeState

TRACED = 3
"""Neurons of which the conductance is kept."""


class Fired(NamedTuple):
    """What a population did.

    Attributes:
        spikes: [T, neurons].
        conductance_uS: [T, `TRACED`], of its first neurons.
        levels: how many different conductances there are in the end.
    """

    spikes: np.ndarray
    conductance_uS: np.ndarray
    levels: int


def signal(constants: Constants, pulses: int, rng: np.random.Generator) -> np.ndarray:
    """Amplitudes of pulses `[T]`: noise between two frequencies around one, none negative.

    Args:
        constants: depth and band.
        pulses: how many.
        rng: draws it.

    Example:
        >>> amplitudes = signal(Constants(), 4000, np.random.default_rng(0))
        >>> round(float(amplitudes.mean()), 3), round(float(amplitudes.std()), 3)
        (1.0, 0.299)
    """
    frequencies = np.fft.rfftfreq(pulses)
    heard = (frequencies >= 1 / constants.slowest) & (frequencies <= 1 / constants.fastest)
    drawn = rng.normal(size=frequencies.size) + 1j * rng.normal(size=frequencies.size)
    wave = np.fft.irfft(np.where(heard, drawn, 0), pulses)
    return np.maximum(1 + constants.depth * wave / wave.std(), 0)


def neurons(constants: Constants, size: int) -> PhaseChangeNeuron:
    """A population of that many alike.

    Args:
        constants: of the device.
        size: how many.

    Example:
        >>> neurons(Constants(), 5).shape
        (5,)
    """
    return PhaseChangeNeuron(
        size,
        growth_uS=constants.growth_uS,
        threshold_uS=constants.threshold_uS,
        reset_uS=constants.reset_uS,
        growth_noise=constants.growth_noise,
        reset_noise_uS=constants.reset_noise_uS,
    )


def fire(
    unit: PhaseChangeNeuron,
    amplitudes: np.ndarray,
    *,
    start_uS: np.ndarray | None = None,
    key: PRNGKeyArray | None,
) -> Fired:
    """Let every neuron hear the same pulses.

    Args:
        unit: the population.
        amplitudes: [T].
        start_uS: [neurons], first conductances; all as after a reset if not given.
        key: draws noise; `None` means noiseless.

    Example:
        >>> done = fire(neurons(Constants(), 5), np.ones(100), key=None)
        >>> done.spikes.sum(axis=0).tolist(), done.levels
        ([2, 2, 2, 2, 2], 1)
    """
    state = unit.init()
    if start_uS is not None:
        state = state._replace(g=jnp.asarray(start_uS, state.g.dtype))
    spikes, traces, last = _scan(unit, state, jnp.asarray(amplitudes, state.g.dtype), key)
    return Fired(np.asarray(spikes), np.asarray(traces), len(np.unique(np.asarray(last))))


@eqx.filter_jit
def _scan(
    unit: PhaseChangeNeuron, state: PhaseChangeState, amplitudes: Array, key: PRNGKeyArray | None
) -> tuple[Array, Array, Array]:
    keys = None if key is None else jr.split(key, len(amplitudes))

    def advance(
        state: PhaseChangeState, now: tuple[Array, PRNGKeyArray | None]
    ) -> tuple[PhaseChangeState, tuple[Array, Array]]:
        amplitude, key = now
        state = unit.step(state, jnp.broadcast_to(amplitude, unit.shape), key=key)
        return state, (state.y > 0, state.g[:TRACED])

    last, (spikes, traces) = jax.lax.scan(advance, state, (amplitudes, keys))
    return spikes, traces, last.g


def means(values: np.ndarray, window: int) -> np.ndarray:
    """Means `[windows, ...]` of `[T, ...]` over windows; what is left over at the end is dropped.

    Args:
        values: over time.
        window: steps.

    Example:
        >>> means(np.array([1.0, 3.0, 5.0, 7.0, 9.0]), 2).tolist()
        [2.0, 6.0]
    """
    whole = len(values) // window
    return values[: whole * window].reshape(whole, window, *values.shape[1:]).mean(axis=1)


def decoded(spikes: np.ndarray, size: int, window: int, interval: float) -> np.ndarray:
    """The amplitude `[windows]` that would fire so many of the first `size` neurons.

    Args:
        spikes: [T, neurons].
        size: how many of them are heard.
        window: pulses over which spikes are counted.
        interval: mean pulses between spikes at an amplitude of one.

    Example:
        >>> decoded(np.array([[1, 0], [0, 0], [1, 1], [1, 1]]), 2, 2, 10.0).tolist()
        [2.5, 10.0]
    """
    return interval * means(spikes[:, :size], window).mean(axis=1)


def intervals(spikes: np.ndarray, longest: int) -> np.ndarray:
    """Steps from each spike to the next of the same neuron, of all neurons, in one row.

    Args:
        spikes: [T, neurons].
        longest: spikes of so many last steps begin no interval, since long ones would be cut off.

    Example:
        >>> intervals(np.array([[1, 0], [0, 1], [0, 0], [1, 1], [0, 1]]), 1).tolist()
        [3, 2, 1]
    """
    neuron, step = np.nonzero(spikes.T)
    same = neuron[1:] == neuron[:-1]
    begun = step[:-1] < len(spikes) - longest
    return np.diff(step)[same & begun]
