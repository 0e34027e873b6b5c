"""Correlated streams: their mean, their correlation, and what is refused.

Fixed seeds; bounds of five standard errors, so that a correct draw fails one in less than two of a
million.
"""

import numpy as np
import pytest

from ranvier.data import correlated_streams


def correlation_error(c, p, steps):
    """Standard error of the mean correlation of many pairs: that of the reference's variance.

    With many streams, each pair's covariance is c times the reference's sample variance.
    """
    return c * (1 - 2 * p) / np.sqrt(p * (1 - p) * steps)


@pytest.mark.parametrize(("c", "p"), [(0.0, 0.02), (0.1, 0.02), (0.5, 0.02), (0.25, 0.2)])
def test_mean_and_correlation_are_those_asked_for(c, p):
    steps, size = 40_000, 30
    drawn = correlated_streams(
        np.random.default_rng(0), steps, streams=60, groups=(size,), correlation=c, chance=p
    )
    x = drawn.events.astype(float)
    alone = x[:, size:]
    assert abs(alone.mean() - p) < 5 * np.sqrt(p * (1 - p) / alone.size)
    # Streams of a group share the error of their reference.
    group = x[:, :size]
    shared = np.sqrt(p * (1 - p) / steps * (c + (1 - c) / size))
    assert abs(group.mean() - p) < 5 * shared
    matrix = np.corrcoef(x.T)
    inside = matrix[:size, :size][~np.eye(size, dtype=bool)]
    pairs = size * (size - 1) / 2
    error = np.hypot(correlation_error(c, p, steps), 1 / np.sqrt(pairs * steps))
    # A pair's own error is larger where events are correlated; it averages over the pairs.
    assert abs(inside.mean() - c) < 5 * (error + 0.005 * c)
    others = np.concatenate(
        [matrix[size:, :size].ravel(), matrix[size:, size:][np.triu_indices(30, 1)]]
    )
    assert abs(others.mean()) < 5 / np.sqrt(others.size * steps) * 3


def test_groups_come_first_and_have_references_of_their_own():
    drawn = correlated_streams(
        np.random.default_rng(1), 20_000, streams=50, groups=(20, 10), correlation=(0.5, 1.0)
    )
    assert drawn.group.tolist() == [0] * 20 + [1] * 10 + [-1] * 20
    assert drawn.events.dtype == np.uint8 and set(np.unique(drawn.events)) == {0, 1}
    matrix = np.corrcoef(drawn.events.T)
    assert np.allclose(matrix[20:30, 20:30], 1.0)
    assert abs(matrix[:20, 20:30].mean()) < 0.05 < matrix[:20, :20].mean()


def test_steps_are_independent():
    events = correlated_streams(
        np.random.default_rng(2), 50_000, streams=10, groups=(9,), correlation=0.5
    )
    x = events.events[:, :9].sum(1)
    assert abs(np.corrcoef(x[1:], x[:-1])[0, 1]) < 5 / np.sqrt(50_000)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"streams": 50}, "no more streams in groups than there are"),
        ({"groups": (0,)}, "at least one of each"),
        ({"correlation": 1.5}, "expected correlations of 0 to 1"),
        ({"correlation": (0.1, 0.2)}, "for 1 groups"),
        ({"chance": 0.0}, "a chance between 0 and 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        correlated_streams(np.random.default_rng(0), 10, **options)
