"""Learning signals against backpropagation, by what each of them leaves out or replaces."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import at_once, local, losses, signals
from ranvier.nets import Layer
from ranvier.synapses import Convolution, Dense, FeedbackAligned, Flatten, Series
from tests.learn.test_rules import flat

pytestmark = pytest.mark.usefixtures("float64")


def close(one, two, tolerance=1e-12):
    one, two = flat(one), flat(two)
    np.testing.assert_allclose(one, two, rtol=0, atol=tolerance * float(jnp.abs(two).max()))


def static(*sizes, unit=rv.RNN):
    """A chain of memoryless layers."""
    hidden = [unit(n) for n in sizes[1:-1]]
    return rv.chain(sizes[0], *hidden, rv.Readout(sizes[-1]), key=jr.key(0))


def one_step(width, answers, examples=6):
    keys = jr.split(jr.key(1), 2)
    target = jax.nn.one_hot(jr.randint(keys[1], (1, examples), 0, answers), answers)
    return Batch(jr.normal(keys[0], (1, examples, width)), target, jnp.ones((1, examples)))


def learned(model, batch, signal, eligibility=None):
    rule = rv.online(losses.categorical, eligibility=eligibility or at_once(), signal=signal)
    return eqx.filter_jit(lambda model, batch: rule(model, batch, None)[1])(model, batch)


def weight(model, layer):
    return model.layers[layer].synapses["dendrite"].weight


def test_of_a_static_network_everything_is_learned_at_once():
    """Dense and convolutional: the exact signal and no memory are backpropagation."""
    conv = Convolution.random((6, 6, 2), 3, 3, stride=2, key=jr.key(2))
    flatten = Flatten(conv.shape)
    model = rv.chain(
        (6, 6, 2),
        Layer(rv.RNN(conv.shape), {"dendrite": conv}),
        Layer(
            rv.Readout(4),
            {"dendrite": Series(flatten, Dense.random(flatten.shape[0], 4, key=jr.key(3)))},
        ),
        key=jr.key(0),
    )
    keys = jr.split(jr.key(1), 2)
    target = jax.nn.one_hot(jr.randint(keys[1], (1, 5), 0, 4), 4)
    batch = Batch(jr.normal(keys[0], (1, 5, 6, 6, 2)), target, jnp.ones((1, 5)))
    close(learned(model, batch, signals.exact), rv.bptt(losses.categorical)(model, batch, None)[1])
    # Broadcast over space, a random signal trains the filters too, elsewhere.
    other = learned(model, batch, signals.direct(jr.key(4)))
    assert other.layers[0].synapses["dendrite"].weight.shape == conv.weight.shape
    assert float(jnp.abs(other.layers[0].synapses["dendrite"].weight).max()) > 0


def test_direct_feedback_through_the_product_of_linear_layers_is_backpropagation():
    model, batch = static(5, 7, 6, 3, unit=rv.Readout), one_step(5, 3)
    above = [weight(model, 2) @ weight(model, 1), weight(model, 2)]

    def draw(key, shape):
        return next(b for b in above if b.shape == shape)

    close(
        learned(model, batch, signals.direct(jr.key(0), draw)),
        rv.bptt(losses.categorical)(model, batch, None)[1],
    )


def test_feedback_aligned_with_the_weights_themselves_is_backpropagation():
    model, batch = static(5, 7, 6, 3), one_step(5, 3)
    expected = rv.bptt(losses.categorical)(model, batch, None)[1]

    def wrapped(feedback):
        layers = [
            Layer(
                layer.neuron,
                {"dendrite": FeedbackAligned(layer.synapses["dendrite"], Dense(feedback(n)))},
            )
            for n, layer in enumerate(model.layers)
        ]
        return rv.bptt(losses.categorical)(rv.chain(5, *layers, key=jr.key(0)), batch, None)[1]

    same = wrapped(lambda n: weight(model, n))
    other = wrapped(lambda n: jr.normal(jr.key(n), weight(model, n).shape))
    for n, part in enumerate(same.layers):
        close(part.synapses["dendrite"].synapse, expected.layers[n].synapses["dendrite"])
        assert not jnp.any(part.synapses["dendrite"].feedback.weight)
    # The output's gradient never passes a feedback; those below it do.
    close(other.layers[2].synapses["dendrite"].synapse, expected.layers[2].synapses["dendrite"])
    assert not jnp.allclose(
        other.layers[0].synapses["dendrite"].synapse.weight, weight(expected, 0)
    )


def test_feedback_aligned_pushes_forward_what_it_pulls_back():
    synapse = FeedbackAligned(
        Dense(jr.normal(jr.key(0), (3, 4))), Dense(jr.normal(jr.key(1), (3, 4)))
    )
    forward, backward = jax.jacfwd(synapse)(jnp.ones(4)), jax.jacrev(synapse)(jnp.ones(4))
    np.testing.assert_allclose(forward, synapse.feedback.weight, rtol=1e-14)
    np.testing.assert_allclose(backward, synapse.feedback.weight, rtol=1e-14)


def test_without_a_signal_only_the_output_learns():
    model, batch = static(5, 7, 6, 3), one_step(5, 3)
    found = learned(model, batch, signals.shallow)
    assert not jnp.any(flat(found.layers[:2]))
    close(found.layers[2], rv.bptt(losses.categorical)(model, batch, None)[1].layers[2])


def test_the_target_alone_moves_hidden_layers():
    """The update of a layer does not read the layers above it, and climbs towards the target."""
    model, batch = static(5, 7, 6, 3), one_step(5, 3)
    signal = signals.target_projection(jr.key(8), scale=0.5)
    found = learned(model, batch, signal)
    other = rv.chain(5, *model.layers[:2], rv.Readout(3), key=jr.key(99))
    close(found.layers[:2], learned(other, batch, signal).layers[:2])
    b = signals.feedback_matrix(jr.key(8), 0, (3, 7), signals.he_uniform)
    y = jnp.tanh(batch.x[0] @ weight(model, 0).T)
    by_hand = (-0.5 * batch.target[0] @ b * (1 - y**2)).T @ batch.x[0] / 6
    np.testing.assert_allclose(weight(found, 0), by_hand, rtol=1e-11, atol=1e-14)


def test_the_sign_of_the_error_and_nothing_else_is_sent():
    model, batch = static(5, 7, 3), one_step(5, 3)
    found = learned(model, batch, signals.error_sign(jr.key(8), scale=0.25))
    b = signals.feedback_matrix(jr.key(8), 0, (3, 7), signals.he_uniform)
    y = jnp.tanh(batch.x[0] @ weight(model, 0).T)
    error = jax.nn.softmax(y @ weight(model, 1).T) - batch.target[0]
    by_hand = (0.25 * jnp.sign(error) @ b * (1 - y**2)).T @ batch.x[0] / 6
    np.testing.assert_allclose(weight(found, 0), by_hand, rtol=1e-11, atol=1e-14)


def test_an_indirect_error_travels_forward():
    model, batch = static(5, 7, 6, 4, 3), one_step(5, 3)
    found = learned(model, batch, signals.indirect(jr.key(8)))
    b = signals.feedback_matrix(jr.key(8), 0, (3, 7), signals.he_uniform)
    ys = [batch.x[0]]
    for n in range(3):
        ys.append(jnp.tanh(ys[-1] @ weight(model, n).T))
    error = (jax.nn.softmax(ys[3] @ weight(model, 3).T) - batch.target[0]) / 6
    delta = (error @ b) * (1 - ys[1] ** 2)
    for n in range(3):
        if n:
            delta = (delta @ weight(model, n).T) * (1 - ys[n + 1] ** 2)
        np.testing.assert_allclose(weight(found, n), delta.T @ ys[n], rtol=1e-11, atol=1e-14)


def test_a_recurrent_network_takes_every_signal():
    model = rv.chain(4, rv.recurrent(rv.SNU(6)), rv.SNU(5), rv.Readout(3), key=jr.key(0))
    x = jr.bernoulli(jr.key(1), 0.4, (9, 2, 4)).astype(float)
    target = jax.nn.one_hot(jnp.zeros((9, 2), int), 3)
    batch = Batch(x, target, jnp.ones((9, 2)))
    found = {}
    for name in ("direct", "error_sign", "target_projection", "indirect"):
        found[name] = flat(learned(model, batch, getattr(signals, name)(jr.key(3)), local()))
    found["exact"] = flat(learned(model, batch, signals.exact, local()))
    found["shallow"] = flat(learned(model, batch, signals.shallow, local()))
    values = list(found.values())
    for n, one in enumerate(values):
        assert bool(jnp.isfinite(one).all())
        assert all(not jnp.allclose(one, two) for two in values[:n])


def test_targets_that_are_not_of_the_outputs_width_are_refused():
    model, batch = static(5, 7, 3), one_step(5, 3)
    labels = batch._replace(target=batch.target.argmax(-1))

    def worth(y, target):
        return losses.categorical(y, jax.nn.one_hot(target, 3))

    rule = rv.online(worth, eligibility=at_once(), signal=signals.target_projection(jr.key(0)))
    with pytest.raises(TypeError, match=r"got a target of shape \(6,\) for an output of \(6, 3\)"):
        rule(model, labels, None)


def test_as_many_eligibilities_as_layers():
    model, batch = static(5, 7, 3), one_step(5, 3)
    with pytest.raises(ValueError, match="got 1 eligibilities for 2 layers"):
        rv.online(losses.categorical, eligibility=[at_once()])(model, batch, None)


def test_target_projection_of_a_single_layer_is_the_rule_with_the_true_error():
    model = rv.chain(4, rv.recurrent(rv.SNU(3)), key=jr.key(0))
    x = jr.bernoulli(jr.key(1), 0.4, (9, 2, 4)).astype(float)
    batch = Batch(x, jax.nn.one_hot(jnp.zeros((9, 2), int), 3), jnp.ones((9, 2)))
    projected = signals.target_projection(jr.key(2))
    close(learned(model, batch, projected, local()), learned(model, batch, signals.exact, local()))
