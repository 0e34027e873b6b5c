"""Answers of a chip that no longer learns, by its first output spike and by their number."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._odin_digits.chip import (
    CLASSES,
    CLEAR,
    SINGLE,
    SPIKES,
    programmed,
    time_references,
)
from ranvier.apps._odin_digits.images import Digits
from ranvier.apps._odin_digits.task import Task
from ranvier.hardware import estimated
from ranvier.hardware.chips import odin

SILENT = -1
_AT_ONCE = 500


class Answers(NamedTuple):
    """What a chip says to images.

    Attributes:
        first: the output that fires first, of several at one input spike the one that the bus
            brings first; `SILENT` where none does, `[n]`.
        needed: input spikes until then, or all of the image, `[n]`.
        counted: the output that fires most, of several the one that got there first, `[n]`.
        operations: synaptic operations of one input spike, in the mean, as the chip counts them.
    """

    first: NDArray[np.int64]
    needed: NDArray[np.int64]
    counted: NDArray[np.int64]
    operations: float


def answers(
    settings: Task,
    weights: NDArray[np.uint8],
    digits: Digits,
    threshold: int,
    *,
    single: bool = False,
) -> Answers:
    """Show images to a chip with these weights, every spike of each.

    Args:
        settings: of the experiment.
        weights: `[pixels, 10]`.
        digits: to judge by.
        threshold: of the outputs.
        single: send events of single synapses to the ten outputs, in place of spikes that update
            all 256 neurons.
    """
    chip = programmed(settings, weights, threshold)
    per_spike = SINGLE if single else SPIKES[:, None]
    clear = time_references(CLEAR)
    batches, places = [], []
    for begin in range(0, len(digits.labels), _AT_ONCE):
        part = digits.only(np.arange(begin, min(begin + _AT_ONCE, len(digits.labels))))
        events, place = [], []
        for number, (pixels, length) in enumerate(zip(part.pixels, part.lengths, strict=True)):
            sent = per_spike[pixels[:length]]
            events += [sent.ravel(), clear]
            rank = np.repeat(np.arange(length), per_spike.shape[1])
            image = begin + number
            place += [np.stack([np.full_like(rank, image), rank])]
            place += [np.full((2, len(clear)), -1)]
        batches.append(np.concatenate(events))
        places.append(np.concatenate(place, axis=1))
    state = chip.init()
    runs = odin.run_together((chip, state, events) for events in batches)
    operations = sum(output.counts.synaptic_operations for _, output in runs)
    seen = [
        (output.events.value, *place[:, output.events.cause])
        for (_, output), place in zip(runs, places, strict=True)
    ]
    found = np.concatenate([np.stack(one) for one in seen], axis=1)
    return _read(found, digits, operations / max(int(digits.lengths.sum()), 1))


def _read(found: NDArray[np.int64], digits: Digits, operations: float) -> Answers:
    """Answers from output, image and rank of every output spike, in the order of the bus."""
    output, image, rank = found
    count = len(digits.labels)
    first, needed = np.full(count, SILENT), digits.lengths.copy()
    shown, begin = np.unique(image, return_index=True)
    first[shown], needed[shown] = output[begin], rank[begin] + 1
    totals = np.zeros((count, CLASSES), np.int64)
    np.add.at(totals, (image, output), 1)
    reached = np.full((count, CLASSES), len(output))
    reached[image, output] = np.arange(len(output))
    best = np.where(totals == totals.max(1, keepdims=True), reached, len(output) + 1)
    counted = np.where(totals.any(1), best.argmin(1), SILENT)
    return Answers(first, needed, counted, operations)


def accuracy(answered: NDArray[np.int64], digits: Digits) -> float:
    """Right answers, per cent; silence is wrong."""
    return 100 * float((answered == digits.labels).mean())


def by_threshold(said: Answers, threshold: int, judged: Digits) -> dict[str, float]:
    """A point of accuracy over costs, JSON-able.

    Args:
        said: at this threshold.
        threshold: of the outputs.
        judged: to whom it was said.
    """
    return {
        "threshold": threshold,
        "accuracy": accuracy(said.first, judged),
        "silent": 100 * float((said.first == SILENT).mean()),
        "input_spikes": float(said.needed.mean()),
    }


def over(scores: Sequence[float]) -> dict[str, float | None]:
    """Mean and standard deviation between chips, JSON-able; None for that of one chip.

    Args:
        scores: one for each chip.
    """
    spread = float(np.std(scores, ddof=1)) if len(scores) > 1 else None
    return {"mean": float(np.mean(scores)), "spread": spread}


def nanojoule(spikes: float, operations: float) -> float:
    """The estimated energy of input spikes, each of so many synaptic operations.

    Args:
        spikes: of the input.
        operations: of one.
    """
    done = estimated("synaptic operations", spikes * operations, odin.synaptic_operation())
    return done.picojoule * 1e-3
