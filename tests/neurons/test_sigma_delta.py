"""Messages of change: what the receivers know, and when nothing is sent."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.neurons import DeltaEncoder, SigmaDelta

KINDS = ["graded", "quantised", "unary"]
THRESHOLD = 0.25


@eqx.filter_jit
def simulate(unit, currents):
    def body(state, now):
        state = unit.step(state, now)
        return state, state

    return jax.lax.scan(body, unit.init(currents.shape[1:-1]), currents)[1]


def walk(size, steps=400, units=5, seed=0):
    return jnp.cumsum(jr.uniform(jr.key(seed), (steps, units), minval=-size, maxval=size), axis=0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sum_of_messages_is_within_a_threshold_of_the_input(kind):
    """Steps below the threshold, so that a message of one size keeps up, too."""
    inputs = walk(0.9 * THRESHOLD)
    found = simulate(DeltaEncoder(5, threshold=THRESHOLD, messages=kind), inputs)
    known = jnp.cumsum(found.y, axis=0)
    assert abs(known - inputs).max() <= THRESHOLD * (1 + 1e-5)
    np.testing.assert_allclose(known, found.reference, atol=1e-5)
    assert 0 < (found.y != 0).mean() < 0.8


@pytest.mark.parametrize("kind", ["graded", "quantised"])
def test_with_a_size_no_jump_is_too_large(kind):
    inputs = walk(20 * THRESHOLD)
    found = simulate(DeltaEncoder(5, threshold=THRESHOLD, messages=kind), inputs)
    assert abs(found.reference - inputs).max() <= THRESHOLD * (1 + 1e-4)


def test_one_size_catches_up_by_a_threshold_per_step():
    found = simulate(DeltaEncoder(1, threshold=0.25, messages="unary"), jnp.full((10, 1), 1.1))
    assert found.y[:, 0].tolist() == [0.25] * 4 + [0.0] * 6


@pytest.mark.parametrize("kind", KINDS)
def test_sizes_of_messages(kind):
    found = simulate(DeltaEncoder(5, threshold=THRESHOLD, messages=kind), walk(0.6))
    sizes = np.unique(np.abs(found.y)) / THRESHOLD
    if kind == "unary":
        assert sizes.tolist() == [0, 1]
    elif kind == "quantised":
        assert np.array_equal(sizes, np.round(sizes)) and len(sizes) > 2
    else:
        assert (sizes[1:] > 1).all() and len(sizes) > 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_input_is_silent_once_it_is_known(kind):
    found = simulate(
        DeltaEncoder(3, threshold=0.1, messages=kind),
        jnp.broadcast_to(jnp.array([0.95, -0.33, 0.05]), (40, 3)),
    )
    assert found.y[:12].any() and not found.y[12:].any()


def test_a_difference_of_a_threshold_is_not_sent():
    for kind in KINDS:
        unit = DeltaEncoder(1, threshold=0.5, messages=kind)
        assert unit.step(unit.init(), jnp.array([0.5])).y[0] == 0
        assert unit.step(unit.init(), jnp.array([-0.5])).y[0] == 0
        assert unit.step(unit.init(), jnp.array([0.625])).y[0] > 0


def test_a_network_of_changes_computes_what_a_network_of_levels_does():
    """Two layers; the error is bounded by thresholds times sums of weights."""
    key = jr.key(0)
    inputs = walk(0.3, steps=200, units=4)
    threshold = 0.02
    net = rv.chain(
        4, SigmaDelta(8, threshold=threshold), SigmaDelta(3, threshold=threshold), key=key
    )
    first, second = (layer.synapses["dendrite"].weight for layer in net.layers)
    changes = simulate(DeltaEncoder(4, threshold=threshold), inputs).y
    known = jnp.cumsum(rv.run(net, changes)[1], axis=0)
    exact = jax.nn.relu(jax.nn.relu(inputs @ first.T) @ second.T)
    hidden = threshold * jnp.abs(first).sum(1) + threshold
    bound = jnp.abs(second) @ hidden + threshold
    assert exact.max() > 20 * threshold
    assert (abs(known - exact).max(axis=0) <= bound + 1e-4).all()
    # It is silent while nothing arrives.
    assert not rv.run(net, jnp.zeros((5, 4)))[1].any()


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_as_if_nothing_were_held_back(kind):
    unit = SigmaDelta(2, threshold=0.3, messages=kind)
    changes = jnp.array([[0.2, 0.5], [0.3, -0.1], [0.1, 0.4]])
    slope = jax.grad(lambda c: simulate(unit, c).y.sum(axis=0) @ jnp.array([1.0, 2.0]))(changes)
    # The sum of all messages stands for the last activation, and every change adds to it.
    np.testing.assert_allclose(slope, jnp.broadcast_to(jnp.array([1.0, 2.0]), (3, 2)), rtol=1e-5)


@pytest.mark.parametrize("kind", [DeltaEncoder, SigmaDelta])
def test_what_is_refused(kind):
    with pytest.raises(ValueError, match=f"{kind.__name__}: threshold is 0, expected more than 0"):
        kind(2, threshold=0)
    with pytest.raises(ValueError, match=r"messages is 'grade'\. Did you mean 'graded'"):
        kind(2, messages="grade")
