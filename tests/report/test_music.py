"""Piano rolls as pictures."""

import numpy as np
import pytest

from ranvier.report import piano_roll


def example():
    truth = np.zeros((8, 88))
    truth[:, 39] = 1  # C4
    truth[:4, 46] = 1
    prediction = 0.9 * truth
    prediction[2, 39] = 0.2
    prediction[5, 51] = 0.8
    return truth, prediction


def test_hits_misses_and_false_alarms_are_counted():
    figure = piano_roll(*example(), title="Mostly right")
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["hit (11)", "missed (1)", "false alarm (1)"]


def test_the_axes_are_cropped_and_name_notes():
    figure = piano_roll(*example(), title="Mostly right")
    upper, lower, bar = figure.axes
    low, high = lower.get_ylim()
    assert 55 <= low < 60 and 72 < high <= 76
    names = [label.get_text() for label in lower.get_yticklabels()]
    assert names[list(lower.get_yticks()).index(60)] == "C4"
    assert lower.get_xlabel() == "time (steps of one quarter note)"
    assert upper.get_ylabel() == lower.get_ylabel() == "note"
    assert bar.get_ylabel() == "probability of the note"


def test_the_lower_panel_shows_the_probabilities_unchanged():
    truth, prediction = example()
    figure = piano_roll(truth, prediction, title="Mostly right")
    low = round(figure.axes[1].get_ylim()[0] + 0.5) - 21
    shown = np.asarray(figure.axes[1].images[0].get_array())
    np.testing.assert_allclose(shown, prediction[:, low : low + shown.shape[0]].T)


def test_frames_enclose_exactly_the_played_cells():
    truth = np.zeros((3, 88))
    truth[1, 40] = 1
    figure = piano_roll(truth, truth, title="One note")
    segments = figure.axes[1].collections[0].get_segments()
    corners = {tuple(point) for segment in segments for point in segment.tolist()}
    assert corners == {(1.5, 60.5), (2.5, 60.5), (1.5, 61.5), (2.5, 61.5)}


@pytest.mark.parametrize("first", [0, 87])
def test_the_outermost_keys_are_drawn(first):
    truth = np.zeros((2, 88))
    truth[:, first] = 1
    piano_roll(truth, truth, title="Edge").draw_without_rendering()


def test_what_is_no_piano_roll_is_refused():
    truth, prediction = example()
    with pytest.raises(ValueError, match="expected two equal shapes"):
        piano_roll(truth, prediction[1:], title="x")
    with pytest.raises(ValueError, match="expected probabilities from 0 to 1"):
        piano_roll(truth, prediction * 5, title="x")
    with pytest.raises(ValueError, match="expected probabilities from 0 to 1"):
        piano_roll(truth, prediction * np.nan, title="x")
    with pytest.raises(ValueError, match="no notes"):
        piano_roll(truth * 0, prediction, title="x")
