"""Levels, ceiling and straight-through derivatives against their definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.neurons import IF, QCFS

pytestmark = pytest.mark.usefixtures("float64")


def answer(unit, current):
    return unit.step(unit.init(), jnp.asarray(current)).y


@pytest.mark.parametrize("levels", [1, 4, 8])
def test_it_is_the_equation(levels):
    current = np.random.default_rng(0).normal(0, 2, 300)
    ceiling = np.random.default_rng(1).uniform(0.5, 3, 300)
    wanted = ceiling * np.clip(np.floor(current * levels / ceiling + 0.5) / levels, 0, 1)
    unit = QCFS(300, levels=levels, ceiling=jnp.asarray(ceiling))
    np.testing.assert_allclose(answer(unit, current), wanted, rtol=1e-14)
    assert len(np.unique(np.round(wanted / ceiling, 9))) == levels + 1


def test_derivatives_are_straight_through_the_floor():
    """Within the levels 1 and (y - I) / ceiling, above 0 and 1, below 0 and 0."""
    levels, ceiling = 4, 2.0
    half = ceiling / (2 * levels)
    for current, d_current, d_ceiling in (
        (-half - 1e-6, 0.0, 0.0),
        (-half + 1e-6, 1.0, None),
        (0.9, 1.0, None),
        (ceiling - half - 1e-6, 1.0, None),
        (ceiling - half + 1e-6, 0.0, 1.0),
        (5.0, 0.0, 1.0),
    ):

        def output(current, ceiling):
            return answer(QCFS(1, levels=levels, ceiling=ceiling[None]), current[None])[0]

        y, (one, two) = jax.value_and_grad(output, (0, 1))(jnp.asarray(current), jnp.asarray(2.0))
        assert one == d_current
        wanted = (y - current) / ceiling if d_ceiling is None else d_ceiling
        np.testing.assert_allclose(two, wanted, rtol=1e-12)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    levels=st.integers(1, 16),
    ceiling=st.floats(0.1, 10),
    seed=st.integers(0, 2**16),
)
def test_a_neuron_from_half_its_threshold_says_the_same_after_as_many_steps(levels, ceiling, seed):
    """But for currents within rounding of a step, which the two round to different sides."""
    current = np.random.default_rng(seed).normal(0.3 * ceiling, ceiling, 200)
    at = current * levels / ceiling + 0.5
    current = current[np.abs(at - np.round(at)) > 1e-9]
    neuron = IF(len(current), threshold=ceiling, reset="subtract", starting_potential=ceiling / 2)
    state, count = neuron.init(), 0
    for _ in range(levels):
        state = neuron.step(state, jnp.asarray(current))
        count += state.y
    unit = QCFS(len(current), levels=levels, ceiling=ceiling)
    np.testing.assert_allclose(count * ceiling / levels, answer(unit, current), rtol=1e-12)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="levels is 0, expected a whole number of at least 1"):
        QCFS(3, levels=0)
    with pytest.raises(ValueError, match="ceiling is 0, expected more than 0"):
        QCFS(3, ceiling=0)
    with pytest.raises(ValueError, match=r"QCFS: ceiling has shape \(2,\), expected \(3,\)"):
        QCFS(3, ceiling=jnp.ones(2))
