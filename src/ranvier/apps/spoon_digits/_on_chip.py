"""Training on the chip: the convolution is given, the rest learns from scratch by DRTP."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps.spoon_digits._digits import Digits
from ranvier.apps.spoon_digits._off_chip import OffChip
from ranvier.apps.spoon_digits._settings import Settings, registers_of
from ranvier.hardware.chips.spoon import SPOON, State

# What learns, as the chip's register says it.
BOTH, OUTPUT_ALONE = 3, 2
_FASTEST, _SLOWEST = 500, 24
_SEED_BITS = 31


class Learned(NamedTuple):
    """What became of a chip.

    Attributes:
        images: that it had seen at every test, `[tests]`.
        accuracies: per cent of the test set, `[tests]`.
        training: per cent right while it learned, before each update, `[epochs]`.
        counts: of the last epoch and of the test after it, as `Counts`, `[2, 6]`.
        cut: share of hidden activities that are cut, in the last test, `[]`.
        w_hidden, w_output: weights in the end.
    """

    images: NDArray[np.int64]
    accuracies: NDArray[np.float64]
    training: NDArray[np.float64]
    counts: NDArray[np.int64]
    cut: NDArray[np.float64]
    w_hidden: NDArray[np.int32]
    w_output: NDArray[np.int32]


def chips_of(settings: Settings) -> dict[str, tuple[int, int]]:
    """Seed and what learns, by name of the chip.

    Args:
        settings: of the experiment.

    Example:
        >>> list(chips_of(Settings(seeds=2)))
        ['seed0', 'seed1', 'output-alone']
    """
    seeds = range(settings.first_seed, settings.first_seed + settings.seeds)
    own = {f"seed{seed}": (seed, BOTH) for seed in seeds}
    return {**own, "output-alone": (settings.first_seed, OUTPUT_ALONE)}


def new_chip(
    settings: Settings, shape: tuple[int, int], off_chip: OffChip, seed: int, learn: int
) -> tuple[SPOON, State]:
    """A chip that has learned nothing, but for its convolution.

    Args:
        settings: of the experiment.
        shape: rows and columns of pictures.
        off_chip: whose convolution it gets.
        seed: draws weights and feedback, and what the generator is loaded with.
        learn: what learns.
    """
    random = np.random.default_rng(seed)
    chip = SPOON(registers_of(settings, shape))
    chip = chip.replace(learn=learn, seed=int(random.integers(1, 1 << _SEED_BITS)))
    r, start, most = chip.registers, settings.start, settings.feedback
    weights = random.integers(-start, start + 1, (r.inputs + 1, r.hidden))
    feedback = random.integers(-most, most + 1, (r.outputs, r.hidden))
    return chip, chip.init(off_chip.kernels, off_chip.bias, weights, None, feedback)


def train_on_chip(
    settings: Settings,
    train: Digits,
    test: Digits,
    off_chip: OffChip,
    seed: int,
    learn: int,
    on_epoch: Callable[[int], None],
) -> Learned:
    """Let one chip learn, one image at a time, and test it now and then.

    Args:
        settings: of the experiment.
        train: to learn from.
        test: to judge by; nothing is chosen by it.
        off_chip: whose convolution it gets.
        seed: draws its weights, feedback and the order of images.
        learn: what learns.
        on_epoch: called before every epoch.
    """
    chip, state = new_chip(settings, train.shape, off_chip, seed, learn)
    size, seen, images, accuracies, training = len(train.labels), 0, [], [], []
    counts = np.zeros((2, len(off_chip.counts)), np.int64)
    cut = 0.0
    for epoch in range(settings.epochs):
        on_epoch(epoch)
        slower = epoch // settings.slower_after if settings.slower_after else 0
        now = chip.replace(
            rate_hidden=min(settings.rate_hidden + slower, _SLOWEST),
            rate_output=min(settings.rate_output + slower, _SLOWEST),
        )
        order = np.random.default_rng([seed, epoch]).permutation(size)
        stops = [*_early(size), size] if epoch == 0 else [size]
        right = begin = 0
        counts[:] = 0
        for stop in stops:
            chosen = order[begin:stop]
            labels = train.labels[chosen]
            state, outcome = now.run_samples(state, train.samples.in_order(chosen), labels)
            right += int((outcome.answers == labels).sum())
            counts[0] += outcome.counts
            seen, begin = seen + len(chosen), stop
            _, tested = now.run_samples(state, test.samples, record=("hidden",))
            images.append(seen)
            accuracies.append(100 * float((tested.answers == test.labels).mean()))
            counts[1] = tested.counts
            top = now.registers.one_hidden - 1
            cut = float((np.abs(tested.recorded["hidden"]) == top).mean())
        training.append(100 * right / size)
    return Learned(
        np.array(images),
        np.array(accuracies),
        np.array(training),
        counts,
        np.array(cut),
        state.w_hidden,
        state.w_output,
    )


def _early(size: int) -> list[int]:
    """Within the first epoch, tests at every doubling.

    Example:
        >>> _early(5000)
        [500, 1000, 2000, 4000]
    """
    stops, stop = [], min(_FASTEST, max(size // 8, 1))
    while stop < size:
        stops.append(stop)
        stop *= 2
    return stops
