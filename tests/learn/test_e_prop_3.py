"""e-prop 3 against backpropagation through time, in double precision where they must be equal."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier import losses
from ranvier.core import Batch
from ranvier.learn.rules import SyntheticGradients, e_prop_3, truncated_bptt
from ranvier.neurons import ALIF, Refractory, Stochastic

pytestmark = pytest.mark.usefixtures("float64")

STEPS = 12
UNITS = {
    "soft": lambda: rv.SNU.soft(5),
    "spiking": lambda: rv.SNU(5),
    "adaptive and refractory": lambda: Refractory(ALIF(5, threshold=0.3), 2.0, held=()),
    "no memory of its own": lambda: rv.RNN(5),
    "gated": lambda: rv.LSTM(5),
}


def flat(gradients):
    arrays = jax.tree.leaves(eqx.filter(gradients, eqx.is_inexact_array))
    return np.concatenate([np.ravel(a) for a in arrays])


def deep(unit):
    top = rv.recurrent(rv.SNU.soft(4))
    return rv.chain(3, rv.recurrent(unit), top, rv.Readout(2), key=jr.key(0))


def some(examples=2):
    keys = jr.split(jr.key(1), 2)
    mask = jnp.ones((STEPS, examples)).at[3].set(0.0)
    x = 2 * jr.normal(keys[0], (STEPS, examples, 3))
    return Batch(x, jr.normal(keys[1], (STEPS, examples, 2)), mask)


def by(rule, model, batch, key=None):
    value, gradients = eqx.filter_jit(rule)(model, batch, key)
    return float(value), gradients


@pytest.mark.parametrize("name", UNITS)
def test_one_window_is_bptt_and_more_are_not(name):
    net, batch = deep(UNITS[name]()), some()
    value, exact = by(rv.bptt(losses.squared_error), net, batch)
    for window, same in ((STEPS, True), (5, False)):
        again, found = by(e_prop_3(losses.squared_error, window=window), net, batch)
        assert again == pytest.approx(value, rel=1e-13)
        assert jax.tree.structure(found) == jax.tree.structure(exact)
        gap = np.abs(flat(found) - flat(exact)).max() / np.abs(flat(exact)).max()
        assert gap < 1e-12 if same else gap > 1e-3, window


def test_windows_of_one_step_are_ostl_without_h():
    net, batch = deep(rv.SNU.soft(5)), some()
    _, found = by(e_prop_3(losses.squared_error, window=1), net, batch)
    _, expected = by(rv.online(losses.squared_error), net, batch)
    np.testing.assert_allclose(flat(found), flat(expected), rtol=0, atol=1e-13)


def test_windows_cut_nothing_where_units_do_not_meet():
    """The traces of one feed-forward layer know everything, and truncated BPTT does not."""
    net, batch = rv.chain(3, rv.SNU.soft(5), rv.SNU.soft(2), key=jr.key(0)), some()
    net = rv.nets.Chain(net.layers[:1])
    batch = batch._replace(target=jnp.zeros((STEPS, 2, 5)))
    _, exact = by(rv.bptt(losses.squared_error), net, batch)
    _, found = by(e_prop_3(losses.squared_error, window=3), net, batch)
    _, cut = by(truncated_bptt(losses.squared_error, window=3), net, batch)
    np.testing.assert_allclose(flat(found), flat(exact), rtol=0, atol=1e-14)
    assert np.abs(flat(cut) - flat(exact)).max() > 1e-3 * np.abs(flat(exact)).max()


@pytest.mark.parametrize("name", UNITS)
def test_true_worth_at_the_end_of_a_window_makes_it_exact(name):
    """One example, two windows: what the second teaches is what the first had to be told."""
    net, batch = deep(UNITS[name]()), some(examples=1)
    rule = e_prop_3(losses.squared_error, window=STEPS // 2)
    model = SyntheticGradients(net, width=8, key=jr.key(3))
    _, found = by(rule, model, batch)
    taught = -found.foretell.layers[-1].bias
    told = eqx.tree_at(lambda one: one.foretell.layers[-1].bias, model, taught)
    _, exact = by(rv.bptt(losses.squared_error), net, batch)
    _, untold = by(rule, net, batch)
    np.testing.assert_array_equal(flat(found.network), flat(untold))
    _, found = by(rule, told, batch)
    scale = np.abs(flat(exact)).max()
    np.testing.assert_allclose(flat(found.network), flat(exact), rtol=0, atol=1e-12 * scale)
    np.testing.assert_allclose(flat(found.foretell), 0.0, atol=1e-12)
    assert np.abs(flat(untold) - flat(exact)).max() > 1e-3 * scale


def test_a_rest_of_a_window_and_noise_are_as_in_whole_ones():
    net = deep(Stochastic(rv.LIF(5, resistance=20.0)))
    batch = some()
    value, exact = by(rv.bptt(losses.squared_error), net, batch, jr.key(7))
    for window in (STEPS, STEPS + 1):
        again, found = by(e_prop_3(losses.squared_error, window=window), net, batch, jr.key(7))
        assert again == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(flat(found), flat(exact), rtol=0, atol=1e-12)
    for window in (5, 7):
        again, _ = by(e_prop_3(losses.squared_error, window=window), net, batch, jr.key(7))
        assert again == pytest.approx(value, rel=1e-13)


def test_a_layer_alone_gets_gradients_of_its_own():
    layer, batch = rv.layer(3, rv.recurrent(rv.SNU.soft(2)), key=jr.key(0)), some()
    _, exact = by(rv.bptt(losses.squared_error), layer, batch)
    _, found = by(e_prop_3(losses.squared_error, window=STEPS), layer, batch)
    assert jax.tree.structure(found) == jax.tree.structure(exact)
    np.testing.assert_allclose(flat(found), flat(exact), rtol=0, atol=1e-14)


def test_what_is_foretold_is_learned_and_turns_the_gradient_to_the_exact_one():
    """A bit to be given back 11 steps later, windows of 3: a fixed network, G alone learns."""
    steps, examples = 12, 32

    def bits(key):
        bit = jr.rademacher(key, (examples,)).astype(float)
        x = jnp.zeros((steps, examples, 2)).at[0, :, 0].set(bit).at[-1, :, 1].set(1.0)
        target = jnp.zeros((steps, examples, 1)).at[-1, :, 0].set(bit)
        return Batch(x, target, jnp.zeros((steps, examples)).at[-1].set(1.0))

    net = rv.chain(2, rv.recurrent(rv.RNN(16)), rv.Readout(1), key=jr.key(0))
    model = SyntheticGradients(net, key=jr.key(3))
    rule = e_prop_3(losses.squared_error, window=3)
    optimiser = optax.adam(optax.cosine_decay_schedule(0.01, 600))

    def update(carry, key):
        foretell, memory = carry
        now = eqx.tree_at(lambda one: one.foretell, model, eqx.combine(foretell, rest))
        change, memory = optimiser.update(rule(now, bits(key), None)[1].foretell, memory)
        return (eqx.apply_updates(foretell, change), memory), None

    foretell, rest = eqx.partition(model.foretell, eqx.is_inexact_array)
    start = foretell, optimiser.init(foretell)
    learn = eqx.filter_jit(lambda: jax.lax.scan(update, start, jr.split(jr.key(5), 600))[0][0])
    learned = eqx.tree_at(lambda one: one.foretell, model, eqx.combine(learn(), rest))
    fresh = bits(jr.key(99))
    exact = flat(by(rv.bptt(losses.squared_error), net, fresh)[1].layers[0])

    def cosine(model):
        found = flat(by(rule, model, fresh)[1].network.layers[0])
        return found @ exact / np.linalg.norm(found) / np.linalg.norm(exact)

    assert cosine(model) < 0.7
    assert cosine(learned) > 0.99


def test_around_a_network_it_runs_as_the_network_does():
    net, batch = deep(rv.SNU(5)), some()
    model = SyntheticGradients(net, key=jr.key(3))
    np.testing.assert_array_equal(rv.run(model, batch.x)[1], rv.run(net, batch.x)[1])
    one, two = (m(m.init((2,)), batch.x[0])[1] for m in (model, net))
    np.testing.assert_array_equal(one, two)
    gradients = by(rv.bptt(losses.squared_error), model, batch)[1]
    assert flat(gradients.network).any() and not flat(gradients.foretell).any()


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="window is 0, expected at least 1 step"):
        e_prop_3(losses.squared_error, window=0)
    with pytest.raises(TypeError, match="online rules know layers"):
        inner = rv.chain(3, rv.SNU(3), key=jr.key(0))
        SyntheticGradients(rv.nets.Residual(inner), key=jr.key(0))
