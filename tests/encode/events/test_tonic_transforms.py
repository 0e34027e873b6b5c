"""tonic's transforms beside ours, on the same events: what is equal, and what differs by what.

`make test-tonic` runs this in an environment that has tonic.
"""

import numpy as np
import pytest

from ranvier.data import nmnist
from ranvier.data.events import Events
from ranvier.encode.events import (
    crop,
    denoise,
    downsample,
    flip,
    frames_of_count,
    frames_of_time,
    refractory,
    time_surface,
    voxel_grid,
    without_hot_pixels,
)
from tests.encode.events.drawn import some

theirs = pytest.importorskip("tonic.transforms", reason="tonic is not installed")

KIND = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])


def structured(events):
    made = np.empty(len(events), KIND)
    for name in "xytp":
        made[name] = getattr(events, name)
    return made


def drawn(seed):
    """1500 random events at distinct times; the first neither at 0 nor at a round number."""
    events = some(1500, seed, span_us=100_000)
    t = np.sort(np.random.default_rng(seed + 100).choice(100_000, 1500, replace=False))
    return Events(t + 37, events.x, events.y, events.p, width=7, height=5)


@pytest.fixture(params=["drawn 0", "drawn 1", "digit 3", "digit 40"])
def events(request):
    kind, number = request.param.split()
    if kind == "drawn":
        return drawn(int(number))
    return nmnist("test", request.getfixturevalue("real_data"))[int(number)]


def sensor(events):
    return (events.width, events.height, 2)


def channels_last(frames):
    return np.moveaxis(frames, 1, -1)


def equal(events, rows):
    """The same events in the same order."""
    assert len(events.t) == len(rows)
    for name in "xytp":
        np.testing.assert_array_equal(getattr(events, name), rows[name], err_msg=name)


# Frames


def test_frames_of_equal_time_are_equal_but_for_the_last(events):
    """Without include_incomplete tonic leaves out the last frame, which time does not fill."""
    ours = frames_of_time(events, 7000)
    whole = theirs.ToFrame(sensor(events), time_window=7000)(structured(events))
    np.testing.assert_array_equal(channels_last(whole), ours[:-1])
    assert whole.sum() < len(events) == ours.sum()
    every = theirs.ToFrame(sensor(events), time_window=7000, include_incomplete=True)
    np.testing.assert_array_equal(channels_last(every(structured(events))), ours)


def test_a_last_event_at_the_end_of_a_frame_is_lost_by_tonic():
    """Ours begins a frame for it. tonic counts windows by their length and ends before it."""
    events = Events([0, 5, 10, 20], [0, 1, 2, 3], [0] * 4, [1] * 4, width=4, height=1)
    ours = frames_of_time(events, 10)
    every = theirs.ToFrame((4, 1, 2), time_window=10, include_incomplete=True)
    assert ours.sum() == 4 and len(ours) == 3
    np.testing.assert_array_equal(channels_last(every(structured(events))), ours[:2])


def test_frames_from_a_start_to_an_end_are_equal(events):
    ours = frames_of_time(events, 5000, start_us=0, frames=20)
    given = theirs.ToFrame(sensor(events), time_window=5000, start_time=0, end_time=100_000)
    np.testing.assert_array_equal(channels_last(given(structured(events))), ours)


def test_so_many_frames_of_a_whole_recording_are_equal(events):
    """tonic rounds their length down to microseconds; what comes after the last is left out."""
    bins = theirs.ToFrame(sensor(events), n_time_bins=12)(structured(events))
    ours = frames_of_time(events, events.duration_us // 12, frames=12)
    np.testing.assert_array_equal(channels_last(bins), ours)
    assert ours.sum() < len(events)


def test_frames_of_equally_many_events_are_equal(events):
    counted = theirs.ToFrame(sensor(events), event_count=400)(structured(events))
    np.testing.assert_array_equal(channels_last(counted), frames_of_count(events, 400))
    bins = theirs.ToFrame(sensor(events), n_event_bins=7)(structured(events))
    ours = frames_of_count(events, len(events) // 7)[:7]
    np.testing.assert_array_equal(channels_last(bins), ours)
    image = theirs.ToImage(sensor(events))(structured(events))
    np.testing.assert_array_equal(
        np.moveaxis(image, 0, -1), frames_of_count(events, len(events))[0]
    )


def test_too_few_events_for_a_frame_are_refused_and_not_made_one():
    few = drawn(2)[:30]
    assert len(theirs.ToFrame((7, 5, 2), event_count=400)(structured(few))) == 1
    with pytest.raises(ValueError, match="30 events do not fill a frame of 400"):
        frames_of_count(few, 400)


# Grids and surfaces


def test_a_voxel_grid_of_tonic_is_ours_with_one_more_bin_cut_off(events):
    """tonic spreads time over B in place of B - 1 bins, so that its last bin ends early: what it
    would put into bin B is lost, and its grid does not sum to the polarities."""
    bins = 9
    grid = theirs.ToVoxelGrid(sensor(events), bins)(structured(events))[:, 0]
    ours = voxel_grid(events, bins + 1)
    np.testing.assert_allclose(grid, ours[:bins], atol=1e-4)
    balance = int((2 * events.p.astype(int) - 1).sum())
    assert ours.sum() == pytest.approx(balance, abs=0.01)
    assert abs(grid.sum() - balance) > 0.1
    assert np.abs(grid - voxel_grid(events, bins)).max() > 0.1


def test_time_surfaces_are_equal_but_for_events_at_their_own_time(events):
    """Ours at T knows of events at T, tonic's of those before: a microsecond of decay between."""
    tau, window = 20_000.0, 8000
    surfaces = theirs.ToTimesurface(sensor(events), dt=window, tau=tau)(structured(events))
    ends = events.t[0] + window * np.arange(1, len(surfaces) + 1)
    ours = time_surface(events, ends - 1, tau_us=tau) * np.exp(-1 / tau)
    np.testing.assert_allclose(channels_last(surfaces), ours, rtol=1e-5)
    away = ~np.isin(ends, events.t)
    np.testing.assert_allclose(
        channels_last(surfaces)[away],
        time_surface(events, ends, tau_us=tau)[away],
        rtol=1e-5,
    )


def test_an_event_at_the_time_of_a_surface():
    events = Events([0, 50, 100, 150], [0, 1, 2, 3], [0] * 4, [1] * 4, width=4, height=1)
    (surface, *_) = theirs.ToTimesurface((4, 1, 2), dt=100, tau=100.0)(structured(events))
    ours = time_surface(events, [100], tau_us=100.0)
    assert surface[1, 0, 2] == 0 and ours[0, 0, 2, 1] == 1


# What leaves events out


def by_loop(events, window, steps, within):
    """Which events a neighbour foretold, one event at a time."""
    last, kept = {}, []
    for t, x, y in zip(events.t, events.x, events.y, strict=True):
        near = [last.get((int(x) + dx, int(y) + dy)) for dx, dy in steps]
        kept.append(any(b is not None and within(int(t) - b, window) for b in near))
        last[int(x), int(y)] = int(t)
    return np.array(kept)


CROSS = ((-1, 0), (1, 0), (0, -1), (0, 1))
AROUND = (*CROSS, (-1, -1), (-1, 1), (1, -1), (1, 1))


def test_tonic_denoises_with_four_neighbours_and_ours_with_eight(events):
    """Moreover tonic takes it that every pixel had an event at time 0, and keeps all that come
    within the window after it; and a gap of exactly the window is too long for it."""
    window = 300 if events.width == 7 else 3000
    found = theirs.Denoise(window)(structured(events))
    four = by_loop(events, window, CROSS, lambda gap, most: gap < most) | (events.t < window)
    equal(events_at(events, four), found)
    eight = by_loop(events, window, AROUND, lambda gap, most: gap <= most)
    ours = denoise(events, window)
    equal(ours, structured(events)[eight])
    assert not (four & ~eight & (events.t >= window)).any()
    assert four.sum() < eight.sum() < len(events)


def events_at(events, mask):
    return Events(*(column[mask] for column in events.columns))


def test_refractory_pixels_of_tonic_are_held_by_events_that_are_lost(events):
    """Ours is silent for so long after an event that is kept; tonic, after any event at all. It
    also loses the first event of a pixel if it comes at time 0, and one exactly at the end."""
    dead = 2000
    last, kept = {}, []
    for t, x, y in zip(events.t, events.x, events.y, strict=True):
        before = last.get((int(x), int(y)), -dead)
        kept.append(t - before > dead)
        last[int(x), int(y)] = int(t)
    found = theirs.RefractoryPeriod(dead)(structured(events))
    equal(events_at(events, np.array(kept)), found)
    ours = refractory(events, dead)
    assert len(found) <= len(ours) < len(events)
    start = Events([0, 900, 1000], [0, 0, 0], [0, 0, 0], [1, 1, 1], width=1, height=1)
    assert len(theirs.RefractoryPeriod(1000)(structured(start))) == 0
    assert refractory(start, 1000).t.tolist() == [0, 1000]


def test_hot_pixels_are_the_same(events):
    most_hz = 500.0 if events.width == 7 else 30.0
    found = theirs.DropPixel(hot_pixel_frequency=most_hz)(structured(events))
    equal(without_hot_pixels(events, most_hz), found)
    assert 0 < len(found) < len(events)


# Smaller sensors, other sides


def test_whole_factors_downsample_alike(events):
    for factor in (2, 4):
        found = theirs.Downsample(spatial_factor=1 / factor)(structured(events))
        equal(downsample(events, factor), found)
    found = theirs.Downsample(spatial_factor=(0.5, 0.25))(structured(events))
    equal(downsample(events, (4, 2)), found)


def test_a_factor_that_is_no_binary_fraction_may_put_a_pixel_beside_its_place():
    """49 times 1/49 is a little less than 1 in double precision; whole numbers do not care."""
    events = Events([0], [49], [0], [1], width=98, height=1)
    assert theirs.Downsample(spatial_factor=1 / 49)(structured(events))["x"].tolist() == [0]
    assert downsample(events, 49).x.tolist() == [1]


def test_middles_are_cut_out_alike(events):
    wide, high = events.width - 3, events.height - 2
    found = theirs.CenterCrop(sensor(events), (wide, high))(structured(events))
    left, top = (events.width - wide) // 2, (events.height - high) // 2
    equal(crop(events, (top, top + high), (left, left + wide)), found)


def test_sides_are_mirrored_alike_and_time_but_for_where_it_begins(events):
    equal(flip(events, "x"), theirs.RandomFlipLR(sensor(events), p=1.0)(structured(events)))
    equal(flip(events, "y"), theirs.RandomFlipUD(sensor(events), p=1.0)(structured(events)))
    back = theirs.RandomTimeReversal(p=1.0)(structured(events))
    ours = flip(events, "time")
    # Ours fills the same stretch of time as before; tonic's begins at 0.
    np.testing.assert_array_equal(ours.t, back["t"] + events.t[0])
    np.testing.assert_array_equal(ours.p, back["p"])
    np.testing.assert_array_equal(ours.x, back["x"])


def test_time_is_cut_alike_but_for_the_last_microsecond(events):
    middle = int(events.t[len(events) // 2])
    found = theirs.CropTime(min=1000, max=middle)(structured(events))
    equal(events.between(1000, middle + 1), found)
    assert len(events.between(1000, middle)) < len(found)
