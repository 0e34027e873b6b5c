"""Numbers in the addresses of events, checked."""

from typing import Any

import numpy as np


def within(owner: str, name: str, given: Any, count: int, reason: str = "") -> Any:
    """What is given, a whole number or an array of them, if all of it is below `count`."""
    values = np.asarray(given)
    if values.dtype.kind not in "iu" and values.size:
        raise TypeError(f"{owner}: {name} is {given!r}, expected an integer or an array of them.")
    wrong = values[(values < 0) | (values >= count)]
    if wrong.size:
        raise ValueError(f"{owner}: {name} is {wrong.flat[0]}, expected 0 to {count - 1}{reason}.")
    return values.astype(np.int64) if values.ndim else int(values)
