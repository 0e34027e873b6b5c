"""Small handwritten digits that come with scikit-learn (Alpaydin, Kaynak 1998)."""

from typing import Any

import numpy as np

from ranvier.core import nearest
from ranvier.data._images import Images, Part

_PARTS = {"train": slice(None, 1400), "test": slice(1400, None)}


def optical_digits(part: Part = "train") -> Images:
    """Handwritten digits, 8 x 8, without a download: 1400 to learn from, 397 to judge by.

    The order of scikit-learn's 1797 images is permuted, always alike, and cut. Their 17 levels of
    grey are spread over 0 to 255.

    Args:
        part: `"train"` or `"test"`.

    Raises:
        ValueError: an unknown part.
        ImportError: scikit-learn is not installed.

    Source: E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI Machine
    Learning Repository (1998); its test set.

    Example:
        >>> optical_digits("test").images.shape
        (397, 8, 8)
    """
    if part not in _PARTS:
        raise ValueError(f"optical_digits has no part {part!r}. {nearest(part, _PARTS)}")
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        raise ImportError(
            "optical_digits come with scikit-learn. Install it with: pip install 'ranvier[digits]'"
        ) from missing
    found: Any = load_digits()
    chosen = np.random.default_rng(0).permutation(len(found.target))[_PARTS[part]]
    brightness = np.round(found.images[chosen] * 255 / 16).astype(np.uint8)
    return Images(f"optical_digits {part}", brightness, found.target[chosen].astype(np.uint8))
