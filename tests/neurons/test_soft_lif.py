"""The smoothed rate against the exact one, against spikes, and at its threshold."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.neurons import LIF, Refractory, SoftLIF

pytestmark = pytest.mark.usefixtures("float64")


def exact_hz(current, tau=20.0, refractory=4.0):
    above = current > 1
    waiting = np.log(
        current / np.where(above, current - 1, 1), where=above, out=np.ones_like(current)
    )
    return np.where(above, 1000 / (refractory + tau * waiting), 0)


def test_without_smoothing_it_is_the_rate_of_the_neuron():
    current = np.concatenate([np.linspace(-2, 0.99, 50), np.linspace(1.01, 20, 200)])
    last = np.inf
    for smoothing in (1e-2, 1e-3, 1e-4, 1e-5):
        found = SoftLIF(250, smoothing=smoothing).rate_hz(jnp.asarray(current))
        worst = np.abs(found - exact_hz(current)).max()
        assert worst < last
        last = worst
    assert last < 0.06  # 50 / (j - 1) / gamma: it falls as gamma does, not faster


def test_far_above_the_threshold_smoothing_does_not_matter():
    current = np.linspace(1.2, 20, 200)
    found = SoftLIF(200, smoothing=0.02).rate_hz(jnp.asarray(current))
    np.testing.assert_allclose(found, exact_hz(current), rtol=1e-2)
    np.testing.assert_allclose(found[20:], exact_hz(current)[20:], rtol=1e-9)


def test_the_slope_is_finite_everywhere_and_that_of_differences():
    unit = SoftLIF(1)
    slope = jax.vmap(jax.grad(lambda j: unit.rate_hz(j)))
    at = jnp.concatenate([jnp.linspace(-100, 100, 2001), 1 + jnp.linspace(-0.5, 0.5, 1001)])
    assert jnp.isfinite(slope(at)).all() and (slope(at) > 0).all()
    near = jnp.linspace(0.5, 2.0, 500)
    change = (unit.rate_hz(near + 1e-6) - unit.rate_hz(near - 1e-6)) / 2e-6
    np.testing.assert_allclose(slope(near), change, rtol=1e-5)
    # Of the exact rate, the slope right above the threshold has no bound.
    assert slope(jnp.array([1.0]))[0] < 2e3 < (exact_hz(np.array([1 + 1e-9])) / 1e-9)[0]


def test_the_two_halves_of_its_logarithm_meet():
    unit, edge = SoftLIF(1, smoothing=0.02), 1 - 15 * 0.02
    low, high = (float(unit.rate_hz(jnp.asarray(edge + d))) for d in (-1e-9, 1e-9))
    assert abs(high - low) < 1e-6


def test_single_precision_reaches_far_below_the_threshold():
    with jax.enable_x64(False):
        rate, slope = jax.value_and_grad(SoftLIF(1).rate_hz)(jnp.asarray(-1e4, jnp.float32))
    assert 0 < rate < 1e-3 and jnp.isfinite(slope)


def test_spikes_come_at_the_rate():
    """Steps of 0.05 ms round intervals up by half a step on average: one per cent at 250 Hz."""
    current = jnp.linspace(1.05, 8.0, 60)
    unit = Refractory(LIF(60, tau_membrane_ms=20.0, time_step_ms=0.05), 4.0, counted="next_step")

    def body(state, _):
        state = unit.step(state, current)
        return state, state.y

    spikes = jax.jit(lambda: jax.lax.scan(body, unit.init(), None, 40_000)[1].sum(0))()
    wanted = SoftLIF(60, smoothing=1e-4).rate_hz(current)
    np.testing.assert_allclose(spikes / 2.0, wanted, rtol=0.012, atol=0.5)


def test_noise_has_its_deviation_and_needs_a_key():
    unit = SoftLIF(20_000, noise_hz=10.0, amplitude_s=0.1)
    current = jnp.full(20_000, 2.0)
    noisy, quiet = (unit.step(unit.init(), current, key=key).y for key in (jr.key(0), None))
    assert np.ptp(quiet) == 0
    # Standard error of a deviation of 20,000 draws: half a per cent.
    assert abs(float((noisy - quiet).std()) - 1.0) < 0.02
    assert abs(float((noisy - quiet).mean())) < 0.03


def test_numbers_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match="smoothing is 0, expected more than 0"):
        SoftLIF(1, smoothing=0)
    with pytest.raises(ValueError, match="noise_hz is -1, expected at least 0"):
        SoftLIF(1, noise_hz=-1)
