"""Still images as static networks see them: scaled, in batches, and judged."""

from collections.abc import Iterator
from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
import numpy as np

import ranvier.metrics as metrics
from ranvier.apps._static import CLASSES, Wanted
from ranvier.core import Batch, Cell
from ranvier.data import Images
from ranvier.nets import run

_AT_ONCE = 1000


class Dealt(Wanted, Protocol):
    """What settings say of a static network and of its batches."""

    @property
    def batch_size(self) -> int: ...


@eqx.filter_jit
def _answers(model: Cell, x: Any) -> Any:
    return jnp.argmax(run(model, x)[1][-1], -1)


def scaled(settings: Wanted, images: np.ndarray) -> np.ndarray:
    """Images as the first layer takes them, 0 to 1, with or without their axes.

    Args:
        settings: whether there are convolutions.
        images: uint8 `[n, rows, columns]`.
    """
    shaped = images[..., None] if settings.channels else images.reshape(len(images), -1)
    return shaped.astype(np.float32) / 255


def batches(settings: Dealt, images: Images, outputs: int = CLASSES) -> Iterator[Batch]:
    """Images in the order given, with their classes as targets.

    Args:
        settings: images per update, and whether there are convolutions.
        images: of one epoch.
        outputs: classes that are told apart.
    """
    size = settings.batch_size
    for begin in range(0, len(images), size):
        chosen = images[begin : begin + size]
        x = scaled(settings, chosen.images)[None]
        target = np.eye(outputs, dtype=np.float32)[chosen.labels][None]
        yield Batch(x, target, np.ones(x.shape[:2], np.float32))


def accuracy(settings: Wanted, model: Cell, images: Images) -> float:
    """Share of the images that are taken for what they are, per cent.

    Args:
        settings: whether there are convolutions.
        model: that answers.
        images: with their true classes.
    """
    found = [
        _answers(model, jnp.asarray(scaled(settings, some.images)[None]))
        for some in (images[at : at + _AT_ONCE] for at in range(0, len(images), _AT_ONCE))
    ]
    return 100 * metrics.accuracy(images.labels, np.concatenate(found))
