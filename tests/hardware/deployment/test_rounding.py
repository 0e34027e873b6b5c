"""Whole numbers in place of weights and thresholds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ranvier.hardware.deployment._rounding import unit_scales, whole_thresholds, whole_weights

sizes = st.floats(0.01, 10)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=12), sizes)
def test_the_chosen_step_is_not_worse_than_that_of_the_largest_weight(weights, threshold):
    weight, level = np.array(weights)[:, None], np.array([threshold])
    step = unit_scales(weight, level, 7, 255)

    def error(steps):
        return np.square(whole_weights(weight, steps, 7) * steps - weight).sum()

    plain = np.maximum(np.abs(weight).max(0) / 7, level / 254)
    assert error(step) <= error(plain) + 1e-12
    assert 1 <= whole_thresholds(level, step)[0] <= 255


@given(st.integers(-300, 300), st.floats(0.02, 0.5), st.floats(0.1, 5))
def test_a_whole_membrane_fires_where_its_value_is_above_the_threshold(held, step, threshold):
    whole = whole_thresholds(np.array([threshold]), step)[0]
    if abs(held * step - threshold) > 1e-5:
        assert (held >= whole) == (held * step > threshold)
