"""Phase-change neurons against the theory of first passage.

Statistical tests have fixed seeds and bounds that a correct draw leaves once in a million.
"""

import math

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from ranvier.neurons import IF, AmorphousThicknessNeuron, PhaseChangeNeuron

Z = stats.norm.isf(0.5e-6)


def spikes(unit, steps, amplitude=1.0, key=None):
    keys = None if key is None else jr.split(key, steps)

    def body(state, key):
        state = unit.step(state, jnp.full(unit.shape, amplitude), key=key)
        return state, state

    return jax.jit(lambda k: jax.lax.scan(body, unit.init(), k, length=steps)[1])(keys)


def second_interval(states):
    """Pulses from the first spike to the second, so that the start is a random reset."""
    order = np.cumsum(np.asarray(states.y), axis=0)
    assert order[-1].min() >= 2, "run for longer"
    return (order == 1).sum(axis=0)


@pytest.mark.parametrize(("growth_noise", "reset_noise_uS"), [(0.3, 0.0), (0.2, 1.0), (0.0, 2.0)])
def test_intervals_have_the_mean_and_variance_of_theory(growth_noise, reset_noise_uS):
    """30000 units; two-sided false-alarm rate 1e-6 for the mean and 1e-6 for the variance.

    The formula's terms of order one follow from renewal theory (Cox 1962, section 4.5): a count
    of whole pulses overshoots by (1 + s^2)/2, and its variance gains 1/12 + 5 s^4/4 for
    normal pulses.
    """
    growth, threshold, reset, units = 0.1, 8.0, 0.5, 30_000
    unit = PhaseChangeNeuron(
        units,
        growth_uS=growth,
        threshold_uS=threshold,
        reset_uS=reset,
        growth_noise=growth_noise,
        reset_noise_uS=reset_noise_uS,
    )
    found = second_interval(spikes(unit, 240, key=jr.key(0)))
    start = reset + reset_noise_uS * math.sqrt(2 / math.pi)
    m = (threshold - start) / growth
    variance = m * growth_noise**2 + (1 - 2 / math.pi) * (reset_noise_uS / growth) ** 2
    # The formula of the model, to leading order.
    assert found.mean() == pytest.approx(m, rel=0.01)
    assert found.var() == pytest.approx(variance, rel=0.06)
    # With the terms of order one, to the spread of the sample.
    s = growth_noise**2
    mean, variance = m + (1 + s) / 2, variance + 1 / 12 + 5 * s**2 / 4
    assert abs(found.mean() - mean) < Z * math.sqrt(variance / units)
    fourth = ((found - found.mean()) ** 4).mean()
    assert abs(found.var() - variance) < Z * math.sqrt((fourth - found.var() ** 2) / units)


def test_intervals_from_a_fixed_start_are_inverse_gaussian():
    """50000 units; Kolmogorov-Smirnov with a false-alarm rate of 1e-6, which a normal fails.

    A count is spread over its step, and the mean has the overshoot of a step: s^2/2 is left.
    """
    steps, noise, units = 40, 0.7, 50_000
    unit = PhaseChangeNeuron(
        units,
        growth_uS=0.1,
        threshold_uS=0.5 + 0.1 * steps,
        reset_uS=0.5,
        growth_noise=noise,
        reset_noise_uS=0.0,
    )
    found = second_interval(spikes(unit, 240, key=jr.key(2)))
    spread = found - np.random.default_rng(0).random(units)
    mean = steps + noise**2 / 2
    shape = mean**2 / noise**2
    inverse_gaussian = stats.invgauss(mean / shape, scale=shape)
    assert inverse_gaussian.mean() == pytest.approx(mean)
    assert inverse_gaussian.var() == pytest.approx(mean * noise**2)
    assert stats.kstest(spread, inverse_gaussian.cdf).pvalue > 1e-6
    normal = stats.norm(mean, noise * math.sqrt(mean))
    assert stats.kstest(spread, normal.cdf).pvalue < 1e-6


@pytest.mark.parametrize(("amplitude", "pulses"), [(4.0, 1), (1.0, 4)])
def test_noise_is_relative_to_one_pulse(amplitude, pulses):
    """20000 units, each bound 1e-6: the same mean growth, n^2 or n times the variance of one."""
    unit = PhaseChangeNeuron(20_000, growth_uS=0.1, growth_noise=0.2, threshold_uS=5.0)
    grown = np.asarray(spikes(unit, pulses, amplitude, jr.key(0)).g[-1], float) - 0.1
    variance = pulses * amplitude**2 * (0.2 * 0.1) ** 2
    assert abs(grown.mean() - 0.4) < Z * math.sqrt(variance / grown.size)
    # The variance of a sample of normal numbers has a relative spread of the root of 2/n.
    assert abs(grown.var() / variance - 1) < Z * math.sqrt(2 / grown.size)


def test_without_noise_it_counts_as_integrate_and_fire_does():
    """Growths of eighths, so that no sum is rounded: the same spikes, the same membrane."""
    unit = PhaseChangeNeuron(3, growth_uS=0.125, threshold_uS=2.25, reset_uS=0.25)
    counter = IF(3, threshold=2.0)
    pulses = jnp.asarray(np.random.default_rng(0).integers(0, 5, (400, 3)), jnp.float32)

    def body(states, pulse):
        states = unit.step(states[0], pulse), counter.step(states[1], 0.125 * pulse)
        return states, states

    device, plain = jax.lax.scan(body, (unit.init(), counter.init()), pulses)[1]
    assert device.y.sum() > 100
    np.testing.assert_array_equal(device.y, plain.y)
    np.testing.assert_array_equal(device.g - 0.25, plain.v)


def test_the_configuration_after_a_reset_is_random_only_with_a_key():
    unit = PhaseChangeNeuron(1000, growth_uS=1.0, threshold_uS=1.0, reset_uS=0.5)
    quiet, noisy = spikes(unit, 1), spikes(unit, 1, key=jr.key(0))
    assert quiet.y.all() and np.unique(quiet.g).tolist() == [0.5]
    melted = np.asarray(noisy.g)[np.asarray(noisy.y) == 1]
    assert len(np.unique(melted)) > 900 and melted.min() >= 0.5
    # Half-normal; the false-alarm rate of the test is 1e-6.
    assert stats.kstest((melted - 0.5) / 0.1, stats.halfnorm.cdf).pvalue > 1e-6


@pytest.mark.parametrize("growth", [0.3, 0.7, 1.9])
def test_noiseless_intervals(growth):
    unit = PhaseChangeNeuron(1, growth_uS=growth, threshold_uS=2.0, reset_uS=0.1)
    times = np.flatnonzero(spikes(unit, 60).y[:, 0])
    assert set(np.diff(times)) == {math.floor((2.0 - 0.1) / growth) + 1}


def test_at_the_threshold_it_does_not_fire():
    unit = PhaseChangeNeuron(1, growth_uS=0.5, threshold_uS=1.0, reset_uS=0.0)
    assert spikes(unit, 3).y[:, 0].tolist() == [0, 0, 1]


def test_a_negative_amplitude_is_no_pulse():
    for unit in (PhaseChangeNeuron(1), AmorphousThicknessNeuron(1)):
        found = spikes(unit, 5, amplitude=-1.0, key=jr.key(0))
        assert np.unique(found[0]).tolist() == np.unique(unit.init()[0]).tolist()


def test_the_conductance_of_the_thickness_grows_ever_faster():
    unit = AmorphousThicknessNeuron(1, growth_nm=0.5)
    found = spikes(unit, 25)
    grown = np.diff(np.asarray(unit.conductance_uS(found))[:, 0])
    assert (np.diff(grown) > 0).all() and not found.y.any()
    np.testing.assert_allclose(found.u[:, 0], 20.0 - 0.5 * np.arange(1, 26), rtol=1e-6)


def test_intervals_of_the_thickness():
    """20000 units, false-alarm rate 1e-6; the mean of theory with its term of order one."""
    unit = AmorphousThicknessNeuron(20_000, growth_nm=0.2, growth_noise=0.3, reset_noise_nm=1.0)
    found = second_interval(spikes(unit, 180, key=jr.key(1)))
    start = 20.0 - math.sqrt(2 / math.pi)
    m = (start - 5.0 * math.log(20.0 / 5.0)) / 0.2
    assert abs(found.mean() - (m + (1 + 0.09) / 2)) < Z * found.std() / math.sqrt(20_000)
    expected = m * 0.09 + (1 - 2 / math.pi) / 0.2**2
    assert found.var() == pytest.approx(expected, rel=0.08)


def test_a_fully_crystalline_device_stays_so():
    unit = AmorphousThicknessNeuron(1, growth_nm=1e3, threshold_uS=19.99)
    found = spikes(unit, 1)
    assert found.y.all() and found.u[0, 0] == 20.0


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (PhaseChangeNeuron, {"growth_uS": 0}, "PhaseChangeNeuron: growth_uS is 0, expected more"),
        (PhaseChangeNeuron, {"growth_noise": -1}, "growth_noise is -1, expected 0 or more"),
        (PhaseChangeNeuron, {"reset_uS": 3.0}, "reset_uS is 3.0, expected less than threshold_uS"),
        (PhaseChangeNeuron, {"growth_uS": jnp.ones(5)}, r"growth_uS has shape \(5,\)"),
        (AmorphousThicknessNeuron, {"threshold_uS": 30.0}, "expected between 0.3663"),
        (AmorphousThicknessNeuron, {"threshold_uS": 0.1}, "expected between 0.3663"),
        (AmorphousThicknessNeuron, {"decay_nm": -1}, "decay_nm is -1, expected more than 0"),
        (AmorphousThicknessNeuron, {"reset_noise_nm": -1}, "reset_noise_nm is -1, expected 0"),
    ],
)
def test_what_is_refused(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind(2, **settings)
