"""Several short steps are one long one."""

import jax
import jax.numpy as jnp
import pytest

from ranvier.neurons import VO2Neuron
from ranvier.neurons._substeps import check_substeps


def test_short_steps_within_a_step_are_the_steps_one_by_one():
    fine, coarse = VO2Neuron(1, time_step_ns=10.0), VO2Neuron(1, time_step_ns=500.0, substeps=50)
    a, b, spikes = fine.init(), coarse.init(), 0.0
    step_fine, step_coarse = jax.jit(fine.step), jax.jit(coarse.step)
    for _ in range(16):
        fired = 0.0
        for _ in range(50):
            a = step_fine(a, jnp.array([15.0]))
            fired = max(fired, float(a.y[0]))
        b = step_coarse(b, jnp.array([15.0]))
        assert float(b.y[0]) == fired
        assert float(b.v[0]) == pytest.approx(float(a.v[0]), rel=1e-4)
        spikes += fired
    assert spikes >= 2


@pytest.mark.parametrize(("step", "count"), [(1.0, 1), (10.0, 10)])
def test_up_to_the_bound_is_allowed(step, count):
    check_substeps("X", step, count, 1.0)
    with pytest.raises(ValueError, match="X: an Euler step"):
        check_substeps("X", step * 1.01, count, 1.0)
