"""The network of a file, and images as it takes them."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from ranvier.convert.files import Imported, layout, read_network
from ranvier.core import nearest
from ranvier.data import Images, cifar10, fashion_mnist, mnist, optical_digits

_PARTS: dict[str, Callable[[int], Any]] = {
    "conv": lambda value: layout.Conv(padding=value),
    "conv-same": lambda _: layout.Conv(padding="same"),
    "dense": lambda _: layout.Dense(),
    "batch-norm": lambda _: layout.BatchNorm(),
    "relu": lambda _: layout.ReLU(),
    "maximum": lambda value: layout.MaxPool(value or 2),
    "average": lambda value: layout.AveragePool(value or 2),
    "global-average": lambda _: layout.GlobalAverage(),
    "global-maximum": lambda _: layout.GlobalMaximum(),
    "flatten": lambda _: layout.Flatten(),
}

_DATA: dict[str, Callable[[Any], Images]] = {
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "optical-digits": optical_digits,
    "cifar10": cifar10,
    "cifar10-lossy": functools.partial(cifar10, lossy=True),
}


class Wanted(Protocol):
    """What settings say of the network and its data."""

    @property
    def model(self) -> str: ...
    @property
    def data(self) -> str: ...
    @property
    def layout(self) -> str: ...
    @property
    def in_shape(self) -> tuple[int, ...]: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Shown(NamedTuple):
    """Images as a network takes them, and their classes.

    Attributes:
        x: `[N, *in_shape]`.
        labels: `[N]`.

    Example:
        See `images_for`.
    """

    x: np.ndarray
    labels: np.ndarray


def parts_of(text: str) -> list[layout.Part] | None:
    """Layers from words: "conv", "conv:1" (padding), "conv-same", "average:2", "dense" and so on.

    Args:
        text: layers in order, set apart by spaces or commas; nothing for none.

    Raises:
        ValueError: a word that is no layer; the nearest is named.

    Example:
        >>> [type(part).__name__ for part in parts_of("conv:1 relu average:2 flatten dense")]
        ['Conv', 'ReLU', 'AveragePool', 'Flatten', 'Dense']
    """
    found = []
    for word in text.replace(",", " ").split():
        name, _, value = word.partition(":")
        if name not in _PARTS:
            raise ValueError(f"the layout has no layer {name!r}. {nearest(name, _PARTS)}")
        if value and not value.isdigit():
            raise ValueError(f"the layout says {word!r}; expected a whole number behind the colon.")
        found.append(_PARTS[name](int(value or 0)))
    return found or None


def network_of(settings: Wanted) -> Imported:
    """The network of the file that settings name.

    Args:
        settings: file, layout and shape.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no network that can be read.
    """
    return read_network(
        settings.model, layout=parts_of(settings.layout), in_shape=settings.in_shape or None
    )


def images_for(settings: Wanted, in_shape: tuple[int, ...]) -> tuple[Shown, Shown]:
    """Training and test images, scaled and shaped as the network takes them.

    Args:
        settings: which, and what black and white are.
        in_shape: axes of the network's input; images without an axis of colours get one, or are
            laid out in a row.

    Raises:
        ValueError: images that do not have as many pixels as the network takes.
    """
    read = _DATA[settings.data]
    learn, judge = (_shaped(read(part), settings, in_shape) for part in ("train", "test"))
    return learn, judge


def _shaped(images: Images, settings: Wanted, in_shape: tuple[int, ...]) -> Shown:
    pixels = images.images
    if int(np.prod(pixels.shape[1:])) != int(np.prod(in_shape)):
        raise ValueError(
            f"images of {settings.data} have shape {pixels.shape[1:]}, but the network takes "
            f"{in_shape}. Choose the data that it was trained on with --data."
        )
    scaled = settings.low + (settings.high - settings.low) * (pixels / np.float32(255))
    return Shown(scaled.reshape(len(pixels), *in_shape), images.labels.astype(int))
