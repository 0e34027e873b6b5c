"""`ranvier events`: what a file holds, and the same events in another format."""

import json

import numpy as np
import pytest

from ranvier.data.events import Events, read, write


@pytest.fixture
def file(tmp_path):
    """A hundred events on a small sensor, and two triggers."""
    t = np.arange(100) * 10_000
    events = Events(t, t % 30, t % 20, np.arange(100) % 4 == 0, width=30, height=20)
    path = tmp_path / "small.raw"
    write(path, events)
    path.write_bytes(path.read_bytes() + np.array([0xA0000000] * 2, "<u4").tobytes())
    return path


def test_info_shows_every_number(file, invoke):
    told = json.loads(invoke("events", "info", file, "--json").stdout)
    assert told == {
        "format": "evt2",
        "width": 30,
        "height": 20,
        "events": 100,
        "first_us": 0,
        "last_us": 990_000,
        "duration_us": 990_000,
        "rate_hz": pytest.approx(100 / 0.99),
        "on_fraction": 0.25,
        "bounding_box": [0, 0, 20, 0],
        "skipped": {"words of type 10 (triggers)": 2},
        "repaired": {},
    }
    shown = invoke("events", "info", file).stdout
    for words in (
        "Prophesee EVT 2.0",
        "30 x 20",
        "100",
        "0.99 s",
        "25.0%",
        "x 0 to 20, y 0 to 0",
        "2 words of type 10 (triggers)",
    ):
        assert words in shown


def test_info_of_nothing(tmp_path, invoke):
    (tmp_path / "empty.bin").write_bytes(b"")
    shown = invoke("events", "info", tmp_path / "empty.bin").stdout
    assert "unknown" in shown and "duration" not in shown


def test_convert_keeps_events_and_says_what_is_lost(file, tmp_path, invoke):
    shown = invoke("events", "convert", file, tmp_path / "b.es").stdout
    assert shown.splitlines() == [
        f"100 events: {tmp_path / 'b.es'}",
        "skipped: 2 words of type 10 (triggers)",
    ]
    assert (read(tmp_path / "b.es").t == read(file).t).all()
    shown = invoke("events", "convert", file, tmp_path / "b", "--to", "n-mnist").stdout
    assert "n-mnist does not say how large the sensor is" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["info", "missing.raw"], "missing.raw is not a file"),
        (["info", "small.raw", "--format", "evt4"], "Did you mean 'evt3'"),
        (["info", "small.raw", "--repair", "glue"], "no repair is called 'glue'"),
        (["info", "back.txt"], "time goes back"),
        (["convert", "small.raw", "b.foo"], "names no event format"),
        (["convert", "small.raw", "b.bs1"], "y from 0 to 0"),
        (["convert", "small.raw", "b.aedat"], "no chip of AEDAT 2.0"),
    ],
)
def test_mistakes_end_in_one_sentence(arguments, words, file, tmp_path, invoke):
    (tmp_path / "back.txt").write_text("0.2 1 1 1\n0.1 1 1 1\n")
    if "b.bs1" in arguments:
        t = [0, 1]
        write(file, Events(t, t, t, t, width=30, height=20))
    result = invoke("events", *arguments, code=2)
    assert words in result.stderr and result.stderr.startswith("ranvier: ")
    assert result.stdout == ""
    assert not list(tmp_path.glob("b.*"))


def test_repairs_are_reported(tmp_path, invoke):
    (tmp_path / "back.txt").write_text("0.2 1 1 1\n0.1 1 1 1\n")
    shown = invoke("events", "info", "back.txt", "--repair", "hold").stdout
    assert "1 times that went back held" in shown


def test_play_leaves_a_picture_and_a_film(file, invoke, tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    done = invoke("events", "play", file)
    assert done.stdout.splitlines() == [
        "small.png",
        "small.gif: 100 frames of 10 ms, 2 times slower than life",
    ]
    with Image.open("small.gif") as film, Image.open("small.png") as picture:
        assert film.n_frames == 100 and film.size[0] % 30 == 0 and picture.size[0] > 1000
    short = ("--start-ms", 100, "--duration-ms", 200, "--frame-ms", 20, "--slower", 3)
    invoke("events", "play", file, "--target", "part.gif", *short)
    with Image.open("part.gif") as film:
        assert film.n_frames == 10 and film.info["duration"] == 60
    done = invoke("events", "play", file, "--target", "life.gif", "--slower", 1)
    assert done.stdout == "life.gif: 50 frames of 20 ms, as fast as life\n"


def test_play_draws_channels_over_time(invoke, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    t = np.arange(50) * 1000
    write("ear.bs1", Events(t, t // 1000 % 9, 0 * t, 0 * t + 1, width=9, height=1))
    done = invoke("events", "play", "ear.bs1")
    assert done.stdout.split() == ["ear.png"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "film.mp4"), "expected a name that ends in .png or .gif"),
        (("--frame-ms", 0), "take more than 0"),
        (("--frame-ms", 5, "--slower", 2, "--target", "a.gif"), "would be shown for 10 ms"),
        (("--start-ms", 2000), "holds no event from 2000 ms on"),
        (("--denoise-ms", 0.001), "no event is left"),
    ],
)
def test_play_says_what_it_cannot_show(file, invoke, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = invoke("events", "play", file, *words, code=2)
    assert message in " ".join(done.stderr.split())
