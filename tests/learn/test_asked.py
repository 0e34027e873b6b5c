"""What stands in a target where it does not count is never looked at."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import losses, mean_loss, signals
from ranvier.learn.rules import catalogue, truncated_bptt
from ranvier.nets import spike_filter
from ranvier.synapses import Exponential

LOSSES = {
    "bernoulli": losses.bernoulli,
    "categorical": losses.categorical,
    "squared error": losses.squared_error,
}


def batches():
    """Two that differ only where the mask is zero: nothing there, and NaN."""
    keys = jr.split(jr.key(1), 3)
    mask = jr.bernoulli(keys[0], 0.6, (5, 3)).astype(float).at[-1].set(1)
    target = jax.nn.one_hot(jr.randint(keys[1], (5, 3), 0, 2), 2) * mask[..., None]
    x = jr.normal(keys[2], (5, 3, 4))
    missing = jnp.where(mask[..., None] > 0, target, jnp.nan)
    return Batch(x, target, mask), Batch(x, missing, mask)


def network(*last):
    return rv.chain(4, rv.SNU.soft(3), rv.Readout(2), *last, key=jr.key(0))


def same(rule, model=None):
    model = model or network()
    run = eqx.filter_jit(lambda model, batch: rule(model, batch, jr.key(2)))
    for one, two in zip(*(jax.tree.leaves(run(model, b)) for b in batches()), strict=True):
        assert np.isfinite(one).all()
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", list(catalogue))
def test_by_every_rule(name):
    # SuperSpike alone asks for a network that ends with a filter of spikes.
    last = [spike_filter(2, Exponential(5.0))] if name == "super-spike" else []
    same(catalogue[name](losses.squared_error), network(*last))


def test_within_chunks():
    same(rv.online(losses.squared_error, chunk=2))


@pytest.mark.parametrize("name", LOSSES)
def test_by_every_loss(name):
    same(rv.bptt(LOSSES[name]))


@pytest.mark.parametrize("make", [signals.error_sign, signals.target_projection, signals.direct])
def test_by_every_signal(make):
    same(rv.online(losses.categorical, signal=make(jr.key(3))))


def test_within_windows():
    same(truncated_bptt(losses.bernoulli, window=2))


def test_when_judged():
    model = network()
    one, two = (mean_loss(model, [batch], losses.bernoulli) for batch in batches())
    assert one == two and np.isfinite(one)
