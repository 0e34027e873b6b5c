"""Training of one machine: spiking on numbers, spiking on devices, or classic."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jaxtyping import Array

from ranvier.apps.pcm_rbm._network import (
    TAIL,
    Running,
    at_rest,
    by_spikes,
    current,
    cycle,
    labelled,
    spiking,
)
from ranvier.apps.pcm_rbm._settings import Settings
from ranvier.core import load, read_settings, save
from ranvier.data import Images
from ranvier.hardware import devices, updates
from ranvier.learn import Epoch
from ranvier.learn.plasticity import EventDrivenCD, contrastive_divergence, modulation
from ranvier.nets import RestrictedBoltzmann, SpikingBoltzmann

_RARE = 0.02


def optimiser(settings: Settings, way: str) -> optax.GradientTransformation:
    """Descent with a falling rate, on pairs of devices where the way says so.

    Args:
        settings: of the experiment.
        way: where weights live.

    Example:
        >>> made = optimiser(Settings(), "pcm")
    """
    end = settings.final_rate * settings.learning_rate
    descent = optax.sgd(optax.linear_schedule(settings.learning_rate, end, settings.updates))
    if way != "pcm":
        return descent
    held = updates.one_sided_pairs(
        devices.pcm_one_sided(),
        limit=settings.limit,
        key=jr.key(settings.seed + 1),
        expected_step=settings.expected_step,
    )
    return optax.chain(descent, optax.masked(held, updates.matrices))


class Trainer:
    """What all trainings of one run share.

    Args:
        settings: of the run.
        learn: pictures that are learned from.
        check: pictures that a training is looked at with.
    """

    def __init__(self, settings: Settings, learn: Images, check: Images) -> None:
        self.settings, self.learn, self.check = settings, learn, check
        self.chances = labelled(settings, learn)
        self.rule = EventDrivenCD(settings.tau_trace_ms)
        own = modulation(settings.half_ms, silent=settings.silent)
        # The end of the cycle before is there for its traces alone.
        self.signs = np.concatenate([np.zeros(TAIL), own])

    def train(
        self, way: str, folder: Path, on_epoch: Callable[[Epoch], None] | None = None
    ) -> tuple[RestrictedBoltzmann, dict[str, Any]]:
        """A trained machine and its record; goes on with what the folder holds.

        Args:
            way: where weights live.
            folder: of the run; the state is kept there after every look.
            on_epoch: called after every look.
        """
        settings = self.settings
        path = folder / "parts" / f"{way}.safetensors"
        machine = self._begin()
        descent = optimiser(settings, way)
        held: Any = (
            machine,
            descent.init(machine),  # pyright: ignore[reportArgumentType]
            at_rest(self._spiking(machine), settings.batch_size),
        )
        record: dict[str, Any] = {"way": way, "seen": [], "accuracy": [], "spikes": []}
        if path.exists():
            held, record = load(path, held), read_settings(path)
        update = self._update(way, descent)
        looks = np.linspace(0, settings.updates, settings.checks + 1).astype(int)
        for look in range(len(record["seen"]), settings.checks):
            spikes = np.zeros(2)
            for number in range(looks[look], looks[look + 1]):
                held, fired = update(held, jnp.asarray(self._batch(number)), self._key(way, number))
                spikes += np.asarray(fired)
            accuracy, _ = by_spikes(
                self._spiking(held[0]), self.check, settings.answer_ms, settings.seed
            )
            record["seen"].append(int(looks[look + 1]) * settings.batch_size)
            record["accuracy"].append(accuracy)
            record["spikes"].append((spikes / (looks[look + 1] - looks[look])).tolist())
            save(path, held, settings=record)
            if on_epoch is not None:
                on_epoch(Epoch(look + 1, float("nan"), 100 - accuracy, True))
        return held[0], record

    def _begin(self) -> RestrictedBoltzmann:
        """Small random weights, biases as the settings say."""
        settings = self.settings
        machine = RestrictedBoltzmann.random(
            settings.visible, settings.hidden, key=jr.key(settings.seed)
        )
        if settings.start == "zero":
            return machine
        share = jnp.clip(self.chances.mean(0), _RARE, 1 - _RARE)
        return eqx.tree_at(lambda one: one.visible_bias, machine, current(share))

    def _spiking(self, machine: RestrictedBoltzmann) -> SpikingBoltzmann:
        return spiking(machine, self.settings.synapse)

    def _batch(self, number: int) -> np.ndarray:
        """Chances of the pictures of an update; every epoch has an order of its own."""
        each = self.settings.images // self.settings.batch_size
        epoch, place = divmod(number, each)
        order = np.random.default_rng([self.settings.seed, epoch]).permutation(self.settings.images)
        size = self.settings.batch_size
        return self.chances[order[place * size : (place + 1) * size]]

    def _key(self, way: str, number: int) -> Array:
        return jr.fold_in(jr.key(self.settings.seed + 2), number)

    def _update(self, way: str, descent: optax.GradientTransformation) -> Any:
        changes = self._classic if way == "classic" else self._by_events

        @eqx.filter_jit
        def update(held: Any, chance: Array, key: Array) -> Any:
            machine, state, running = held
            running, gradient, fired = changes(machine, running, chance, key)
            moved, state = descent.update(gradient, state, machine)
            return (eqx.apply_updates(machine, moved), state, running), fired

        return update

    def _by_events(
        self, machine: RestrictedBoltzmann, running: Running, chance: Array, key: Array
    ) -> Any:
        half = (len(self.signs) - TAIL) // 2
        running, spikes = cycle(self._spiking(machine), running, chance, half, key=key)
        signs = jnp.asarray(self.signs, chance.dtype)
        change = self.rule.scaled(self.rule.at_once(spikes, signs), len(chance), signs)
        now = [side[TAIL:].sum() for side in (spikes.visible, spikes.hidden)]
        gradient = RestrictedBoltzmann(*jax.tree.map(jnp.negative, change))
        return running, gradient, jnp.stack(now) / len(chance)

    def _classic(
        self, machine: RestrictedBoltzmann, running: Running, chance: Array, key: Array
    ) -> Any:
        draw, chains = jr.split(key)
        seen = (jr.uniform(draw, chance.shape) < chance).astype(chance.dtype)
        change = contrastive_divergence(machine, seen, key=chains)
        return running, RestrictedBoltzmann(*change), jnp.zeros(2)
