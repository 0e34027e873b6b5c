"""Samples that go through the ReckOn chip: what experiments with it have in common."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._estimates import cost_told
from ranvier.hardware.chips.reckon import Counts, ReckOn, State


class Passed(NamedTuple):
    """What became of samples.

    Attributes:
        state: of the chip after the last one.
        answers: of the chip, in the order in which it was shown the samples.
        counts: per sample in the mean: input events, spikes, synaptic operations, changes of
            weights.
    """

    state: State
    answers: NDArray[np.int64]
    counts: NDArray[np.float64]


def through(
    chip: ReckOn,
    state: State,
    samples: Iterable[tuple[NDArray[np.bool_], Any, NDArray[np.bool_]]],
) -> Passed:
    """Show samples to a chip, one after the other.

    Args:
        chip: learns or not, as its registers say.
        state: before the first.
        samples: spikes `[ticks, inputs]`, label, and ticks in which outputs vote and learn.
    """
    answers, totals = [], np.zeros(4)
    for spikes, label, asked in samples:
        state, outcome = chip.run(state, spikes, asked=asked, target=label)
        answers.append(outcome.answer)
        totals += outcome.counts
    return Passed(state, np.array(answers, np.int64), totals / max(len(answers), 1))


def watched(
    chip: ReckOn, state: State, spikes: NDArray[np.bool_], asked: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Output membranes and spikes of neurons in one sample; the state is left alone.

    Args:
        chip: that does not learn.
        state: before it.
        spikes: `[ticks, inputs]`.
        asked: ticks in which outputs vote.
    """
    _, outcome = chip.run(state, spikes, asked=asked, record=("v", "z"))
    return outcome.recorded["v"], outcome.recorded["z"] != 0


def drawn_weights(
    random: np.random.Generator, groups: Sequence[tuple[int, int, float]]
) -> list[NDArray[np.int64]]:
    """Weights of 8 bits from normal distributions about 0, for `ReckOn.init`.

    Args:
        random: draws them.
        groups: rows, columns and standard deviation of each.
    """
    return [
        np.clip(np.rint(random.normal(0, deviation, shape)), -128, 127).astype(int)
        for *shape, deviation in groups
    ]


def costs(counts: NDArray[np.float64], seconds: float) -> dict[str, Any]:
    """Energy and power of a sample, JSON-able.

    Args:
        counts: of `Passed`.
        seconds: that a sample lasts.
    """
    events, spikes, operations, _ = counts
    cost = Counts(int(events), int(spikes), round(operations), 0).energy()
    return {
        "energy": cost_told(cost),
        "power_uW": cost.power_uW(seconds),
    }


OnEpoch = Callable[[int], None]
"""Called before every epoch with its number."""
