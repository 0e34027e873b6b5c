"""Calibration, layer by layer, and training by the statistics of the batch."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import ByBatch, Chain, Layer, Residual, calibrate
from ranvier.synapses import Dense, Dropout, Series, ThresholdNormalisation

THRESHOLD = 0.5


def normalised(width, units, key, unit=rv.SNU, name="layer"):
    neuron = unit(units, threshold=THRESHOLD) if unit is rv.SNU else unit(units)
    synapse = Series(
        Dense.random(width, units, key=jr.key(key)),
        ThresholdNormalisation((units,), threshold=THRESHOLD),
    )
    return Layer(neuron, {"dendrite": synapse}, name=name)


def network():
    return Chain([normalised(6, 5, 0), Residual(normalised(5, 5, 1)), normalised(5, 2, 2)])


def spikes(key=3, shape=(8, 4, 6)):
    return jr.bernoulli(jr.key(key), 0.4, shape).astype(jnp.float32)


def parts(layer):
    return layer.synapses["dendrite"].synapses


def test_every_layer_is_measured_on_calibrated_ones():
    xs, net = spikes(), calibrate(network(), spikes())
    for layer in (net.layers[0], net.layers[1].cell, net.layers[2]):
        dense, unit = parts(layer)
        np.testing.assert_allclose(unit.mean, dense(xs).mean((0, 1)), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(unit.variance, dense(xs).var((0, 1)), rtol=1e-4)
        currents = layer.synapses["dendrite"](xs)
        np.testing.assert_allclose(currents.std((0, 1)), THRESHOLD, rtol=1e-3)
        ys = layer.over_time(layer.init((4,)), xs)[1]
        xs = xs + ys if layer is net.layers[1].cell else ys
    again = calibrate(net, spikes())
    assert all(
        np.allclose(a, b) for a, b in zip(jax.tree.leaves(net), jax.tree.leaves(again), strict=True)
    )


def test_calibrated_examples_do_not_see_each_other():
    net, xs = calibrate(network(), spikes()), spikes(4)
    ys = rv.run(net, xs)[1]
    assert 0 < float(ys.mean()) < 1
    assert jnp.array_equal(rv.run(net, xs[:, 1])[1], ys[:, 1])
    assert jnp.array_equal(rv.run(net, xs, chunk=1)[1], ys)


def test_by_batch_is_the_network_calibrated_on_the_batch():
    xs = spikes()
    one = rv.run(ByBatch(network()), xs)[1]
    two = rv.run(calibrate(network(), xs), xs)[1]
    np.testing.assert_allclose(one, two, atol=1e-6)
    assert not jnp.array_equal(one, rv.run(network(), xs)[1])


def test_derivatives_go_through_the_statistics(float64):
    """Weights before a normalisation can be scaled at will: along them, the slope is zero."""
    layer = normalised(6, 5, 0, rv.Readout)
    layer = jax.tree.map(lambda a: a.astype(float) if eqx.is_inexact_array(a) else a, layer)
    xs = jr.normal(jr.key(5), (8, 4, 6))
    target = jr.normal(jr.key(6), (8, 4, 5))

    def loss(net):
        return (rv.run(net, xs)[1] * target).sum()

    weight = parts(layer)[0].weight
    batch = parts(eqx.filter_grad(loss)(ByBatch(layer)).cell)[0].weight
    kept = parts(eqx.filter_grad(loss)(calibrate(layer, xs)))[0].weight
    along = (batch * weight).sum(1)
    # Not quite zero, by the epsilon in the root.
    assert abs(along).max() < 1e-3 < abs((kept * weight).sum(1)).max()

    def moved(step):
        place = lambda net: parts(net.cell)[0].weight  # noqa: E731
        return loss(eqx.tree_at(place, ByBatch(layer), weight + step * target[0, 0, :, None]))

    measured = (moved(1e-5) - moved(-1e-5)) / 2e-5
    np.testing.assert_allclose((batch * target[0, 0, :, None]).sum(), measured, rtol=1e-6)


def test_a_deep_network_still_fires_and_learns():
    """What the normalisation is for: twelve layers deep, spikes and slopes are still there."""
    net = Chain([normalised(6 if k == 0 else 40, 40, k, name=f"layer {k}") for k in range(12)])
    xs = spikes(shape=(8, 16, 6))
    slope = eqx.filter_grad(lambda net: rv.run(net, xs)[1].sum())
    rates = [float(rv.run(n, xs)[1].mean()) for n in (net, calibrate(net, xs))]
    assert rates[0] < 0.01 and 0.1 < rates[1] < 0.6
    weight = parts(slope(ByBatch(net)).cell.layers[0])[0].weight
    assert jnp.isfinite(weight).all() and abs(weight).max() > 1e-6


def test_running_averages():
    first, second = spikes(1), spikes(2)
    net = calibrate(calibrate(network(), first), second, momentum=0.9)
    unit = parts(net.layers[0])[1]
    dense = parts(net.layers[0])[0]
    expected = 0.9 * dense(first).mean((0, 1)) + 0.1 * dense(second).mean((0, 1))
    np.testing.assert_allclose(unit.mean, expected, rtol=1e-5, atol=1e-6)


def test_what_does_not_fit():
    with pytest.raises(TypeError, match="ByBatch: one step has no statistics"):
        ByBatch(network())(network().init(), jnp.ones(6))
    with pytest.raises(ValueError, match="momentum is 1"):
        calibrate(network(), spikes(), momentum=1)
    with pytest.raises(ValueError, match=r"layer \(SNU\): got an input"):
        calibrate(network(), spikes(shape=(8, 4, 7)))
    hidden = Dropout(ThresholdNormalisation((6,)), 0.5)
    with pytest.raises(TypeError, match=r"deep \(SNU\): a ThresholdNormalisation is measured only"):
        calibrate(Layer(rv.SNU(6), {"dendrite": hidden}, name="deep"), spikes())
    feedback = Layer(
        rv.SNU(6),
        {"dendrite": Dense(jnp.eye(6))},
        {"dendrite": ThresholdNormalisation((6,))},
        name="loop",
    )
    with pytest.raises(TypeError, match=r"loop \(SNU\)"):
        calibrate(feedback, spikes())
