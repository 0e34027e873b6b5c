"""Codes of values one by one: statistics, closed forms, and what their decoders promise."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier.encode as encode

TRAINS = 20_000


@pytest.mark.parametrize("rate_hz", [5.0, 200.0, 3000.0])
def test_poisson_steps_are_never_above_one_and_the_rate_comes_back(rate_hz):
    """Bounds of five standard errors; a new seed fails one of the three below 2e-6."""
    trains = encode.poisson(jnp.full(TRAINS, rate_hz), 20, time_step_ms=1.0, key=jr.key(1))
    p = -np.expm1(-rate_hz / 1000)
    share = np.asarray(trains, np.float64).mean()
    assert abs(share - p) < 5 * np.sqrt(p * (1 - p) / (20 * TRAINS))
    back = float(encode.decode_poisson(trains.reshape(-1), time_step_ms=1.0))
    spread = 1000 * np.sqrt(p / (1 - p) / (20 * TRAINS))
    assert abs(back - rate_hz) < 5 * spread


def test_a_poisson_rate_is_known_as_well_as_its_count_says():
    """Relative error 1 / sqrt(rate T): 2,000 estimates, five standard errors of a deviation."""
    trains = encode.poisson(jnp.full(2000, 100.0), 5000, time_step_ms=0.1, key=jr.key(2))
    rates = np.asarray(encode.decode_poisson(trains, time_step_ms=0.1), np.float64)
    expected = 1 / np.sqrt(100 * 0.5)
    assert abs(rates.std() / 100 - expected) < 5 * expected / np.sqrt(2 * 2000)


def test_bernoulli_values_come_back():
    values = jr.uniform(jr.key(3), (TRAINS,))
    trains = encode.rate(values, 20, spikes=12, key=jr.key(4))
    off = np.asarray(encode.decode_rate(trains, spikes=12) - values, np.float64)
    variance = float((values * (1 - values * 12 / 20) / 12).mean())
    assert abs(off.mean()) < 5 * np.sqrt(variance / TRAINS)
    assert off.var() == pytest.approx(variance, rel=0.06)


def test_the_integrator_is_the_closed_form():
    """The membrane itself, step by step, in double precision."""
    values = np.array([0.0, 0.1, 0.34, 0.999, 1.0])
    trains = np.asarray(encode.regular_rate(jnp.asarray(values), 40, start=0.25))
    v, steps = np.full(5, 0.25), []
    for _ in range(40):
        v = v + values
        steps.append((v >= 1 - 1e-6).astype(float))
        v -= steps[-1]
    np.testing.assert_array_equal(trains, steps)


def test_a_charging_membrane_crosses_when_it_says():
    currents = jnp.array([1.5, 2.0, 40.0, 1.0, 0.2])
    times = np.asarray(encode.charging_latency(currents, threshold=1.0, tau_ms=20.0))
    reached = np.asarray(currents[:3]) * -np.expm1(-times[:3] / 20)
    np.testing.assert_allclose(reached, 1, rtol=1e-5)
    assert np.isinf(times[3:]).all()
    back = encode.decode_charging_latency(times, threshold=1.0, tau_ms=20.0)
    np.testing.assert_allclose(back, [1.5, 2.0, 40.0, 1.0, 1.0], rtol=1e-4)


@given(seed=st.integers(0, 2**31 - 1), gain=st.floats(0.1, 10), offset=st.floats(-5, 5))
@settings(max_examples=15, deadline=None)
def test_an_order_outlives_gain_offset_and_any_rising_function(seed, gain, offset):
    values = jr.uniform(jr.key(seed), (3, 12))
    values = jnp.round(values * 64) / 64
    order = encode.rank_order(values)
    np.testing.assert_array_equal(encode.rank_order(jnp.exp(3 * values)), order)
    # Products and sums of 64ths with powers of two are exact, so ties stay ties.
    near = 2.0 ** round(np.log2(gain)), round(offset * 64) / 64
    np.testing.assert_array_equal(encode.rank_order(near[0] * values + near[1]), order)
    assert (order.sum(0) == 1).all() and (order.sum(-1) == 1).all()


def test_of_equal_values_the_first_comes_first():
    assert encode.ranks(jnp.array([0.5, 0.5, 0.7, 0.5])).tolist() == [1, 2, 0, 3]


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=15, deadline=None)
def test_a_neuron_answers_most_to_the_order_of_its_own_weights(seed):
    """The rearrangement inequality."""
    weights = jr.uniform(jr.key(seed), (9,))
    other = jr.uniform(jr.key(seed + 1), (9,))
    own, foreign = (
        float(weights @ encode.decode_rank_order(encode.rank_order(x), modulation=0.85))
        for x in (weights, other)
    )
    best = np.sort(np.asarray(weights))[::-1] @ 0.85 ** np.arange(9)
    assert own == pytest.approx(best, rel=1e-5) and foreign <= own + 1e-6


def test_mean_values_by_rank_leave_the_least_error():
    values = jr.uniform(jr.key(5), (500, 8)) ** 2
    order = encode.rank_order(values)
    means = jnp.sort(values, -1)[:, ::-1].mean(0)

    def missed(by_rank):
        return float(((encode.decode_ranks(order, by_rank) - values) ** 2).mean())

    assert missed(means) < min(missed(means * 1.05), missed(means + 0.02), missed(means[::-1]))


def test_bursts_take_out_what_goes_in():
    """What has not left is in the membrane, which is computed here step by step."""
    # No membrane comes so close to its threshold that rounding decides.
    values = np.linspace(0.00123, 2.0071, 50)
    trains = np.asarray(encode.burst(jnp.asarray(values), 60, threshold=0.3, growth=2.0))
    v, g, taken = np.zeros(50), np.ones(50), np.zeros(50)
    for step in range(60):
        v += values
        fired = v >= g * 0.3 - 1e-6
        np.testing.assert_array_equal(fired, trains[step] > 0)
        taken += np.where(fired, g * 0.3, 0)
        v -= np.where(fired, g * 0.3, 0)
        g = np.where(fired, 2 * g, 1)
    back = np.asarray(encode.decode_burst(trains, threshold=0.3, growth=2.0))
    np.testing.assert_allclose(back, taken / 60, atol=1e-5)
    np.testing.assert_allclose(values - back, v / 60, atol=1e-5)
    assert (values - back > -1e-5).all()


def test_growth_saves_spikes_of_large_values():
    values = jnp.array([3.0])
    plain, growing = (
        float(encode.burst(values, 20, threshold=0.5, growth=growth).sum()) for growth in (1.0, 2.0)
    )
    assert plain == 20 and growing < plain
    off = [
        float(
            3
            - encode.decode_burst(
                encode.burst(values, 20, threshold=0.5, growth=growth), threshold=0.5, growth=growth
            )[0]
        )
        for growth in (1.0, 2.0)
    ]
    assert off[0] == pytest.approx(2.5) and off[1] < 1


CURVES = encode.gaussian_tuning(12, low=0.0, high=5.0)


def test_tuning_curves_stand_where_the_publication_puts_them():
    """Centres a + (2 i - 3) / 2 (b - a) / (n - 2), widths (b - a) / 1.5 (n - 2)."""
    expected = [(2 * i - 3) / 2 * 5 / 10 for i in range(1, 13)]
    np.testing.assert_allclose(CURVES.centres, expected, rtol=1e-6)
    assert CURVES.width == pytest.approx(5 / 15)
    activity = encode.population(CURVES.centres[3], CURVES)
    assert int(activity.argmax()) == 3 and float(activity.max()) == 1


def test_counts_of_a_population_give_the_value_back_as_well_as_can_be():
    """Cramér-Rao: variance sigma delta / (K sqrt(2 pi)) for K spikes at the peak.

    4,000 estimates: the ratio of variances is known to 2.2 %; bounds of five standard errors, and
    2 % for the grid and the finite number of spikes. Unbiased within five standard errors.
    """
    value, spikes = 2.3, 40.0
    rates = spikes * encode.population(jnp.full(4000, value), CURVES)
    counts = jr.poisson(jr.key(6), rates).astype(float)
    bound = CURVES.width * 0.5 / (spikes * np.sqrt(2 * np.pi))
    grid = jnp.linspace(0, 5, 1001)
    best = np.asarray(encode.decode_population(counts, CURVES, grid, spikes=spikes), np.float64)
    assert best.var() / bound == pytest.approx(1, abs=0.13)
    assert abs(best.mean() - value) < 5 * np.sqrt(bound / 4000)
    vector = np.asarray(encode.decode_population_vector(counts, CURVES), np.float64)
    assert abs(vector.mean() - value) < 0.02 and best.var() <= 1.05 * vector.var()


def test_the_likelihood_is_that_of_poisson_counts():
    from scipy.stats import poisson

    counts = np.array([0, 1, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0])
    grid = np.array([0.4, 0.9, 2.0])
    rates = 7 * np.asarray(encode.population(jnp.asarray(grid), CURVES), np.float64)
    expected = poisson.logpmf(counts, rates).sum(1)
    found = encode.population_log_likelihood(counts, CURVES, jnp.asarray(grid), spikes=7.0)
    np.testing.assert_allclose(np.diff(found), np.diff(expected), rtol=1e-4)


def test_a_population_whose_latencies_are_read():
    """Latencies of activities above 0.1 in 64 steps hold the value to 2 % of the range."""
    values = jnp.linspace(0.3, 4.7, 200)
    activity = encode.population(values, CURVES)
    times = encode.latency(jnp.where(activity >= 0.1, activity, 0.0), window_ms=63.0)
    trains = encode.spikes_at(times, 64, time_step_ms=1.0)
    heard = encode.decode_latency(encode.first_spike(trains, time_step_ms=1.0), window_ms=63.0)
    off = encode.decode_population_vector(heard, CURVES) - values
    assert float(jnp.abs(off).max()) < 0.1


def test_everything_compiles_with_keys():
    values = jr.uniform(jr.key(0), (5,))

    @jax.jit
    def call(values, key):
        trains = encode.poisson(100 * values, 30, time_step_ms=1.0, key=key)
        return encode.decode_poisson(trains, time_step_ms=1.0)

    one, again, other = call(values, jr.key(1)), call(values, jr.key(1)), call(values, jr.key(2))
    assert (one == again).all() and (one != other).any()
