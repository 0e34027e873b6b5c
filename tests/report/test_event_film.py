"""Event cameras drawn: colours, sheets and films."""

import numpy as np
import pytest
from PIL import Image

from ranvier.report import event_film, event_sheet, film_pace
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


def test_bursts_are_marked_and_do_not_press_the_rest_to_the_ground():
    rate = np.full(200, 4e5)
    rate[[3, 4, 90]] = 2e6, 1.6e7, 3e6
    figure = event_sheet(np.ones((2, 3, 4, 2)), [0, 1], rate, np.arange(200.0), title="t")
    below = figure.axes[-1]
    assert below.get_ylim() == (0, pytest.approx(1.6 * 4e5))
    marks = next(line for line in below.lines if line.get_marker() == "^").get_xdata()
    assert list(marks) == [4, 90]
    assert "up to 16 million per second" in below.get_title("right")
    calm = event_sheet(np.ones((2, 3, 4, 2)), [0, 1], rate[10:80], np.arange(70.0), title="t")
    assert calm.axes[-1].get_title("right") == ""


def test_captions_stand_below_the_picture(tmp_path):
    frames = np.ones((2, 4, 6, 2))
    captions = ["0.0 ms, 12 times slower than life, " * 3, "1.7 ms"]
    event_film(frames, tmp_path / "film.gif", frame_ms=20, captions=captions)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.size == (480, 352)
        for number in range(2):
            film.seek(number)
            line = np.asarray(film.convert("L"))[322:]
            assert line.min() < 100 and (line[:, -4:] > 250).all()


@pytest.mark.parametrize(
    ("length_ms", "asked", "expected"),
    [
        (170.345, {}, (20 / 12, 20)),
        (12_134.0, {}, (120.0, 120)),
        (1_999.0, {}, (20.0, 20)),
        (8.8, {"slower": 1.0}, (20.0, 20)),
        (10_000.0, {"slower": 0.5}, (100.0, 50)),
        (10_000.0, {"slower": 3.0}, (100.0, 300)),
        (50.0, {"frame_ms": 0.5}, (0.5, 20)),
        (50.0, {"frame_ms": 33.0, "slower": 2.0}, (33.0, 70)),
    ],
)
def test_a_film_is_as_slow_as_it_says(length_ms, asked, expected):
    pace = film_pace(length_ms, **asked)
    assert pace == pytest.approx(expected)
    assert pace.shown_ms >= 20 and pace.shown_ms % 10 == 0
    if "frame_ms" not in asked:
        assert pace.slower == pytest.approx(asked.get("slower", pace.slower))
        assert length_ms / pace.frame_ms < 105


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
        (
            lambda path: event_film(np.ones((1, 3, 3, 2)), path / "f.gif", frame_ms=19),
            "1 frames of 19 ms; expected at least one, of 20 ms or more",
        ),
        (
            lambda path: event_film(
                np.ones((1, 3, 3, 2)), path / "f.gif", frame_ms=20, captions=["a", "b"]
            ),
            "2 captions for 1 frames",
        ),
        (
            lambda path: film_pace(100, frame_ms=1, slower=2),
            "would be shown for 2 ms; .* 20 times slower, or frames be 10 ms long",
        ),
        (lambda path: film_pace(100, slower=0), "slower is 0, expected a number above 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        call(tmp_path)
