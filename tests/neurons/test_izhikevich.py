"""Izhikevich's neuron: the published numerics, step by step."""

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import Izhikevich, surrogates
from tests.neurons.simulate import held, simulate, slopes_through_time


def reference(currents, step, quadratic=0.04, linear=5.0, constant=140.0, offset=0.0, leak=1.0):
    """Euler for v, then for u with the new v, before the reset."""
    v, u, rows = -70.0, -14.0, []
    for current in currents:
        v = v + step * (quadratic * v * v + linear * v + constant - u + current)
        u = u + step * 0.02 * (0.2 * (v - offset) - leak * u)
        fired = v > 30
        if fired:
            v, u = -65.0, u + 8.0
        rows.append((v, u, fired))
    return np.array(rows)


VARIANTS = [
    {},
    {"linear": 4.1, "constant": 108.0},
    {"recovery_offset_mV": -65.0, "recovery_leak": 0.0},
    {"quadratic": 0.05, "recovery_offset_mV": -5.0, "recovery_leak": 0.5},
]
SHORT = {"recovery_offset_mV": "offset", "recovery_leak": "leak"}


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: ", ".join(v) or "published")
def test_every_step_against_a_plain_loop(variant):
    currents = np.random.default_rng(0).normal(12, 10, 1200)
    expected = reference(currents, 0.25, **{SHORT.get(k, k): v for k, v in variant.items()})
    found = simulate(Izhikevich(1, **variant), jnp.asarray(currents)[:, None])
    assert 2 < expected[:, 2].sum() < 200
    np.testing.assert_array_equal(found.y[:, 0], expected[:, 2])
    np.testing.assert_allclose(np.c_[found.v, found.u], expected[:, :2], rtol=1e-7, atol=1e-7)


def test_recovery_starts_in_balance_unless_told():
    assert float(Izhikevich(1, b=0.25, start_mV=-64.0).init().u[0]) == -16
    assert float(Izhikevich(1, start_u=3.0).init().u[0]) == 3


def test_at_rest_it_stays():
    """0.04 v^2 + 5 v + 140 = 0.2 v at v = -70."""
    states = held(Izhikevich(1), 0.0, 500)
    np.testing.assert_allclose(states.v, -70, atol=1e-3)


@pytest.mark.parametrize(
    "h", [surrogates.tanh_derivative(), surrogates.arctan(), surrogates.fast_sigmoid()]
)
def test_gradients_through_spikes_are_finite_in_both_modes(h):
    back, along = slopes_through_time(Izhikevich(2, h=h), jnp.full((1000, 2), 15.0))
    assert jnp.isfinite(back).all() and back.any()
    assert float(along) == pytest.approx(float(back.sum()), rel=1e-3)


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"bound of the recovery, 0.2 ms"):
        Izhikevich(1, a=5.0)
    with pytest.raises(ValueError, match=r"bound of the recovery, 0.2 ms"):
        Izhikevich(1, a=-5.0)
    # At -70 mV: 0.08 * 70 - 5 = 0.6 per ms.
    with pytest.raises(ValueError, match=r"bound of the membrane, 1.667 ms"):
        Izhikevich(1, time_step_ms=1.7)
    with pytest.raises(ValueError, match=r"Izhikevich: c is 30.0, expected less than peak_mV"):
        Izhikevich(1, c=30.0)
    for name in ("quadratic", "surrogate_scale_mV", "time_step_ms"):
        with pytest.raises(ValueError, match=rf"Izhikevich: {name} is 0, expected more than 0"):
            Izhikevich(1, **{name: 0})
    # No recovery, and a membrane that only pushes: nothing bounds the step but the accuracy.
    Izhikevich(1, a=0.0, c=-50.0, start_mV=-50.0, time_step_ms=4.0)
