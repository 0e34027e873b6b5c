"""A spike that came too early is taken back."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import IF, SignedIF

pytestmark = pytest.mark.usefixtures("float64")


def simulate(unit, currents):
    def body(state, now):
        state = unit.step(state, now)
        return state, state

    return jax.jit(lambda c: jax.lax.scan(body, unit.init(), c)[1])(jnp.asarray(currents))


def by_counting(currents, theta, negative, start):
    """A loop over units and steps, in the words of the rule."""
    sent = np.zeros(currents.shape)
    for unit in range(currents.shape[1]):
        v, count = start, 0
        for step, current in enumerate(currents[:, unit]):
            v += current
            spike = 1 if v > theta else -1 if v < -negative and count > 0 else 0
            v, count = v - theta * spike, count + spike
            sent[step, unit] = spike
    return sent


@pytest.mark.parametrize("theta, negative, start", [(1, 0, 0), (1.5, 0.25, 0.75), (0.5, 1, -1)])
def test_it_follows_its_rule(theta, negative, start):
    currents = np.random.default_rng(0).integers(-96, 96, (200, 20)) / 64
    unit = SignedIF(20, threshold=theta, negative_threshold=negative, starting_potential=start)
    states = simulate(unit, currents)
    wanted = by_counting(currents, theta, negative, start)
    np.testing.assert_array_equal(states.y, wanted)
    np.testing.assert_array_equal(states.sent, np.cumsum(wanted, 0))
    assert states.sent.min() == 0 and set(np.unique(states.y)) == {-1, 0, 1}


def test_without_inhibition_it_is_the_neuron_that_takes_nothing_back():
    currents = np.random.default_rng(1).uniform(0, 0.9, (100, 10))
    one, two = (simulate(unit, currents) for unit in (SignedIF(10), IF(10, reset="subtract")))
    np.testing.assert_array_equal(one.y, two.y)


def test_the_sum_of_its_spikes_is_that_of_the_sum_of_its_currents():
    """Excitation first and inhibition later: the rate is that of the mean, not of the excess."""
    first, later = np.full((16, 1), 0.5), np.full((16, 1), -0.25)
    currents = np.concatenate([first, later])
    signed, plain = (
        simulate(unit, currents).y.sum()
        for unit in (
            SignedIF(1, starting_potential=0.51),
            IF(1, reset="subtract", starting_potential=0.51),
        )
    )
    assert (signed, plain) == (4, 8)


def test_a_negative_threshold_above_the_positive_one_is_refused():
    with pytest.raises(ValueError, match=r"negative_threshold is -2.0, expected more than -1.0"):
        SignedIF(1, threshold=1.0, negative_threshold=-2.0)
