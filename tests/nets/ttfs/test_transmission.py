import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.convert.ttfs import to_spike_times
from ranvier.nets.ttfs import Exact, Jitter, SpikeTimeNetwork, TimeSteps
from tests.convert.relu.networks import NETWORKS, samples

pytestmark = pytest.mark.usefixtures("float64")


def sent_by(transmission):
    graph = NETWORKS["convolutional"](seed=4)
    u = samples(graph, 12)
    whole = to_spike_times(graph, u).network
    network = SpikeTimeNetwork(
        whole.network, whole.slopes, whole.windows, transmission=transmission
    )
    return network, whole, jnp.asarray(u)


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_a_clock_moves_a_value_by_half_a_step_at_most(bits):
    window = jnp.array(3.0)
    times = jnp.linspace(0, 3, 1001)
    moved = TimeSteps(bits)(times, window)
    step = 3 / (2**bits - 1)
    assert abs(moved - times).max() <= step / 2 + 1e-12
    assert abs(moved - times).max() > 0.49 * step
    assert len(np.unique(np.round(moved / step))) == 2**bits
    slope = jax.grad(lambda t: TimeSteps(bits)(t, window))(jnp.array(0.4))
    assert slope == 1


def test_more_bits_of_time_come_closer():
    errors = []
    for bits in (4, 8, 12, 16):
        network, whole, u = sent_by(TimeSteps(bits))
        errors.append(float(abs(network.logits(u) - whole.logits(u)).max()))
    ratios = np.divide(errors[:-1], errors[1:])
    # Sixteen times finer: errors shrink by about as much.
    assert (ratios > 6).all() and (ratios < 40).all()


def test_noise_has_its_deviation_and_leaves_silence_alone():
    window = jnp.array(10.0)
    times = jnp.full(20_000, 5.0).at[:100].set(10.0)
    moved = Jitter(0.2)(times, window, key=jr.key(0))
    assert (moved[:100] == 10).all()
    # The standard error of a deviation of 19,900 samples is 0.2 / sqrt(2 n) = 0.001; five of them.
    assert float(jnp.std(moved[100:])) == pytest.approx(0.2, abs=0.005)
    assert float(jnp.mean(moved[100:])) == pytest.approx(5.0, abs=5 * 0.2 / 19_900**0.5)
    assert moved.min() >= 0 and Jitter(9.0)(times, window, key=jr.key(1)).max() <= 10


def test_without_a_key_nothing_is_drawn():
    network, whole, u = sent_by(Jitter(0.5))
    np.testing.assert_array_equal(network.logits(u), whole.logits(u))
    noisy = network.logits(u, key=jr.key(0))
    assert abs(noisy - whole.logits(u)).max() > 0.01
    np.testing.assert_array_equal(noisy, network.logits(u, key=jr.key(0)))


def test_over_time_every_step_draws_its_own():
    network, _, u = sent_by(Jitter(0.5))
    keys = jr.split(jr.key(0), 2)
    _, ys = network.over_time(None, jnp.stack([u, u]), keys=keys)
    assert (ys[0] != ys[1]).any()
    np.testing.assert_allclose(ys[0], network.logits(u, key=keys[0]), atol=1e-12)


def test_settings_without_meaning_are_refused():
    with pytest.raises(ValueError, match="bits"):
        TimeSteps(0)
    with pytest.raises(ValueError, match="deviation"):
        Jitter(-0.1)
    assert Exact()(jnp.array(0.3), jnp.array(1.0)) == 0.3
