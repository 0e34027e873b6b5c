"""Which pieces of a collection are copies of one another, so that no copy is learned and tested."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

_WINDOW = 4


def first_copies(rolls: Sequence[np.ndarray]) -> np.ndarray:
    """For each piece, the index of the earliest piece that it is a copy of; its own if none.

    Two pieces are copies where, after transposition, at least half of the different stretches of
    four frames of the one with fewer are found in the other; identical pieces of two frames and
    more always are. Copies of copies count as copies.

    Args:
        rolls: arrays [T, width] of 0 and 1.

    Returns:
        int64 [pieces].

    Example:
        >>> rising, falling = np.eye(9), np.eye(9)[::-1]
        >>> first_copies([rising, falling, np.roll(rising[:7], 2, axis=1)])
        array([0, 1, 0])
    """
    stretches = [_stretches(np.asarray(roll, np.uint8)) for roll in rolls]
    holders: dict[bytes, list[int]] = defaultdict(list)
    for index, found in enumerate(stretches):
        for stretch in found:
            holders[stretch].append(index)
    shared = Counter(
        (a, b) for group in holders.values() for i, b in enumerate(group) for a in group[:i]
    )
    first = np.arange(len(stretches))
    for (a, b), count in shared.items():
        if 2 * count >= min(len(stretches[a]), len(stretches[b])):
            low, high = sorted((first[a], first[b]))
            first[first == high] = low
    return first


def _stretches(roll: np.ndarray) -> set[bytes]:
    """All sounding stretches of four frames, moved down to the first key."""
    length = min(_WINDOW, len(roll))
    found = set()
    for start in range(len(roll) - length + 1):
        stretch = roll[start : start + length]
        used = np.flatnonzero(stretch.any(axis=0))
        if len(used):
            held = np.ascontiguousarray(stretch[:, used[0] : used[-1] + 1])
            found.add(bytes([length]) + held.tobytes())
    return found
