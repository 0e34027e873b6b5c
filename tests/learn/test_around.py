"""Online rules through connections around others: feedback of their own, importance of nodes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import exact, local, losses
from ranvier.learn.eligibility import kf_rtrl, snap
from ranvier.learn.rules import catalogue, e_prop
from ranvier.synapses import (
    Dense,
    Detached,
    Dropout,
    FeedbackAligned,
    Grapes,
    KolenPollack,
    LocalGrapes,
    node_importance,
)

pytestmark = pytest.mark.usefixtures("float64")


def like(dense, seed=9):
    return Dense(jr.normal(jr.key(seed), dense.weight.shape))


AROUND = {
    "detached": Detached,
    "feedback aligned": lambda dense: FeedbackAligned(dense, like(dense)),
    "Kolen-Pollack": lambda dense: KolenPollack(dense, like(dense)),
    "GRAPES": lambda dense: Grapes(dense, node_importance),
    "local GRAPES": lambda dense: LocalGrapes(dense, node_importance),
    "GRAPES, feedback aligned": lambda dense: Grapes(FeedbackAligned(dense, like(dense))),
}


def gradients(rule, model, batch):
    return eqx.filter_jit(lambda model, batch: rule(model, batch, None)[1])(model, batch)


def batch(steps=6, examples=3):
    keys = jr.split(jr.key(1), 2)
    x, target = jr.normal(keys[0], (steps, examples, 4)), jr.normal(keys[1], (steps, examples, 2))
    return Batch(x, target, jnp.ones((steps, examples)))


def same(one, two):
    assert jax.tree.structure(one) == jax.tree.structure(two)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(two), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("around", AROUND)
def test_traces_give_what_backpropagation_gives(around):
    """Around input, hidden and output connections of a feed-forward network."""
    model = rv.chain(4, rv.SNU.soft(6), rv.RNN(5), rv.Readout(2), key=jr.key(0))
    model = eqx.tree_at(
        lambda m: [layer.synapses["dendrite"] for layer in m.layers],
        model,
        replace_fn=AROUND[around],
    )
    found = gradients(rv.online(losses.squared_error, eligibility=local()), model, batch())
    same(found, gradients(rv.bptt(losses.squared_error), model, batch()))


@pytest.mark.parametrize("around", ["GRAPES", "feedback aligned"])
@pytest.mark.parametrize("steps", [1, 6])
def test_fed_back_connections_respond_as_they_do_backwards(around, steps):
    model = rv.chain(4, rv.recurrent(rv.SNU.soft(5)), rv.Readout(2), key=jr.key(0))
    model = eqx.tree_at(
        lambda m: m.layers[0].recurrent["dendrite"], model, replace_fn=AROUND[around]
    )
    found = gradients(rv.online(losses.squared_error, eligibility=exact()), model, batch(steps))
    same(found, gradients(rv.bptt(losses.squared_error), model, batch(steps)))


def test_every_eligibility_has_gradients_for_them():
    model = rv.chain(4, rv.recurrent(rv.SNU.soft(5)), rv.Readout(2), key=jr.key(0))
    model = eqx.tree_at(lambda m: m.layers[0].recurrent["dendrite"], model, replace_fn=Grapes)
    rule = rv.online(losses.squared_error, eligibility=kf_rtrl())
    _, found = rule(model, batch(), jr.key(3))
    assert float(jnp.abs(found.layers[0].recurrent["dendrite"].synapse.weight).max()) > 0


def test_where_the_weight_must_be_the_way_back_others_are_refused():
    model = rv.chain(4, rv.recurrent(rv.SNU.soft(5)), rv.Readout(2), key=jr.key(0))
    aligned = AROUND["feedback aligned"]
    model = eqx.tree_at(lambda m: m.layers[0].recurrent["dendrite"], model, replace_fn=aligned)
    words = r"layer 1: SnAp reads.*onto 'dendrite' lie within a FeedbackAligned.*`local` \(rule"
    for steps in (1, 2):
        with pytest.raises(TypeError, match=words):
            rv.online(losses.squared_error, eligibility=snap(steps))(model, batch(), None)
    # What the error names does follow them.
    for name in ("ostl", "ostl-with-h", "uoro", "kf-rtrl", "ok-rtrl", "bptt", "rtrl"):
        catalogue[name](losses.squared_error)(model, batch(), jr.key(0))


def test_connections_that_no_trace_follows_are_still_refused():
    model = rv.chain(4, rv.SNU.soft(5), rv.Readout(2), key=jr.key(0))
    model = eqx.tree_at(
        lambda m: m.layers[0].synapses["dendrite"], model, replace_fn=lambda s: Dropout(s, 0.5)
    )
    with pytest.raises(TypeError, match="got Dropout"):
        rv.online(losses.squared_error)(model, batch(), None)


def test_under_e_prop_feedback_becomes_the_weights():
    """Their difference shrinks by the same factor in every update, whatever is learned."""
    readout = rv.LeakyIntegrator(2, decay=0.7)
    model = rv.chain(4, rv.recurrent(rv.LIF(6)), readout, key=jr.key(0))
    model = eqx.tree_at(
        lambda m: m.layers[1].synapses["dendrite"], model, replace_fn=AROUND["Kolen-Pollack"]
    )
    optimiser = optax.chain(optax.sgd(0.1), optax.add_decayed_weights(-0.05))
    rule, data = e_prop(losses.squared_error), batch(20)
    state = optimiser.init(eqx.filter(model, eqx.is_inexact_array))

    def apart(model):
        synapse = model.layers[1].synapses["dendrite"]
        return synapse.synapse.weight - synapse.feedback.weight

    @eqx.filter_jit
    def update(model, state):
        _, found = rule(model, data, None)
        change, state = optimiser.update(found, state, eqx.filter(model, eqx.is_inexact_array))
        return eqx.apply_updates(model, change), state

    before, start = apart(model), model
    for _ in range(10):
        model, state = update(model, state)
    np.testing.assert_allclose(apart(model), 0.95**10 * before, rtol=1e-10)
    moved = model.layers[1].synapses["dendrite"].synapse.weight
    assert float(jnp.abs(moved - start.layers[1].synapses["dendrite"].synapse.weight).max()) > 1e-3


def test_feedback_of_another_kind_or_shape_is_refused():
    words = r"FeedbackAligned: the connections go from \(3,\) to \(2,\), their feedback from \(2,\)"
    with pytest.raises(ValueError, match=words):
        FeedbackAligned(Dense(jnp.ones((2, 3))), Dense(jnp.ones((3, 2))))
    with pytest.raises(ValueError, match="KolenPollack: the connections are Dense from"):
        KolenPollack(Dense(jnp.ones((2, 3))), Dense(jnp.ones((2, 4))))
