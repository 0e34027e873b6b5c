r"""Phase-change neurons whose plastic synapses hear many streams of events.

A step of the input makes currents $z = W x$; a unit that needs a level $l$ hears its current if
it reaches $l$ and no unit of a higher level is reached. What a unit hears is the amplitude of a
crystallising pulse; the device that crosses its threshold fires and is melted.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, Float

from ranvier.apps.correlation_detector._settings import Settings
from ranvier.apps.correlation_detector._synapses import synapses
from ranvier.data import CorrelatedStreams, correlated_streams
from ranvier.hardware.updates import CellsState, PairState
from ranvier.learn.plasticity import Memory, Plastic, Plasticity, PlasticState
from ranvier.nets import Layer, run
from ranvier.neurons import PhaseChangeNeuron
from ranvier.synapses import Dense, LevelTuning, Series


class Watched(NamedTuple):
    """What arrays of synapses did.

    Attributes:
        weight: in the end, `[arrays, neurons, streams]`.
        means: over each group and over the rest, at the start and after every piece,
            `[arrays, pieces + 1, neurons, groups + 1]`.
        fired: output spikes, `[arrays, steps, neurons]`.
        pulses: SET and RESET pulses per weight, the mean over all of them, `[arrays, 2]`.
    """

    weight: np.ndarray
    means: np.ndarray
    fired: np.ndarray
    pulses: np.ndarray


def level_of_noise(settings: Settings) -> float:
    r"""The level that one neuron needs, from streams without correlation alone.

    $$l = N p\, \bar w + k \sqrt{N p (1 - p)\, \overline{w^2}}$$

    Args:
        settings: $N$, $p$, the weights at the start and $k$, `level_deviations`.

    Example:
        >>> round(level_of_noise(Settings()), 2)
        15.57
    """
    mean = settings.streams * settings.chance * settings.start
    # Even over a fifth to both sides.
    square = settings.start**2 * (1 + 0.2**2 / 3)
    spread = math.sqrt(settings.streams * settings.chance * (1 - settings.chance) * square)
    return mean + settings.level_deviations * spread


def levels_of_groups(settings: Settings) -> list[float]:
    """The levels of a layer: half way between what neighbouring groups give at the start.

    They are set with the sizes and the correlation of the groups known, not which streams these
    are; the last one lies half way between the smallest group and no group.

    Args:
        settings: the groups.

    Example:
        >>> [round(level, 1) for level in levels_of_groups(Settings())]
        [51.6, 34.3, 18.7]
    """
    more = math.sqrt(settings.groups_correlation) * (1 - settings.chance)
    given = [settings.streams * settings.chance + size * more for size in (*settings.groups, 0)]
    return [settings.start * (one + two) / 2 for one, two in pairwise(given)]


def drawn(
    settings: Settings, groups: tuple[int, ...], correlation: float
) -> list[CorrelatedStreams]:
    """Streams of every array, the same for all kinds of synapses.

    Args:
        settings: of the experiment.
        groups: sizes.
        correlation: within each.
    """
    seed = np.random.SeedSequence([settings.seed, round(1e6 * correlation), *groups])
    return [
        correlated_streams(
            np.random.default_rng(one),
            settings.steps,
            streams=settings.streams,
            groups=groups,
            correlation=correlation,
            chance=settings.chance,
        )
        for one in seed.spawn(settings.arrays)
    ]


def watch(
    kind: str, settings: Settings, levels: list[float], streams: list[CorrelatedStreams]
) -> Watched:
    """Let neurons with one kind of synapses hear streams, an array of synapses for each.

    Args:
        kind: of synapses.
        settings: of the experiment.
        levels: of the neurons.
        streams: of every array.
    """
    rule, memory = synapses(kind, settings.step)
    group = streams[0].group
    member = np.stack([group == one for one in (*range(group.max() + 1), -1)]).astype(np.float32)
    keys = jr.split(jr.fold_in(jr.key(settings.seed), len(levels)), len(streams))
    found = _watched(
        rule,
        memory,
        LevelTuning(levels),
        settings.growth_uS,
        settings.start,
        settings.pieces,
        jnp.asarray(member / member.sum(1, keepdims=True)),
        jnp.asarray(np.stack([one.events for one in streams])),
        keys,
    )
    return Watched(*(np.asarray(one) for one in found))


@eqx.filter_jit
def _watched(
    rule: Plasticity,
    memory: Memory,
    tuning: LevelTuning,
    growth_uS: float,
    start: float,
    pieces: int,
    member: Float[Array, "groups streams"],
    events: Array,
    keys: Array,
) -> tuple[Array, ...]:
    units = len(tuning.levels)
    neuron = PhaseChangeNeuron(units, growth_uS=growth_uS)

    def one(at: tuple[Array, Array]) -> tuple[Array, ...]:
        heard, key = at
        drawing, building, running = jr.split(key, 3)
        first = jr.uniform(drawing, (units, heard.shape[-1]), minval=0.8, maxval=1.2) * start
        layer = Layer(neuron, {"dendrite": Series(Dense(first), tuning)})
        cell = Plastic(layer, rule, memory=memory, key=building)

        def means(state: PlasticState) -> Array:
            return memory.weight(state.held) @ member.T

        def piece(state: PlasticState, at: tuple[Array, Array]) -> tuple[PlasticState, tuple]:
            xs, own = at
            state, ys = run(cell, xs.astype(float), state=state, key=own)
            return state, (means(state), ys > 0)

        begun = cell.init()
        split = heard.reshape(pieces, -1, heard.shape[-1])
        state, (after, fired) = jax.lax.scan(piece, begun, (split, jr.split(running, pieces)))
        return (
            memory.weight(state.held),
            jnp.concatenate([means(begun)[None], after]),
            fired.reshape(-1, units),
            _pulses(state.held),
        )

    # One after another: a refresh of one array must not be waited for by all.
    return jax.lax.map(one, (events, keys))


def _pulses(held: CellsState | Array) -> Float[Array, "2"]:
    """Mean SET and RESET pulses per weight so far."""
    if not isinstance(held, CellsState):
        return jnp.zeros(2)
    if isinstance(held.cells, PairState):
        # Both directions raise a device; a refresh resets both and raises one again.
        raised = held.raised + held.lowered + held.cells.rewritten
        return jnp.stack([raised.mean(), 2 * held.cells.refreshes.mean()])
    return jnp.stack([held.raised.mean(), held.lowered.mean()])
