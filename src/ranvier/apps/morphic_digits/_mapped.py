"""A binary network on the chip: in one core, or with hidden neurons in three and outputs in the
fourth."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps.morphic_digits._binary import Network
from ranvier.apps.morphic_digits._images import CLASSES, Seen
from ranvier.apps.morphic_digits._read import RAMP, Outputs, read
from ranvier.apps.morphic_digits._settings import Settings
from ranvier.hardware.chips import morphic

SHARING = 3
"""Cores of hidden neurons where all four are used."""

EXTERNAL = 512
"""The first external line of a core."""

_FIXED = morphic.Configuration(sdsp_en=0)


class Mapped(NamedTuple):
    """A binary network on the exact chip, beside the same network in software.

    Attributes:
        right: of the images that the chip reads, on the chip and in software, `[2]`.
        software: right in software, of all test images, per cent, `[]`.
        other_answers: images that the two answer differently, `[]`.
        other_spikes: hidden neurons, over all images, that fire on one side alone, `[]`.
        hidden_spikes: on the chip, `[]`.
        ramps: events that raised the outputs, of each image.
        threshold: of the outputs, `[]`.
        counts: of the chip in all images, `[12]`.
        confusion: images by class and answer of the chip, `[10, 10]`.
        validated: of the training, `[epochs]`.
        images: judged, `[]`.
    """

    right: NDArray[np.int64]
    software: NDArray[np.float64]
    other_answers: NDArray[np.int64]
    other_spikes: NDArray[np.int64]
    hidden_spikes: NDArray[np.int64]
    ramps: NDArray[np.int64]
    threshold: NDArray[np.int64]
    counts: NDArray[np.int64]
    confusion: NDArray[np.int64]
    validated: NDArray[np.float64]
    images: NDArray[np.int64]


def on_one_core(network: Network, threshold: int) -> tuple[morphic.MorphIC, Outputs]:
    """The chip of a network whose hidden and output neurons share a core.

    Args:
        network: with 501 hidden neurons at most.
        threshold: of the outputs.
    """
    lines, count = network.hidden.shape
    synapses = np.zeros((EXTERNAL + lines, count + CLASSES), int)
    synapses[EXTERNAL:, :count] = network.hidden
    synapses[:count, count:] = network.output
    synapses[RAMP, count:] = 1
    neurons = [*_neurons(network.thresholds), *_neurons([threshold] * CLASSES)]
    core = morphic.Core(neurons, synapses, _FIXED)
    outputs = Outputs(0, count + np.arange(CLASSES)[:, None], threshold)
    return morphic.MorphIC([core]), outputs


def on_four_cores(network: Network, threshold: int) -> tuple[morphic.MorphIC, Outputs]:
    """The chip of a network with hidden neurons in three cores; three of them share each line.

    Args:
        network: with hidden neuron `3 line + core` and equal rows of outputs for the same line.
        threshold: of the outputs.
    """
    lines, cores = network.hidden.shape[0], []
    for place in range(SHARING):
        synapses = np.zeros((EXTERNAL + lines, network.hidden.shape[1] // SHARING), int)
        synapses[EXTERNAL:] = network.hidden[:, place::SHARING]
        held = _neurons(network.thresholds[place::SHARING])
        routes = [morphic.Route(cores=1 << SHARING, line=line) for line in range(len(held))]
        # Nothing within the core: spikes go to the outputs alone.
        alone = morphic.Configuration(sdsp_en=0, open_loop=1)
        cores.append(morphic.Core(held, synapses, alone, routes))
    rows = network.output[::SHARING]
    synapses = np.zeros((EXTERNAL + len(rows), CLASSES), int)
    synapses[EXTERNAL:] = rows
    synapses[RAMP] = 1
    alone = morphic.Configuration(sdsp_en=0, open_loop=1)
    cores.append(morphic.Core(_neurons([threshold] * CLASSES), synapses, alone))
    return morphic.MorphIC(cores), Outputs(SHARING, np.arange(CLASSES)[:, None], threshold)


def _neurons(thresholds: Any) -> list[morphic.LIFNeuron]:
    """Neurons that two time references set to zero."""
    return [morphic.LIFNeuron(thr=int(thr), leak_str=127, leak_en=1) for thr in thresholds]


def judge(
    settings: Settings, network: Network, learned: Seen, test: Seen, *, several: bool
) -> Mapped:
    """Read test images on the chip, and compare with the network in software.

    Args:
        settings: how many images.
        network: as `on_one_core` or `on_four_cores` takes it.
        learned: images that set the threshold of the outputs: one above the most votes.
        test: images.
        several: whether it is on four cores.
    """
    count = settings.judged or len(test.labels)
    seen = Seen(test.bright[:count], test.labels[:count])
    threshold = int(min(network.votes(learned).max() + 1, 255))
    chip, outputs = (on_four_cores if several else on_one_core)(network, threshold)
    cores = tuple(range(SHARING)) if several else (0,)
    shown = morphic.line(seen.lines, core=cores)
    found = read(chip, chip.init(), shown, outputs, record=True)
    expected, fired = network.activity(seen), _hidden_of(found.fired, network, several)
    software = network.votes(seen).argmax(1)
    confusion = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(confusion, (seen.labels, found.classes), 1)
    return Mapped(
        np.array([(found.classes == seen.labels).sum(), (software == seen.labels).sum()]),
        np.array(100 * (network.votes(test).argmax(1) == test.labels).mean()),
        np.array((found.classes != software).sum()),
        np.array((fired != expected).sum()),
        np.array(found.hidden.sum()),
        found.ramps,
        np.array(threshold),
        np.array(found.counts),
        confusion,
        network.validated,
        np.array(count),
    )


def _hidden_of(fired: Any, network: Network, several: bool) -> NDArray[np.bool_]:
    """Which hidden neurons of the network fired on the chip, in the network's order."""
    count = network.hidden.shape[1]
    if not several:
        return fired[:, 0, :count]
    each = fired[:, :SHARING, : count // SHARING]
    return each.swapaxes(1, 2).reshape(len(fired), count)
