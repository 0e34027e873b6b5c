"""The gate against a loop, and against the maximum that it stands for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.synapses import (
    ExponentialAverage,
    FiniteAverage,
    GatedPooling,
    MaximumPooling,
    SpikeCount,
)

LAID = [
    {"window": 2},
    {"window": (3, 2), "stride": (2, 1), "padding": (1, 1)},
    {"window": 3, "stride": 2, "padding": "same"},
]
SHAPE = (6, 5, 2)


def trains(steps, shape=SHAPE, batch=(3,), seed=0):
    draw = np.random.default_rng(seed)
    rates = draw.uniform(0, 0.9, (*batch, *shape))
    return (draw.uniform(size=(steps, *batch, *shape)) < rates).astype(np.float32)


def passed(gate, zs):
    return np.asarray(jax.jit(lambda z: gate.over_time(gate.init(z.shape[1:2]), z)[1])(zs))


@pytest.mark.parametrize("laid", LAID, ids=str)
def test_as_many_spikes_have_passed_as_the_most_active_place_has_sent(laid):
    """At every step, in every window; of the least active where the sign is negative."""
    zs = trains(60)
    sent = np.cumsum(passed(GatedPooling(SHAPE, **laid, signs=(1, -1)), zs), 0)
    counts = jnp.cumsum(jnp.asarray(zs), 0)
    pooling = MaximumPooling(SHAPE, **laid)
    np.testing.assert_array_equal(sent[..., 0], pooling(counts)[..., 0])
    np.testing.assert_array_equal(sent[..., 1], -pooling(-counts)[..., 1])


def by_loop(rates, zs):
    """One window of all places: who leads, step by step."""
    leader, found = 0, []
    for rate, z in zip(rates, zs, strict=True):
        if rate[leader] < rate.max():
            leader = int(rate.argmax())
        found.append(z[leader])
    return np.array(found)


def faded(zs, tau):
    held, found = np.zeros(zs.shape[1]), []
    for z in zs:
        held = held + (z - held) / tau
        found.append(held)
    return np.array(found)


def windowed(zs, steps):
    padded = np.concatenate([np.zeros((steps - 1, zs.shape[1])), zs])
    return np.array([padded[t : t + steps].sum(0) for t in range(len(zs))]) / steps


@pytest.mark.parametrize("seed", range(4))
def test_every_estimate_is_what_it_says(seed):
    zs = trains(80, (4, 1), (1,), seed).astype(np.float64)
    flat = zs[:, 0, :, 0]
    for estimate, rates in (
        (SpikeCount(), np.cumsum(flat, 0)),
        (ExponentialAverage(8.0), faded(flat, 8.0)),
        (FiniteAverage(8), windowed(flat, 8)),
    ):
        with jax.enable_x64(True):
            found = passed(GatedPooling((4, 1), 4, estimate=estimate), zs)
        np.testing.assert_array_equal(found[:, 0, 0, 0], by_loop(rates, flat))


@pytest.mark.parametrize("estimate", [SpikeCount(), ExponentialAverage(30.0), FiniteAverage(30)])
def test_of_constant_rates_it_passes_the_largest(estimate):
    rates = np.array([0.1, 0.32, 0.55, 0.3])
    steps = np.arange(1, 401)[:, None]
    zs = np.floor(steps * rates) - np.floor((steps - 1) * rates)
    gate = GatedPooling((2, 2, 1), 2, estimate=estimate)
    found = passed(gate, zs.reshape(400, 1, 2, 2, 1).astype(np.float32))
    assert abs(found[100:].mean() - 0.55) < 0.01


def test_padding_never_leads_where_the_least_active_passes():
    gate = GatedPooling((2, 1), 2, stride=1, padding=1, signs=(-1,))
    zs = np.ones((3, 1, 2, 1), np.float32)
    assert passed(gate, zs).all()


def test_what_does_not_fit_is_refused():
    for signs in ((1,), (1, 0), (1, 1, 1)):
        with pytest.raises(ValueError, match="expected 1 or -1 for each of 2 channels"):
            GatedPooling(SHAPE, 2, signs=signs)
    with pytest.raises(ValueError, match="steps is 0, expected at least 1"):
        FiniteAverage(0)
    with pytest.raises(ValueError, match=r"tau_steps is 1.0, expected more than 1"):
        ExponentialAverage(1.0)
