"""Figures that put rules side by side."""

import pytest

from ranvier.report import gradient_alignment, rule_costs, rule_scores
from ranvier.report._rules import looks


def test_a_panel_per_group_and_a_row_per_rule():
    cosines = {f"rule {n}": {"input weights": [0.1 * n], "readout": [1.0, 0.9]} for n in range(9)}
    figure = gradient_alignment(cosines, title="Rules")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["input\nweights", "readout"]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == list(cosines)


def test_the_reference_is_black_and_no_two_rules_look_alike():
    curves = {f"rule {n}": ([0, 10], [50.0, 60.0 + n]) for n in range(16)}
    figure = rule_scores(curves, ylabel="accuracy (%)", title="Rules learn")
    lines = figure.axes[0].get_lines()
    assert lines[0].get_color() == "#1b2027"
    assert len(lines) == len(set(looks(list(curves)).values())) == 16


def test_a_start_far_from_the_rest_does_not_flatten_it():
    curves = {"bptt": (range(20), [60.0, 20.0, 10.0] + [9.5] * 16 + [9.0])}
    axes = rule_scores(curves, ylabel="NLL", title="It falls").axes[0]
    low, high = axes.get_ylim()
    assert 8.5 < low < 9 and 9.5 < high < 10
    assert "↑ starts at 60" in [text.get_text() for text in axes.texts]


def test_costs_are_drawn_on_two_logarithmic_axes():
    figure = rule_costs(
        {"bptt": ([8, 16, 32], [1.0, 2.0, 4.0]), "ostl": ([8, 16, 32], [1.0, 4.0, 16.0])},
        xlabel="hidden units",
        ylabel="memory (kB)",
        title="It grows",
    )
    axes = figure.axes[0]
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["8", "16", "32"]


@pytest.mark.parametrize("factor", [1.02, 1.5, 4, 12, 80, 5000])
def test_costs_that_hardly_grow_have_numbers_too(factor):
    for first in (1.3, 4.1, 8.2):
        costs = {"bptt": ([8, 16], [first, factor * first])}
        axes = rule_costs(costs, xlabel="units", ylabel="time", title="It grows").axes[0]
        low, high = axes.get_ylim()
        axes.figure.draw_without_rendering()
        shown = [tick.get_text() for tick in axes.get_yticklabels()]
        inside = [at for at, text in zip(axes.get_yticks(), shown, strict=True) if text]
        assert sum(low <= at <= high for at in inside) >= 2


@pytest.mark.parametrize(
    "draw",
    [
        lambda: gradient_alignment({}, title="x"),
        lambda: rule_scores({}, ylabel="y", title="x"),
        lambda: rule_costs({}, xlabel="x", ylabel="y", title="x"),
    ],
)
def test_nothing_to_draw_is_refused(draw):
    with pytest.raises(ValueError, match="expected at least one"):
        draw()
