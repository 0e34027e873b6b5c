"""Membranes in steps, below their input."""

import numpy as np
import pytest

from ranvier.report import SteppedMembrane, stepped_membranes

ONCE = SteppedMembrane([0.5, 1.0, 1.5, 2.0], [1, -2, -2, 0], [3, 3, 3, 3], [1.0], [2, -1])
LABELS = {"xlabel": "time", "ylabel": "membrane", "title": "See"}


def test_a_panel_holds_input_spikes_membrane_and_threshold():
    (axes,) = stepped_membranes({"once": ONCE}, **LABELS).axes
    dashed, membrane = axes.lines[:2]
    assert membrane.get_drawstyle() == "steps-post"
    # A value holds from its event on; the first is drawn before its event, too.
    assert membrane.get_xdata().tolist() == [0, 0.5, 1, 1.5, 2, 2]
    assert membrane.get_ydata().tolist() == [1, 1, -2, -2, 0, 0]
    assert set(dashed.get_ydata()) == {3.0}
    (spikes,) = axes.collections
    assert [line[0, 0] for line in spikes.get_segments()] == [1.0]
    (drive,) = axes.patches
    heights, edges, base = drive.get_data()
    assert edges.tolist() == [0, 1, 2]
    assert heights[0] - base == pytest.approx(2 * (base - heights[1])) and heights[0] > base
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert labels == ["\N{MINUS SIGN}2", "0", "3", "spikes", "input"]


def test_panels_share_their_scale_and_may_be_silent():
    silent = ONCE._replace(spikes=[], membrane=np.zeros(4))
    first, second = stepped_membranes({"once": ONCE, "never": silent}, **LABELS).axes
    assert first.get_ylim() == second.get_ylim()
    assert not len(second.collections[0].get_segments())
    assert [text.get_text() for text in second.get_yticklabels()] == [""] * 5


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="nothing to show"):
        stepped_membranes({}, **LABELS)
    with pytest.raises(ValueError, match=r"threshold of a has shape \[1\], expected \[4\]"):
        stepped_membranes({"a": ONCE._replace(threshold=[3])}, **LABELS)
    with pytest.raises(ValueError, match="steps of a has shape"):
        stepped_membranes({"a": ONCE._replace(steps=[])}, **LABELS)
