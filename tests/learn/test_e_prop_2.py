"""e-prop 2: its inner step is e-prop's, its outer gradient the derivative through it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree

import ranvier as rv
from ranvier import losses
from ranvier.core import Batch, Cell
from ranvier.learn.rules import Taught, e_prop_2

pytestmark = pytest.mark.usefixtures("float64")

STEPS, IN, OUT = 10, 3, 2


class Symmetric(Cell):
    """A teacher that tells what e-prop would: the error along the readout's weights."""

    readout: jax.Array
    units: int
    in_size: int

    def init(self, batch=()):
        return ()

    def __call__(self, state, x, *, key=None):
        y, target = x[..., -2 * OUT : -OUT], x[..., -OUT:]
        return state, (y - target) @ self.readout

    def over_time(self, state, xs, *, keys=None):
        return self(state, xs)


def network(unit):
    return rv.chain(IN, rv.recurrent(unit), rv.Readout(OUT), key=jr.key(0))


def watcher(units):
    top = rv.Readout(units)
    return rv.chain(IN + units + 2 * OUT, rv.recurrent(rv.SNU.soft(4)), top, key=jr.key(1))


def tasks(examples=3, steps=2 * STEPS):
    keys = jr.split(jr.key(2), 2)
    x = 2 * jr.normal(keys[0], (steps, examples, IN))
    mask = jnp.ones((steps, examples)).at[-2, 0].set(0.0)
    return Batch(x, jr.normal(keys[1], (steps, examples, OUT)), mask)


UNITS = {
    "soft": lambda: rv.SNU.soft(5),
    "spiking": lambda: rv.SNU(5),
    "leaky integrate-and-fire": lambda: rv.LIF(5, resistance=20.0, reset="subtract"),
}


@pytest.mark.parametrize("name", UNITS)
def test_told_the_error_it_learns_what_e_prop_does(name):
    net, batch = network(UNITS[name]()), tasks(examples=1, steps=STEPS)
    batch = batch._replace(mask=jnp.ones((STEPS, 1)))
    teacher = Symmetric(net.layers[1].synapses["dendrite"].weight, 5, IN + 5 + 2 * OUT)
    learn = eqx.filter_jit(Taught(net, teacher, rate=0.25).learned)
    after = learn(batch.x[:, 0], batch.target[:, 0])
    rule = eqx.filter_jit(rv.learn.rules.e_prop(losses.squared_error, average=lambda mask: 1.0))
    gradient = rule(net, batch, None)[1].layers[0]
    expected = eqx.apply_updates(net.layers[0], jax.tree.map(lambda g: -0.25 * g, gradient))
    for one, two in zip(*map(jax.tree.leaves, (after.layers[0], expected)), strict=True):
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-13)
    assert float(jnp.abs(ravel_pytree(gradient)[0]).max()) > 1e-2
    # The readout stays.
    for one, two in zip(*(jax.tree.leaves(n.layers[1]) for n in (after, net)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_gradient_is_that_of_the_loss_after_learning():
    """By central differences, for the weights, the teacher's and the rate."""
    model, batch = Taught(network(rv.SNU.soft(5)), watcher(5), rate=0.5), tasks()
    rule = eqx.filter_jit(e_prop_2(losses.squared_error, learning=STEPS))
    _, gradients = rule(model, batch, None)
    assert jax.tree.structure(gradients) == jax.tree.structure(
        eqx.filter(model, eqx.is_inexact_array)
    )
    learning, rest = eqx.partition(model, eqx.is_inexact_array)
    place, back = ravel_pytree(learning)
    slope = ravel_pytree(gradients)[0]

    def value(place):
        return float(rule(eqx.combine(back(place), rest), batch, None)[0])

    for direction in 1e-5 * jr.normal(jr.key(4), (3, place.size)):
        numeric = (value(place + direction) - value(place - direction)) / 2
        assert numeric == pytest.approx(float(slope @ direction), rel=1e-6)
    for part in (gradients.network, gradients.teacher, gradients.rate):
        assert float(jnp.abs(ravel_pytree(part)[0]).max()) > 1e-6


def test_every_example_learns_for_itself():
    model, batch = Taught(network(rv.SNU(5)), watcher(5)), tasks()
    rule = eqx.filter_jit(e_prop_2(losses.squared_error, learning=STEPS, average=lambda mask: 1.0))
    alone = [rule(model, jax.tree.map(lambda a, i=i: a[:, i : i + 1], batch), None) for i in (0, 1)]
    both, gradients = rule(model, jax.tree.map(lambda a: a[:, :2], batch), None)
    assert float(both) == pytest.approx(float(alone[0][0] + alone[1][0]), rel=1e-13)
    summed = jax.tree.map(jnp.add, alone[0][1], alone[1][1])
    one, two = ravel_pytree(summed)[0], ravel_pytree(gradients)[0]
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-12 * float(jnp.abs(two).max()))


def test_noise_is_drawn_with_a_key_and_only_so():
    noisy = rv.neurons.Stochastic(rv.LIF(5, resistance=20.0, reset="subtract"))
    model, batch = Taught(network(noisy), watcher(5)), tasks()
    rule = eqx.filter_jit(e_prop_2(losses.squared_error, learning=STEPS))
    values = [float(rule(model, batch, key)[0]) for key in (None, None, jr.key(1), jr.key(2))]
    assert values[0] == values[1]
    assert len({*values}) == 3


def test_it_learns_to_learn():
    """One of two constants, shown once; without what was shown nothing better than their mean."""
    examples = 8

    def batch(key):
        level = jr.rademacher(key, (examples,)).astype(float)
        target = jnp.broadcast_to(level[:, None], (2 * STEPS, examples, 1))
        x = jnp.ones((2 * STEPS, examples, 1))
        return Batch(x, target, jnp.ones((2 * STEPS, examples)))

    net = rv.chain(1, rv.recurrent(rv.SNU.soft(6)), rv.Readout(1), key=jr.key(0))
    teacher = rv.chain(1 + 6 + 2, rv.SNU.soft(8), rv.Readout(6), key=jr.key(1))
    model = Taught(net, teacher)
    rule, optimiser = e_prop_2(losses.squared_error, learning=STEPS), optax.adam(0.02)

    def update(carry, key):
        learning, memory = carry
        value, gradients = rule(eqx.combine(learning, rest), batch(key), None)
        change, memory = optimiser.update(gradients, memory)
        return (eqx.apply_updates(learning, change), memory), value

    learning, rest = eqx.partition(model, eqx.is_inexact_array)
    start = learning, optimiser.init(learning)
    learn = eqx.filter_jit(lambda: jax.lax.scan(update, start, jr.split(jr.key(5), 200))[0][0])
    model = eqx.combine(learn(), rest)
    fresh = batch(jr.key(9))
    assert float(rule(model, fresh, None)[0]) < 0.05
    shown = fresh.target.at[:STEPS].multiply(-1.0)
    assert float(rule(model, fresh._replace(target=shown), None)[0]) > 1.0


def test_what_does_not_fit_is_refused():
    net = network(rv.SNU.soft(5))
    with pytest.raises(ValueError, match=r"teacher gives \(4,\), but the network has 5 hidden"):
        Taught(net, watcher(4))
    with pytest.raises(ValueError, match="needs a hidden layer"):
        Taught(rv.chain(IN, rv.Readout(OUT), key=jr.key(0)), watcher(5))
    narrow = rv.chain(IN + 5 + OUT, rv.Readout(5), key=jr.key(1))
    with pytest.raises(ValueError, match="are 12 numbers per step, but the teacher expects 10"):
        Taught(net, narrow).learned(jnp.ones((4, IN)), jnp.ones((4, OUT)))
    with pytest.raises(ValueError, match="learning is 0"):
        e_prop_2(losses.squared_error, learning=0)
    model, batch = Taught(net, watcher(5)), tasks()
    with pytest.raises(ValueError, match="nothing is left to judge"):
        e_prop_2(losses.squared_error, learning=2 * STEPS)(model, batch, None)
    with pytest.raises(TypeError, match="got a Chain, expected `Taught`"):
        e_prop_2(losses.squared_error, learning=2)(net, batch, None)
