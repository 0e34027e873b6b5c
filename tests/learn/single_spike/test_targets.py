"""Targets of S4NN, case by case."""

import jax.numpy as jnp
import pytest

from ranvier.learn.single_spike import relative_targets

LAST, MARGIN = 256, 3


@pytest.mark.parametrize(
    ("times", "label", "expected"),
    [
        # The true class is late, another first: it is drawn to the front, the others pushed back.
        ([20, 22, 23, 90], 3, [23, 23, 23, 20]),
        # It is first, with one too close behind it.
        ([20, 22, 23, 90], 0, [20, 23, 23, 90]),
        # It leads by the margin: nothing is asked.
        ([20, 23, 90, 256], 0, [20, 23, 90, 256]),
        # A tie.
        ([20, 20, 90, 256], 1, [23, 20, 90, 256]),
        # Nobody is pushed behind the end; silent ones stay silent.
        ([254, 255, 256, 256], 2, [256, 256, 254, 256]),
        # Nobody fires.
        ([256, 256, 256, 256], 1, [256, 253, 256, 256]),
    ],
)
def test_targets(times, label, expected):
    found = relative_targets(jnp.array(times), jnp.array(label), last=LAST, margin=MARGIN)
    assert found.tolist() == expected


def test_leading_axes_are_examples():
    times = jnp.array([[[20, 22], [256, 256]]])
    found = relative_targets(times, jnp.array([[1, 0]]), last=LAST, margin=MARGIN)
    assert found.tolist() == [[[23, 20], [253, 256]]]
