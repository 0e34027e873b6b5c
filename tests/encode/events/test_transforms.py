"""Events cleaned, cut and varied, against plain loops."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.encode.events import (
    affine,
    crop,
    denoise,
    downsample,
    drop,
    event_drop,
    flip,
    jitter_time,
    random_affine,
    refractory,
    without_hot_pixels,
)
from tests.encode.events.drawn import COLUMNS, ROWS, events, some

few = settings(max_examples=60, deadline=None)


def rows_of(events) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in events.columns), strict=True))


@few
@given(events=events(), window=st.integers(1, 100))
def test_denoising_keeps_what_a_neighbour_foretold(events, window):
    kept = []
    for i, (t, x, y, p) in enumerate(rows_of(events)):
        near = [
            s
            for s, u, v, _ in rows_of(events)[:i]
            if max(abs(u - x), abs(v - y)) == 1 and t - s <= window
        ]
        if near:
            kept.append((t, x, y, p))
    assert rows_of(denoise(events, window)) == kept


def test_denoising_knows_the_edges_of_the_sensor():
    """The last pixel of a row is no neighbour of the first one of the next."""
    from ranvier.data.events import Events

    apart = Events([0, 1], [6, 0], [0, 1], [1, 1], width=7, height=2)
    assert len(denoise(apart, 100)) == 0


@few
@given(events=events(), dead=st.integers(1, 100))
def test_a_dead_time_is_kept_by_every_pixel(events, dead):
    last, kept = {}, []
    for t, x, y, p in rows_of(events):
        if t - last.get((x, y), -(10**9)) >= dead:
            last[x, y] = t
            kept.append((t, x, y, p))
    assert rows_of(refractory(events, dead)) == kept


def test_hot_pixels_are_those_that_no_scene_makes():
    from ranvier.data.events import Events

    quiet = some(300, span_us=1_000_000)
    t = np.arange(0, 1_000_000, 1000)
    hot = Events(t, 0 * t + 2, 0 * t + 3, 0 * t + 1, width=COLUMNS, height=ROWS)
    both = Events.in_order(
        *(np.concatenate(pair) for pair in zip(quiet.columns, hot.columns, strict=True)),
        width=COLUMNS,
        height=ROWS,
    )
    clean = without_hot_pixels(both, 100)
    assert not ((clean.x == 2) & (clean.y == 3)).any()
    assert len(clean) == int((~((quiet.x == 2) & (quiet.y == 3))).sum())


def test_pixels_are_joined_and_cut_out():
    events = some()
    small = downsample(events, (2, 3))
    assert (small.height, small.width) == (3, 3) and len(small) == len(events)
    assert np.array_equal(small.x, events.x // 3) and np.array_equal(small.y, events.y // 2)
    part = crop(events, (1, 4), (2, 6))
    assert (part.height, part.width) == (3, 4)
    inside = (events.y >= 1) & (events.y < 4) & (events.x >= 2) & (events.x < 6)
    assert np.array_equal(part.t, events.t[inside])
    assert np.array_equal(part.x, events.x[inside] - 2)


@few
@given(events=events())
def test_flipping_twice_is_nothing(events):
    for axis in ("x", "y", "time"):
        twice = flip(flip(events, axis), axis)
        assert sorted(rows_of(twice)) == sorted(rows_of(events))
    back = flip(events, "time")
    assert (np.diff(back.t) >= 0).all() and back.p.sum() == len(events) - events.p.sum()


def test_a_quarter_turn_four_times_is_nothing_on_a_square():
    events = some(200, rows=7, columns=7)
    turned = events
    for _ in range(4):
        turned = affine(turned, degrees=90)
    assert rows_of(turned) == rows_of(events)
    once = affine(events, degrees=90)
    assert np.array_equal(once.x, 6 - events.y) and np.array_equal(once.y, events.x)


def test_what_leaves_the_sensor_is_lost():
    events = some()
    moved = affine(events, shift=(2, 0))
    assert len(moved) == int((events.x < COLUMNS - 2).sum()) and moved.x.min() == 2
    assert len(affine(events, scale=3)) < len(events)
    sheared = affine(events, shear=0.5)
    assert np.array_equal(np.unique(sheared.y), np.arange(ROWS))


def test_the_same_key_gives_the_same_variant():
    events, one, two = some(), jax.random.key(1), jax.random.key(2)
    for vary in (
        lambda key: drop(events, 0.5, key=key),
        lambda key: jitter_time(events, 500, key=key),
        lambda key: random_affine(events, key=key, mirrored=True),
    ):
        assert rows_of(vary(one)) == rows_of(vary(one)) != rows_of(vary(two))


def test_each_way_of_event_drop_is_met():
    """Four ways, equally likely: 60 keys miss one of them with a chance of 1 in 8 million."""
    events = some(2000)
    lost = [len(events) - len(event_drop(events, key=jax.random.key(k))) for k in range(60)]
    assert lost.count(0) >= 3 and max(lost) > 1500 and len(set(lost)) > 20


def test_dropping_loses_its_share():
    """2000 events at 0.3: beyond 5 standard deviations in 1 of 1,700,000."""
    events = some(2000)
    kept = len(drop(events, 0.3, key=jax.random.key(0)))
    assert abs(kept - 1400) < 5 * (2000 * 0.3 * 0.7) ** 0.5
    assert len(drop(events, 0.0, key=jax.random.key(0))) == 2000


def test_jitter_keeps_order_and_spread():
    events = some(4000, span_us=10_000_000)
    moved = jitter_time(events, 0.0, key=jax.random.key(0))
    assert rows_of(moved) == rows_of(events)
    moved = jitter_time(events, 1000.0, key=jax.random.key(0))
    assert (np.diff(moved.t) >= 0).all() and moved.t.min() >= 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: denoise(e, 0), "denoise: window_us is 0"),
        (lambda e: refractory(e, -1), "refractory: dead_us is -1"),
        (lambda e: without_hot_pixels(e, 0), "most_hz is 0"),
        (lambda e: downsample(e, 0), "factor is 0"),
        (lambda e: crop(e, (2, 2), (0, 3)), "expected 0 or more, then more"),
        (lambda e: flip(e, "z"), "flip: axis is 'z'"),
        (lambda e: drop(e, 1.5, key=jax.random.key(0)), "probability is 1.5"),
        (lambda e: event_drop(e, key=jax.random.key(0), most=2), "most is 2"),
        (lambda e: jitter_time(e, -1, key=jax.random.key(0)), "spread_us is -1"),
        (lambda e: affine(e, scale=0), "affine: scale is 0"),
        (lambda e: random_affine(e, key=jax.random.key(0), scale=1), "random_affine: scale is 1"),
    ],
)
def test_what_has_no_meaning_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(some())
