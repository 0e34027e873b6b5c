"""GRAPES: its factors, its limits, and the controls that any benefit has to beat."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import losses
from ranvier.nets import Layer
from ranvier.synapses import (
    Convolution,
    Dense,
    FeedbackAligned,
    Grapes,
    LocalGrapes,
    OneToOne,
    SenderGrapes,
    clipped_importance,
    mean_of,
    node_importance,
    over_mean,
    shuffled,
)

SIZES = (6, 8, 7, 3)


def network(wrap=None, seed=0, even=False):
    """Two hidden layers, modulated, and an output, not; `even`: incoming weights of equal sum."""
    layers = []
    for number, (before, size) in enumerate(itertools.pairwise(SIZES)):
        weight = jr.normal(jr.fold_in(jr.key(seed), number), (size, before))
        if even:
            weight = weight / jnp.abs(weight).sum(1, keepdims=True)
        synapse = Dense(weight)
        last = number == len(SIZES) - 2
        unit = rv.Readout(size) if last else rv.RNN(size)
        layers.append(Layer(unit, {"dendrite": synapse if last or not wrap else wrap(synapse)}))
    return rv.chain(SIZES[0], *layers, key=jr.key(0))


def weights(model):
    found = []
    for layer in model.layers:
        synapse = layer.synapses["dendrite"]
        while not isinstance(synapse, Dense):
            synapse = synapse.synapse
        found.append(synapse.weight)
    return found


def gradients(model):
    keys = jr.split(jr.key(5), 2)
    target = jax.nn.one_hot(jr.randint(keys[1], (1, 9), 0, 3), 3)
    batch = Batch(jr.normal(keys[0], (1, 9, SIZES[0])), target, jnp.ones((1, 9)))
    return weights(eqx.filter_jit(rv.bptt(losses.categorical))(model, batch, None)[1])


def same(one, two, tolerance=1e-12):
    for a, b in zip(one, two, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * float(jnp.abs(b).max()))


def test_the_largest_factor_is_two_and_the_mean_is_as_expected():
    """He-uniform rows of n weights: their sums are n a / 2 wide of a sqrt(n / 12)."""
    for fan_in, mean in ((784, 1.9), (256, 1.8)):
        drawn = jr.uniform(jr.key(0), (fan_in, 256), minval=-1, maxval=1)
        factors = node_importance(drawn)
        assert float(factors.max()) == 2
        assert float(factors.mean()) == pytest.approx(mean, abs=0.06)
        assert float(factors.std() / factors.mean()) == pytest.approx((3 * fan_in) ** -0.5, rel=0.2)
    outlier = drawn.at[:, 0].set(50.0)
    assert float(node_importance(outlier)[1:].max()) < 0.1
    assert float(clipped_importance(outlier)[1:].min()) == 1


def test_rows_of_equal_sum_make_it_a_larger_learning_rate(float64):
    plain = gradients(network(even=True))
    local = gradients(network(lambda s: LocalGrapes(s, node_importance), even=True))
    same(local, [2 * plain[0], 2 * plain[1], plain[2]])
    propagating = gradients(network(lambda s: Grapes(s, node_importance), even=True))
    same(propagating, [4 * plain[0], 2 * plain[1], plain[2]])


@pytest.mark.parametrize("kind", [Grapes, LocalGrapes])
def test_factors_of_one_change_nothing(kind):
    ones = gradients(network(lambda s: kind(s, lambda w: jnp.ones_like(w[0]))))
    for one, plain in zip(ones, gradients(network()), strict=True):
        np.testing.assert_allclose(one, plain, rtol=1e-6, atol=1e-9)


def test_the_updates_are_those_of_the_published_formula(float64):
    model = network()
    w = weights(model)
    keys = jr.split(jr.key(5), 2)
    x = jr.normal(keys[0], (1, 9, SIZES[0]))[0]
    target = jax.nn.one_hot(jr.randint(keys[1], (1, 9), 0, 3), 3)[0]
    ys = [x]
    for matrix in w[:2]:
        ys.append(jnp.tanh(ys[-1] @ matrix.T))
    delta = (jax.nn.softmax(ys[2] @ w[2].T) - target) / 9
    factor = [jnp.clip(2 * (s := jnp.abs(m).sum(1)) / s.max(), 1, 2) for m in w]
    expected, plain = [delta.T @ ys[2]], delta
    compounded = delta
    local = [expected[0]]
    for n in (1, 0):
        slope = 1 - ys[n + 1] ** 2
        compounded = factor[n] * (compounded @ w[n + 1]) * slope
        plain = (plain @ w[n + 1]) * slope
        expected.insert(0, compounded.T @ ys[n])
        local.insert(0, (factor[n] * plain).T @ ys[n])
    same(gradients(network(Grapes)), expected)
    same(gradients(network(LocalGrapes)), local)


@pytest.mark.parametrize("kind", [Grapes, LocalGrapes])
def test_with_feedback_alignment_errors_take_the_feedback(kind, float64):
    """The factors come from the weights, the way down from the feedback."""
    w, b = (Dense(jr.normal(jr.key(n), (4, 5))) for n in range(2))
    synapse = kind(FeedbackAligned(w, b), node_importance)
    g = jr.normal(jr.key(2), (4,))
    back = jax.vjp(synapse, jnp.ones(5))[1](g)[0]
    factor = node_importance(w.weight.T)
    expected = (factor * g if kind is Grapes else g) @ b.weight
    np.testing.assert_allclose(back, expected, rtol=1e-12)


def test_nodes_of_a_convolution_are_its_channels(float64):
    plain = Convolution.random((5, 5, 2), 3, 3, key=jr.key(0))
    z, g = jr.normal(jr.key(1), (5, 5, 2)), jr.normal(jr.key(2), (3, 3, 3))

    def by_weight(synapse):
        found = jax.grad(lambda s: (s(z) * g).sum())(synapse)
        return found.weight if isinstance(synapse, Convolution) else found.synapse.weight

    factor = node_importance(plain.weight.reshape(-1, 3))
    for kind in (Grapes, LocalGrapes):
        found = by_weight(kind(plain, node_importance))
        np.testing.assert_allclose(found, factor * by_weight(plain), rtol=1e-12)


def test_by_the_weights_that_leave_a_sender(float64):
    """Rows of what is learned and of what goes down, each times the factor of its sender."""
    dense = Dense(jr.normal(jr.key(0), (4, 5)))
    conv = Convolution.random((5, 5, 2), 3, 3, key=jr.key(1))
    for plain in (dense, conv):
        z, g = jr.normal(jr.key(2), plain.in_shape), jr.normal(jr.key(3), plain.shape)
        expected, back = jax.vjp(lambda s, z: s(z), plain, z)[1](g)
        wrapped = SenderGrapes(plain)
        found, down = jax.vjp(lambda s, z: s(z), wrapped, z)[1](g)
        factors = wrapped.factors()
        assert factors.shape == plain.in_shape[-1:] and float(factors.max()) == 2
        scaled = expected.weight * (factors if plain is dense else factors[:, None])
        np.testing.assert_allclose(found.synapse.weight, scaled, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(down, factors * back, rtol=1e-12, atol=1e-13)


def test_both_modes_agree_and_the_current_is_untouched(float64):
    dense = Dense(jr.normal(jr.key(0), (4, 5)))
    for kind in (Grapes, LocalGrapes, SenderGrapes):
        synapse = kind(dense)
        assert jnp.array_equal(synapse(jnp.ones(5)), dense(jnp.ones(5)))
        np.testing.assert_allclose(
            jax.jacfwd(synapse)(jnp.ones(5)), jax.jacrev(synapse)(jnp.ones(5)), rtol=1e-13
        )


def test_the_controls_keep_what_they_should():
    drawn = jr.normal(jr.key(0), (30, 12))
    factors = node_importance(drawn)
    assert float(over_mean(node_importance)(drawn).mean()) == pytest.approx(1, abs=1e-6)
    assert set(np.asarray(mean_of(node_importance)(drawn)).round(5)) == {
        np.float32(factors.mean()).round(5)
    }
    dealt = shuffled(node_importance, jr.key(1))
    assert jnp.array_equal(jnp.sort(dealt(drawn)), jnp.sort(factors))
    assert not jnp.array_equal(dealt(drawn), factors)
    assert jnp.array_equal(dealt(drawn), dealt(drawn))


def test_a_recurrent_spiking_layer_learns_with_it():
    model = rv.chain(4, rv.recurrent(rv.SNU(6)), rv.Readout(2), key=jr.key(0))
    wrapped = eqx.tree_at(
        lambda m: [m.layers[0].synapses["dendrite"], m.layers[0].recurrent["dendrite"]],
        model,
        replace_fn=Grapes,
    )
    x = jr.bernoulli(jr.key(1), 0.5, (7, 3, 4)).astype(float)
    batch = Batch(x, jnp.ones((7, 3, 2)), jnp.ones((7, 3)))
    rule = rv.bptt(losses.squared_error)
    value, found = rule(wrapped, batch, None)
    expected, plain = rule(model, batch, None)
    assert float(value) == float(expected)
    one, two = (g.layers[0].recurrent["dendrite"] for g in (found, plain))
    assert float(jnp.abs(one.synapse.weight - two.weight).max()) > 0


def test_other_connections_are_refused():
    for kind in (Grapes, LocalGrapes, SenderGrapes):
        with pytest.raises(TypeError, match=f"{kind.__name__}: the connections are OneToOne"):
            kind(OneToOne(3))
