"""What SPOON's memories hold, and what of its inside can be recorded."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips.spoon._registers import Registers


class State(NamedTuple):
    """All that the chip holds between two samples.

    Attributes:
        kernels: of the convolution, `[kernel, kernel, channels]`; they never learn on the chip.
        bias: added to a channel's sums, `[channels]`, 24 bits with sign.
        w_hidden: `[inputs + 1, hidden]`; the last row is the bias, whose input is always 1.
        w_output: `[hidden + 1, outputs]`, the last row likewise.
        feedback: what target projection adds, `[outputs, hidden]`, 8 bits with sign; fixed.
        generator: the register of the generator, `[1]`.

    Example:
        See `SPOON`.
    """

    kernels: NDArray[np.int32]
    bias: NDArray[np.int32]
    w_hidden: NDArray[np.int32]
    w_output: NDArray[np.int32]
    feedback: NDArray[np.int32]
    generator: NDArray[np.int32]


class Recorded(NamedTuple):
    """Signals sample by sample, `[samples, ...]`; accumulators event by event.

    Attributes:
        accumulators: of the convolution after every event, `[events, rows, columns, channels]`.
        features: what the hidden layer sees, `[samples, inputs]`: by row, column and channel.
        hidden_sum: of the hidden layer, before shift and cut, `[samples, hidden]`.
        hidden: what hidden units send, `[samples, hidden]`.
        projected: feedback of the label where a unit is not cut, `[samples, hidden]`; zero where
            nothing is learned.
        output_sum: `[samples, outputs]`.
        error: target less hard sigmoid, `[samples, outputs]`; zero where nothing is learned.
        w_hidden, w_output: weights after the sample.
        generator: its register after the sample, `[samples, 1]`.

    Example:
        >>> Recorded._fields[:3]
        ('accumulators', 'features', 'hidden_sum')
    """

    accumulators: NDArray[np.int32]
    features: NDArray[np.int32]
    hidden_sum: NDArray[np.int32]
    hidden: NDArray[np.int32]
    projected: NDArray[np.int32]
    output_sum: NDArray[np.int32]
    error: NDArray[np.int32]
    w_hidden: NDArray[np.int32]
    w_output: NDArray[np.int32]
    generator: NDArray[np.int32]


def recorder(r: Registers, events: int, samples: int, names: tuple[str, ...]) -> Recorded:
    """Room for signals; those that nobody asked for have no rows.

    Args:
        r: the configuration.
        events: how many.
        samples: how many.
        names: of `Recorded`'s fields.
    """
    widths: dict[str, tuple[int, ...]] = {
        "accumulators": r.convolved,
        "features": (r.inputs,),
        "output_sum": (r.outputs,),
        "error": (r.outputs,),
        "w_hidden": (r.inputs + 1, r.hidden),
        "w_output": (r.hidden + 1, r.outputs),
        "generator": (1,),
    }

    def room(name: str) -> NDArray[np.int32]:
        rows = events if name == "accumulators" else samples
        return np.zeros((rows if name in names else 0, *widths.get(name, (r.hidden,))), np.int32)

    return Recorded(*map(room, Recorded._fields))
