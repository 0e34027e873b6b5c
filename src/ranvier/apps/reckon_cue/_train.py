"""One chip that learns and is tested, epoch by epoch."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._on_reckon import OnEpoch, drawn_weights, through, watched
from ranvier.apps.reckon_cue._settings import Settings
from ranvier.core import Batch
from ranvier.data import cue_accumulation, reckon_cue_weights, reckon_cues
from ranvier.hardware.chips.reckon import ReckOn, State, cue_accumulation_chip, random_seeds

SHIPPED = "shipped"
"""The name of the chip with the shipped seeds and weights."""

# Standard deviations of the shipped weights.
_DEVIATIONS = ((40, 100, 14.2), (100, 100, 1.8), (100, 2, 9.4))


class Trials(NamedTuple):
    """Trials of the task.

    Attributes:
        spikes: of the inputs, `[trials, ticks, 40]`.
        labels: `[trials]`.
        asked: ticks in which outputs vote and learn, `[ticks]`.
    """

    spikes: NDArray[np.bool_]
    labels: NDArray[np.int64]
    asked: NDArray[np.bool_]

    def each(self) -> Iterator[tuple[NDArray[np.bool_], Any, NDArray[np.bool_]]]:
        """Spikes, label and ticks asked of every trial, as `through` takes them."""
        return zip(self.spikes, self.labels, itertools.repeat(self.asked), strict=False)


class Trained(NamedTuple):
    """What became of a chip.

    Attributes:
        hits: right answers, `[epochs, 2]`: while training, and in the test after it.
        counts: per trial, `[epochs, 2, 4]`: input events, spikes, synaptic operations and changes
            of weights.
        fresh: right answers to generated trials in the end, `[]`.
        v: output membranes through the first test trial, before and after learning,
            `[2, ticks, 2]`.
        z: spikes of neurons in that trial after learning, `[ticks, 100]`.
        w_inp, w_rec, w_out: weights in the end.
    """

    hits: NDArray[np.int64]
    counts: NDArray[np.float64]
    fresh: NDArray[np.int64]
    v: NDArray[np.int64]
    z: NDArray[np.bool_]
    w_inp: NDArray[np.int8]
    w_rec: NDArray[np.int8]
    w_out: NDArray[np.int8]


def chips_of(settings: Settings) -> list[str]:
    """Names of the chips of a run.

    Args:
        settings: of the experiment.

    Example:
        >>> chips_of(Settings(seeds=2))
        ['shipped', 'seed0', 'seed1']
    """
    seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
    own = [f"seed{seed}" for seed in seeds]
    return [SHIPPED, *own] if settings.data == "shipped" else own


def trials_of(settings: Settings) -> tuple[Trials, Trials, Trials]:
    """Trials to train, to test, and generated ones to judge by; the same for all chips.

    Args:
        settings: of the experiment.
    """
    training, test, fresh = (np.random.default_rng([n, 2022]) for n in range(3))
    judged = _trials(cue_accumulation(fresh, settings.fresh))
    if settings.data == "shipped":
        return _trials(reckon_cues("train")), _trials(reckon_cues("test")), judged
    learned = _trials(cue_accumulation(training, settings.trials))
    return learned, _trials(cue_accumulation(test, settings.trials)), judged


def _trials(batch: Batch) -> Trials:
    spikes = np.ascontiguousarray((np.asarray(batch.x) != 0).swapaxes(0, 1))
    mask = np.asarray(batch.mask)[:, 0] != 0
    return Trials(spikes, np.asarray(batch.target)[0].argmax(-1), mask)


def _new(name: str, settings: Settings) -> tuple[ReckOn, State]:
    """A chip and its state before the first trial."""
    chip = cue_accumulation_chip()
    if name == SHIPPED:
        return chip, chip.init(*reckon_cue_weights())
    random = np.random.default_rng(int(name.removeprefix("seed")))
    chip = chip.replace(**random_seeds(random))
    if settings.weights == SHIPPED:
        return chip, chip.init(*reckon_cue_weights())
    return chip, chip.init(*drawn_weights(random, _DEVIATIONS))


def train(
    name: str,
    settings: Settings,
    trials: tuple[Trials, Trials, Trials],
    on_epoch: OnEpoch,
) -> Trained:
    """Train one chip, test it after every epoch, and judge it by fresh trials in the end.

    Args:
        name: of the chip.
        settings: of the experiment.
        trials: to train, to test, and to judge by.
        on_epoch: called before every epoch.
    """
    learning, state = _new(name, settings)
    fixed = learning.replace(do_eprop=0)
    training, test, fresh = trials
    hits = np.zeros((settings.epochs, 2), np.int64)
    counts = np.zeros((settings.epochs, 2, 4))
    first = test.spikes[0], test.asked
    before, _ = watched(fixed, state, *first)
    for epoch in range(settings.epochs):
        on_epoch(epoch)
        for phase, (chip, shown) in enumerate(((learning, training), (fixed, test))):
            passed = through(chip, state, shown.each())
            state, counts[epoch, phase] = passed.state, passed.counts
            hits[epoch, phase] = (passed.answers == shown.labels).sum()
    after, z = watched(fixed, state, *first)
    # What follows does not touch the generators of the run itself.
    judged = (through(fixed, state, fresh.each()).answers == fresh.labels).sum()
    weights = learning.weights(state)
    return Trained(hits, counts, np.array(judged), np.stack([before, after]), z, *weights)
