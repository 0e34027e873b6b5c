"""Fixed delays: what was sent arrives, once, when it should."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.synapses import Convolution, Delayed, Dense, OneToOne, delay_steps


def test_each_unit_is_late_by_its_delay():
    steps = [0, 3, 1, 7]
    synapse = Delayed(OneToOne(4), steps)
    zs = jr.normal(jr.key(0), (12, 2, 4))
    _, found = synapse.over_time(synapse.init((2,)), zs)
    for unit, late in enumerate(steps):
        assert jnp.array_equal(found[late:, :, unit], zs[: 12 - late, :, unit])
        assert not found[:late, :, unit].any()


def test_the_delay_is_before_the_weights():
    dense = Dense.random(4, 3, key=jr.key(0))
    zs = jr.normal(jr.key(1), (10, 2, 4))
    steps = np.array([2, 0, 5, 1])
    late = Delayed(OneToOne(4), steps)
    _, arriving = late.over_time(late.init((2,)), zs)
    synapse = Delayed(dense, steps)
    _, found = synapse.over_time(synapse.init((2,)), zs)
    np.testing.assert_allclose(found, dense(arriving), rtol=1e-6, atol=1e-6)


def test_several_axes_of_units():
    """A delay per unit, whatever the axes; then the convolution sees what arrives."""
    steps = np.arange(12).reshape(3, 2, 2) % 5
    zs = jr.normal(jr.key(1), (10, 2, 3, 2, 2))
    convolution = Convolution.random((3, 2, 2), 4, 2, key=jr.key(0))
    synapse = Delayed(convolution, steps)
    assert synapse.in_shape == (3, 2, 2) and synapse.init((2,)).activity.shape == (2, 4, 12)
    _, found = synapse.over_time(synapse.init((2,)), zs)
    arriving = np.zeros(zs.shape, np.float32)
    for unit in np.ndindex(steps.shape):
        late = steps[unit]
        arriving[(slice(late, None), slice(None), *unit)] = zs[
            (slice(10 - late), slice(None), *unit)
        ]
    np.testing.assert_allclose(found, convolution(jnp.asarray(arriving)), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"delays of shape \(12,\), .* \(3, 2, 2\)"):
        Delayed(convolution, steps.ravel())


def test_a_delay_longer_than_the_run():
    synapse = Delayed(OneToOne(1), 10)
    memory = synapse.init()
    for piece in jnp.arange(1.0, 13.0).reshape(4, 3, 1):
        memory, current = synapse.over_time(memory, piece)
    assert current.ravel().tolist() == [0, 1, 2]
    assert memory.activity.ravel().tolist() == list(range(3, 13))


def test_delays_of_delays_add_up():
    twice = Delayed(Delayed(OneToOne(2), [1, 2]), 3)
    once = Delayed(OneToOne(2), [4, 5])
    zs = jr.normal(jr.key(0), (9, 2))
    one, two = (s.over_time(s.init(), zs)[1] for s in (once, twice))
    assert jnp.array_equal(one, two)


def test_it_does_not_learn():
    synapse = Delayed(Dense(jnp.ones((1, 2))), [0, 1])
    zs = jnp.array([[1.0, 2.0], [3.0, 4.0]])

    @eqx.filter_grad
    def total(synapse):
        return synapse.over_time(synapse.init(), zs)[1].sum()

    gradient = total(synapse)
    assert gradient.synapse.weight.tolist() == [[4, 2]] and gradient.steps is None


@pytest.mark.parametrize("one", [2, np.int64(2), jnp.array(2)])
def test_one_delay_for_all(one):
    synapse = Delayed(OneToOne(3), one)
    assert synapse.steps.tolist() == [2, 2, 2] and synapse.longest == 2


def test_delays_that_make_no_sense():
    with pytest.raises(TypeError, match=r"type float64, expected whole numbers.*`delay_steps`"):
        Delayed(OneToOne(2), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"delays of shape \(3,\), expected one .*\(2,\)"):
        Delayed(OneToOne(2), [1, 2, 3])
    with pytest.raises(ValueError, match="Delayed: the shortest delay is -1, expected 0 or more"):
        Delayed(OneToOne(2), [1, -1])


def test_milliseconds_to_steps():
    assert delay_steps(1.5, time_step_ms=0.1) == 15
    assert isinstance(delay_steps(0, time_step_ms=0.1), int)
    # Halves go up, also where the quotient falls short by rounding: 0.35 / 0.1 < 3.5.
    found = delay_steps([0.0, 0.04, 0.05, 0.349, 0.35, 12.3], time_step_ms=0.1)
    assert found.tolist() == [0, 0, 1, 3, 4, 123]
    late = Delayed(OneToOne(2), delay_steps(np.array([0.5, 2.0]), time_step_ms=0.5))
    assert late.steps.tolist() == [1, 4]


@pytest.mark.parametrize("delay", [-0.1, float("nan"), float("inf"), [1.0, -1.0]])
def test_milliseconds_that_make_no_sense(delay):
    with pytest.raises(ValueError, match=r"delay_ms is .*, expected 0 or more everywhere"):
        delay_steps(delay, time_step_ms=0.1)


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan")])
def test_a_time_step_that_makes_no_sense(step):
    with pytest.raises(ValueError, match=r"delay_steps: time_step_ms is .*, expected more than 0"):
        delay_steps(1.0, time_step_ms=step)


def test_only_the_delay_is_remembered():
    synapse = Delayed(Dense(jnp.ones((5, 3))), 4)
    shapes = jax.tree.map(jnp.shape, synapse.init((2, 6)))
    assert shapes.activity == (2, 6, 4, 3) and shapes.synapse is None
