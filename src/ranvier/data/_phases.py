"""Cosines of a hidden phase: a task whose answers are numbers, drawn by a formula."""

import numpy as np
from numpy.typing import NDArray


def cosines_of_phase(
    random: np.random.Generator, examples: int, *, inputs: int = 256, outputs: int = 10
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    r"""Noisy readings of one phase, and its cosine with an offset per output: a regression.

    $$c \sim U(-\pi, \pi), \qquad x_j \sim N(c, 1), \qquad
    t_i = \cos\!\left(\frac{1}{n} \sum_j x_j + \pi\,\frac{i - (m - 1) / 2}{m - 1}\right)$$

    for $n$ inputs and $m$ outputs. Answers have both signs and every size, so that they do not
    tell the sign of the error as classes do.

    Args:
        random: draws the examples.
        examples: how many, N.
        inputs: $n$.
        outputs: $m$, at least 2.

    Returns:
        Readings `[N, inputs]` and answers `[N, outputs]`.

    Raises:
        ValueError: no example, no input, or fewer than two outputs.

    Source: Frenkel, Lefebvre, Bol, Front. Neurosci. 15 (2021), its published code: 5000 examples
    to learn from and 1000 to judge by.

    Example:
        >>> x, target = cosines_of_phase(np.random.default_rng(0), 3)
        >>> x.shape, target.shape
        ((3, 256), (3, 10))
    """
    for name, value, least in (
        ("examples", examples, 1),
        ("inputs", inputs, 1),
        ("outputs", outputs, 2),
    ):
        if value < least:
            raise ValueError(f"cosines_of_phase: {name} is {value}, expected at least {least}.")
    centre = random.uniform(-np.pi, np.pi, (examples, 1))
    x = random.normal(centre, 1, (examples, inputs))
    offset = np.pi * (np.arange(outputs) - (outputs - 1) / 2) / (outputs - 1)
    target = np.cos(x.mean(1, keepdims=True) + offset)
    return x.astype(np.float32), target.astype(np.float32)
