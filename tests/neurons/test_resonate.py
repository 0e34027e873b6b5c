"""The resonate-and-fire neuron against the closed form of its oscillation."""

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import ResonateAndFire
from tests.neurons.simulate import simulate, slopes_through_time

PERIOD, TAU = 20.0, 50.0
pytestmark = pytest.mark.usefixtures("float64")


def pulsed(unit, at_ms, size, steps=100):
    pulses = np.zeros((steps, *unit.shape))
    for when in at_ms:
        pulses[round(when / unit.time_step_ms)] += size
    return simulate(unit, jnp.asarray(pulses))


def quiet(time_step_ms=1.0):
    return ResonateAndFire(
        1, period_ms=PERIOD, tau_ms=TAU, threshold=1e9, time_step_ms=time_step_ms
    )


@pytest.mark.parametrize("step", [0.25, 1.0, 7.0])
def test_a_pulse_rings_as_the_closed_form_says(step):
    found = pulsed(quiet(step), [0], 0.6)
    time = step * np.arange(1, 101)
    ringing = 0.6 * np.exp((-1 / TAU + 2j * np.pi / PERIOD) * time)
    np.testing.assert_allclose(found.x[:, 0], ringing.real, atol=1e-13)
    np.testing.assert_allclose(found.v[:, 0], ringing.imag, atol=1e-13)


def test_pulses_superpose_below_threshold():
    sum_of = pulsed(quiet(), [0], 0.3).v + pulsed(quiet(), [13], 0.3).v
    np.testing.assert_allclose(pulsed(quiet(), [0, 13], 0.3).v, sum_of, atol=1e-14)


def test_it_fires_at_its_eigenperiod_and_not_at_half_of_it():
    unit = ResonateAndFire(1, period_ms=PERIOD, tau_ms=TAU)
    # A quarter of a period after the last of n pulses: the sum of a geometric series.
    kept = np.exp(-PERIOD / TAU)
    peak = np.exp(-PERIOD / 4 / TAU) * (1 + kept)
    size = 1.02 / peak
    fires = {gap: bool(pulsed(unit, [0, gap], size).y.any()) for gap in range(5, 36)}
    assert fires[20] and not fires[10] and not fires[30]
    # One narrow band about the period: it is tuned, not merely fast.
    assert [gap for gap, fired in fires.items() if fired] == [19, 20, 21]
    assert not pulsed(unit, [0, 20], 0.98 / peak).y.any()


def test_two_pulses_half_a_period_apart_nearly_cancel():
    both = pulsed(quiet(), [0, PERIOD / 2], 0.6)
    left = 0.6 * (1 - np.exp(-PERIOD / 2 / TAU))
    amplitude = np.hypot(both.x[10, 0], both.v[10, 0])
    assert amplitude == pytest.approx(left * np.exp(-1 / TAU), rel=1e-12)


def test_inhibition_in_phase_fires_too():
    """Half a period before a pulse, a negative one helps: post-inhibitory facilitation."""
    unit = ResonateAndFire(1, period_ms=PERIOD, tau_ms=TAU)
    pulses = jnp.zeros((60, 1)).at[0].set(-0.8).at[10].set(0.8)
    assert simulate(unit, pulses).y.any()
    assert not simulate(unit, jnp.abs(pulses)).y.any()


def test_the_reset_is_at_the_threshold_and_does_not_fire_again():
    unit = ResonateAndFire(1, period_ms=PERIOD, tau_ms=TAU, threshold=0.5)
    states = pulsed(unit, [0], 1.0)
    fired = np.flatnonzero(states.y[:, 0])
    # The first step of 1 exp(-t/50) sin(2 pi t/20) above 0.5 is the second.
    assert fired.tolist() == [1]
    assert float(states.x[1, 0]) == 0 and float(states.v[1, 0]) == 0.5
    time = np.arange(1, 50)
    after = 0.5 * np.exp(-time / TAU) * np.cos(2 * np.pi * time / PERIOD)
    np.testing.assert_allclose(states.v[2:51, 0], after, atol=1e-13)


def test_gradients_are_finite_in_both_modes():
    unit = ResonateAndFire(2, period_ms=PERIOD, tau_ms=TAU)
    back, along = slopes_through_time(unit, jnp.full((300, 2), 0.4))
    assert jnp.isfinite(back).all() and back.any()
    assert float(along) == pytest.approx(float(back.sum()), rel=1e-9)


def test_what_is_refused():
    ResonateAndFire(1, period_ms=3.0)
    with pytest.raises(
        ValueError, match=r"time_step_ms is 1[.]0, expected less than half the period"
    ):
        ResonateAndFire(1, period_ms=2.0)
    for name in ("period_ms", "tau_ms", "threshold", "time_step_ms"):
        with pytest.raises(
            ValueError, match=rf"ResonateAndFire: {name} is 0, expected more than 0"
        ):
            ResonateAndFire(1, **{name: 0})
