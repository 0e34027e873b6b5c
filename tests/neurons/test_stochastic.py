"""Escape noise against its own probabilities.

Every statistical test has a fixed seed and bounds that a correct draw leaves once in a million.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from ranvier.neurons import (
    LIF,
    SNU,
    ExponentialEscape,
    LeakyIntegrator,
    LogisticEscape,
    Refractory,
    Stochastic,
)

FALSE_ALARM = 1e-6
Z = stats.norm.isf(FALSE_ALARM / 2)
ESCAPES = {
    "logistic": (LogisticEscape(0.2), lambda x: 1 / (1 + np.exp(-x / 0.2))),
    "exponential": (
        ExponentialEscape(0.3, rate_at_threshold_per_ms=0.5, time_step_ms=0.4),
        lambda x: 1 - np.exp(-0.5 * np.exp(x / 0.3) * 0.4),
    ),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_units_fire_with_the_probability_of_the_escape(name):
    """20 probabilities, each from 20000 units: family-wise false-alarm rate 2e-5."""
    escape, analytic = ESCAPES[name]
    distances, draws = np.linspace(-0.5, 0.5, 20), 20_000
    unit = Stochastic(SNU((20, draws), decay=0.0), escape)
    membrane = jnp.broadcast_to(1.0 + distances[:, None], (20, draws)).astype(jnp.float32)
    fired = unit.step(unit.init(), membrane, key=jr.key(0)).y.mean(axis=1)
    p = analytic(distances)
    assert (abs(np.asarray(fired) - p) < Z * np.sqrt(p * (1 - p) / draws) + 1 / draws).all()


def test_a_clamped_membrane_gives_a_poisson_process():
    """Mean and spread of the counts of 2000 units in 1000 ms at 20 Hz; false-alarm rate 1e-6
    each. One hazard for every step makes the counts binomial."""
    hazard_per_ms, steps, units = 0.02, 1000, 2000
    unit = Stochastic(
        SNU(units, decay=0.0), ExponentialEscape(0.1, rate_at_threshold_per_ms=hazard_per_ms)
    )

    def body(state, key):
        state = unit.step(state, jnp.ones(units), key=key)
        return state, state.y

    keys = jr.split(jr.key(1), steps)
    spikes = np.asarray(jax.lax.scan(body, unit.init(), keys)[1])
    p = 1 - np.exp(-hazard_per_ms)
    counts = spikes.sum(axis=0)
    variance = steps * p * (1 - p)
    assert abs(counts.mean() - steps * p) < Z * np.sqrt(variance / units)
    low, high = stats.chi2.ppf([FALSE_ALARM / 2, 1 - FALSE_ALARM / 2], units - 1)
    assert low < (units - 1) * counts.var(ddof=1) / variance < high


def test_the_rate_does_not_depend_on_the_time_step():
    """Exponential escape is a hazard: ten short steps survive like one long one."""
    distance = jnp.linspace(-1.0, 1.0, 9)
    long = ExponentialEscape(0.3, rate_at_threshold_per_ms=0.2, time_step_ms=1.0)(distance)
    short = ExponentialEscape(0.3, rate_at_threshold_per_ms=0.2, time_step_ms=0.1)(distance)
    np.testing.assert_allclose(1 - long, (1 - short) ** 10, rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("name", ESCAPES)
def test_without_a_key_it_is_the_neuron_itself(name):
    bare, unit = LIF(5, threshold=0.2), Stochastic(LIF(5, threshold=0.2), ESCAPES[name][0])
    state, other = bare.init(), unit.init()
    for step in range(30):
        current = jr.normal(jr.key(step), (5,)) + 1
        state, other = bare.step(state, current), unit.step(other, current)
        assert np.array_equal(state.y, other.y) and np.array_equal(state.v, other.v)


@pytest.mark.parametrize("key", [None, jr.key(3)])
@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.usefixtures("float64")
def test_the_derivative_is_that_of_the_probability(name, key):
    escape, analytic = ESCAPES[name]
    unit, x, d = Stochastic(SNU(7, decay=0.0), escape), np.linspace(-0.6, 0.6, 7), 1e-6
    expected = (analytic(x + d) - analytic(x - d)) / (2 * d)
    for differentiate in (jax.jacfwd, jax.jacrev):
        found = differentiate(lambda c: unit.step(unit.init(), c, key=key).y)(jnp.asarray(1 + x))
        np.testing.assert_allclose(found, np.diag(expected), rtol=1e-7, atol=1e-9)


def test_values_are_exactly_zero_or_one_and_gradients_finite():
    unit = Stochastic(SNU(5, decay=0.0), ExponentialEscape(0.01))
    currents = jnp.array([-1e4, -10.0, 1.0, 10.0, 1e4])
    assert set(np.unique(unit.step(unit.init(), currents, key=jr.key(0)).y)) <= {0.0, 1.0}
    slope = jax.grad(lambda c: unit.step(unit.init(), c, key=jr.key(0)).y.sum())(currents)
    assert jnp.isfinite(slope).all()


def test_the_width_learns():
    unit = Stochastic(SNU(2, decay=0.0), LogisticEscape(jnp.array([0.1, 0.2])))
    slope = eqx.filter_grad(lambda u: u.step(u.init(), jnp.array([1.1, 0.9])).y.sum())(unit)
    p = jax.nn.sigmoid(jnp.array([1.0, -0.5]))
    expected = p * (1 - p) * jnp.array([-0.1 / 0.01, 0.1 / 0.04])
    np.testing.assert_allclose(slope.escape.width, expected, rtol=1e-5)


def test_a_refractory_neuron_waits_whatever_is_drawn():
    unit = Stochastic(Refractory(LIF(500, threshold=0.1), 4.0), LogisticEscape(0.05))

    def body(state, key):
        state = unit.step(state, jnp.full(500, 3.0), key=key)
        return state, state.y

    spikes = np.asarray(jax.lax.scan(body, unit.init(), jr.split(jr.key(2), 100))[1])
    times = [np.flatnonzero(train) for train in spikes.T]
    shortest = min(np.diff(t).min() for t in times if len(t) > 1)
    assert shortest == 4 and len({tuple(t) for t in times}) > 100


def test_examples_and_units_draw_on_their_own():
    unit = Stochastic(SNU(50, decay=0.0))
    fired = unit.step(unit.init((40,)), jnp.ones((40, 50)), key=jr.key(0)).y
    assert len(np.unique(fired, axis=0)) == 40 and len(np.unique(fired, axis=1).T) == 50


def test_it_needs_a_spike_function():
    with pytest.raises(TypeError, match="Stochastic: a LeakyIntegrator has no spike function"):
        Stochastic(LeakyIntegrator(2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LogisticEscape(0.0), "LogisticEscape: width is 0.0, expected more than 0"),
        (lambda: ExponentialEscape(-1.0), "ExponentialEscape: width is -1.0"),
        (lambda: ExponentialEscape(1.0, rate_at_threshold_per_ms=0), "rate_at_threshold_per_ms"),
        (lambda: ExponentialEscape(1.0, time_step_ms=0), "time_step_ms is 0"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
