"""Published accuracies of networks whose units fire once."""

from typing import NamedTuple

from ranvier.apps.single_spike._settings import Settings


class Published(NamedTuple):
    """A published accuracy on the test set of MNIST.

    Attributes:
        accuracy: per cent.
        source: who found it.
    """

    accuracy: float
    source: str


_PUBLISHED = {
    ("s4nn", (400,)): Published(
        97.4,
        "Kheradpisheh, Masquelier, Int. J. Neural Syst. 30 (2020), abstract; a tie that the true "
        "class is part of counts as right, and the test set chose the epoch in the authors' code",
    ),
    ("mostafa", (800,)): Published(
        97.55, "Mostafa, IEEE Trans. Neural Netw. Learn. Syst. 29 (2018), MNIST table"
    ),
    ("mostafa", (400, 400)): Published(
        97.14, "Mostafa, IEEE Trans. Neural Netw. Learn. Syst. 29 (2018), MNIST table"
    ),
}


def published(settings: Settings) -> Published | None:
    """What was published for a network of these layers.

    Args:
        settings: method, layers and data.

    Example:
        >>> published(Settings(data="mnist", hidden=(400,))).accuracy
        97.4
        >>> published(Settings(hidden=(400,)))
    """
    if settings.data != "mnist":
        return None
    return _PUBLISHED.get((settings.method, settings.hidden))
