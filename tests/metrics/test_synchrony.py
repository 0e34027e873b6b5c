import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranvier.metrics import spike_synchrony, voltage_synchrony
from tests.metrics.trains import gamma_train, trains


def test_independent_membranes_are_synchronous_by_one_over_root_n():
    # N chi^2 is a mean of 5000 nearly independent squares of variance 2: 4.4 deviations.
    values = np.random.default_rng(0).normal(size=(5000, 50))
    assert abs(50 * voltage_synchrony(values) ** 2 - 1) < 4.4 * np.sqrt(2 / 5000)


def test_a_shared_part_gives_its_share():
    rng = np.random.default_rng(1)
    shared, own = rng.normal(size=(20_000, 1)), rng.normal(size=(20_000, 100))
    # The shared variance is c^2 / (c^2 + 1), and the rest of the mean fades as 1 / N.
    for weight in (0.5, 1.0, 3.0):
        expected = (weight**2 + 1 / 100) / (weight**2 + 1)
        found = voltage_synchrony(weight * shared + own) ** 2
        assert abs(found - expected) < 4.4 * np.sqrt(8 / 20_000) * expected


def _by_definition(all_trains):
    """Pair by pair and spike by spike."""
    marks = []
    for a, one in enumerate(all_trains):
        for b, two in enumerate(all_trains):
            if a == b:
                continue
            for i, time in enumerate(one):
                met = 0
                for j, other in enumerate(two):
                    gaps = [
                        one[i + 1] - time if i + 1 < len(one) else np.inf,
                        time - one[i - 1] if i else np.inf,
                        two[j + 1] - other if j + 1 < len(two) else np.inf,
                        other - two[j - 1] if j else np.inf,
                    ]
                    met |= abs(time - other) < 0.5 * min(gaps)
                marks.append(met)
    return np.mean(marks) if marks else 1.0


@given(st.lists(trains().map(np.unique), min_size=2, max_size=4))
def test_spike_synchrony_is_its_definition(found):
    assert spike_synchrony(found) == pytest.approx(_by_definition(found))


def test_equal_trains_are_in_synchrony_and_shifted_clocks_are_not():
    train = gamma_train(2, 200, 10.0, seed=0)
    assert spike_synchrony([train, train, train]) == 1
    clock = np.arange(0.0, 1000.0, 10.0)
    assert spike_synchrony([clock, clock + 4.9]) == 1
    # Half an interval apart: the limit is not reached.
    assert spike_synchrony([clock, clock + 5.0]) == 0
    assert spike_synchrony([clock, []]) == 0
    assert spike_synchrony([[], []]) == 1


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        spike_synchrony([[1.0]])
    with pytest.raises(ValueError, match=r"times_ms\[1\] has a time twice"):
        spike_synchrony([[1.0], [2.0, 2.0]])
    for bad in ([1.0, 2.0], np.zeros((0, 3)), [[np.nan, 1.0]]):
        with pytest.raises(ValueError, match="membranes"):
            voltage_synchrony(bad)
    with pytest.raises(ValueError, match="no membrane moves"):
        voltage_synchrony(np.ones((5, 3)))
