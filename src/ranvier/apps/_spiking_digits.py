"""A small spiking network that reads digits: what goes onto arrays in several experiments."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import optax
from jaxtyping import Array, PRNGKeyArray

import ranvier.data
from ranvier.apps._estimates import BITS
from ranvier.apps.digits._settings import Settings as DigitSettings
from ranvier.apps.digits._train import Trainer
from ranvier.convert import Quantised
from ranvier.core import Cell
from ranvier.hardware.crossbar import ArrayAudit
from ranvier.learn import Epoch
from ranvier.nets import run

_AT_ONCE = 250
_JUDGED = 1_000_003


class Shown(NamedTuple):
    """Digits as the network sees them, the same spikes every time.

    Attributes:
        trains: `[pieces, T, digits, pixels]`.
        labels: `[pieces, digits]`.
    """

    trains: Array
    labels: Array


class Chosen(Protocol):
    """What settings say of a network and of the digits that it is judged on.

    Attributes:
        data: "mnist" or "fashion-mnist".
        size: hidden units.
        epochs: of training.
        seed: draws weights, order and spikes.
        images: of the test set, its first ones, that are judged on, a multiple of 250.
    """

    @property
    def data(self) -> Literal["mnist", "fashion-mnist"]: ...
    @property
    def size(self) -> int: ...
    @property
    def epochs(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def images(self) -> int: ...


def trained_on_digits(
    chosen: Chosen,
    folder: Path,
    on_epoch: Callable[[Epoch], None] | None = None,
    form: Any = None,
    held: optax.GradientTransformation | None = None,
) -> tuple[Cell, Shown, dict[str, Any]]:
    """Train a network of spiking units, or go on with it.

    Args:
        chosen: settings that say what is learned from, how large, how long and by which seed.
        folder: where the training is kept.
        on_epoch: called after every epoch.
        form: in which it learns and is judged, such as weights of one bit.
        held: what comes behind the optimiser, such as devices that hold the weights.

    Returns:
        The network, the digits it is judged on, and what is recorded of it: its `test_accuracy` on
        the whole test set, per cent, its `operations` per digit.
    """
    load = ranvier.data.catalogue[chosen.data]
    learn, test = load("train"), load("test")
    settings = DigitSettings(
        data=chosen.data,
        neurons=("snu",),
        size=chosen.size,
        epochs=chosen.epochs,
        validation=max(1, len(learn) // 12),
    )
    trainer = Trainer(settings, learn, test, form, held)
    judged = trainer.train("snu", chosen.seed, folder, on_epoch)
    part = test[: chosen.images]
    pieces = list(trainer.trains(part, _JUDGED, trainer.judge_code))
    trains = jnp.concatenate(pieces, axis=1)
    count = max(1, -(-trains.shape[1] // _AT_ONCE))
    split = jnp.moveaxis(trains.reshape(trains.shape[0], count, -1, trains.shape[-1]), 1, 0)
    labels = jnp.asarray(part.labels, jnp.int32).reshape(count, -1)
    return judged.model, Shown(split, labels), judged.record


def digit_judge(model: Cell, shown: Shown, *, key: PRNGKeyArray | None = None) -> dict[str, Array]:
    """Accuracy in per cent.

    Args:
        model: the network.
        shown: digits.
        key: draws noise of every step, if given.
    """

    def right(piece: Any) -> Array:
        trains, labels, own = piece
        answers = jnp.argmax(run(model, trains, key=own)[1].mean(0), -1)
        return (answers == labels).mean()

    keys = None if key is None else jr.split(key, len(shown.labels))
    found = jax.lax.map(right, (shown.trains, shown.labels, keys))
    return {"accuracy": 100 * found.mean()}


def by_bits(model: Cell, shown: Shown) -> dict[str, float]:
    """Accuracy in per cent with weights of few bits in digital memory.

    Args:
        model: the network.
        shown: digits.
    """
    judged = eqx.filter_jit(digit_judge)
    return {str(b): float(judged(Quantised(b)(model), shown)["accuracy"]) for b in BITS}


def work(record: dict[str, Any], audited: list[ArrayAudit]) -> dict[str, Any]:
    """What reading one digit does to the weights.

    Args:
        record: of the training.
        audited: the arrays.
    """
    return {
        "weights": sum(row.columns * row.rows for row in audited),
        "devices": sum(row.devices for row in audited),
        **record["operations"],
        "spiking": True,
    }
