"""Published accuracies on these recordings, with the conditions under which they hold."""

from typing import NamedTuple

from ranvier.apps.recognition._settings import Settings


class Published(NamedTuple):
    """A published accuracy, in per cent, and where it stands."""

    accuracy: float
    source: str


_BRAILLE = Published(
    96.7,
    "recurrent spiking network with a learned encoder, surrogate gradients, four taxels, 27 "
    "classes, random fifth: fifth tutorial notebook of F. Zenke's spytorch, on the data of "
    "Müller-Cleve et al., Front. Neurosci. 16:951164 (2022)",
)


def published(neuron: str, settings: Settings) -> Published | None:
    """What was published for the same recordings, split and channels.

    Args:
        neuron: of the network.
        settings: of the run.

    Example:
        >>> published("snu", Settings(data="braille", channels=(1, 2, 6, 10))).accuracy
        96.7
        >>> published("snu", Settings())
    """
    four = settings.data == "braille" and settings.channels == (1, 2, 6, 10)
    if four and settings.split == "published" and neuron in ("snu", "lif", "alif"):
        return _BRAILLE
    return None
