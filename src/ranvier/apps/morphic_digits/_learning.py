"""Neurons that learn digits on the chip, by stochastic SDSP under a teacher."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps.morphic_digits._images import CLASSES, Seen
from ranvier.apps.morphic_digits._read import RAMP, Outputs, read
from ranvier.apps.morphic_digits._settings import Settings
from ranvier.hardware.chips import morphic

EXTERNAL = 512
THRESHOLD = 255
"""Of neurons that learn: only the teacher makes them fire."""

LEARNS = morphic.LIFNeuron(
    thr=THRESHOLD,
    leak_str=127,
    leak_en=1,
    ca_en=1,
    thetamem=112,
    ca_theta1=1,
    ca_theta2=2,
    ca_theta3=2,
    ca_leak=1,
)
_STRONGEST = 7  # What a virtual event can give.
_HALVES = 2


class Learned(NamedTuple):
    """What became of a network that learned on the chip.

    Attributes:
        seen: images seen at each check, `[checks]`.
        right: of the test images at each check, `[checks]`.
        images: judged at each check, `[]`.
        wrong: share of members that the teacher had to correct, `[passes]`.
        learning: counts of the chip while it learned, `[12]`.
        reading: counts of the chip at the last check, `[12]`.
        weights: share of the members of a class whose synapse is 1 in the end,
            `[10, 2, side, side]`, where a pixel is bright and where it is dark.
    """

    seen: NDArray[np.int64]
    right: NDArray[np.int64]
    images: NDArray[np.int64]
    wrong: NDArray[np.float64]
    learning: NDArray[np.int64]
    reading: NDArray[np.int64]
    weights: NDArray[np.float64]


def new(pixels: int, members: int, bits: int, move: int, seed: int) -> morphic.MorphIC:
    """A chip whose neurons have random weights onto both lines of every pixel.

    Neuron `members * c + m` is member m of class c.

    Args:
        pixels: of an image.
        members: of each class.
        bits: N.
        move: P.
        seed: draws the weights and the register of the generator.
    """
    random = np.random.default_rng([seed, 2019])
    synapses = np.zeros((EXTERNAL + 2 * pixels, CLASSES * members), int)
    synapses[EXTERNAL:] = random.random((2 * pixels, CLASSES * members)) < 0.5
    synapses[RAMP] = 1
    configuration = morphic.Configuration(
        open_loop=1,
        sdsp_n=bits,
        sdsp_p_up=move,
        sdsp_p_down=move,
        seed=int(random.integers(1, 1 << 25)),
    )
    return morphic.MorphIC([morphic.Core([LEARNS] * (CLASSES * members), synapses, configuration)])


def reader(members: int, threshold: int) -> tuple[morphic.MorphIC, Outputs]:
    """The chip with registers that only read: no calcium, no learning.

    Args:
        members: of each class.
        threshold: of all neurons.
    """
    neuron = morphic.LIFNeuron(thr=threshold, leak_str=127, leak_en=1)
    still = morphic.Configuration(open_loop=1, sdsp_en=0)
    chip = morphic.MorphIC([morphic.Core([neuron] * (CLASSES * members), None, still)])
    return chip, Outputs(0, np.arange(CLASSES * members).reshape(CLASSES, members), threshold)


def lesson(
    lines: NDArray[np.int64], raised: NDArray[np.int64], lowered: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Events by which some neurons learn an image and others unlearn it.

    The teacher gives them a spike, so that calcium opens their synapses, and shows the image
    again in two halves. Before each half it sets the membranes: of those that learn above the
    point from which synapses rise, of those that unlearn to zero. Other neurons have no calcium.

    Args:
        lines: external lines of the image, in order.
        raised: neurons that learn.
        lowered: neurons that unlearn.
    """
    if not len(raised):
        return np.zeros(0, np.int64)
    taught = np.concatenate([raised, lowered])
    shown = morphic.line(lines)
    half = -(-len(lines) // _HALVES)
    parts = [_times(taught, THRESHOLD, inhibitory=False)]
    for begin in range(0, len(lines), half):
        if begin:
            parts.append(_times(raised, THRESHOLD, inhibitory=True))
            parts.append(_times(lowered, half, inhibitory=True))
        parts.append(_times(raised, LEARNS.thetamem, inhibitory=False))
        parts.append(shown[begin : begin + half])
    return np.concatenate(parts)


def _times(neurons: NDArray[np.int64], amount: int, *, inhibitory: bool) -> NDArray[np.int64]:
    """Virtual events that give so much, or a little more, to each neuron."""
    one = morphic.virtual(neurons, _STRONGEST, inhibitory=inhibitory)
    return np.tile(one, -(-amount // _STRONGEST))


def learn(
    settings: Settings,
    members: int,
    move: int,
    seed: int,
    learned: Seen,
    test: Seen,
    *,
    passes: int,
    on_pass: Callable[[int], None],
) -> Learned:
    """A network that sees the images, and is corrected where the wrong class leads.

    Each member of the right class is compared with the members of the same number of the others.
    Where another leads, it unlearns the image, and the member of the right class learns it.

    Args:
        settings: of the experiment.
        members: of each class.
        move: P.
        seed: draws the weights, the generator's register and the order after the first pass.
        learned: images to learn from.
        test: images to read.
        passes: over the images to learn from.
        on_pass: called before every pass.
    """
    pixels, count = learned.bright.shape[1], min(settings.images, len(learned.labels))
    chip = new(pixels, members, settings.bits, move, seed)
    state, lines = chip.init(), learned.lines[:count]
    shown, rest = morphic.line(lines), [morphic.time_reference()] * 2
    checks = _checks(count, settings.checks, passes)
    right, wrong, pending = [], np.zeros(passes), np.zeros(0, np.int64)
    start, reading = np.array(state.counts), None
    for at in range(passes):
        on_pass(at)
        order = np.arange(count)
        if at:
            order = np.random.default_rng([seed, at]).permutation(count)
        for k, image in enumerate(order):
            # The second pair of references takes the calcium of the last lesson away.
            state, _ = chip.run(state, np.concatenate([pending, rest, shown[image]]))
            raised, lowered = corrected(
                state.neurons[0, : CLASSES * members, 0].reshape(CLASSES, members),
                int(learned.labels[image]),
            )
            wrong[at] += len(raised) / members / count
            pending = np.concatenate([rest, lesson(lines[image], raised, lowered)])
            if at * count + k + 1 in checks:
                state, _ = chip.run(state, pending)
                pending = np.zeros(0, np.int64)
                answers = judge(settings, state, members, test)
                right.append(answers[0])
                reading = answers[1]
    images = settings.judged or len(test.labels)
    side = int(pixels**0.5)
    each = state.synapses[0, EXTERNAL : EXTERNAL + 2 * pixels, : CLASSES * members]
    shares = each.reshape(2, side, side, CLASSES, members).mean(-1)
    return Learned(
        np.array(sorted(checks)),
        np.array(right),
        np.array(min(images, len(test.labels))),
        wrong,
        state.counts - start,
        np.array(reading),
        np.moveaxis(shares, -1, 0),
    )


def _checks(count: int, parts: int, passes: int) -> set[int]:
    """Images seen before each check: parts of the first pass, and every pass."""
    within = {max(1, count >> k) for k in range(parts)}
    return within | {count * (at + 1) for at in range(passes)}


def corrected(
    membranes: NDArray[np.int64], label: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Neurons that learn and that unlearn: a pair for each member that does not lead.

    Args:
        membranes: `[classes, members]`, after the image.
        label: the right class.
    """
    members = membranes.shape[1]
    others = np.where(np.arange(len(membranes))[:, None] == label, -1, membranes)
    best = others.argmax(0)
    behind = np.flatnonzero(membranes[label] <= others.max(0))
    return members * label + behind, members * best[behind] + behind


def judge(
    settings: Settings, state: morphic.State, members: int, test: Seen
) -> tuple[int, NDArray[np.int64]]:
    """Test images that are read rightly, and the counts of reading them.

    Args:
        settings: how many images.
        state: whose synapses read; its calcium and its counts are left alone.
        members: of each class.
        test: images.
    """
    count = settings.judged or len(test.labels)
    seen = Seen(test.bright[:count], test.labels[:count])
    # No sum of weights can be more than the pixels.
    chip, outputs = reader(members, min(THRESHOLD, seen.bright.shape[1]))
    quiet = chip.init()._replace(synapses=state.synapses)
    found = read(chip, quiet, morphic.line(seen.lines), outputs)
    return int((found.classes == seen.labels).sum()), np.array(found.counts)
