"""Images and recordings as the events that the chip takes."""

import numpy as np
import pytest

from ranvier.data.events import Events
from ranvier.hardware.chips.spoon import Samples, image_samples, recorded_samples


@pytest.mark.parametrize("window", [255, 15, 1])
def test_bright_pixels_come_first(window):
    images = np.random.default_rng(0).integers(0, 256, (3, 6, 7)).astype(np.uint8)
    images[0] = np.arange(42).reshape(6, 7) * 6
    samples = image_samples(images, window=window)
    for number, image in enumerate(images):
        row, column, time = samples.sample(number).astype(int).T
        assert (np.diff(time) >= 0).all()
        values = np.zeros(image.shape, int)
        values[row, column] = window - time
        # A step of rounding at most, and no event for what rounds to zero.
        assert np.abs(values - image / 255 * window).max() <= 0.5 + 1e-4
        assert len({*zip(row, column, strict=True)}) == len(row) == np.count_nonzero(values)


def test_images_of_another_kind_are_refused():
    with pytest.raises(TypeError, match="float64, expected uint8"):
        image_samples(np.zeros((1, 2, 2)))
    with pytest.raises(ValueError, match="window is 256, expected 1 to 255 ticks"):
        image_samples(np.zeros((1, 2, 2), np.uint8), window=256)
    with pytest.raises(ValueError, match=r"shape \(2, 2\), expected \[n, rows, columns\]"):
        image_samples(np.zeros((2, 2), np.uint8))


def test_of_a_recording_first_events_within_the_window_count():
    events = Events(
        t=[5, 10, 20, 30, 109, 110],
        x=[0, 1, 2, 1, 3, 0],
        y=[0, 0, 1, 0, 1, 1],
        p=[1, 0, 1, 1, 0, 1],
        width=4,
        height=2,
    )
    samples = recorded_samples([events, events], begin_us=10, window_us=100, window=50)
    assert samples.sample(1).tolist() == [[0, 1, 0], [1, 2, 5], [1, 3, 49]]
    with pytest.raises(ValueError, match="window_us is 0, expected more than 0"):
        recorded_samples([events], window_us=0)
    with pytest.raises(ValueError, match="window is 0, expected 1 to 255 ticks"):
        recorded_samples([events], window_us=5, window=0)


def test_samples_can_be_cut_and_put_in_another_order():
    given = [[[n, n, n]] * n for n in range(4)]
    samples = Samples.of(given)
    assert [len(samples.sample(n)) for n in range(4)] == [0, 1, 2, 3]
    turned = samples.in_order([3, 0, 1])
    assert [turned.sample(n).tolist() for n in range(3)] == [given[3], [], given[1]]
    assert samples.part(2, 4).ends.tolist() == [2, 5]
    assert len(samples.in_order([]).events) == 0
