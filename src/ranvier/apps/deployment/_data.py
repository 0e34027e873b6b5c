"""Images as spikes: the brightness of a pixel is the probability of one."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import PRNGKeyArray
from numpy.typing import NDArray

from ranvier.apps._shrunk import shrunk
from ranvier.apps.deployment._network import CLASSES
from ranvier.apps.deployment._settings import Settings
from ranvier.core import Batch
from ranvier.data import Images
from ranvier.data import catalogue as data_sets


class Part(NamedTuple):
    """Images of one part.

    Attributes:
        rates: of every pixel, per step, `[n, side * side]`.
        labels: `[n]`.
    """

    rates: NDArray[np.float32]
    labels: NDArray[np.int64]


def parts(settings: Settings) -> tuple[Part, Part]:
    """What is learned from, and what judges.

    Args:
        settings: of the deployment.

    Raises:
        ValueError: images that cannot be averaged to this side.
    """
    read = data_sets[settings.data]
    train, test = (_part(read(name), settings) for name in ("train", "test"))
    return _first(train, settings.learn), _first(test, settings.judge)


def _first(part: Part, count: int) -> Part:
    return Part(part.rates[: count or None], part.labels[: count or None])


def _part(images: Images, settings: Settings) -> Part:
    bright = images.images.astype(np.float32) / 255
    width, side = bright.shape[1], settings.side
    if side > width:
        raise ValueError(f"side is {side}, expected at most {width}, the pixels of an image.")
    small = shrunk(bright.astype(float), side).astype(np.float32)
    return Part(
        settings.rate * small.reshape(len(small), -1),
        images.labels.astype(np.int64),
    )


def spikes(rates: Any, steps: int, key: PRNGKeyArray) -> jax.Array:
    """One draw per pixel and step, `[T, B, pixels]`.

    Args:
        rates: `[B, pixels]`.
        steps: T.
        key: draws.

    Example:
        >>> spikes(jnp.ones((2, 3)), 4, jr.key(0)).shape
        (4, 2, 3)
    """
    rates = jnp.asarray(rates)
    return jr.bernoulli(key, rates, (steps, *rates.shape)).astype(jnp.float32)


def batches(part: Part, settings: Settings, epoch: int) -> Iterator[Batch]:
    """The images of an epoch in its own order, with spikes of its own.

    Args:
        part: what is learned from.
        settings: of the deployment.
        epoch: its number.
    """
    order = np.random.default_rng([settings.seed, epoch]).permutation(len(part.labels))
    size = min(settings.batch_size, len(order))
    key = jr.fold_in(jr.key(settings.seed + 1), epoch)
    for index in range(len(order) // size):
        chosen = order[index * size : (index + 1) * size]
        x = spikes(part.rates[chosen], settings.steps, jr.fold_in(key, index))
        target = jax.nn.one_hot(part.labels[chosen], CLASSES)[None]
        yield Batch(x, target, jnp.ones(x.shape[:2]))
