"""One chip that learns: every image is shown once, and once more by the teacher if it must."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._odin_digits.chip import (
    CLASSES,
    FORGET,
    SPIKES,
    first_weights,
    programmed,
    pushes,
    time_references,
)
from ranvier.apps._odin_digits.images import Digits
from ranvier.apps._odin_digits.task import Task
from ranvier.data import Images
from ranvier.hardware.chips import odin

_SWEPT = 2
"""Time references that clear a membrane below its threshold; before calcium leaks there are two
times as many."""


class Learned(NamedTuple):
    """What became of a chip.

    Attributes:
        seen: images before each snapshot, `[checkpoints]`.
        weights: at each, `[checkpoints, pixels, 10]`; the last are those in the end.
        taught: whether the teacher came in, `[images]`.
        moved: changes of weights by image, `[images]`.
        counts: of everything, `[12]`, as `odin.Counts`.
        label: class of the image that was watched, the first that went wrong in the second half.
        fired: outputs that it made fire, `[10]`.
        codes: events of the lesson, `[T]`.
        shown: which of them are the image's own, before the teacher comes, `[T]`.
        core, calcium: of the outputs after each, `[T, 10]`.
    """

    seen: NDArray[np.int64]
    weights: NDArray[np.uint8]
    taught: NDArray[np.bool_]
    moved: NDArray[np.int64]
    counts: NDArray[np.int64]
    label: NDArray[np.int64]
    fired: NDArray[np.bool_]
    codes: NDArray[np.int64]
    shown: NDArray[np.bool_]
    core: NDArray[np.int64]
    calcium: NDArray[np.int64]


class Heard(NamedTuple):
    """The answer of the chip while an image is shown to it.

    Attributes:
        state: of the chip.
        sent: spikes of the image.
        fired: outputs that fired.
    """

    state: odin.State
    sent: int
    fired: frozenset[int]

    def asks(self, label: int) -> bool:
        """Whether the teacher must come in: not the right output alone has fired."""
        return self.fired != {label}


class Lesson:
    """A chip that learns from one image after the other.

    Args:
        settings: of the experiment.
        weights: it begins with, `[pixels, 10]`.
        draw: which pixels the teacher shows again.
    """

    def __init__(
        self, settings: Task, weights: NDArray[np.int64], draw: np.random.Generator
    ) -> None:
        self.settings = settings
        self.chip = programmed(settings, weights, settings.learning_threshold, learns=True)
        self.state = self.chip.init()
        self.draw = draw
        self.lessons = 0

    def hear(self, pixels: NDArray[np.int64], label: int) -> Heard:
        """Show an image until its own output has fired, and a margin more.

        The test bench listens to the output bus; a chip that is shown less is run anew.
        """
        sweep = SPIKES[pixels]
        state, output = self.chip.run(self.state, sweep)
        own = output.events.cause[output.events.value == label]
        sent = min(int(own[0]) + 1 + self.settings.margin, len(sweep)) if len(own) else len(sweep)
        if sent < len(sweep):
            state, output = self.chip.run(self.state, sweep[:sent])
        return Heard(state, sent, frozenset(output.events.value.tolist()))

    def teach(self, heard: Heard, pixels: NDArray[np.int64], label: int) -> NDArray[np.int64]:
        """Events of the teacher after an image that went wrong.

        The right output is fired until its calcium is two and kept above `thetamem`: of the pixels
        that are shown now, its synapses rise. Then all others are fired once: those that had
        fired by themselves have a calcium of two as well, their membrane is low, and their
        synapses fall.
        """
        s, half = self.settings, self.settings.slowing
        pace = 1 / (1 + self.lessons / half) if half else 1.0
        share = self.draw.random(heard.sent) * heard.sent / pace
        shown = pixels[: heard.sent]
        fire = [pushes(c, s.learning_threshold) for c in range(CLASSES)]
        rise = pushes(label, s.thetamem)
        clear = time_references(_SWEPT)
        return np.concatenate(
            [
                clear,
                *[fire[label]] * (1 if label in heard.fired else 2),
                rise,
                SPIKES[shown[(s.together <= share) & (share < s.together + s.alone)]],
                clear,
                *(fire[c] for c in range(CLASSES) if c != label),
                rise,
                SPIKES[shown[share < s.together]],
            ]
        )

    def after(self, heard: Heard, pixels: NDArray[np.int64], label: int) -> NDArray[np.int64]:
        """Events after an image: the teacher where it went wrong, and what makes the chip forget.

        Time references come in whole leaks of calcium, so that each image begins alike.
        """
        if not heard.asks(label):
            return time_references(FORGET)
        fade = time_references(FORGET - 2 * _SWEPT)
        return np.concatenate([self.teach(heard, pixels, label), fade])

    def go_on(self, heard: Heard, events: NDArray[np.int64]) -> None:
        """Send what follows an image."""
        self.state, _ = self.chip.run(heard.state, events)
        self.lessons += 1

    def watch(self, heard: Heard, pixels: NDArray[np.int64], events: Any) -> dict[str, Any]:
        """Membranes and calcium after every event of an image and of what follows it."""
        sweep = SPIKES[pixels[: heard.sent]]
        codes = np.concatenate([sweep, events])
        _, seen = self.chip.trace(self.state, codes, ["core", "calcium"])
        return {
            "fired": np.isin(np.arange(CLASSES), list(heard.fired)),
            "codes": codes,
            "shown": np.arange(len(codes)) < len(sweep),
            **{name: array[:, :CLASSES] for name, array in seen.items()},
        }


def learn(
    seed: int,
    settings: Task,
    images: Images,
    sent: Callable[[Images], Digits],
    on_image: Callable[[int], None],
) -> Learned:
    """Show a chip its images, each once.

    Args:
        seed: draws the images, their order, first weights and the teacher's pixels.
        settings: of the experiment.
        images: to draw from.
        sent: gives the spikes of images; what else the seed draws does not hang on them.
        on_image: called before each.
    """
    draw = np.random.default_rng(seed)
    digits = sent(images[draw.permutation(len(images))[: settings.images]])
    lesson = Lesson(settings, first_weights(settings.side**2, draw), draw)
    stops = np.unique(np.linspace(0, settings.images, settings.checkpoints + 1).astype(int))
    taught, moved = np.zeros((2, settings.images), np.int64)
    kept, watched = [], {}
    changes = odin.Counts._fields.index("synapse_changes")
    for number, label in enumerate(digits.labels.tolist()):
        on_image(number)
        if number in stops:
            kept.append(_weights(lesson))
        pixels = digits.pixels[number, : digits.lengths[number]]
        heard = lesson.hear(pixels, label)
        events = lesson.after(heard, pixels, label)
        taught[number] = heard.asks(label)
        last = number == settings.images - 1
        if not watched and (last or (taught[number] and number >= settings.images // 2)):
            watched = {"label": np.array(label), **lesson.watch(heard, pixels, events)}
        before = lesson.state.counts[changes]
        lesson.go_on(heard, events)
        moved[number] = lesson.state.counts[changes] - before
    kept.append(_weights(lesson))
    return Learned(
        stops, np.stack(kept), taught.astype(bool), moved, lesson.state.counts, **watched
    )


def _weights(lesson: Lesson) -> NDArray[np.uint8]:
    return (lesson.state.synapses[: lesson.settings.side**2, :CLASSES] & 7).astype(np.uint8)
