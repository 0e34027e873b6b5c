"""Delays that learn: the kernel, its derivative, and delays found from what they should do."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

from ranvier.synapses import Delayed, Dense, LearnedDelay


def currents(synapse, zs):
    return synapse.over_time(synapse.init(zs.shape[1:-1]), zs)[1]


def spikes(seed, steps=60, units=3, examples=8):
    return jr.bernoulli(jr.key(seed), 0.2, (steps, examples, units)).astype(float)


def test_the_kernel_is_a_gaussian_of_unit_sum(float64):
    synapse = LearnedDelay(
        jnp.array([[2.0, -1.0]]), jnp.array([[3.3, 0.0]]), longest_steps=9, width_steps=1.2
    )
    n = np.arange(10)
    for j, (weight, delay) in enumerate(((2.0, 3.3), (-1.0, 0.0))):
        gauss = np.exp(-((n - delay) ** 2) / (2 * 1.2**2))
        np.testing.assert_allclose(synapse.kernel[0, j], weight * gauss / gauss.sum(), rtol=1e-13)


def test_it_is_the_convolution_with_its_kernel(float64):
    synapse = LearnedDelay.random(3, 2, longest_steps=7, key=jr.key(0))
    zs = jr.normal(jr.key(1), (20, 4, 3))
    expected = np.zeros((20, 4, 2))
    for t in range(20):
        for n in range(min(t, 7) + 1):
            expected[t] += np.asarray(zs[t - n]) @ np.asarray(synapse.kernel[:, :, n]).T
    np.testing.assert_allclose(currents(synapse, zs), expected, rtol=1e-12, atol=1e-13)


def test_rounded_delays_are_fixed_delays():
    """One delay per presynaptic unit, in every row: the same as fixed delays before the weights."""
    weight = jr.normal(jr.key(0), (4, 3))
    delays = jnp.broadcast_to(jnp.array([0.4, 2.6, 6.0]), (4, 3))
    learned = LearnedDelay(weight, delays, longest_steps=6, width_steps=1.0).with_width(0.0)
    fixed = Delayed(Dense(weight), [0, 3, 6])
    np.testing.assert_allclose(
        currents(learned, spikes(1)), currents(fixed, spikes(1)), rtol=1e-5, atol=1e-6
    )


def test_a_narrow_kernel_nears_the_rounded_one():
    synapse = LearnedDelay.random(3, 2, longest_steps=8, key=jr.key(0))
    synapse = eqx.tree_at(lambda s: s.delay_steps, synapse, jnp.round(synapse.delay_steps))
    narrow, rounded = (synapse.with_width(width).kernel for width in (0.1, 0.0))
    np.testing.assert_allclose(narrow, rounded, atol=1e-6)
    assert float(jnp.abs(synapse.kernel - rounded).max()) > 0.1


def test_a_delay_that_left_its_range_keeps_a_kernel_and_a_derivative():
    synapse = LearnedDelay(jnp.ones((1, 1)), jnp.ones((1, 1)), longest_steps=5, width_steps=0.5)
    far = eqx.tree_at(lambda s: s.delay_steps, synapse, jnp.full((1, 1), 40.0))
    np.testing.assert_allclose(far.kernel[0, 0], [0, 0, 0, 0, 0, 1], atol=1e-6)
    assert far.with_width(0.0).kernel[0, 0].tolist() == [0, 0, 0, 0, 0, 1]
    assert far.clamped().delay_steps.tolist() == [[5.0]]
    assert eqx.tree_equal(synapse.clamped(), synapse)
    slope = jax.grad(lambda s: (s.kernel * jnp.arange(6.0)).sum())(far).delay_steps
    assert jnp.isfinite(slope).all()


def test_the_derivative_by_the_delay(float64):
    """Against central differences of a loss that is not linear, at every connection."""
    synapse = LearnedDelay.random(3, 2, longest_steps=9, width_steps=0.8, key=jr.key(0))
    zs = spikes(2, steps=25)

    @jax.jit
    def loss(delays):
        moved = eqx.tree_at(lambda s: s.delay_steps, synapse, delays)
        return (jnp.tanh(currents(moved, zs)) ** 2).mean()

    found = jax.grad(loss)(synapse.delay_steps)
    assert float(jnp.abs(found).min()) > 1e-6
    for place in np.ndindex(2, 3):
        nudge = jnp.zeros((2, 3)).at[place].set(1e-5)
        up, down = (loss(synapse.delay_steps + sign * nudge) for sign in (1, -1))
        assert float(found[place]) == pytest.approx(float(up - down) / 2e-5, rel=1e-7)


def test_delays_are_learned_from_a_target():
    """From wide to narrow: every delay ends within a tenth of a step of the one that made it."""
    true = jnp.array([[1.0, 9.0, 14.0], [7.0, 0.0, 4.0]])
    weight = jnp.array([[1.0, -0.8, 0.6], [0.7, 1.2, -1.0]])
    zs = spikes(3)
    target = currents(LearnedDelay(weight, true, longest_steps=15, width_steps=0.0), zs)
    start = LearnedDelay(weight, jnp.full((2, 3), 7.5), longest_steps=15, width_steps=7.5)
    optimiser = optax.adam(0.1)

    @eqx.filter_jit
    def train(synapse):
        def move(carry, _):
            delays, state = carry

            def loss(delays):
                moved = eqx.tree_at(lambda s: s.delay_steps, synapse, delays)
                return ((currents(moved, zs) - target) ** 2).mean()

            updates, state = optimiser.update(jax.grad(loss)(delays), state)
            delays = optax.apply_updates(delays, updates)
            moved = eqx.tree_at(lambda s: s.delay_steps, synapse, delays)
            return (moved.clamped().delay_steps, state), None

        first = (synapse.delay_steps, optimiser.init(synapse.delay_steps))
        return jax.lax.scan(move, first, length=100)[0][0]

    synapse = start
    for width in (7.5, 4.0, 2.0, 1.0, 0.5):
        synapse = synapse.with_width(width)
        synapse = eqx.tree_at(lambda s: s.delay_steps, synapse, train(synapse))
    np.testing.assert_allclose(synapse.delay_steps, true, atol=0.1)
    used = currents(synapse.with_width(0.0), zs)
    np.testing.assert_allclose(used, target, atol=1e-5)


def test_drawn_delays_fill_their_range():
    synapse = LearnedDelay.random(100, 100, longest_steps=20, key=jr.key(0))
    delays = np.asarray(synapse.delay_steps)
    assert delays.min() >= 0 and delays.max() <= 20 and delays.max() - delays.min() > 19.9
    # The mean of 10,000 draws, within six standard errors: false alarm below 1e-8.
    assert abs(delays.mean() - 10) < 6 * 20 / 12**0.5 / 100
    assert synapse.width_steps == 10 and synapse.in_size == 100 and synapse.shape == (100,)
    one, two = (LearnedDelay.random(2, 2, longest_steps=5, key=jr.key(k)) for k in (1, 2))
    assert not jnp.array_equal(one.weight, two.weight)
    assert not jnp.array_equal(one.delay_steps, two.delay_steps)


def test_without_a_delay_it_is_dense():
    synapse = LearnedDelay.random(3, 2, longest_steps=0, key=jr.key(0))
    zs = spikes(0)
    np.testing.assert_allclose(currents(synapse, zs), Dense(synapse.weight)(zs), rtol=1e-5)


def test_it_is_made_inside_a_compiled_function():
    made = eqx.filter_jit(lambda key: LearnedDelay.random(3, 2, longest_steps=4, key=key))(
        jr.key(0)
    )
    plain = LearnedDelay.random(3, 2, longest_steps=4, key=jr.key(0))
    np.testing.assert_allclose(made.delay_steps, plain.delay_steps, rtol=1e-6)


def test_what_does_not_fit():
    one = jnp.ones((2, 3))
    with pytest.raises(ValueError, match=r"weights have shape \(2, 3\) and the delays \(3,\)"):
        LearnedDelay(one, jnp.ones(3), longest_steps=4, width_steps=1.0)
    with pytest.raises(ValueError, match=r"shape \(3,\) and the delays \(3,\), expected \[n_out"):
        LearnedDelay(jnp.ones(3), jnp.ones(3), longest_steps=4, width_steps=1.0)
    with pytest.raises(ValueError, match="longest_steps is -1, expected 0 or more"):
        LearnedDelay(one, one, longest_steps=-1, width_steps=1.0)
    with pytest.raises(ValueError, match=r"width_steps is -0\.5, expected 0 or more"):
        LearnedDelay(one, one, longest_steps=4, width_steps=-0.5)
    with pytest.raises(ValueError, match=r"width_steps is -0\.5, expected 0 or more"):
        LearnedDelay(one, one, longest_steps=4, width_steps=1.0).with_width(-0.5)
    with pytest.raises(ValueError, match=r"from 1\.0 to 5\.0, expected 0 to longest_steps = 4"):
        LearnedDelay(one, one.at[0, 0].set(5.0), longest_steps=4, width_steps=1.0)
    with pytest.raises(TypeError, match="LearnedDelay has a memory"):
        LearnedDelay(one, one, longest_steps=4, width_steps=1.0)(jnp.ones(3))
