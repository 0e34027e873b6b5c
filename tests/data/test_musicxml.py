"""Scores come out as they sound on the quarter-note grid, and as music21 reads them."""

import zipfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.data import read_musicxml


def note(
    step: str | None, octave: int = 4, duration: int | str = 2, inside: str = "", alter: int = 0
) -> str:
    pitch = f"<pitch><step>{step}</step><alter>{alter}</alter><octave>{octave}</octave></pitch>"
    return f"<note>{inside}{pitch if step else '<rest/>'}<duration>{duration}</duration></note>"


def score(*parts: list[str], divisions: int = 2, attributes: str = "") -> str:
    head = f"<attributes><divisions>{divisions}</divisions>{attributes}</attributes>"
    body = "".join(
        "<part>"
        + "".join(
            f"<measure>{head if number == 0 else ''}{measure}</measure>"
            for number, measure in enumerate(measures)
        )
        + "</part>"
        for measures in parts
    )
    return f"<score-partwise>{body}</score-partwise>"


def read(folder: Path, text: str) -> list[list[int]]:
    """The MIDI numbers that sound in each frame."""
    file = folder / "score.musicxml"
    file.write_text(text)
    return [(np.flatnonzero(frame) + 21).tolist() for frame in read_musicxml(file)]


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        (score([note("C") + note("D", duration=4)]), [[60], [62], [62]]),
        (score([note("C", alter=1) + note(None) + note("B", 3, alter=-1)]), [[61], [], [58]]),
        (score([note("C") + note("E", inside="<chord/>") + note("G")]), [[60, 64], [67]]),
        # An eighth off the beat is not heard on the grid; one on the beat is.
        (score([note("C", duration=1) + note("D", duration=1) + note("E")]), [[60], [64]]),
        # A second voice after <backup>, one that starts late after <forward>.
        (
            score(
                [
                    note("C", duration=4)
                    + "<backup><duration>4</duration></backup>"
                    + "<forward><duration>2</duration></forward>"
                    + note("E")
                ]
            ),
            [[60], [60, 64]],
        ),
        # An upbeat of an eighth: the grid begins with the bar.
        (score([note("C", duration=1), note("D") + note("E")]), [[62], [64]]),
        # Bars of three eighths: the first is no upbeat, the grid begins with it.
        (
            score([note("C") + note("D", duration=1), note("E") + note("F", duration=1)]),
            [[60], [62], [64]],
        ),
        # A part whose first bar is empty still meets the other part in the second bar.
        (score([note("C"), note("D")], ["", note("F")]), [[60], [62, 65]]),
        (score([note("C", inside="<grace/>") + note("D")]), [[62]]),
        (score([note("C", inside="<cue/>") + note("D")]), [[], [62]]),
        (
            score(
                [note("C")],
                attributes="<transpose><chromatic>-2</chromatic>"
                "<octave-change>-1</octave-change></transpose>",
            ),
            [[46]],
        ),
        (score([note("C", duration=3), note("D", duration=3)], divisions=3), [[60], [62]]),
        (score([note("C", duration="2.5") + note("D", duration="1.5")]), [[60], [60]]),
    ],
)
def test_by_hand(tmp_path, text, frames):
    assert read(tmp_path, text) == frames


def test_divisions_may_change_between_measures(tmp_path):
    change = "<attributes><divisions>4</divisions></attributes>"
    text = score([note("C"), change + note("D", duration=8)])
    assert read(tmp_path, text) == [[60], [62], [62]]


@settings(max_examples=60, deadline=None)
@given(
    voices=st.lists(
        st.lists(st.tuples(st.integers(1, 9), st.integers(0, 87)), min_size=1, max_size=12),
        min_size=1,
        max_size=4,
    )
)
def test_any_durations_are_sampled_at_the_quarters(tmp_path_factory, voices):
    names = ["C", "C", "D", "D", "E", "F", "F", "G", "G", "A", "A", "B"]
    sharp = [0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0]
    parts, expected = [], {}
    for voice in voices:
        now, text = Fraction(0), ""
        for duration, key in voice:
            octave, tone = divmod(key + 21, 12)
            text += note(names[tone], octave - 1, duration, alter=sharp[tone])
            for quarter in range(100):
                if now <= quarter < now + Fraction(duration, 4):
                    expected.setdefault(quarter, set()).add(key + 21)
            now += Fraction(duration, 4)
        # A silent first measure of one beat keeps the grid at zero.
        parts.append([note(None, duration=4), text])
    frames = read(tmp_path_factory.mktemp("score"), score(*parts, divisions=4))
    assert frames[0] == []
    assert {t: set(notes) for t, notes in enumerate(frames[1:]) if notes} == expected


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.xml", score([note("C")]).encode()[:-20], "cannot be read as MusicXML"),
        ("empty.xml", b"", "cannot be read as MusicXML"),
        ("other.xml", b"<html/>", "outermost element is <html>"),
        ("timewise.xml", b"<score-timewise/>", "not <score-partwise>"),
        ("zip.mxl", b"PK but no archive", "cannot be read as MusicXML"),
        ("tone.xml", score([note("H")]).encode(), "cannot be read as MusicXML: 'H'"),
        ("zero.xml", score([note("C")], divisions=0).encode(), "it divides a quarter note into 0"),
        ("high.xml", score([note("C", 9)]).encode(), "MIDI number 120 in measure 1; expected 21"),
        ("long.xml", score(["<note><rest/></note>"]).encode(), "a <note> has no <duration>"),
    ],
)
def test_a_bad_score_is_named(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words) as caught:
        read_musicxml(tmp_path / name)
    assert name in str(caught.value)


def test_a_compressed_score_without_a_named_root_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "score.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    with pytest.raises(ValueError, match="its container names no score"):
        read_musicxml(tmp_path / "score.mxl")


@pytest.mark.parametrize("catalogue", ["269", "347", "244.37", "18.5-w", "139.6", "436"])
def test_chorales_read_as_music21_reads_them(catalogue):
    import music21

    path = Path(music21.__path__[0]) / "corpus" / "bach" / f"bwv{catalogue}.mxl"
    parsed = music21.converter.parse(path, forceSource=True, storePickle=False)
    roll = np.zeros_like(read_musicxml(path))
    for element in parsed.flatten().notes:
        for pitch in element.pitches:
            begin, end = element.offset, element.offset + element.duration.quarterLength
            roll[int(np.ceil(begin)) : int(np.ceil(end)), pitch.midi - 21] = 1
    np.testing.assert_array_equal(read_musicxml(path), roll)
    assert roll.any(axis=1).mean() > 0.9
