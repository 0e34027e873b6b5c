"""Biases and scales behind other connections, and the low-pass filter of currents."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.synapses import Bias, Convolution, Exponential, LowPass, Scale, Series


def test_a_bias_of_channels_is_shared_by_all_places():
    convolution = Convolution.random((4, 4, 2), 3, 3, key=jax.random.key(0))
    biased = Series(convolution, Bias(jnp.array([1.0, 2.0, 3.0]), convolution.shape))
    z = jax.random.normal(jax.random.key(1), (5, 4, 4, 2))
    added = biased(z) - convolution(z)
    assert biased.shape == (2, 2, 3)
    assert jnp.allclose(added, jnp.broadcast_to(jnp.array([1.0, 2.0, 3.0]), added.shape), atol=1e-6)


def test_a_scale_is_a_diagonal():
    scale = jnp.array([[2.0, -1.0], [0.5, 0.0]])
    z = jnp.array([[1.0, 1.0], [4.0, 3.0]])
    assert Scale(scale)(z).tolist() == [[2.0, -1.0], [2.0, 0.0]]
    assert Scale(scale).in_size == 4


@pytest.mark.parametrize("kind", [Bias, Scale])
@pytest.mark.parametrize(("values", "axes"), [(jnp.ones(3), (4, 2)), (jnp.array(1.0), (3,))])
def test_an_array_of_other_axes_is_refused(kind, values, axes):
    name = kind.__name__
    with pytest.raises(ValueError, match=f"{name}: the {name.lower()} has shape .* last axes"):
        kind(values, axes)


def test_a_low_pass_is_an_exponential_whose_jump_is_its_share():
    one, two = LowPass(5.0, gain=2.0), Exponential(5.0)
    share = 2.0 * (1 - np.exp(-1 / 5))
    state, twin = one.init(jnp.zeros(1)), two.init(jnp.zeros(1))
    for arriving in (1.0, 0.0, 0.5, 0.25):
        state = one.step(state, jnp.array([arriving]))
        twin = two.step(twin, jnp.array([arriving * share]))
    assert jnp.allclose(one.current(state, None), two.current(twin, None), rtol=1e-6)


def test_a_low_pass_ends_at_its_gain_times_what_stays():
    for discretisation in ("exact", "euler"):
        course = LowPass(3.0, gain=1.5, discretisation=discretisation)
        end = jax.lax.fori_loop(
            0, 100, lambda _, s, c=course: c.step(s, jnp.full(1, 2.0)), course.init(jnp.zeros(1))
        )
        assert jnp.allclose(end, 3.0, rtol=1e-6)


def test_an_euler_step_beyond_the_time_constant_is_refused():
    with pytest.raises(ValueError, match=r"LowPass: an Euler step of 1.0 ms is longer than"):
        LowPass(0.5, discretisation="euler")
