"""Readouts in closed form: classes by a quadratic kernel, pixels by a linear map."""

from typing import NamedTuple

import numpy as np

from ranvier.apps.codes._pictures import Seen

_CLASSES = 10
_KERNEL_RIDGE = 0.01
"""Of the kernel's mean diagonal."""

_RIDGES = (0.001, 0.01, 0.1)
"""Of the mean variance of what arrives; those tried for pixels."""

_HELD_OUT = 6
"""Every sixth picture to learn from chooses between them."""


class Readout(NamedTuple):
    """What tells classes and pixels from one number per cell.

    Attributes:
        mean: of what arrived while it learned, `[cells]`.
        examples: what arrived, less the mean and scaled, `[pictures, cells]`.
        votes: of every example for the classes, `[pictures, classes]`.
        weights: to the pixels, `[cells, pixels]`.
        offset: mean of the pixels, `[pixels]`.
    """

    mean: np.ndarray
    examples: np.ndarray
    votes: np.ndarray
    weights: np.ndarray
    offset: np.ndarray

    def judge(self, arrived: np.ndarray, pictures: Seen) -> tuple[float, float, np.ndarray]:
        """Accuracy in per cent, share of the pixels' variance that is missed, pictures decoded.

        Args:
            arrived: `[pictures, cells]`.
            pictures: what was sent.
        """
        centred = arrived - self.mean
        said = _kernel(centred, self.examples) @ self.votes
        accuracy = 100 * float((said.argmax(1) == pictures.labels).mean())
        decoded = centred @ self.weights + self.offset
        spread = ((pictures.pixels - pictures.pixels.mean(0)) ** 2).sum()
        return accuracy, float(((decoded - pictures.pixels) ** 2).sum() / spread), decoded


def learned(arrived: np.ndarray, pictures: Seen) -> Readout:
    """Ridge regression, in closed form: of classes with a quadratic kernel, of pixels linear.

    Args:
        arrived: `[pictures, cells]`.
        pictures: what was sent.
    """
    from scipy.linalg import cho_factor, cho_solve

    mean, offset = arrived.mean(0), pictures.pixels.mean(0)
    centred, wanted = arrived - mean, pictures.pixels - offset
    # In units in which the mean picture has a length of one; the kernel's diagonal is then 4.
    examples = centred / max(float((centred**2).sum(1).mean()), 1e-9)
    kernel = _kernel(centred, examples)
    kernel[np.diag_indices_from(kernel)] += _KERNEL_RIDGE * float(np.trace(kernel)) / len(kernel)
    classes = np.eye(_CLASSES, dtype=np.float32)[pictures.labels]
    votes = cho_solve(cho_factor(kernel, lower=True, overwrite_a=True), classes)
    return Readout(mean, examples, votes, _linear(centred, wanted), offset)


def _kernel(centred: np.ndarray, examples: np.ndarray) -> np.ndarray:
    """Of products, twice: every pair of cells has a weight."""
    return (1 + centred @ examples.T) ** 2


def _linear(arrived: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    out = np.arange(len(arrived)) % _HELD_OUT == 0
    square, both = arrived[~out].T @ arrived[~out], arrived[~out].T @ wanted[~out]
    tried = [_solved(square, both, ridge) for ridge in _RIDGES]
    wrong = [((arrived[out] @ weights - wanted[out]) ** 2).sum() for weights in tried]
    return tried[int(np.argmin(wrong))]


def _solved(square: np.ndarray, both: np.ndarray, ridge: float) -> np.ndarray:
    from scipy.linalg import cho_factor, cho_solve

    cells = len(square)
    # Cells that never spike leave zeros, which the ridge must outweigh by itself.
    strength = max(ridge * float(np.trace(square)) / cells, 1e-6)
    lifted = square + strength * np.eye(cells, dtype=square.dtype)
    return cho_solve(cho_factor(lifted, lower=True, overwrite_a=True), both)
