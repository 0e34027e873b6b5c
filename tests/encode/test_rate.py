"""Rate coding: counts of spikes have the mean and the variance that the definition gives."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.encode import rate

STEPS, SPIKES, TRAINS = 20, 6.0, 20_000


@pytest.mark.parametrize("value", [0.05, 0.5, 1.0])
def test_counts_are_binomial(value):
    """Bounds of five standard errors of mean and variance: at fixed seeds nothing is left to
    chance; a new seed fails one of the six with a probability below 4e-6."""
    p = value * SPIKES / STEPS
    trains = rate(jnp.full(TRAINS, value), STEPS, spikes=SPIKES, key=jr.key(3))
    counts = np.asarray(trains.sum(0), np.float64)
    variance = STEPS * p * (1 - p)
    assert abs(counts.mean() - value * SPIKES) < 5 * np.sqrt(variance / TRAINS)
    fourth = variance * (1 + 3 * (STEPS - 2) * p * (1 - p))
    assert abs(counts.var(ddof=1) - variance) < 5 * np.sqrt((fourth - variance**2) / TRAINS)


def test_steps_and_values_are_independent():
    """Correlations of 100,000 pairs stay within five standard errors, 5 / sqrt(100,000); a new
    seed fails one of the two with a probability below 2e-6."""
    trains = np.asarray(rate(jnp.full(5001, 0.7), 21, spikes=9, key=jr.key(4)), np.float64)
    for one, other in ((trains[:-1, 1:], trains[1:, 1:]), (trains[1:, :-1], trains[1:, 1:])):
        pairs = one.size
        assert pairs == 100_000
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 5 / np.sqrt(pairs)


def test_the_ends_are_certain():
    values = jnp.array([0.0, 1.0, -0.5, 1.5])
    trains = np.asarray(rate(values, 50, spikes=50, key=jr.key(0)))
    assert (trains == [0, 1, 0, 1]).all()
    assert not np.asarray(rate(jnp.ones(100), 50, spikes=0, key=jr.key(0))).any()


def test_the_key_decides():
    values = jnp.full((3, 4), 0.5)
    one, two, other = (rate(values, 9, spikes=5, key=jr.key(k)) for k in (1, 1, 2))
    assert one.shape == (9, 3, 4)
    assert (one == two).all() and (one != other).any()


def test_it_compiles_and_gives_the_same_spikes():
    values = jr.uniform(jr.key(0), (2, 30))
    plain = rate(values, 10, spikes=4, key=jr.key(1))
    compiled = jax.jit(lambda v, k: rate(v, 10, spikes=4, key=k))(values, jr.key(1))
    assert (plain == compiled).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_precision_follows_the_values(dtype, float64):
    trains = rate(jnp.full(1000, 0.5, dtype), 4, spikes=2, key=jr.key(0))
    assert trains.dtype == dtype and set(np.unique(np.asarray(trains))) == {0, 1}


@pytest.mark.parametrize(
    ("values", "steps", "spikes", "error", "words"),
    [
        (np.array([255], np.uint8), 5, 1, TypeError, "type uint8; .*Divide pixels by 255"),
        (np.ones(2), 0, 0, ValueError, "steps is 0"),
        (np.ones(2), 5, 6, ValueError, "spikes is 6 in 5 steps"),
        (np.ones(2), 5, -1, ValueError, "spikes is -1 in 5 steps"),
    ],
)
def test_what_is_refused(values, steps, spikes, error, words):
    with pytest.raises(error, match=words):
        rate(values, steps, spikes=spikes, key=jr.key(0))
