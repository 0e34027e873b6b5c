import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.convert.relu import normal_form
from ranvier.convert.ttfs import alpha_mapping, identity_mapping
from ranvier.core import Batch
from ranvier.learn import beside_windows, spike_times
from ranvier.learn.losses import categorical
from ranvier.nets.ttfs import Jitter, SpikeTimeNetwork, TimeSteps
from tests.convert.relu.networks import NETWORKS, samples

pytestmark = pytest.mark.usefixtures("float64")


def twins(name, mapping=identity_mapping, window=1500.0, **settings):
    """A network of rectified units, and of spikes, with the same weights."""
    _, network, slopes, current = mapping(normal_form(NETWORKS[name](seed=2)))
    rectified = normal_form(NETWORKS[name](seed=2))
    windows = {"input": np.array(1.0)} | {n: np.array(window) for n in rectified.names}
    return rectified, SpikeTimeNetwork(network, slopes, windows, current=current, **settings)


def batches(network, count=6, size=10):
    """Inputs at random, of classes that a fixed linear map tells apart."""
    x = samples(network, count * size)
    width = network.output.shape[0]
    sorting = np.random.default_rng(5).normal(size=(network.in_size, width))
    target = np.eye(width)[(x.reshape(len(x), -1) @ sorting).argmax(-1)]
    for k in range(count):
        part = slice(k * size, (k + 1) * size)
        yield Batch(x[None, part], target[None, part], np.ones((1, size)))


def weights_of(model):
    network = model.network if isinstance(model, SpikeTimeNetwork) else model
    return [np.asarray(a) for a in jax.tree.leaves(eqx.filter(network, eqx.is_inexact_array))]


def learned(model, optimiser, rule, epochs=3):
    given = beside_windows(optimiser) if isinstance(model, SpikeTimeNetwork) else optimiser
    network = getattr(model, "network", model)
    return rv.fit(model, lambda _: batches(network), rule, given, epochs=epochs)[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_that_of_the_rectified_units(name):
    rectified, spiking = twins(name)
    (batch,) = batches(rectified, 1)
    rule = eqx.filter_jit(spike_times(categorical, activity=1e-3))
    one, two = rule(rectified, batch, None), rule(spiking, batch, None)
    assert float(one[0]) == pytest.approx(float(two[0]), abs=1e-10)
    pairs = list(zip(weights_of(one[1]), weights_of(two[1]), strict=True))
    assert len(pairs) == len(weights_of(rectified))
    for a, b in pairs:
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-9)
    # A bias behind which nothing is above zero has no gradient; most have one.
    assert np.mean([abs(a).max() > 1e-6 for a, _ in pairs]) > 0.8


@pytest.mark.parametrize("optimiser", [optax.sgd(0.05), optax.adam(1e-3)], ids=["sgd", "adam"])
@pytest.mark.parametrize("name", ["perceptron", "convolutional", "residual"])
def test_both_learn_alike_weight_by_weight(name, optimiser):
    rectified, spiking = twins(name)
    rule = spike_times(categorical)
    one, two = learned(rectified, optimiser, rule), learned(spiking, optimiser, rule)
    moved = [abs(a - b).max() for a, b in zip(weights_of(rectified), weights_of(one), strict=True)]
    assert max(moved) > 1e-3
    for a, b in zip(weights_of(one), weights_of(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-8)


def test_other_slopes_learn_another_way():
    """The same function of other parameters: plain descent in them goes elsewhere."""
    rectified, spiking = twins("perceptron", alpha_mapping)
    rule = spike_times(categorical)
    one = learned(rectified, optax.sgd(0.05), rule)
    two = learned(spiking, optax.sgd(0.05), rule)
    x = jnp.asarray(samples(rectified))
    before = abs(rectified.logits(x) - spiking.logits(x)).max()
    after = abs(one.logits(x) - two.logits(x)).max()
    assert before < 1e-9 and after > 1e-3


def test_the_gradient_agrees_with_finite_differences():
    _, spiking = twins("perceptron")
    (batch,) = batches(spiking.network, 1)
    rule = eqx.filter_jit(spike_times(categorical, activity=1e-2))
    _, gradient = rule(spiking, batch, None)

    def weight(model):
        return model.network.parts[0].ways[0].synapses[0].weight

    for place in [(0, 0), (3, 5), (8, 11)]:
        moved = [
            eqx.tree_at(weight, spiking, weight(spiking) + sign * 1e-5 * _unit((9, 12), place))
            for sign in (1, -1)
        ]
        up, down = (float(rule(model, batch, None)[0]) for model in moved)
        assert float(weight(gradient)[place]) == pytest.approx((up - down) / 2e-5, abs=1e-6)


def _unit(shape, place):
    return np.asarray(jnp.zeros(shape).at[place].set(1.0))


def test_windows_grow_to_ten_times_the_largest_activity_and_never_shrink():
    rectified, spiking = twins("convolutional", window=0.5)
    (batch,) = batches(rectified, 1)
    _, gradient = spike_times(categorical)(spiking, batch, None)
    # Behind a clipped layer activities differ; the first layer sees the input itself.
    first = float(rectified.activities(jnp.asarray(batch.x))["relu one"].max())
    assert float(gradient.windows["relu one"]) == pytest.approx(10 * first - 0.5)
    assert (
        gradient.windows["pool"] == gradient.windows["relu two"] and gradient.windows["input"] == 0
    )
    wide = eqx.tree_at(lambda m: m.windows, spiking, {n: np.array(1e4) for n in spiking.windows})
    assert all(g == 0 for g in spike_times(categorical)(wide, batch, None)[1].windows.values())
    still = spike_times(categorical, growth=0.0)(spiking, batch, None)[1]
    assert all(g == 0 for g in still.windows.values())


def test_after_training_no_activity_is_beyond_its_window():
    rectified, spiking = twins("perceptron", window=0.5)
    after = learned(spiking, optax.adam(1e-3), spike_times(categorical))
    assert float(after.windows["relu 0"]) > 0.5 and float(after.windows["input"]) == 1
    _, potentials, _ = after.observed(jnp.asarray(samples(rectified)))
    for name, potential in potentials.items():
        assert potential.max() < float(after.windows[name])
    np.testing.assert_array_equal(after.slopes["relu 0"], spiking.slopes["relu 0"])


def test_a_cost_of_activity_makes_spikes_few():
    rectified, spiking = twins("perceptron")
    x = jnp.asarray(samples(rectified))

    def spikes(model):
        times = model.times(x)
        return sum(int((times[n] < model.windows[n]).sum()) for n in model.slopes)

    free = learned(spiking, optax.adam(1e-2), spike_times(categorical), epochs=10)
    costly = learned(spiking, optax.adam(1e-2), spike_times(categorical, activity=0.1), epochs=10)
    assert spikes(costly) < 0.7 * spikes(free)


def test_a_network_learns_to_live_with_a_clock():
    _, spiking = twins("perceptron", window=3.0, transmission=TimeSteps(2))
    rule = spike_times(categorical, growth=0.0)
    held = list(batches(spiking.network))

    def error(model):
        return np.mean([float(rule(model, batch, None)[0]) for batch in held])

    after = learned(spiking, optax.adam(3e-3), rule, epochs=20)
    assert error(after) < 0.8 * error(spiking)


def test_noise_is_drawn_from_the_key():
    _, spiking = twins("perceptron", window=3.0, transmission=Jitter(0.3))
    (batch,) = batches(spiking.network, 1)
    rule = spike_times(categorical)
    one, same, other = (rule(spiking, batch, jr.key(seed))[0] for seed in (0, 0, 1))
    assert one == same and one != other
