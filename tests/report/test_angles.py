"""Angles over training: a panel per layer, names and right angle where they belong."""

import pytest

from ranvier.report import alignment_angles


def test_panels_share_their_colours_and_begin_before_training():
    figure = alignment_angles(
        {"layer 1": {"FA": [90.0, 60.0], "DFA": [91.0, 50.0]}, "layer 2": {"DFA": [80.0, 40.0]}},
        ylabel="angle (degrees)",
        title="They turn",
    )
    first, second = figure.axes
    assert first.get_xlim()[0] == 0 and first.get_ylim()[0] == 0
    assert first.lines[2].get_color() == second.lines[1].get_color()
    assert "DFA  50°" in {text.get_text() for text in first.texts}


@pytest.mark.parametrize("panels", [{}, {"layer 1": {}}])
def test_nothing_to_draw_is_refused(panels):
    with pytest.raises(ValueError, match="no angle"):
        alignment_angles(panels, ylabel="angle", title="None")
