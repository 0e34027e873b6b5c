"""Answers of a chip that no longer learns, by its first output spike and by their number."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps.odin_sdsp_digits import _chip
from ranvier.apps.odin_sdsp_digits._chip import CLASSES, SINGLE, SPIKES
from ranvier.apps.odin_sdsp_digits._images import Digits
from ranvier.apps.odin_sdsp_digits._settings import Settings
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
        operations: synaptic operations of one input spike.
    """

    first: NDArray[np.int64]
    needed: NDArray[np.int64]
    counted: NDArray[np.int64]
    operations: int


def answers(
    settings: Settings,
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
    chip = _chip.chip(settings, weights, threshold)
    per_spike = SINGLE if single else SPIKES[:, None]
    clear = _chip.time_references(_chip.CLEAR)
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
    seen = [
        (output.events.value, *place[:, output.events.cause])
        for (_, output), place in zip(runs, places, strict=True)
    ]
    found = np.concatenate([np.stack(one) for one in seen], axis=1)
    return _read(found, digits, SINGLE.shape[1] if single else 256)


def _read(found: NDArray[np.int64], digits: Digits, operations: int) -> Answers:
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
