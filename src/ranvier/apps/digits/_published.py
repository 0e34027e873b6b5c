"""Published accuracies on rate-coded MNIST."""

from typing import NamedTuple

from ranvier.apps.digits._settings import Settings


class Published(NamedTuple):
    """A published accuracy, in per cent, and where it stands.

    Attributes:
        accuracy: on the test set, per cent.
        hidden_spikes: of the hidden layer, per digit; None if not stated.
        source: who found it.
    """

    accuracy: float
    hidden_spikes: float | None
    source: str


_PAPER = (
    "Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), MNIST figure (read "
    "off the bar chart)"
)
_TOOLKIT = "notebook of IBM's neuroaikit, 784-250-250-10, 3 epochs"
_INHIBITION = "lateral inhibition example of IBM's neuroaikit, 784-100-10, 5 epochs"

_PUBLISHED = {
    ("ssnu", 4, 256): Published(98.50, None, _PAPER),
    ("snu", 7, 256): Published(98.47, None, _PAPER),
    ("rnn", 4, 256): Published(97.72, None, _PAPER),
    ("lstm", 4, 256): Published(97.48, None, _PAPER),
    ("gru", 4, 256): Published(96.45, None, _PAPER),
    ("snu", 3, 250): Published(94.84, None, _TOOLKIT),
    ("lstm", 3, 250): Published(94.35, None, _TOOLKIT),
    ("snu", 2, 100): Published(94.51, 1128.0, _INHIBITION),
    ("li-snu", 2, 100): Published(
        93.82, 45.9, f"{_INHIBITION}; there, examples of one batch inhibit each other"
    ),
}

_CONVOLUTIONAL = (
    f"{_PAPER}, convolutional network, 100 epochs, judged with 300 steps; its layers are not stated"
)
_WITH_DISTORTION = Published(99.53, None, f"{_CONVOLUTIONAL}; elastic distortion")
_WITHOUT_DISTORTION = Published(99.21, None, _CONVOLUTIONAL)


def published(neuron: str, settings: Settings) -> Published | None:
    """What was published for a network of this neuron, depth and width, or with convolutions.

    Args:
        neuron: of the network.
        settings: its layers, their size, distortion and the data.

    Example:
        >>> published("ssnu", Settings(layers=4, size=256)).accuracy
        98.5
        >>> published("ssnu", Settings(layers=2))
    """
    if settings.data != "mnist":
        return None
    if settings.channels:
        if neuron != "snu":
            return None
        return _WITH_DISTORTION if settings.distortion else _WITHOUT_DISTORTION
    return _PUBLISHED.get((neuron, settings.layers, settings.size))
