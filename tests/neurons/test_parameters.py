"""The longest step of integration, and where a state starts."""

import jax
import jax.numpy as jnp
import pytest

from ranvier.neurons import QuadraticIF, VoltageState
from ranvier.neurons._parameters import stable_step


def test_a_step_on_the_bound_is_stable():
    stable_step("Unit", 2.0, membrane=2.0, slow_part=3.0, learned=jnp.full(2, 2.0))
    with pytest.raises(ValueError, match=r"3.5 ms is beyond .* bound of the slow part, 3 ms"):
        stable_step("Unit", 3.5, membrane=4.0, slow_part=3.0)
    with pytest.raises(ValueError, match=r"bound of the learned of unit \[1\], 1 ms"):
        stable_step("Unit", 2.0, learned=jnp.array([3.0, 1.0]))
    for step in (0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=r"time_step_ms is .*, expected more than 0"):
            stable_step("Unit", step)


def test_a_start_has_the_axes_of_the_units_and_passes_no_derivative():
    def total(resting_mV):
        return QuadraticIF(2, resting_mV=resting_mV).init((3,)).v.sum()

    resting_mV = jnp.array([-65.0, -60.0])
    assert float(total(resting_mV)) == 3 * -125
    assert not jax.grad(total)(resting_mV).any()
    # The parameter itself learns, from the first step on.
    assert jax.grad(
        lambda r: QuadraticIF(2, resting_mV=r).step(VoltageState(r, r), jnp.ones(2)).v.sum()
    )(resting_mV).all()
