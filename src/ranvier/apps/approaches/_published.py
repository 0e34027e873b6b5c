"""Published accuracies of the approaches on MNIST."""

from typing import NamedTuple


class Published(NamedTuple):
    """A published accuracy, in per cent, and where it stands.

    Attributes:
        accuracy: of the spiking network on the test set.
        source_accuracy: of the network it was made from; `None` if not stated or if there is none.
        source: who found it, with what.
    """

    accuracy: float
    source_accuracy: float | None
    source: str


_PUBLISHED = {
    ("rates", "dense"): Published(
        98.6, None, "Diehl, Neil, Binas, Cook, Liu, Pfeiffer, IJCNN 2015, 784-1200-1200-10"
    ),
    ("rates", "convolutional"): Published(
        99.44,
        99.44,
        "Rueckauer, Lungu, Hu, Pfeiffer, Liu, Front. Neurosci. 11 (2017), LeNet",
    ),
    ("trinary", "convolutional"): Published(
        99.42,
        None,
        "Esser, Appuswamy, Merolla, Arthur, Modha, NeurIPS 2015, abstract: an ensemble of 64 "
        "networks on TrueNorth, 108 uJ per image; one network 92.7 % and 0.268 uJ",
    ),
    ("single-spike", "dense"): Published(
        97.55,
        None,
        "Mostafa, IEEE Trans. Neural Netw. Learn. Syst. 29 (2018), 784-800-10",
    ),
    ("snu", "dense"): Published(
        98.47,
        None,
        "Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), 7 layers of 256 "
        "units, with elastic distortion",
    ),
    ("snu", "convolutional"): Published(
        99.53,
        None,
        "Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), with elastic "
        "distortion, judged with 300 steps",
    ),
}


def published(approach: str, network: str, data: str) -> Published | None:
    """What was published for an approach on a network of this kind, on all of MNIST.

    Args:
        approach: one of `APPROACHES`.
        network: "dense" or "convolutional".
        data: name of the data set.

    Example:
        >>> published("rates", "convolutional", "mnist").accuracy
        99.44
        >>> published("rates", "dense", "fashion-mnist")
    """
    return _PUBLISHED.get((approach, network)) if data == "mnist" else None
