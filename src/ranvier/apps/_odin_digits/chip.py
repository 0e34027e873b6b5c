"""The chip of the task: its registers, and the events that inputs and the teacher send.

All 256 addresses are pixels: a spike event of an address updates every neuron from that row of
the array, and outputs are ten of the 256 columns. The loop is open, so that spikes of outputs do
not come back as spikes of the pixels that share their addresses.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._odin_digits.task import Task
from ranvier.hardware.chips import odin

CLASSES = 10
"""Neuron `c` answers for class `c`."""

_STRONGEST = 7  # Weights have three bits.
_MEMBRANE = 255
LEAK = 127
LEAK_EVERY = 5
"""Time references of a leak of calcium: the teacher clears membranes twice, by two, before."""
_CALCIUM = 7

CLEAR = -(-_MEMBRANE // LEAK)
"""Time references after which a membrane is 0."""
FORGET = LEAK_EVERY * _CALCIUM
"""Time references after which calcium is 0, and the membrane, too."""


def neuron(settings: Task, threshold: int, *, learns: bool) -> odin.LIFNeuron:
    """An output.

    Calcium counts spikes since the image began. Synapses learn at two alone: none fires twice by
    itself, so that the teacher decides who learns.

    Args:
        settings: of the experiment.
        threshold: register `thr`.
        learns: whether calcium is there.
    """
    return odin.LIFNeuron(
        thr=threshold,
        leak_en=1,
        leak_str=LEAK,
        ca_en=int(learns),
        thetamem=settings.thetamem,
        ca_theta1=2,
        ca_theta2=3,
        ca_theta3=3,
        ca_leak=LEAK_EVERY,
    )


def programmed(
    settings: Task, weights: NDArray[Any], threshold: int, *, learns: bool = False
) -> odin.ODIN:
    """The chip with weights of its ten outputs.

    Args:
        settings: of the experiment.
        weights: `[pixels, 10]`, 0 to 7.
        threshold: register `thr`.
        learns: whether synapses move.
    """
    outputs = [neuron(settings, threshold, learns=learns)] * CLASSES
    return odin.ODIN(outputs, weights + 8, odin.Configuration(open_loop=1))


def first_weights(pixels: int, draw: np.random.Generator) -> NDArray[np.int64]:
    """Weights in the middle, `[pixels, 10]`: 3 or 4 by chance.

    Args:
        pixels: of an image.
        draw: the seed's generator.
    """
    return draw.integers(3, 5, (pixels, CLASSES))


SPIKES = np.array([odin.spike(pixel) for pixel in range(256)])
"""Events of the pixels, all neurons at once."""

SINGLE = np.array([[odin.synapse(p, c) for c in range(CLASSES)] for p in range(256)])
"""The same of the outputs alone, `[256, 10]`."""


def time_references(times: int) -> NDArray[np.int64]:
    """Every output leaks so many times."""
    return np.tile([odin.time_reference(c) for c in range(CLASSES)], times)


def pushes(output: int, height: int) -> NDArray[np.int64]:
    """Virtual events that take a membrane from 0 to a height or just above."""
    return np.full(-(-height // _STRONGEST), odin.virtual(output, _STRONGEST))
