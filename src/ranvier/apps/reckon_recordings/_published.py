"""Published accuracies near these tasks; none is of the same data, network and protocol."""

from typing import NamedTuple

from ranvier.apps.reckon_recordings._settings import VOWELS, Settings


class Neighbour(NamedTuple):
    """A published accuracy, in per cent, what it is of, and where it stands."""

    accuracy: float
    what: str
    source: str


_CHIP = Neighbour(
    90.7,
    "the chip itself, Spiking Heidelberg Digits, 46 uW at 0.5 V; protocol and classes not public",
    "Frenkel, Indiveri, ISSCC 2022",
)
_BRAILLE = (
    Neighbour(
        95.0,
        "these seven letters, a recurrent network of 40 units by backpropagation, other encoding "
        "and split",
        "Pedersen et al., Nature Communications 15:8122 (2024), in snnTorch",
    ),
    Neighbour(
        93.6,
        "the same without biases, in Norse and on SpiNNaker 2 (85.7 % on the chip Xylo)",
        "Pedersen et al., Nature Communications 15:8122 (2024)",
    ),
)


def neighbours(settings: Settings) -> tuple[Neighbour, ...]:
    """What is published near a task.

    Args:
        settings: of the run.

    Example:
        >>> [one.accuracy for one in neighbours(Settings())]
        [95.0, 93.6]
        >>> neighbours(Settings(classes=("A", "B")))
        ()
    """
    if settings.data != "braille":
        return (_CHIP,)
    return _BRAILLE if set(settings.classes) == set(VOWELS) else ()
