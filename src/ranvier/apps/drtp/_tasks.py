"""What is learned: a regression and a classification by formula, digits and photographs."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ranvier.core import Batch
from ranvier.data import Images, cosines_of_phase
from ranvier.data import catalogue as data_sets

OUTPUTS = 10
"""Of every task."""

_SIDE = 16
"""Rows and columns of a synthetic example."""

_MEAN = np.array([125.3, 123.0, 113.9], np.float32)
_DEVIATION = np.array([63.0, 62.1, 66.7], np.float32)


class Part(NamedTuple):
    """Examples and what is to come out.

    Attributes:
        x: `[n, rows, columns, colours]`.
        target: `[n, outputs]`; one-hot where classes are told apart.
    """

    x: np.ndarray
    target: np.ndarray

    def some(self, chosen: slice | np.ndarray) -> "Part":
        """Some of the examples."""
        return Part(self.x[chosen], self.target[chosen])

    def __len__(self) -> int:
        return len(self.target)


class Task(NamedTuple):
    """A data set in three parts.

    Attributes:
        learn: to learn from.
        valid: chooses epoch and learning rate.
        test: judges.
        regression: whether answers are numbers and no classes.
        flips: whether left and right mean the same.
    """

    learn: Part
    valid: Part
    test: Part
    regression: bool = False
    flips: bool = False

    @property
    def axes(self) -> tuple[int, ...]:
        """Rows, columns and colours of an example."""
        return self.learn.x.shape[1:]

    def batch(
        self, chosen: np.ndarray, random: np.random.Generator, axes: tuple[int, ...]
    ) -> Batch:
        """Some examples to learn from, each flipped or not where that may be.

        Args:
            chosen: their numbers.
            random: draws the flips.
            axes: of the input of the network.
        """
        x, target = self.learn.some(chosen)
        if self.flips:
            flipped = random.random(len(x)) < 0.5
            x = np.where(flipped[:, None, None, None], x[:, :, ::-1], x)
        return Batch(x.reshape(1, -1, *axes), target[None], np.ones((1, len(x)), np.float32))


def task(data: str, learn: int, validation: int) -> Task:
    """A task by the name of its data.

    Args:
        data: as in `Network`.
        learn: at most so many examples to learn from; 0 for all but those that validate.
        validation: examples at the end of the training set that validate.

    Raises:
        ValueError: too few examples.
        ImportError: scikit-learn, which draws the clusters, is not installed.
        ConnectionError: a part of the data is neither here nor to be fetched.
    """
    whole, test = _LOADED[data]()
    given = len(whole)
    left = given - validation
    if left < 1:
        raise ValueError(
            f"validation is {validation} of the {given} training examples of {data}; expected "
            "fewer, so that some are left to learn from."
        )
    return Task(
        _cut(whole, slice(min(learn or left, left))),
        _cut(whole, slice(left, None)),
        _cut(test, slice(None)),
        regression=data in ("phases", "shifted-phases"),
        flips=data == "cifar10-lossy",
    )


def _cut(whole: Part | Images, where: slice) -> Part:
    """Some examples, as the first layer takes them."""
    if isinstance(whole, Part):
        return whole.some(where)
    some = whole[where]
    pixels = some.images.astype(np.float32)
    scaled = (pixels - _MEAN) / _DEVIATION if pixels.ndim == 4 else pixels[..., None] / 255
    return Part(scaled, _one_hot(some.labels))


def _images(data: str, **options: bool) -> tuple[Images, Images]:
    load: Callable[..., Images] = data_sets[data]
    return load("train", **options), load("test", **options)


def _phases(shift: float) -> tuple[Part, Part]:
    def part(seed: int, examples: int) -> Part:
        x, target = cosines_of_phase(np.random.default_rng(seed), examples)
        return Part(x.reshape(examples, _SIDE, _SIDE, 1), target + np.float32(shift))

    return part(0, 5000), part(1, 1000)


def _clusters() -> tuple[Part, Part]:
    try:
        from sklearn.datasets import make_classification
    except ImportError:
        raise ImportError(
            "clusters are drawn by scikit-learn. Install it with: pip install 'ranvier[digits]'"
        ) from None
    x, labels = make_classification(
        30_000,
        _SIDE**2,
        n_informative=128,
        n_redundant=0,
        n_repeated=0,
        n_classes=OUTPUTS,
        n_clusters_per_class=5,
        class_sep=4.5,
        scale=1.0,
        random_state=0,
    )
    whole = Part(x.astype(np.float32).reshape(-1, _SIDE, _SIDE, 1), _one_hot(labels))
    return whole.some(slice(25_000)), whole.some(slice(25_000, None))


_LOADED: dict[str, Callable[[], tuple[Part | Images, Part | Images]]] = {
    "phases": functools.partial(_phases, 0.0),
    # A bias of the output says as much, but no target is negative any longer.
    "shifted-phases": functools.partial(_phases, 2.0),
    "clusters": _clusters,
    "mnist": functools.partial(_images, "mnist"),
    "optical-digits": functools.partial(_images, "optical-digits"),
    "cifar10-lossy": functools.partial(_images, "cifar-10", lossy=True),
}


def _one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(OUTPUTS, dtype=np.float32)[labels]
