"""Updates rounded at random: whole steps, the right mean, and never out of range."""

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

from ranvier.learn import stochastic_rounding


def test_the_mean_of_rounded_updates_is_the_update():
    """10,000 draws for each of five updates; 5 standard errors: a false alarm in 300,000 runs."""
    wanted = jnp.array([-1.7, -0.25, 0.0, 0.1, 2.5])
    rounding = stochastic_rounding(0.5, limit=64.0, key=jr.key(0))
    weights = jnp.zeros((10_000, 5))
    found, _ = rounding.update(jnp.broadcast_to(wanted, weights.shape), rounding.init(0), weights)
    assert jnp.array_equal(found % 0.5, jnp.zeros_like(found))
    part = np.asarray(wanted / 0.5) % 1
    error = 0.5 * np.sqrt(part * (1 - part) / 10_000)
    assert (np.abs(np.asarray(found.mean(0)) - wanted) <= 5 * error + 1e-6).all()


def test_weights_stay_on_the_grid_and_within_their_range():
    optimiser = optax.chain(optax.sgd(3.0), stochastic_rounding(1.0, limit=7.0, key=jr.key(1)))
    weights = {"a": jnp.array([6.0, -7.0, 0.0]), "b": jnp.zeros((2, 2))}
    state = optimiser.init(weights)
    seen = []
    for turn in range(20):
        gradients = {"a": jnp.array([-1.3, 0.9, 0.01]), "b": jr.normal(jr.key(turn), (2, 2))}
        change, state = optimiser.update(gradients, state, weights)
        weights = optax.apply_updates(weights, change)
        seen.append(np.concatenate([weights["a"], weights["b"].ravel()]))
    assert np.array_equal(np.array(seen), np.round(seen)) and np.abs(seen).max() == 7
    assert len({tuple(row) for row in seen}) > 5


@pytest.mark.parametrize(("step", "limit"), [(0.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_refused_grids(step, limit):
    with pytest.raises(ValueError, match="expected positive numbers"):
        stochastic_rounding(step, limit=limit, key=jr.key(0))


def test_it_needs_the_weights():
    rounding = stochastic_rounding(1.0, limit=7.0, key=jr.key(0))
    with pytest.raises(ValueError, match="give the parameters"):
        rounding.update(jnp.ones(2), rounding.init(jnp.ones(2)))
