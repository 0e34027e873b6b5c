"""Operations of connections: every one, or those whose sender is active."""

import numpy as np
import pytest

from ranvier.metrics import synaptic_operations

ACTIVITY = np.array([[[1, 0, 2.5]], [[0, 0, -1]], [[1, 1, 1]]])


def test_a_fan_out_for_each_unit_and_the_same_for_all():
    """The last step does not count: three of six activities are not zero."""
    mask = [[1], [1], [0]]
    assert synaptic_operations(ACTIVITY, mask, [5, 7, 11]) == (23, (5 + 11 + 11) / 2)
    assert synaptic_operations(ACTIVITY, mask, 4) == (12, 4 * 3 / 2)
    assert synaptic_operations(ACTIVITY, mask, [4, 4, 4]) == synaptic_operations(ACTIVITY, mask, 4)


@pytest.mark.parametrize(
    ("fan_out", "words"),
    [
        (-1, "fan_out is -1, expected 0 or more"),
        ([1, -2, 3], r"fan_out is \[1, -2, 3\]"),
        ([1, 2], r"fan_out has shape \(2,\), expected one number or one for each of 3 units"),
    ],
)
def test_a_fan_out_that_does_not_fit(fan_out, words):
    with pytest.raises(ValueError, match=words):
        synaptic_operations(ACTIVITY, np.ones((3, 1)), fan_out)
