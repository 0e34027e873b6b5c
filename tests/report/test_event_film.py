"""Event cameras drawn: colours, sheets and films."""

import numpy as np
import pytest
from PIL import Image

from ranvier.report import event_film, event_sheet
from ranvier.report._event_film import coloured


def test_colours_tell_polarity_and_count():
    frames = np.zeros((1, 1, 4, 2))
    frames[0, 0] = [[0, 0], [0, 10], [10, 0], [5, 0]]
    picture = coloured(frames)[0, 0].astype(int)
    assert picture[0].tolist() == [255, 255, 255]
    assert picture[1, 2] > picture[1, 0] and picture[2, 0] > picture[2, 2]
    assert (picture[2] <= picture[3]).all() and (picture[3] < 255).any()


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (5, 5), (12, 12), (40, 12)])
def test_a_sheet_shows_at_most_twelve_moments(count, shown):
    frames = np.random.default_rng(0).poisson(0.3, (count, 6, 8, 2))
    times = [100.0 * k for k in range(count)]
    figure = event_sheet(frames, times, np.ones(30), np.arange(30.0), title="t")
    found = (axes.get_title("left") for axes in figure.axes)
    titles = [title for title in found if title]
    assert len(titles) == shown and titles[0] == "0 ms"
    assert figure.axes[-1].get_ylabel() == "events per second"


def test_a_film_has_a_picture_per_frame_and_square_pixels(tmp_path):
    frames = np.zeros((3, 4, 6, 2))
    frames[0, 1, 2, 1] = frames[1, 0, 0, 0] = frames[2, 3, 5, 1] = 3
    event_film(frames, tmp_path / "film.gif", frame_ms=40)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 3 and film.size == (480, 320)
        assert film.info["duration"] == 40


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda path: coloured(np.ones((2, 3, 4))), r"frames have shape \[2, 3, 4\]"),
        (lambda path: coloured(-np.ones((1, 2, 2, 2))), "negative or not finite"),
        (
            lambda path: event_sheet(np.ones((2, 3, 3, 2)), [0], [1], [0], title="t"),
            "got 1 times for 2 frames",
        ),
        (
            lambda path: event_film(np.ones((0, 3, 3, 2)), path / "f.gif", frame_ms=1),
            "0 frames of 1 ms",
        ),
        (
            lambda path: event_film(np.ones((1, 3, 3, 2)), path / "f.gif", frame_ms=0),
            "1 frames of 0 ms",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        call(tmp_path)
