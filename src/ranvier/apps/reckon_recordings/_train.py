"""One chip that learns recordings and is tested, epoch by epoch."""

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._on_reckon import OnEpoch, Passed, drawn_weights, through, watched
from ranvier.apps.reckon_recordings._settings import Settings
from ranvier.apps.reckon_recordings._spikes import Parts, Samples, asked
from ranvier.hardware.chips.reckon import ReckOn, State, cue_accumulation_chip, random_seeds
from ranvier.metrics import confusion


class Trained(NamedTuple):
    """What became of a chip.

    Attributes:
        accuracy: per cent, `[epochs, 2]`: while it is taught, and in the test after it.
        counts: per recording, `[epochs, 2, 4]`: input events, spikes, synaptic operations and
            changes of weights.
        confusion: of the last test, `[classes, classes]`, true class by row.
        ticks: of a test recording in the mean, `[]`.
        v: output membranes through the first test recording, before and after learning,
            `[2, ticks, outputs]`.
        z: spikes of neurons in that recording after learning, `[ticks, neurons]`.
        spikes, asked, label: that recording.
        w_inp, w_rec, w_out: weights in the end.
    """

    accuracy: NDArray[np.float64]
    counts: NDArray[np.float64]
    confusion: NDArray[np.int64]
    ticks: NDArray[np.float64]
    v: NDArray[np.int64]
    z: NDArray[np.bool_]
    spikes: NDArray[np.bool_]
    asked: NDArray[np.bool_]
    label: NDArray[np.int64]
    w_inp: NDArray[np.int8]
    w_rec: NDArray[np.int8]
    w_out: NDArray[np.int8]


def new_chip(settings: Settings, inputs: int, outputs: int, seed: int) -> tuple[ReckOn, State]:
    """A chip that learns, and its state before the first recording.

    What the settings do not say is as for the accumulation of cues.

    Args:
        settings: registers and weights at the start.
        inputs, outputs: how many.
        seed: draws weights and seeds.
    """
    random = np.random.default_rng([seed, 2022])
    slope = round(settings.slope_from * settings.threshold)
    chip = cue_accumulation_chip().replace(
        kappa=settings.kappa,
        thr_h_0=slope,
        thr_h_1=slope,
        thr_h_2=slope,
        thr_h_3=slope,
        num_inp_neur=inputs - 1,
        num_rec_neur=settings.neurons - 1,
        num_out_neur=outputs - 1,
        regul_f0=settings.limit,
        regul_k_inp_p=settings.restraint,
        regul_k_rec_p=settings.restraint,
        **random_seeds(random),
    )
    chip = dataclasses.replace(chip, alpha=settings.alpha, threshold=settings.threshold)
    n, (of_inputs, among, to_outputs) = settings.neurons, settings.deviations
    groups = [(inputs, n, of_inputs), (n, n, among), (n, outputs, to_outputs)]
    return chip, chip.init(*drawn_weights(random, groups))


def at_rates(chip: ReckOn, settings: Settings, epoch: int) -> ReckOn:
    """The chip with the learning rates of an epoch in its registers.

    Args:
        chip: with any.
        settings: rates at the start, and after how many epochs they are halved.
        epoch: from 0.
    """
    halved = epoch // settings.halve_every if settings.halve_every else 0
    rate, rate_out = (max(r - halved, 0) for r in (settings.rate, settings.rate_out))
    return chip.replace(lr_p_winp=rate, lr_p_wrec=rate, lr_p_wout=rate_out)


def shown(
    samples: Samples, settings: Settings, order: NDArray[np.int64] | None = None
) -> Iterator[tuple[NDArray[np.bool_], int, NDArray[np.bool_]]]:
    """Recordings as `through` takes them.

    Args:
        samples: of a part.
        settings: say when outputs vote and learn.
        order: numbers of the recordings; as they are if None.
    """
    when = asked(samples, settings)
    for n in range(len(samples.labels)) if order is None else order.tolist():
        ticks = samples.lengths[n]
        yield samples.spikes[n, :ticks], int(samples.labels[n]), when[n, :ticks]


def train(settings: Settings, parts: Parts, seed: int, on_epoch: OnEpoch) -> Trained:
    """Train one chip, and test it after every epoch.

    Args:
        settings: of the experiment.
        parts: what it learns from and is judged by.
        seed: draws weights, seeds of generators and the order of recordings.
        on_epoch: called before every epoch.
    """
    classes = len(parts.classes)
    chip, state = new_chip(settings, parts.train.spikes.shape[2], classes, seed)
    fixed = chip.replace(do_eprop=0)
    accuracy = np.zeros((settings.epochs, 2))
    counts = np.zeros((settings.epochs, 2, 4))
    test = parts.test
    spikes, label, when = next(shown(test, settings))
    before, _ = watched(fixed, state, spikes, when)
    passed = Passed(state, test.labels, np.zeros(4))
    for epoch in range(settings.epochs):
        on_epoch(epoch)
        order = np.random.default_rng([seed, epoch]).permutation(len(parts.train.labels))
        taught = through(
            at_rates(chip, settings, epoch), passed.state, shown(parts.train, settings, order)
        )
        passed = through(fixed, taught.state, shown(test, settings))
        right = taught.answers == parts.train.labels[order], passed.answers == test.labels
        accuracy[epoch] = [100 * one.mean() for one in right]
        counts[epoch] = taught.counts, passed.counts
    after, z = watched(fixed, passed.state, spikes, when)
    return Trained(
        accuracy,
        counts,
        confusion(test.labels, passed.answers, classes),
        np.array(test.lengths.mean()),
        np.stack([before, after]),
        z,
        spikes,
        when,
        np.array(label),
        *chip.weights(passed.state),
    )
