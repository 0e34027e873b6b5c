"""The neuron without a reset: all of time at once is what the steps give."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import ParallelInTime
from ranvier.nets._scan import neuron_scan
from ranvier.neurons import LIF, ParallelSpiking

pytestmark = pytest.mark.usefixtures("float64")
TAU, THRESHOLD, RESISTANCE = 12.0, 0.3, 2.5


def made(shape=3, **settings):
    given = {"tau_membrane_ms": TAU, "threshold": THRESHOLD, "resistance": RESISTANCE, **settings}
    return ParallelSpiking(shape, **given)


@eqx.filter_jit
def all_at_once(unit, state, currents):
    return unit.states_over_time(state, currents)


@eqx.filter_jit
def one_by_one(unit, state, currents):
    def body(state, current):
        state = unit.step(state, current)
        return state, state

    return jax.lax.scan(body, state, currents)[1]


@pytest.mark.parametrize("steps", [0, 1, 7, 300])
def test_all_of_time_equals_the_steps(steps):
    unit = made(tau_membrane_ms=TAU * jnp.array([0.1, 1.0, 50.0]))
    state = jax.tree.map(lambda a: a + 0.4, unit.init((2,)))
    currents = jr.normal(jr.key(steps), (steps, 2, 3))
    ours, plain = all_at_once(unit, state, currents), one_by_one(unit, state, currents)
    np.testing.assert_allclose(ours.v, plain.v, rtol=1e-12, atol=1e-14)
    assert np.array_equal(ours.y, plain.y)
    assert steps < 7 or 0 < ours.y.mean() < 1


@pytest.mark.parametrize(("shape", "batch"), [(3, ()), (3, (2, 5)), ((2, 3), (4,))])
def test_any_axes(shape, batch):
    axes = (shape,) if isinstance(shape, int) else shape
    unit = made(shape, tau_membrane_ms=jnp.linspace(2.0, 30.0, int(np.prod(axes))).reshape(axes))
    currents = jr.normal(jr.key(0), (5, *batch, *axes))
    ours = all_at_once(unit, unit.init(batch), currents)
    np.testing.assert_allclose(ours.v, one_by_one(unit, unit.init(batch), currents).v, rtol=1e-12)


def test_it_is_the_matrix_of_the_parallel_spiking_neuron():
    """H = W X with the weights of a leaky membrane, lower triangular."""
    unit, steps = made(1), 20
    currents = jr.normal(jr.key(1), (steps, 1))
    lag = np.subtract.outer(np.arange(steps), np.arange(steps))
    decay = np.exp(-1 / TAU)
    weights = np.where(lag >= 0, RESISTANCE * (1 - decay) * decay ** np.maximum(lag, 0), 0.0)
    found = all_at_once(unit, unit.init(), currents)
    np.testing.assert_allclose(found.v, weights @ currents, rtol=1e-12, atol=1e-15)
    assert np.array_equal(found.y, (weights @ currents > THRESHOLD).astype(float))


def test_below_the_threshold_it_is_the_lif_neuron():
    settings = {"tau_membrane_ms": TAU, "resistance": RESISTANCE, "threshold": 1e9}
    currents = jr.normal(jr.key(2), (50, 3))
    lif = one_by_one(LIF(3, **settings), LIF(3, **settings).init(), currents)
    ours = all_at_once(made(threshold=1e9), made().init(), currents)
    np.testing.assert_allclose(ours.v, lif.v, rtol=1e-12, atol=1e-15)


def test_a_spike_leaves_no_mark():
    unit = made(1)
    found = all_at_once(unit, unit.init(), jnp.ones((100, 1)))
    assert np.array_equal(np.sort(found.y[:, 0]), found.y[:, 0]) and found.y[-1, 0] == 1


def test_derivatives_equal_those_of_the_steps():
    unit = made(tau_membrane_ms=TAU * jnp.ones(3), threshold=THRESHOLD * jnp.ones(3))
    learned, static = eqx.partition(unit, eqx.is_inexact_array)
    arguments = (learned, jr.normal(jr.key(3), (9, 2, 3)), unit.init((2,)))

    def total(way):
        def of(learned, currents, state):
            states = way(eqx.combine(learned, static), state, currents)
            return jnp.concatenate([states.v.ravel(), states.y.ravel()]) @ weights

        return of

    weights = jr.normal(jr.key(4), (2 * 9 * 2 * 3,))

    for differentiate in (jax.jacrev, jax.jacfwd):
        ours, plain = (
            jax.jit(differentiate(total(way), argnums=(0, 1, 2)))(*arguments)
            for way in (all_at_once, one_by_one)
        )
        for one, two in zip(jax.tree.leaves(ours), jax.tree.leaves(plain), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-11, atol=1e-13)
        assert all(leaf.any() for leaf in jax.tree.leaves(ours[:2]))


def test_the_runners_need_no_loop():
    def program(unit):
        layer = rv.layer(4, unit, key=jr.key(0))
        return str(jax.make_jaxpr(lambda xs: rv.run(layer, xs)[1])(jnp.ones((8, 2, 4))))

    loops = {"scan[", "while["}
    assert not any(loop in program(ParallelSpiking(3)) for loop in loops)
    assert any(loop in program(LIF(3)) for loop in loops)


def test_only_neurons_that_say_so_are_parallel():
    assert isinstance(made(), ParallelInTime) and not isinstance(LIF(2), ParallelInTime)
    states = neuron_scan(made(), made().init(), {"dendrite": jnp.ones((4, 3))})
    assert states.v.shape == (4, 3)


@pytest.mark.parametrize("name", ["tau_membrane_ms", "time_step_ms"])
def test_times_are_positive(name):
    with pytest.raises(ValueError, match=f"ParallelSpiking: {name} is 0, expected more than 0"):
        made(**{name: 0})


def test_an_array_of_another_shape():
    with pytest.raises(ValueError, match=r"ParallelSpiking: threshold has shape \(2,\)"):
        made(threshold=jnp.ones(2))
