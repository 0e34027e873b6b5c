"""Tasks made from one set of labelled images: permuted pixels, or pairs of classes."""

import numpy as np

from ranvier.apps._static import CLASSES
from ranvier.apps.forgetting._settings import Settings
from ranvier.data import Images


def permutation(seed: int, task: int, pixels: int) -> np.ndarray:
    """The order in which a task sees the pixels; the first task sees them as they are.

    Args:
        seed: draws it.
        task: its number, from 0.
        pixels: how many there are.

    Example:
        >>> permutation(0, 0, 4)
        array([0, 1, 2, 3])
        >>> sorted(permutation(0, 1, 4).tolist())
        [0, 1, 2, 3]
    """
    if not task:
        return np.arange(pixels)
    return np.random.default_rng([seed, task, 0]).permutation(pixels)


def names(settings: Settings) -> list[str]:
    """What the tasks are called.

    Example:
        >>> names(Settings(stream="split-class", tasks=2))
        ['0 and 1', '2 and 3']
    """
    if settings.stream == "permuted":
        return [f"permutation {number + 1}" for number in range(settings.tasks)]
    return [f"{2 * number} and {2 * number + 1}" for number in range(settings.tasks)]


def outputs(settings: Settings) -> int:
    """Units of the last layer.

    Example:
        >>> outputs(Settings(stream="split-domain")), outputs(Settings(stream="split-class"))
        (2, 10)
    """
    return 2 if settings.stream == "split-domain" else CLASSES


def part_of(
    settings: Settings, seed: int, task: int, images: Images, most: int | None = None
) -> Images:
    """What a task has of some images.

    Args:
        settings: what tasks are made of.
        seed: draws the permutations.
        task: its number, from 0.
        images: learned from, or judged by.
        most: how many are taken, from the first; None for all.

    Returns:
        The same images with permuted pixels; or those of two classes, numbered 0 and 1 where all
        tasks share two outputs.

    Raises:
        ValueError: not one image of these classes.

    Example:
        >>> four = Images("four", np.zeros((4, 2, 2), np.uint8), np.array([3, 7, 2, 3], np.uint8))
        >>> part_of(Settings(stream="split-domain"), 0, 1, four).labels
        array([1, 0, 1], dtype=uint8)
    """
    if settings.stream == "permuted":
        images = images[:most]
        flat = images.images.reshape(len(images), -1)
        order = permutation(seed, task, flat.shape[1])
        return Images(images.name, flat[:, order].reshape(images.images.shape), images.labels)
    chosen = np.flatnonzero(images.labels // 2 == task)
    if not chosen.size:
        raise ValueError(
            f"{images.name} has no image of {names(settings)[task]} among {len(images)}; expected "
            "some. Take more images, or fewer tasks."
        )
    pair = images[chosen[:most]]
    if settings.stream == "split-class":
        return pair
    return Images(pair.name, pair.images, pair.labels % 2)
