"""Tasks learned one after another: lines that begin where a task was learned, and bars."""

import pytest

from ranvier.report import measure_bars, task_curves


def test_a_line_begins_where_its_task_was_learned():
    rows = [[90.0], [70.0, 91.0], [50.0, 60.0, 92.0]]
    figure = task_curves(
        {"BP": rows, "FA": rows, "DFA": rows, "IFA": rows},
        tasks=("a", "b", "c"),
        ylabel="accuracy (%)",
        title="It fades",
    )
    panel = figure.axes[0]
    assert [list(line.get_xdata()) for line in panel.lines] == [[1, 2, 3], [2, 3], [3]]
    assert list(panel.lines[1].get_ydata()) == [91.0, 60.0]
    assert [one.get_visible() for one in figure.axes] == [True] * 4 + [False] * 2
    # Under every panel that has none below it.
    labelled = [one.get_xlabel() == "tasks learned" for one in figure.axes]
    assert labelled == [False, True, True, True, False, False]
    assert figure.get_supylabel() == "accuracy (%)"


def test_bars_share_their_names_and_may_be_negative():
    figure = measure_bars(
        {
            "BP": {"a (%)": (80.0, 2.0), "b (points)": (-3.0, None)},
            "FA": {"a (%)": (1.0, None), "b (points)": (-1.0, None)},
        },
        title="Bars",
    )
    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()] == ["BP", "FA"]
    assert {text.get_text() for text in first.texts} == {"80.0 ± 2.0", "1.0"}
    assert second.get_xlim()[0] <= -3


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: task_curves({}, tasks=(), ylabel="x", title="x"), "no rule"),
        (
            lambda: task_curves({"BP": [[1.0]]}, tasks=("a", "b"), ylabel="x", title="x"),
            "'BP' has 1 rows for 2 tasks",
        ),
        (lambda: measure_bars({}, title="x"), "no measure"),
    ],
)
def test_nothing_to_draw_is_refused(draw, words):
    with pytest.raises(ValueError, match=words):
        draw()
