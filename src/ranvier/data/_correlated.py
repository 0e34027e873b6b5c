"""Random streams of events, some groups of which are correlated."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class CorrelatedStreams(NamedTuple):
    """Streams of events, and which of them belong together.

    Attributes:
        events: 1 where a stream has an event, else 0, uint8 `[T, streams]`.
        group: of each stream, `[streams]`; -1 for those that are alone.

    Example:
        See `correlated_streams`.
    """

    events: NDArray[np.uint8]
    group: NDArray[np.int64]


def correlated_streams(
    random: np.random.Generator,
    steps: int,
    *,
    streams: int = 1000,
    groups: Sequence[int] = (100,),
    correlation: float | Sequence[float] = 0.1,
    chance: float = 0.02,
) -> CorrelatedStreams:
    r"""Streams that all have events equally often; those of a group tend to have them together.

    $$X_t \sim B(p), \qquad x_{t,i} \sim \begin{cases}
    B(p + \sqrt{c}\,(1 - p)) & X_t = 1 \\ B(p\,(1 - \sqrt{c})) & X_t = 0 \end{cases}$$

    with a reference $X$ per group that nobody sees. The mean of every stream is $p$, the
    correlation of any two of a group exactly $c$, that of all others zero. Steps are independent
    of each other. Groups come first, one after the other.

    Args:
        random: draws the events.
        steps: T.
        streams: in all.
        groups: streams of each group.
        correlation: $c$ of any two streams of a group, 0 to 1; one number, or one per group.
        chance: $p$ of an event, per stream and step.

    Raises:
        ValueError: more streams in groups than there are, an empty group, a correlation or a
            chance outside its range, or as many correlations as there are no groups.

    Source: the construction stands in for the streams of Pantazi et al., Nanotechnology 27:355205
    (2016), and Tuma et al., Nat. Nanotechnol. 11 (2016), whose sizes are not known here.

    Example:
        >>> random = np.random.default_rng(0)
        >>> drawn = correlated_streams(
        ...     random, 400_000, streams=3, groups=(2,), correlation=0.25, chance=0.2)
        >>> drawn.group.tolist(), round(float(drawn.events.mean()), 2)
        ([0, 0, -1], 0.2)
        >>> np.corrcoef(drawn.events.T)[0].round(2).tolist()
        [1.0, 0.25, 0.0]
    """
    if steps < 1 or streams < 1 or any(size < 1 for size in groups) or sum(groups) > streams:
        raise ValueError(
            f"correlated_streams: {steps} steps of {streams} streams with groups of "
            f"{tuple(groups)}, expected at least one of each, and no more streams in groups than "
            "there are."
        )
    many = (correlation,) * len(groups) if isinstance(correlation, (int, float)) else correlation
    if len(many) != len(groups) or not all(0 <= one <= 1 for one in many) or not 0 < chance < 1:
        raise ValueError(
            f"correlated_streams: correlation is {correlation} for {len(groups)} groups and chance "
            f"{chance}; expected correlations of 0 to 1, one or one per group, and a chance "
            "between 0 and 1."
        )
    drawn = random.random((steps, streams), np.float32)
    events = (drawn < chance).astype(np.uint8)
    group, begin = np.full(streams, -1), 0
    for number, (size, one) in enumerate(zip(groups, many, strict=True)):
        root, own = math.sqrt(one), slice(begin, begin + size)
        together = random.random((steps, 1)) < chance
        chances = np.where(together, chance + root * (1 - chance), chance * (1 - root))
        events[:, own] = drawn[:, own] < chances
        group[own] = number
        begin += size
    return CorrelatedStreams(events, group)
