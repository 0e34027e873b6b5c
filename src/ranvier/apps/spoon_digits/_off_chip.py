"""Training off the chip: backpropagation, first in numbers and then with the chip's rounding."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from numpy.typing import NDArray

from ranvier.apps._optimisers import optimiser
from ranvier.apps.spoon_digits._digits import Digits, pictures
from ranvier.apps.spoon_digits._settings import Settings, registers_of
from ranvier.apps.spoon_digits._twin import OnChip, deployed, network, parameters
from ranvier.core import Batch
from ranvier.hardware.chips.spoon import SPOON
from ranvier.learn import Epoch, bptt, fit, losses
from ranvier.learn.rules import straight_through
from ranvier.nets import run

_AT_ONCE = 1000


class OffChip(NamedTuple):
    """The network that was trained off the chip, and what it and the chip said.

    Attributes:
        kernels, bias, w_hidden, w_output: as the chip's memories hold them.
        losses: of training, `[epochs]`.
        accuracies: per cent of the test set, `[4]`: in numbers, the same rounded, after training
            with rounding, and on the chip.
        differing: test digits that the chip answered otherwise than the rounded network, `[]`.
        counts: of the chip over the test set, as `Counts`, `[6]`.
    """

    kernels: NDArray[np.int32]
    bias: NDArray[np.int32]
    w_hidden: NDArray[np.int32]
    w_output: NDArray[np.int32]
    losses: NDArray[np.float64]
    accuracies: NDArray[np.float64]
    differing: NDArray[np.int64]
    counts: NDArray[np.int64]


@eqx.filter_jit
def _answers(model: Any, x: Any) -> Any:
    return jnp.argmax(run(model, x)[1][-1], -1)


def train_off_chip(
    settings: Settings,
    train: Digits,
    test: Digits,
    folder: Path,
    on_epoch: Callable[[int], None],
) -> OffChip:
    """Train by backpropagation, then with the chip's rounding, and put the network on the chip.

    Args:
        settings: of the experiment.
        train: to learn from.
        test: to judge by.
        folder: where trainings are kept.
        on_epoch: called with the number of epochs done, after every one.
    """
    r = registers_of(settings, train.shape)
    seen, judged = (pictures(part, settings.window) for part in (train, test))
    key, size = jr.key(settings.first_seed), settings.batch_size
    found, trained, done = [], None, 0

    def batches(epoch: int) -> Iterator[Batch]:
        order = np.random.default_rng([settings.first_seed, epoch]).permutation(len(seen))
        for begin in range(0, len(order), size):
            chosen = order[begin : begin + size]
            target = np.eye(r.outputs, dtype=np.float32)[train.labels[chosen]][None]
            x = seen[chosen].astype(np.float32) / r.one_input
            yield Batch(x[None, ..., None], target, np.ones((1, len(chosen)), np.float32))

    def answers(model: Any) -> NDArray[np.int64]:
        pieces = (judged[at : at + _AT_ONCE] for at in range(0, len(judged), _AT_ONCE))
        scaled = (piece.astype(np.float32)[None, ..., None] / r.one_input for piece in pieces)
        return np.concatenate([np.asarray(_answers(model, jnp.asarray(x))) for x in scaled])

    def right(model: Any) -> float:
        return 100 * float((answers(model) == test.labels).mean())

    form = OnChip(r, settings.fractions, rounded=False)
    curve: list[float] = []
    for rounded, epochs, slower in (
        (False, settings.float_epochs, 1.0),
        (True, settings.rounded_epochs, 0.3),
    ):
        model = network(r, settings.ranges, key, rounded=rounded)
        form = OnChip(r, settings.fractions, rounded=rounded)
        if trained is not None:
            model = eqx.tree_at(parameters, model, parameters(trained))
            found.append(right(form(model)))
        first = done

        def told(epoch: Epoch, first: int = first) -> None:
            on_epoch(first + epoch.number)

        trained, history = fit(
            model,
            lambda epoch, first=first: batches(first + epoch),
            straight_through(bptt(losses.categorical), form),
            optimiser(
                "adam",
                slower * settings.learning_rate,
                updates=-(-len(seen) // size) * epochs,
                schedule="cosine",
            ),
            epochs=epochs,
            checkpoint=folder / "training" / f"{'rounded' if rounded else 'float'}.safetensors",
            on_epoch=told,
        )
        done += epochs
        curve += history.train
        found.append(right(form(trained)))
    chip = SPOON(r)
    state = deployed(chip, form, trained)
    _, outcome = chip.run_samples(state, test.samples)
    found.append(100 * float((outcome.answers == test.labels).mean()))
    differing = np.count_nonzero(outcome.answers != answers(form(trained)))
    return OffChip(
        state.kernels,
        state.bias,
        state.w_hidden,
        state.w_output,
        np.array(curve),
        np.array(found),
        np.array(differing),
        np.array(outcome.counts),
    )
