"""Events in memory: what is refused, parts, pieces together, numbers."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.data.events import Account, Events, concatenate, rate, statistics
from tests.data.events.cases import same

quick = settings(max_examples=30, deadline=None, derandomize=True)
times = st.lists(st.integers(-(10**12), 10**12), max_size=40)


def at(t, **about) -> Events:
    return Events.in_order(
        np.array(t, np.int64), *(np.arange(len(t)) for _ in "xy"), np.arange(len(t)) % 2, **about
    )


@pytest.mark.parametrize(
    ("columns", "about", "words"),
    [
        (([0, 1], [0], [0], [0]), {}, "arrays of shapes"),
        (([[0]], [[0]], [[0]], [[0]]), {}, "arrays of shapes"),
        (([0.5], [0], [0], [0]), {}, "t is of type float64, expected whole numbers"),
        (([0], [-1], [0], [0]), {}, "event 0 has x = -1, expected 0 to 32767"),
        (([0, 0], [0, 4], [0, 0], [0, 0]), {"width": 4}, "event 1 has x = 4, expected 0 to 3"),
        (([0], [0], [40_000], [0]), {}, "y = 40000"),
        (([0], [0], [0], [2]), {}, "event 0 has p = 2, expected 0 to 1"),
        (([0, 5, 4], [0] * 3, [0] * 3, [0] * 3), {}, "goes back from 5 to 4 us at event 2"),
        (([], [], [], []), {"width": 0}, "width is 0, expected 1 to 32768"),
    ],
)
def test_what_is_no_event_is_refused(columns, about, words):
    with pytest.raises(ValueError, match=f"a name: .*{words}"):
        Events(*columns, name="a name", **about)


def test_types_are_those_of_the_form():
    events = Events([1], np.array([2], np.uint64), [3], np.array([True]))
    assert [c.dtype for c in events.columns] == [np.int64, np.int16, np.int16, np.uint8]
    with pytest.raises(dataclasses.FrozenInstanceError):
        events.t = events.t


@quick
@given(t=times)
def test_sorting_keeps_the_order_of_equal_times(t):
    events = at(t)
    expected = sorted(range(len(t)), key=lambda k: t[k])
    assert events.x.tolist() == expected
    assert events.t.tolist() == sorted(t)


@quick
@given(t=times, cuts=st.tuples(times, times).map(lambda c: sum(c, [0])))
def test_parts_by_time_are_the_whole(t, cuts):
    events = at(t)
    edges = sorted([*cuts, -(10**13), 10**13])
    parts = [events.between(a, b) for a, b in itertools.pairwise(edges)]
    assert same(concatenate(parts), events)
    for part, a, b in zip(parts, edges, edges[1:], strict=False):
        assert all(a <= t < b for t in part.t)
    assert len(events.between(5, -5)) == 0


@quick
@given(t=times, count=st.integers(0, 50))
def test_parts_by_number_are_the_whole(t, count):
    events = at(t)
    assert same(concatenate([events[:count], events[count:]]), events)
    with pytest.raises(TypeError, match="slice in steps of 1"):
        events[::2]


def test_pieces_must_fit_together():
    one, two = at([0, 1], width=5), at([0, 1], width=6)
    with pytest.raises(ValueError, match=r"width \[5, 6\], expected one sensor"):
        concatenate([one, two])
    with pytest.raises(ValueError, match="time goes back from 1 to 0"):
        concatenate([one, one])
    with pytest.raises(ValueError, match="at least one piece"):
        concatenate([])
    both = concatenate([one, at([1, 2])], name="both")
    assert (both.width, both.height, both.name, len(both)) == (5, None, "both", 4)


def test_accounts_add_up():
    one = Account({"a": 1}, {"b": 2})
    two = Account({"a": 3, "d": 4}, {})
    assert one + two == Account({"a": 4, "d": 4}, {"b": 2})


@quick
@given(t=times)
def test_statistics_by_hand(t):
    events = at(t, width=50)
    found = statistics(events)
    assert found == statistics([events[:3], events[3:]])
    assert found.count == len(t) and found.width == 50
    if not t:
        assert (found.first_us, found.bounding_box, found.on_fraction) == (None, None, None)
        return
    assert (found.first_us, found.last_us) == (min(t), max(t))
    assert found.duration_us == events.duration_us == max(t) - min(t)
    assert found.on_fraction == sum(k % 2 for k in range(len(t))) / len(t)
    assert found.bounding_box == (0, 0, len(t) - 1, len(t) - 1)
    if found.duration_us:
        assert found.rate_hz == pytest.approx(len(t) * 1e6 / found.duration_us)


@quick
@given(t=st.lists(st.integers(0, 10_000), min_size=1, max_size=60), width=st.integers(1, 3000))
def test_rates_count_every_event_once(t, width):
    start, hertz = rate(at(t), width)
    assert (hertz * width / 1e6).sum() == pytest.approx(len(t))
    first = min(t)
    for k in (0, len(start) - 1):
        begin = first + k * width
        assert start[k] == begin
        expected = sum(begin <= v < begin + width for v in t)
        assert hertz[k] == pytest.approx(expected / width * 1e6)


def test_rates_that_cannot_be():
    assert [len(part) for part in rate(at([]), 5)] == [0, 0]
    with pytest.raises(ValueError, match="bin_us is 0"):
        rate(at([1]), 0)
    with pytest.raises(ValueError, match="bins of 1 us, expected at most"):
        rate(at([0, 10**9]), 1)
