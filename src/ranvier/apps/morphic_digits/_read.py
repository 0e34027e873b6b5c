"""How answers come out of a chip: all outputs are raised until those of one class have fired."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips import morphic

RAMP = 511
"""The neuron whose line raises all outputs of its core by one; it does not fire itself."""


class Outputs(NamedTuple):
    """The neurons that answer.

    Attributes:
        core: that they are in.
        neurons: `[classes, members]`.
        threshold: of all of them.
    """

    core: int
    neurons: NDArray[np.int64]
    threshold: int

    @property
    def majority(self) -> int:
        """Members of a class that have to fire."""
        return self.neurons.shape[1] // 2 + 1


class Answers(NamedTuple):
    """What a chip says to images.

    Attributes:
        classes: `[images]`.
        ramps: events that raised the outputs, `[images]`.
        counts: of all images together.
        hidden: spikes of other neurons, `[images]`.
        fired: whether each neuron of the chip has fired, `[images, cores, 512]`, or None.
    """

    classes: NDArray[np.int64]
    ramps: NDArray[np.int64]
    counts: morphic.Counts
    hidden: NDArray[np.int64]
    fired: NDArray[np.bool_] | None


def read(
    chip: morphic.MorphIC,
    state: morphic.State,
    shown: NDArray[np.int64],
    outputs: Outputs,
    *,
    record: bool = False,
) -> Answers:
    """The answers to images, each from rest: the class whose majority is first to fire.

    Args:
        chip: that does not learn.
        state: of the chip; it is left as it is.
        shown: events of every image, `[images, events]`.
        outputs: which neurons answer.
        record: whether to keep who fired.
    """
    totals = np.zeros(len(morphic.Counts._fields), np.int64)
    count = len(shown)
    classes, ramps, hidden = (np.full(count, -1), np.zeros(count, int), np.zeros(count, int))
    fired = np.zeros((count, len(state.waiting), 512), bool) if record else None
    class_of = np.full(state.flags.size, -1)
    where = outputs.core * 512 + outputs.neurons
    class_of[where] = np.arange(len(where))[:, None]
    rest = [morphic.time_reference()] * 2
    for k, events in enumerate(shown):
        state, first = chip.run(state, [*rest, *events])
        membranes = state.neurons[outputs.core, outputs.neurons, 0]
        early = first.events.value
        ready = np.isin(where, early)
        # Events until each class has its majority, from membranes as a host would wait for them.
        needed = np.sort(np.where(ready, 0, outputs.threshold - membranes), 1)
        ramps[k] = needed[:, outputs.majority - 1].min()
        ramp = [morphic.spike(RAMP, core=outputs.core)] * ramps[k]
        state, second = chip.run(state, ramp)
        values = np.concatenate([early, second.events.value])
        classes[k] = _first_majority(class_of[values], len(where), outputs.majority)
        hidden[k] = (class_of[values] < 0).sum()
        totals += np.array(first.counts) + np.array(second.counts)
        if fired is not None:
            fired[k].reshape(-1)[values] = True
    return Answers(classes, ramps, morphic.Counts(*totals.tolist()), hidden, fired)


def _first_majority(classes: NDArray[np.int64], count: int, majority: int) -> int:
    """The class that is first to fire so often, in the order of spikes."""
    answering = classes[classes >= 0]
    for n in range(majority, len(answering) + 1):
        votes = np.bincount(answering[:n], minlength=count)
        if votes.max() >= majority:
            return int(votes.argmax())
    return -1
