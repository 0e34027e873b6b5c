"""Pictures and labels as currents, and what the machine answers and dreams."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from ranvier.apps.pcm_rbm._settings import Settings
from ranvier.data import Images
from ranvier.nets import (
    RestrictedBoltzmann,
    Spikes,
    SpikingBoltzmann,
    SpikingBoltzmannState,
    sampling_unit,
)
from ranvier.synapses import Rectangular

CLASSES = 10
_LEAST, _MOST = 1e-5, 0.98
TAIL = 20
"""Steps after which a trace is forgotten."""

_CLAMP = 30.0
_REFRACTORY_MS, _FAST_MS = 4.0, 0.01
_HEARING, _SETTLING_MS, _DREAM_MS = 20, 20, 200
_AT_ONCE = 200


class Answer(NamedTuple):
    """What label units said to some pictures.

    Attributes:
        counts: spikes of the units of each class, `[pictures, classes]`.
        visible, hidden: spikes of all units of a side per picture, while it answered.
    """

    counts: Array
    visible: Array
    hidden: Array


def chances(images: np.ndarray) -> np.ndarray:
    """How likely every pixel is active: its grey value, never quite 0 or 1.

    Args:
        images: uint8 `[n, rows, columns]`.

    Example:
        >>> round(float(chances(np.full((1, 2, 2), 255, np.uint8))[0, 0]), 2)
        0.98
    """
    grey = images.reshape(len(images), -1).astype(np.float32) / 255
    return np.clip(grey, _LEAST, _MOST)


def labelled(settings: Settings, images: Images) -> np.ndarray:
    """Chances of pixels and of label units to be active, `[n, visible]`.

    Args:
        settings: label units.
        images: with their classes.
    """
    said = np.repeat(np.eye(CLASSES, dtype=np.float32)[images.labels], settings.label_units, 1)
    return np.concatenate([chances(images.images), np.clip(said, _LEAST, _MOST)], axis=1)


def current(chance: Any) -> Array:
    """The current with which a unit alone is active with some probability."""
    chance = jnp.asarray(chance)
    return jnp.log(chance / (1 - chance))


def spiking(machine: RestrictedBoltzmann, synapse: str) -> SpikingBoltzmann:
    """The machine as spiking neurons.

    Args:
        machine: weights and biases.
        synapse: "exponential" or "rectangular".
    """
    if synapse == "exponential":
        return SpikingBoltzmann(machine)
    sides = [
        sampling_unit(count, synapse=Rectangular(_REFRACTORY_MS), tau_membrane_ms=_FAST_MS)
        for count in machine.weight.shape
    ]
    return SpikingBoltzmann(machine, visible=sides[0], hidden=sides[1], gain=1.0)


class Running(NamedTuple):
    """A network that runs on from one picture to the next.

    Attributes:
        state: of all neurons.
        tail: the last spikes of the cycle before, `[time, pictures, ...]`.
    """

    state: SpikingBoltzmannState
    tail: Spikes


def at_rest(cell: SpikingBoltzmann, pictures: int) -> Running:
    """A network before its first cycle.

    Args:
        cell: the network.
        pictures: shown side by side.
    """
    state = cell.init((pictures,))
    tail = jax.tree.map(lambda s: jnp.zeros((TAIL, *s.shape), s.dtype), state.spikes)
    return Running(state, tail)


def cycle(
    cell: SpikingBoltzmann,
    running: Running,
    chance: Array,
    half: int,
    *,
    key: PRNGKeyArray,
) -> tuple[Running, Spikes]:
    """All spikes of a cycle: visible units clamped at first, then all free.

    Each picture is drawn in black and white from its grey values, and clamped by currents that
    nothing else matters against. Only in the last part of this half are the currents from hidden
    units worked out, too: what they leave is what visible units hear first when they are let go.

    Args:
        cell: the network.
        running: the network as the cycle before left it.
        chance: of visible units to be active, `[pictures, visible]`.
        half: steps of either half.
        key: draws pictures and spikes.

    Returns:
        The network after the cycle, and the spikes, those of `running.tail` first.
    """
    drawn, begin, *keys = jr.split(key, 6)
    deaf = cell.freed(0, 0)
    on = jr.uniform(drawn, chance.shape, chance.dtype) < chance
    x = jnp.where(on, _CLAMP, -_CLAMP).astype(chance.dtype)
    onset = deaf.onset(x, key=begin)
    hearing = min(_HEARING, half - len(onset))
    state, parts = running.state, [running.tail]
    for net, currents, steps, own in (
        (deaf, onset, len(onset), keys[0]),
        (deaf, x, half - len(onset) - hearing, keys[1]),
        (cell, x, hearing, keys[2]),
        (cell, jnp.zeros_like(x), half, keys[3]),
    ):
        state, spikes = net.history(state, currents, keys=jr.split(own, steps))
        parts.append(spikes)
    all_spikes = jax.tree.map(lambda *some: jnp.concatenate(some), *parts)
    return Running(state, jax.tree.map(lambda s: s[-TAIL:], all_spikes)), all_spikes


def answer(cell: SpikingBoltzmann, pixels: Array, answer_ms: float, *, key: PRNGKeyArray) -> Answer:
    """What label units say while pictures are clamped and they are free.

    Args:
        cell: that has learned.
        pixels: chances, `[pictures, pixels]`.
        answer_ms: how long spikes are counted, after a while to settle.
        key: draws the spikes.
    """
    visible, seen = cell.in_size, pixels.shape[1]
    x = jnp.concatenate([current(pixels), jnp.zeros((len(pixels), visible - seen))], axis=1)
    cell = cell.freed(seen, visible)
    state = cell.init(x.shape[:1])

    def step(carried: Any, key: PRNGKeyArray) -> tuple[Any, None]:
        state, labels, up, down = carried
        state, spikes = cell(state, x, key=key)
        now = (labels + spikes[:, seen:], up + spikes.sum(1), down + state.spikes.hidden.sum(1))
        return (state, *now), None

    settle, count = jr.split(key)
    state, _ = cell.over_time(state, _held(x, _SETTLING_MS), keys=jr.split(settle, _SETTLING_MS))
    none = jnp.zeros(len(pixels))
    begin = (state, jnp.zeros((len(pixels), visible - seen)), none, none)
    end, _ = jax.lax.scan(step, begin, jr.split(count, round(answer_ms)))
    counts = end[1].reshape(len(pixels), CLASSES, -1).sum(-1)
    return Answer(counts, end[2], end[3])


def _held(x: Array, steps: int) -> Array:
    return jnp.broadcast_to(x, (steps, *x.shape))


@eqx.filter_jit
def _answered(cell: SpikingBoltzmann, pixels: Array, ms: float, key: Array) -> Answer:
    return answer(cell, pixels, ms, key=key)


def by_spikes(cell: SpikingBoltzmann, images: Images, answer_ms: float, seed: int) -> Any:
    """Share of the pictures whose class fires most, per cent, and spikes per picture.

    Args:
        cell: that has learned.
        images: to be told apart.
        answer_ms: how long spikes are counted.
        seed: draws spikes.
    """
    right, visible, hidden = [], [], []
    for begin in range(0, len(images), _AT_ONCE):
        some = images[begin : begin + _AT_ONCE]
        key = jr.fold_in(jr.key(seed), begin)
        said = _answered(cell, jnp.asarray(chances(some.images)), answer_ms, key)
        right.append(np.asarray(said.counts.argmax(-1)) == some.labels)
        visible.append(np.asarray(said.visible))
        hidden.append(np.asarray(said.hidden))
    spikes = {
        "visible": float(np.concatenate(visible).mean()),
        "hidden": float(np.concatenate(hidden).mean()),
    }
    return 100 * float(np.concatenate(right).mean()), spikes


@eqx.filter_jit
def _free_energies(machine: RestrictedBoltzmann, pixels: Array) -> Array:
    units = (machine.weight.shape[0] - pixels.shape[1]) // CLASSES

    def of(one: Array) -> Array:
        said = jnp.broadcast_to(jnp.repeat(one, units), (len(pixels), units * CLASSES))
        return machine.free_energy(jnp.concatenate([pixels, said], axis=1))

    return jax.lax.map(of, jnp.eye(CLASSES))


def by_free_energy(machine: RestrictedBoltzmann, images: Images) -> float:
    """Share of the pictures whose class has the least free energy, per cent.

    Args:
        machine: that has learned.
        images: to be told apart.
    """
    right = []
    for begin in range(0, len(images), 1000):
        some = images[begin : begin + 1000]
        found = _free_energies(machine, jnp.asarray(chances(some.images)))
        right.append(np.asarray(found.argmin(0)) == some.labels)
    return 100 * float(np.concatenate(right).mean())


@eqx.filter_jit
def dreams(cell: SpikingBoltzmann, units: int, mean: Array, *, key: PRNGKeyArray) -> Array:
    """Pictures that come to mind while a class is clamped: `[classes, pixels]`.

    Args:
        cell: that has learned.
        units: label units per class.
        mean: chances of pixels with which all of them begin, those of all pictures together.
        key: draws the spikes.
    """
    pixels = len(mean)
    said = jnp.clip(jnp.repeat(jnp.eye(CLASSES), units, axis=1), _LEAST, _MOST)
    begin = jnp.clip(jnp.broadcast_to(mean, (CLASSES, pixels)), _LEAST, _MOST)
    one, two = jr.split(key)
    x = jnp.concatenate([current(begin), current(said)], axis=1)
    start, free = cell.freed(0, 0), cell.freed(0, pixels)
    state, _ = start.history(cell.init((CLASSES,)), x, keys=jr.split(one, _SETTLING_MS))
    x = x.at[:, :pixels].set(0.0)
    _, spikes = free.history(state, x, keys=jr.split(two, _DREAM_MS))
    return cell.refractory_steps * spikes.visible[-_DREAM_MS // 4 :, :, :pixels].mean(0)
