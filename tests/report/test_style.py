"""The look: colours that every eye tells apart, stable names, titles, a user's settings ignored."""

import itertools

import matplotlib
import numpy as np
import pytest

from ranvier.report import learning_curves
from ranvier.report._style import (
    MODEL_COLOURS,
    RULE_COLOURS,
    SERIES,
    figure_style,
    new_figure,
    strokes,
)

# Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", IEEE TVCG 2009: severity 1, linear RGB.
EYES = {
    "all cones": np.eye(3),
    "no green cones": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no red cones": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no blue cones": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> np.ndarray:
    channel = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    scaled = XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("table", [MODEL_COLOURS, RULE_COLOURS], ids=["models", "rules"])
def test_every_eye_tells_the_colours_apart(eye, table):
    seen = {name: lab(EYES[eye] @ linear(colour)) for name, colour in table.items()}
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 12, (one, other)


@pytest.mark.parametrize("colour", [*MODEL_COLOURS.values(), *RULE_COLOURS.values()])
def test_colours_stand_out_from_white_as_graphics_must(colour):
    assert 1.05 / (linear(colour) @ XYZ[1] + 0.05) > 3.0


def test_series_are_the_model_colours():
    assert sorted(SERIES) == sorted(MODEL_COLOURS.values())


def test_a_model_keeps_its_colour_whatever_stands_beside_it():
    alone = strokes(["SNU"])["SNU"]
    crowd = strokes(["GRU, BPTT", "a stranger", "LSTM", "SNU", "another", "sSNU"])
    assert crowd["SNU"] == alone
    assert crowd["sSNU"].colour == MODEL_COLOURS["ssnu"] != alone.colour
    assert len(set(crowd.values())) == len(crowd)


def test_rules_of_one_model_take_the_colours_of_rules():
    look = strokes(["sSNU, BPTT", "sSNU, OSTL"])
    assert [stroke.colour for stroke in look.values()] == [
        RULE_COLOURS["bptt"],
        RULE_COLOURS["ostl"],
    ]


def test_more_names_than_colours_still_differ():
    names = [f"run {index}" for index in range(20)]
    assert len(set(strokes(names).values())) == 20


def test_a_users_settings_change_nothing_and_are_left_alone():
    curves = {"SNU": [3.0, 2.0, 1.5]}
    plain = learning_curves(curves, ylabel="loss (nats)", title="It falls")
    with matplotlib.rc_context({"font.size": 3.0, "axes.grid": True, "lines.linewidth": 9.0}):
        odd = learning_curves(curves, ylabel="loss (nats)", title="It falls")
        assert matplotlib.rcParams["font.size"] == 3.0
    assert odd.axes[0].lines[0].get_linewidth() == plain.axes[0].lines[0].get_linewidth()
    assert odd.axes[0].xaxis.label.get_fontsize() == plain.axes[0].xaxis.label.get_fontsize()


def test_long_titles_are_broken_into_even_lines_that_fit():
    title = "The network foresees most notes of a chorale that it has never heard before, " * 2
    with figure_style():
        figure = new_figure(4, title)
        figure.draw_without_rendering()
        text = figure.texts[0]
        box = text.get_window_extent()
    lines = text.get_text().split("\n")
    assert " ".join(lines) == title.strip()
    assert box.x1 < figure.bbox.x1
    assert max(map(len, lines)) - min(map(len, lines)) < 16


def test_an_empty_title_is_refused():
    with figure_style(), pytest.raises(ValueError, match="no title"):
        new_figure(4, "  ")
