"""What the compiled loop reads and writes: arrays by name."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SLOTS, OUTPUTS, BLOCK = 256, 16, 16

GENERATORS = (
    "winp",
    "wrec",
    "wout",
    "neur_even",
    "neur_odd",
    "oneur",
    "tinp_even",
    "tinp_odd",
    "trec_even",
    "trec_odd",
    "tout_even",
    "tout_odd",
    "noise",
)
"""The thirteen generators, in the order of every array of them."""


class State(NamedTuple):
    """All that the chip holds between two ticks.

    Attributes:
        w_inp, w_rec: weights by input or presynaptic neuron and neuron, `[256, 256]`, 8 bits.
        w_out: weights by neuron and output, `[256, 16]`, 8 bits.
        generators: the registers of the thirteen generators, in the order of `GENERATORS`.
        u: membranes, `[256]`, 16 bits.
        e_inp, e_rec, e_out: low-pass traces of the slot's input, of its neuron towards neurons
            and of its neuron towards outputs, `[256]`; 12, 12 and 10 bits.
        z: spikes that the next tick's propagation will carry, `[256]`.
        v: output membranes, `[16]`, 16 bits.
        votes: ticks that each output has won in this sample, `[16]`.
        held: `u, e_inp, e_rec, e_out` of the last pair as the memory was last read, even and odd
            slot, `[2, 4]`; learning without a target uses them.
        phase: whether a sample is going on, and the label that it was taught; `[2]`.

    Example:
        >>> blank().w_inp.shape
        (256, 256)
    """

    w_inp: NDArray[np.int8]
    w_rec: NDArray[np.int8]
    w_out: NDArray[np.int8]
    generators: NDArray[np.int64]
    u: NDArray[np.int64]
    e_inp: NDArray[np.int64]
    e_rec: NDArray[np.int64]
    e_out: NDArray[np.int64]
    z: NDArray[np.int64]
    v: NDArray[np.int64]
    votes: NDArray[np.int64]
    held: NDArray[np.int64]
    phase: NDArray[np.int64]


def blank() -> State:
    """A state of zeros."""
    weights = [np.zeros((SLOTS, width), np.int8) for width in (SLOTS, SLOTS, OUTPUTS)]
    slots, outputs = np.zeros(SLOTS, np.int64), np.zeros(OUTPUTS, np.int64)
    return State(
        *weights,
        generators=np.zeros(len(GENERATORS), np.int64),
        u=slots,
        e_inp=slots.copy(),
        e_rec=slots.copy(),
        e_out=slots.copy(),
        z=slots.copy(),
        v=outputs,
        votes=outputs.copy(),
        held=np.zeros((2, 4), np.int64),
        phase=np.array([0, -1]),
    )


class Recorded(NamedTuple):
    """Signals tick by tick, `[ticks, ...]`; those that nobody asked for have no rows.

    `ReckOn.run` hands on what belongs to the inputs, neurons and outputs that there are.

    Attributes:
        z, u, e_inp, e_rec, e_out: of every slot, right after the step of a tick, `[ticks, 256]`.
        v: output membranes, right after the step, `[ticks, 16]`.
        votes: at the end of the tick, `[ticks, 16]`.
        error: target less output, `[ticks, 16]`; zero where nothing was learned.
        learning_signal: of every neuron, `[ticks, 256]`; zero where nothing was learned.
        pseudo_derivative: of every neuron, `[ticks, 256]`; zero where nothing was learned.
        generators: at the end of the tick, `[ticks, 13]`.
        w_inp, w_rec, w_out: weights at the end of the tick.

    Example:
        >>> recorder(3, ("u",)).u.shape, recorder(3, ("u",)).v.shape
        ((3, 256), (0, 16))
    """

    z: NDArray[np.int64]
    u: NDArray[np.int64]
    e_inp: NDArray[np.int64]
    e_rec: NDArray[np.int64]
    e_out: NDArray[np.int64]
    v: NDArray[np.int64]
    votes: NDArray[np.int64]
    error: NDArray[np.int64]
    learning_signal: NDArray[np.int64]
    pseudo_derivative: NDArray[np.int64]
    generators: NDArray[np.int64]
    w_inp: NDArray[np.int8]
    w_rec: NDArray[np.int8]
    w_out: NDArray[np.int8]


_WIDTHS: dict[str, tuple[int, ...]] = {
    "v": (OUTPUTS,),
    "votes": (OUTPUTS,),
    "error": (OUTPUTS,),
    "generators": (len(GENERATORS),),
    "w_inp": (SLOTS, SLOTS),
    "w_rec": (SLOTS, SLOTS),
    "w_out": (SLOTS, OUTPUTS),
}


def recorder(ticks: int, names: tuple[str, ...]) -> Recorded:
    """Room for signals over so many ticks.

    Args:
        ticks: how many.
        names: of `Recorded`'s fields.
    """
    room: dict[str, Any] = {
        name: np.zeros(
            (ticks if name in names else 0, *_WIDTHS.get(name, (SLOTS,))),
            np.int8 if name.startswith("w_") else np.int64,
        )
        for name in Recorded._fields
    }
    return Recorded(**room)
