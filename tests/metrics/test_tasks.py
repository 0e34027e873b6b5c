"""What is kept of tasks learned one after another, by hand on a matrix of three."""

import pytest

from ranvier.metrics import average_accuracy, backward_transfer, forgetting, learned_accuracy

# Task 1 is best after task 2; task 2 gets better from task 3.
ROWS = [[90.0], [96.0, 80.0], [60.0, 84.0, 72.0]]


def test_measures_by_hand():
    assert average_accuracy(ROWS) == pytest.approx((60 + 84 + 72) / 3)
    assert learned_accuracy(ROWS) == pytest.approx((90 + 80 + 72) / 3)
    assert backward_transfer(ROWS) == pytest.approx(((60 - 90) + (84 - 80)) / 2)
    # From its best before the last task: 96 for the first, 80 for the second.
    assert forgetting(ROWS) == pytest.approx(((96 - 60) + (80 - 84)) / 2)


def test_of_two_tasks_forgetting_is_what_backward_transfer_lost():
    rows = [[90.0], [75.0, 80.0]]
    assert forgetting(rows) == -backward_transfer(rows) == 15


def test_accuracy_on_tasks_to_come_is_not_looked_at():
    full = [[90.0, 11.0, 12.0], [96.0, 80.0, 13.0], ROWS[2]]
    for measure in (average_accuracy, backward_transfer, forgetting, learned_accuracy):
        assert measure(full) == measure(ROWS)


@pytest.mark.parametrize("measure", [average_accuracy, backward_transfer, forgetting])
def test_too_little_is_refused_in_words(measure):
    with pytest.raises(ValueError, match="accuracy holds 1 tasks; expected at least two"):
        measure([[90.0]])
    with pytest.raises(ValueError, match="row 2 of accuracy holds 1 tasks; expected the 2"):
        measure([[90.0], [70.0]])
