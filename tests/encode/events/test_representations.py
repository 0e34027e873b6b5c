"""Frames, grids and surfaces against plain loops, and against what must hold of any of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.encode.events import (
    event_spike_tensor,
    frames_of_count,
    frames_of_time,
    time_surface,
    voxel_grid,
)
from tests.encode.events.drawn import COLUMNS, ROWS, events, some

few = settings(max_examples=60, deadline=None)


@few
@given(events=events(), frame_us=st.integers(1, 90))
def test_every_event_is_in_one_frame(events, frame_us):
    frames = frames_of_time(events, frame_us)
    expected = np.zeros_like(frames)
    for t, x, y, p in zip(*events.columns, strict=True):
        expected[(t - events.t[0]) // frame_us, y, x, p] += 1
    assert np.array_equal(frames, expected) and frames.sum() == len(events)
    assert np.array_equal(frames_of_time(events, frame_us, binary=True), expected > 0)


def test_a_start_and_a_number_of_frames_cut():
    events = some()
    whole = frames_of_time(events, 1000, start_us=0, frames=100)
    assert whole.shape == (100, ROWS, COLUMNS, 2) and whole.sum() == len(events)
    part = frames_of_time(events, 1000, start_us=20_000, frames=30)
    assert np.array_equal(part, whole[20:50])
    assert not frames_of_time(events[:0], 1000, start_us=0, frames=3).any()


@few
@given(events=events(least=6), each=st.integers(1, 6))
def test_frames_of_count_hold_as_many(events, each):
    frames = frames_of_count(events, each)
    assert len(frames) == len(events) // each and np.all(frames.sum((1, 2, 3)) == each)
    part = frames_of_time(events[:each], 1e9)[0]
    assert np.array_equal(frames[0], part)


@few
@given(events=events(), bins=st.integers(2, 7))
def test_a_voxel_grid_keeps_the_sum_of_polarities(events, bins):
    grid = voxel_grid(events, bins)
    assert grid.shape == (bins, 4, 4)
    assert np.isclose(grid.sum(), np.sum(2.0 * events.p - 1), atol=1e-4)
    expected = np.zeros_like(grid)
    span = max(events.t[-1] - events.t[0], 1)
    for t, x, y, p in zip(*events.columns, strict=True):
        at = (bins - 1) * (t - events.t[0]) / span
        for b in range(bins):
            expected[b, y, x] += (2 * int(p) - 1) * max(0, 1 - abs(b - at))
    assert np.allclose(grid, expected, atol=1e-4)


def test_times_of_today_lose_no_digits():
    """Microseconds since 1970 are not exact in single precision; their differences are."""
    early = some()
    late = early.shifted(1_700_000_000_000_000)
    assert np.array_equal(voxel_grid(early, 5), voxel_grid(late, 5))
    assert np.array_equal(frames_of_time(early, 1000), frames_of_time(late, 1000))
    now = late.t[-1] + np.arange(3) * 1000
    one = time_surface(early, early.t[-1] + np.arange(3) * 1000, tau_us=5000)
    assert np.array_equal(one, time_surface(late, now, tau_us=5000))


def test_a_tensor_takes_any_kernel_and_measure():
    events = some(50)
    box = event_spike_tensor(events, 4, kernel=lambda d: (np.abs(d) <= 0.5).astype(float))
    assert box.shape == (4, ROWS, COLUMNS, 2) and box.sum() >= 50
    late = event_spike_tensor(events, 4, measure=lambda t: t)
    plain = event_spike_tensor(events, 4)
    assert np.isclose(plain.sum(), 50, atol=1e-3) and late[0].sum() < plain[0].sum() / 5
    assert np.allclose(plain[..., 1] - plain[..., 0], voxel_grid(events, 4), atol=1e-5)


@few
@given(events=events(), tau=st.integers(1, 100))
def test_a_surface_remembers_the_last_event_of_each_pixel(events, tau):
    times = [0, 50, 50, 199, 400]
    surface = time_surface(events, times, tau_us=tau)
    for number, now in enumerate(times):
        for y, x, p in np.ndindex(4, 4, 2):
            own = (events.x == x) & (events.y == y) & (events.p == p) & (events.t <= now)
            last = events.t[own].max() if own.any() else None
            expected = 0.0 if last is None else np.exp(-(now - last) / tau)
            assert np.isclose(surface[number, y, x, p], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda e: frames_of_time(e, 0), "frame_us is 0, expected more than 0"),
        (lambda e: frames_of_time(e, 10, frames=0), "frames is 0, expected at least 1"),
        (lambda e: frames_of_time(e[:0], 10), "there are no events, so that neither the start"),
        (lambda e: frames_of_time(e, 10, shape=(2, 2)), "outside a sensor of 2 rows and 2 col"),
        (lambda e: frames_of_count(e, 0), "events_per_frame is 0, expected at least 1"),
        (lambda e: frames_of_count(e, 401), "400 events do not fill a frame of 401"),
        (lambda e: voxel_grid(e, 1), "bins is 1, expected at least 2"),
        (lambda e: voxel_grid(e[:0], 3), "there are no events"),
        (lambda e: time_surface(e, [3, 2], tau_us=1), "times in one row that never fall"),
        (lambda e: time_surface(e, [3], tau_us=0), "tau_us is 0, expected more than 0"),
    ],
)
def test_what_has_no_meaning_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(some())


def test_a_sensor_of_unknown_size_is_asked_for():
    from dataclasses import replace

    unknown = replace(some(), width=None, height=None)
    with pytest.raises(ValueError, match="do not say how large their sensor is"):
        voxel_grid(unknown, 3)
    assert voxel_grid(unknown, 3, shape=(ROWS, COLUMNS)).shape == (3, ROWS, COLUMNS)
