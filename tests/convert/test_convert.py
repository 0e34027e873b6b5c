"""Weights of few bits and with noise: levels, optima, moments, and learning through them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.convert import Binary, Quantised, Ternary, WeightNoise
from ranvier.core import Batch
from ranvier.hardware import OnDevices, devices
from ranvier.learn import losses, rules, straight_through
from ranvier.synapses import Convolution, Dense


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_quantised_weights_have_their_levels_and_an_even_error(bits):
    weight = jax.random.uniform(jax.random.key(0), (200, 500), minval=-1.0)
    found = Quantised(bits)(Dense(weight)).weight
    step = float(jnp.abs(weight).max()) / (2 ** (bits - 1) - 1)
    assert len(np.unique(np.round(np.asarray(found) / step).astype(int))) == 2**bits - 1
    # Mean square of 100 000 even errors: relative standard error 0.0028; five of them.
    assert float(((found - weight) ** 2).mean()) == pytest.approx(step**2 / 12, rel=0.014)


@pytest.mark.parametrize("form", [Binary(), Ternary()])
def test_no_other_scale_of_an_output_fits_better(form):
    weight = jax.random.normal(jax.random.key(0), (3, 400))
    found = form(Dense(weight)).weight
    best = ((found - weight) ** 2).sum(axis=1)
    for factor in (0.98, 0.999, 1.001, 1.02):
        assert (((factor * found - weight) ** 2).sum(axis=1) > best).all()


def test_a_kernel_has_one_scale_per_channel():
    kernel = jax.random.normal(jax.random.key(0), (3, 3, 2, 4))
    found = Binary()(Convolution(kernel, (8, 8))).weight
    np.testing.assert_allclose(
        jnp.abs(found), np.broadcast_to(jnp.abs(kernel).mean((0, 1, 2)), kernel.shape), rtol=1e-6
    )


def test_noise_has_its_width_and_is_drawn_by_key_alone():
    layer = Dense(jnp.linspace(-2.0, 2.0, 100_000).reshape(100, 1000))
    one, same, other = (WeightNoise(0.05)(layer, key=jax.random.key(k)).weight for k in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    # Relative standard error of 100 000: 0.0022; five of them.
    assert float((one - layer.weight).std()) == pytest.approx(0.1, rel=0.011)
    np.testing.assert_array_equal(WeightNoise(0.05)(layer).weight, layer.weight)


def _batch():
    xs = jax.random.bernoulli(jax.random.key(3), 0.4, (6, 5, 4)).astype(jnp.float32)
    return Batch(xs, xs[:, :, :2], jnp.ones((6, 5)))


@pytest.mark.parametrize("name", ["bptt", "ostl", "e-prop", "rflo", "rtrl"])
@pytest.mark.parametrize(
    "form", [Quantised(3), Binary(), Ternary(), WeightNoise(0.1), OnDevices(devices.pcm())]
)
def test_every_rule_learns_through_every_form(name, form):
    """The gradient is the rule's own, at the form that this key draws."""
    net = rv.chain(4, rv.SNU.soft(3), rv.Readout(2), key=jax.random.key(0))
    rule = rules.catalogue[name](losses.bernoulli)
    key = jax.random.key(9)
    value, found = eqx.filter_jit(straight_through(rule, form))(net, _batch(), key)
    changed = form(net, key=jax.random.split(key)[0])
    expected_value, expected = eqx.filter_jit(rule)(changed, _batch(), None)
    np.testing.assert_allclose(value, expected_value, rtol=1e-5)
    for one, two in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_a_network_learns_to_live_with_two_bits():
    """Trained through them, weights of three levels do what rounding afterwards does not."""
    teacher = jax.random.normal(jax.random.key(1), (3, 12))
    xs = jax.random.normal(jax.random.key(2), (1, 512, 12))
    batch = Batch(xs, jnp.tanh(xs @ teacher.T), jnp.ones((1, 512)))
    start = rv.chain(12, rv.RNN(24), rv.Readout(3), key=jax.random.key(0))
    form, plain = Ternary(), rv.bptt(losses.squared_error)

    @eqx.filter_jit
    def trained(rule, model):
        optimiser = optax.adam(1e-2)

        def step(held, _):
            model, state = held
            _, gradients = rule(model, batch, None)
            changes, state = optimiser.update(gradients, state)
            return (eqx.apply_updates(model, changes), state), None

        held, _ = jax.lax.scan(step, (model, optimiser.init(model)), None, length=400)
        return held[0]

    def loss(model):
        return float(eqx.filter_jit(plain)(form(model), batch, None)[0])

    assert loss(trained(straight_through(plain, form), start)) < 0.6 * loss(trained(plain, start))


def test_refusals():
    with pytest.raises(ValueError, match="at least 2"):
        Quantised(1)
    with pytest.raises(ValueError, match="nothing to change"):
        Quantised(4)(rv.SNU(3))
    with pytest.raises(ValueError, match="give a key"):
        OnDevices(devices.pcm())(Dense(jnp.ones((1, 1))))
    net = rv.chain(4, rv.SNU.soft(3), rv.Readout(2), key=jax.random.key(0))
    rule = straight_through(
        rv.bptt(losses.bernoulli),
        lambda model, key=None: rv.program(model, devices.ideal(), key=key),
    )
    with pytest.raises(ValueError, match="other arrays"):
        rule(net, _batch(), jax.random.key(0))
