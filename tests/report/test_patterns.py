"""Many patterns at a glance."""

import numpy as np
import pytest

from ranvier.report import Pattern, pattern_grid
from ranvier.report._patterns import _round

PATTERN = Pattern(np.linspace(0, 90, 10), np.linspace(-70, 30, 10), np.arange(10.0), "3 spikes")


def test_every_pattern_has_a_panel_with_its_name_its_note_and_a_bar():
    names = [f"pattern {i}" for i in range(5)]
    figure = pattern_grid({name: PATTERN for name in names}, columns=4, title="See")
    used = [axes for axes in figure.axes if axes.lines]
    assert [axes.get_title(loc="left") for axes in used] == [f"{name}\n3 spikes" for name in names]
    for axes in used:
        assert "20 ms" in [text.get_text() for text in axes.texts]
        bar = axes.lines[2]
        assert np.ptp(bar.get_xdata()) == pytest.approx(20.0)
    assert "50 mV" in [text.get_text() for text in used[0].texts]


def test_panels_share_the_scale_of_the_membrane():
    quiet = PATTERN._replace(membrane=np.full(10, -65.0))
    figure = pattern_grid({"loud": PATTERN, "quiet": quiet}, columns=2, title="See")
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_a_long_name_is_wrapped():
    figure = pattern_grid(
        {"inhibition-induced bursting": PATTERN, "b": PATTERN}, columns=4, title="See"
    )
    assert figure.axes[0].get_title(loc="left") == "inhibition-induced\nbursting\n3 spikes"


@pytest.mark.parametrize(
    ("value", "rounded"), [(1.0, 1.0), (0.99, 0.5), (30.0, 20.0), (66.0, 50.0), (2e-3, 2e-3)]
)
def test_bars_are_round(value, rounded):
    assert _round(value) == pytest.approx(rounded)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="no pattern"):
        pattern_grid({}, title="See")
    with pytest.raises(ValueError, match=r"drive of a has shape \[2\], expected \[10\]"):
        pattern_grid({"a": PATTERN._replace(drive=[0, 1])}, title="See")
