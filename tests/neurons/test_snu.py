"""The Spiking Neural Unit against closed forms, for many decays and currents."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ranvier.neurons import SNU, LeakyIntegrator, Readout, identity

STEPS = 60
every_draw = settings(max_examples=40, deadline=None, derandomize=True)
decays = st.floats(0.05, 0.98)


@pytest.fixture(scope="module", autouse=True)
def double():
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


@functools.cache
def program(h, g):
    """Decays, thresholds and currents are inputs, so that all draws share one program."""

    def states(decay, threshold, currents):
        unit = SNU(1, decay=jnp.atleast_1d(decay), g=g, h=h)
        unit = eqx.tree_at(lambda u: u.bias, unit, jnp.atleast_1d(-threshold))

        def body(state, current):
            state = unit.step(state, current)
            return state, state

        return jax.lax.scan(body, unit.init(), currents[:, None])[1]

    return jax.jit(states)


def simulate(decay, threshold, currents, *, h=None, g=identity):
    h = SNU(1).h if h is None else h
    found = program(h, g)(float(decay), float(threshold), jnp.asarray(currents, float))
    return np.asarray(found.s[:, 0]), np.asarray(found.y[:, 0])


def away_from_ties(s, threshold):
    return np.abs(s - threshold).min() > 1e-9


# Constant current: the first spike and the period


def reference(decay, currents, threshold):
    """The same unit as a plain loop over Python floats."""
    s, y, membrane, spikes = 0.0, 0.0, [], []
    for current in currents:
        s = current + decay * s * (1 - y)
        y = float(s > threshold)
        membrane.append(s)
        spikes.append(y)
    return np.array(membrane), np.array(spikes)


@every_draw
@given(decay=decays, drive=st.floats(1.02, 4.0))
def test_first_spike_and_period_for_a_constant_current(decay, drive):
    # W x = (1 - l) R I with R I = drive, in units of the threshold: s_t = R I (1 - l^t).
    current = (1 - decay) * drive
    first = next(t for t in range(1, 2000) if drive * (1 - decay**t) > 1)
    assume(abs(drive * (1 - decay**first) - 1) > 1e-9)
    assume(abs(drive * (1 - decay ** (first - 1)) - 1) > 1e-9)
    _, y = simulate(decay, 1.0, np.full(STEPS, current))
    assert np.flatnonzero(y).tolist() == list(range(first - 1, STEPS, first))


@every_draw
@given(decay=decays, drive=st.floats(-2, 0.999))
def test_no_spike_ever_below_the_rheobase(decay, drive):
    s, y = simulate(decay, 1.0, np.full(STEPS, (1 - decay) * drive))
    assert not y.any()
    np.testing.assert_allclose(s, drive * (1 - decay ** np.arange(1, STEPS + 1)), atol=1e-12)


@every_draw
@given(decay=decays, threshold=st.floats(0.1, 3), seed=st.integers(0, 2**20))
def test_any_current_against_a_plain_loop(decay, threshold, seed):
    currents = np.random.default_rng(seed).normal(0.3, 0.8, STEPS)
    s, y = reference(decay, currents, threshold)
    assume(away_from_ties(s, threshold))
    found = simulate(decay, threshold, currents)
    np.testing.assert_array_equal(found[1], y)
    np.testing.assert_allclose(found[0], s, atol=1e-13)


def test_at_the_threshold_it_does_not_fire():
    s, y = simulate(0.5, 1.0, [1.0, 0.5, 0.5 + 1e-15])
    assert s[:2].tolist() == [1.0, 1.0] and s[2] > 1
    assert y.tolist() == [0, 0, 1]


# No memory, and perfect memory


@every_draw
@given(seed=st.integers(0, 2**20), threshold=st.floats(-1, 2))
def test_without_memory(seed, threshold):
    currents = np.random.default_rng(seed).normal(0.5, 1, STEPS)
    for g in (identity, jax.nn.relu):
        s, y = simulate(0.0, threshold, currents, g=g)
        np.testing.assert_array_equal(s, g(currents))
        np.testing.assert_array_equal(y, g(currents) > threshold)


@every_draw
@given(seed=st.integers(0, 2**20))
def test_perfect_memory_that_never_spikes_is_the_running_sum(seed):
    currents = np.random.default_rng(seed).normal(0, 1, STEPS)
    s, y = simulate(1.0, 1e6, currents)
    assert not y.any()
    np.testing.assert_allclose(s, np.cumsum(currents), atol=1e-12)


@every_draw
@given(decay=decays, seed=st.integers(0, 2**20))
def test_a_rectified_membrane_is_never_negative(decay, seed):
    currents = np.random.default_rng(seed).normal(0, 1, STEPS)
    s, y = simulate(decay, 0.5, currents, g=jax.nn.relu)
    assert (s >= 0).all() and (s == 0).any() and y.any()


# The soft unit


@every_draw
@given(decay=decays, seed=st.integers(0, 2**20))
def test_soft_with_an_unreachable_threshold_is_a_leaky_integrator(decay, seed):
    currents = np.random.default_rng(seed).normal(0, 1, STEPS)
    s, y = simulate(decay, 1e4, currents, h=jax.nn.sigmoid)
    assert (y < 1e-300).all()
    expected, carried = [], 0.0
    for current in currents:
        carried = current + decay * carried
        expected.append(carried)
    np.testing.assert_allclose(s, expected, atol=1e-12)


def test_the_leaky_integrator_is_that_limit():
    integrator, currents = LeakyIntegrator(1, decay=0.7), [0.3, -1.0, 2.0]
    s, _ = simulate(0.7, 1e4, currents, h=jax.nn.sigmoid)
    state = integrator.init()
    for current, expected in zip(currents, s, strict=True):
        state = integrator.step(state, jnp.array([current]))
        assert float(state.y[0]) == pytest.approx(expected, abs=1e-15)


@every_draw
@given(decay=decays, seed=st.integers(0, 2**20))
def test_soft_with_a_threshold_far_below_resets_at_every_step(decay, seed):
    currents = np.random.default_rng(seed).normal(0, 1, STEPS)
    for g in (identity, jax.nn.relu):
        s, y = simulate(decay, -1e4, currents, h=jax.nn.sigmoid, g=g)
        np.testing.assert_array_equal(y, 1.0)
        np.testing.assert_array_equal(s, g(currents))


def steep(x):
    return jax.nn.sigmoid(1e7 * x)


@every_draw
@given(decay=decays, seed=st.integers(0, 2**20))
def test_a_steep_soft_unit_is_the_spiking_unit(decay, seed):
    currents = np.random.default_rng(seed).normal(0.3, 0.8, STEPS)
    s, y = simulate(decay, 1.0, currents)
    assume(np.abs(s - 1).min() > 1e-5)
    found = simulate(decay, 1.0, currents, h=steep)
    np.testing.assert_allclose(found[1], y, atol=1e-12)
    np.testing.assert_allclose(found[0], s, atol=1e-10)


def test_the_soft_reset_is_proportional_to_the_output():
    unit = SNU.soft(1, decay=0.5, threshold=0.0)
    state = unit.step(unit.init(), jnp.array([2.0]))
    after = unit.step(state, jnp.array([0.0]))
    assert float(after.s[0]) == pytest.approx(0.5 * 2 * (1 - 1 / (1 + np.exp(-2))))


# Choices and their refusal


@pytest.mark.parametrize("make", [SNU, SNU.soft, LeakyIntegrator])
@pytest.mark.parametrize("decay", [-0.1, 1.1, 5, float("nan")])
def test_a_decay_outside_its_range(make, decay):
    with pytest.raises(ValueError, match=rf"decay is {decay}, expected 0.* to 1"):
        make(2, decay=decay)


@pytest.mark.parametrize("make", [SNU, SNU.soft, LeakyIntegrator, Readout])
@pytest.mark.parametrize("shape", [0, -1, (3, 0), (), 2.5, "three", (2, 1.5), None])
def test_a_shape_that_is_none(make, shape):
    with pytest.raises(ValueError, match=r"shape of a neuron is .*positive whole numbers"):
        make(shape)


def test_several_axes_of_units_and_any_whole_number():
    assert SNU((2, 3)).shape == SNU([2, 3]).shape == (2, 3)
    assert SNU(np.int64(3)).shape == SNU((np.int32(3),)).shape == (3,)
    unit = SNU((2, 3))
    assert unit.step(unit.init((4,)), jnp.ones((4, 2, 3))).y.shape == (4, 2, 3)


def test_a_float_stays_and_an_array_learns():
    def learning(unit):
        return len(jax.tree.leaves(eqx.filter(unit, eqx.is_inexact_array)))

    assert learning(SNU(3, decay=0.5)) == learning(SNU(3, decay=1)) == 1
    assert learning(SNU(3, decay=jnp.full(3, 0.5))) == 2
    assert (SNU(3, threshold=0.25).bias == -0.25).all()
