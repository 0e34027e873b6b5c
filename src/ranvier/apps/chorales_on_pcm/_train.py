"""Training and judging the networks that go onto devices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

from ranvier.apps._estimates import BITS
from ranvier.apps._on_arrays import chord_judge
from ranvier.apps._optimisers import optimiser
from ranvier.apps.chorales_on_pcm._settings import Settings, name_of
from ranvier.convert import Quantised, WeightNoise
from ranvier.core import Batch, Cell
from ranvier.data import Split
from ranvier.hardware import OnDevices
from ranvier.hardware.crossbar import ColumnDeviations, PerColumn
from ranvier.hardware.devices import catalogue as devices
from ranvier.hardware.devices import pcm_one_sided
from ranvier.hardware.updates import matrices, one_sided_pairs
from ranvier.learn import Epoch, bptt, fit, losses, mean_loss, straight_through
from ranvier.nets import chain
from ranvier.neurons import SNU, Readout
from ranvier.synapses import Dropout

_DAY = 86_400.0
_ROUND_TO = 80
_VALIDATED_ON = 4
"""Arrays on which an epoch is validated that was trained for arrays."""

_IN_THE_LOOP = ("in-the-loop", "by-pulses")
_PULSE = 0.05
"""Expected step of a pulse, of the range of 2 of a device: where it has little left to go."""

_CLIPPED_AT_MOST = 0.2
"""Share of the weights beyond two standard deviations: 5 % of a Gaussian, more of other shapes."""


class Trainer:
    """What all trainings of the experiment share.

    Args:
        settings: of the experiment.
        split: the data.
    """

    def __init__(self, settings: Settings, split: Split) -> None:
        self.settings = settings
        self.split = split
        self.device = devices[settings.device]()
        self.valid = list(split.valid.batches(64, round_to=_ROUND_TO))
        self.test = list(split.test.batches(64, round_to=_ROUND_TO))
        plain, noisy = bptt(losses.bernoulli), settings.dropout > 0
        self.forms = {
            training: OnDevices(
                self.device, seconds=settings.loop_days * _DAY, scaling=self.scaling(training)
            )
            for training in settings.trainings
        }
        self.rules = {"plain": plain}
        for training, form in self.forms.items():
            if training == "noise-aware":
                self.rules[training] = straight_through(
                    plain, WeightNoise(settings.weight_noise), noisy_run=noisy
                )
            elif training in _IN_THE_LOOP:
                self.rules[training] = straight_through(plain, form, noisy_run=noisy)
        updates = -(-len(split.train) // settings.batch_size) * settings.epochs
        self.optimiser = optimiser(
            "adam",
            settings.learning_rate,
            updates=updates,
            schedule="cosine",
            clip=settings.clip,
        )

        @eqx.filter_jit
        def on_devices(form: OnDevices, model: Cell, batches: list[Batch]) -> Any:
            keys = jax.random.split(jax.random.key(settings.first_seed), _VALIDATED_ON)
            return jax.lax.map(
                lambda key: chord_judge(form(model, key=key), batches)["nll"], keys
            ).mean()

        self.validated_on_devices = on_devices

    def descent(self, training: str, seed: int) -> optax.GradientTransformation:
        """The optimiser, and what holds the weights."""
        if training != "by-pulses":
            return self.optimiser
        held = one_sided_pairs(
            pcm_one_sided(),
            limit=self.settings.pulsed_limit,
            expected_step=_PULSE,
            key=jax.random.fold_in(jax.random.key(seed), 1),
        )
        return optax.chain(self.optimiser, optax.masked(held, matrices))

    def scaling(self, training: str) -> Any:
        """What a full conductance stands for, in training and after."""
        if training in _IN_THE_LOOP and self.settings.clip_deviations:
            return ColumnDeviations(self.settings.clip_deviations)
        return PerColumn()

    def onto(self, training: str) -> dict[str, Any]:
        """How a network gets onto arrays."""
        return {"scaling": self.scaling(training), "clipped_at_most": _CLIPPED_AT_MOST}

    def network(self, seed: int) -> Cell:
        """The network at the start."""
        settings, width = self.settings, self.split.train.width
        unit = SNU(settings.size, decay=settings.decay, threshold=settings.threshold)
        model = chain(width, unit, Readout(width), key=jax.random.key(seed))
        if not settings.dropout:
            return model
        return eqx.tree_at(
            lambda m: m.layers[1].synapses["dendrite"],
            model,
            replace_fn=lambda synapse: Dropout(synapse, settings.dropout),
        )

    def train(
        self,
        training: str,
        seed: int,
        folder: Path,
        on_epoch: Callable[[Epoch], None] | None = None,
    ) -> tuple[Cell, dict[str, Any]]:
        """Train one network, or go on with it; and what is to be told about it."""
        settings, name = self.settings, name_of(training, seed)
        for_devices, form = training != "plain", self.forms[training]
        model, history = fit(
            self.network(seed),
            lambda epoch: self.split.train.batches(
                settings.batch_size, seed=seed, epoch=epoch, round_to=_ROUND_TO
            ),
            self.rules[training],
            self.descent(training, seed),
            key=jax.random.key(seed) if for_devices or settings.dropout else None,
            epochs=settings.epochs,
            validate=(
                (lambda model: float(self.validated_on_devices(form, model, self.valid)))
                if for_devices
                else (lambda model: mean_loss(model, self.valid, losses.bernoulli))
            ),
            checkpoint=folder / "training" / f"{name}.safetensors",
            settings={"name": name},
            on_epoch=on_epoch,
        )
        return model, {
            "training": training,
            "seed": seed,
            "best_epoch": history.best_epoch,
            "floating_point_nll": mean_loss(model, self.test, losses.bernoulli),
            "by_bits": self.by_bits(model),
            "input_activity": _activity(self.test),
        }

    def by_bits(self, model: Cell) -> dict[str, float]:
        """The test score with weights of few bits in digital memory."""
        judge = eqx.filter_jit(chord_judge)
        found = {}
        for bits in BITS:
            found[str(bits)] = float(judge(Quantised(bits)(model), self.test)["nll"])
        return found


def _activity(batches: list[Batch]) -> float:
    """Share of the inputs that are on."""
    on = sum(float((batch.x.mean(axis=-1) * batch.mask).sum()) for batch in batches)
    return on / sum(float(jnp.sum(batch.mask)) for batch in batches)
