"""How errors reach layers of recurrent networks: BPTT where theory says so, by hand elsewhere."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import ranvier as rv
from ranvier import neurons
from ranvier.core import Batch
from ranvier.learn import at_once, exact, losses, signals
from ranvier.learn.eligibility import looking_back
from ranvier.learn.rules import (
    catalogue,
    direct_feedback_alignment,
    direct_random_target_projection,
    feedback_alignment,
    grapes,
    indirect_feedback_alignment,
    local_grapes,
    shallow,
)
from ranvier.nets import Layer
from ranvier.synapses import Dense, FeedbackAligned, clipped_importance, mean_of

pytestmark = pytest.mark.usefixtures("float64")
STEPS, EXAMPLES, WIDTH, UNITS = 7, 3, 4, 5
LOSS = losses.categorical


def network(*hidden):
    hidden = hidden or (rv.recurrent(rv.SNU.soft(UNITS)), rv.recurrent(rv.SNU.soft(UNITS + 1)))
    return rv.chain(WIDTH, *hidden, rv.Readout(2), key=jr.key(0))


def batch():
    keys = jr.split(jr.key(1), 2)
    target = jax.nn.one_hot(jr.randint(keys[1], (STEPS, EXAMPLES), 0, 2), 2)
    mask = jnp.ones((STEPS, EXAMPLES)).at[5:, 1].set(0)
    return Batch(jr.normal(keys[0], (STEPS, EXAMPLES, WIDTH)), target, mask)


def gradients(rule, model, key=None):
    found = eqx.filter_jit(lambda m, b: rule(m, b, key)[1])(model, batch())
    assert jax.tree.structure(found) == jax.tree.structure(eqx.filter(model, eqx.is_inexact_array))
    return found


def same(one, two):
    one, two = (ravel_pytree(tree)[0] for tree in (one, two))
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-13 * float(jnp.abs(two).max()))


def cosine(one, two):
    one, two = (ravel_pytree(tree)[0] for tree in (one, two))
    return float(one @ two / jnp.linalg.norm(one) / jnp.linalg.norm(two))


SIGNALS = {
    "direct": signals.direct(jr.key(0)),
    "indirect": signals.indirect(jr.key(0)),
    "target": signals.target_projection(jr.key(0)),
    "shallow": signals.shallow,
}


def test_looking_back_within_a_layer_is_the_exact_trace():
    model = network()
    looked, traced = (
        gradients(rv.online(LOSS, eligibility=eligibility, chunk=chunk), model)
        for eligibility, chunk in ((looking_back(), STEPS), (exact(), 1))
    )
    same(looked, traced)


@pytest.mark.parametrize("unit", [rv.LSTM, rv.SNU, neurons.ALIF])
def test_with_one_recurrent_layer_it_is_backpropagation_through_time(unit):
    model = network(rv.recurrent(unit(UNITS)))
    rule = rv.online(LOSS, eligibility=looking_back(), chunk=STEPS)
    same(gradients(rule, model), gradients(rv.bptt(LOSS), model))


def test_it_looks_back_over_its_chunk_and_no_further():
    model = network(rv.recurrent(rv.SNU.soft(UNITS)))
    short, whole, single, step = (
        gradients(rv.online(LOSS, eligibility=e, chunk=chunk), model)
        for e, chunk in (
            (looking_back(), 3),
            (looking_back(), STEPS),
            (looking_back(), 1),
            (at_once(), 1),
        )
    )
    same(short.layers[1], whole.layers[1])
    assert 0.5 < cosine(short.layers[0], whole.layers[0]) < 0.9999
    same(single, step)


BY_SIGNAL = {
    "direct": direct_feedback_alignment,
    "indirect": indirect_feedback_alignment,
    "target": direct_random_target_projection,
    "shallow": shallow,
}


@pytest.mark.parametrize("name", BY_SIGNAL)
def test_rules_by_name_are_their_signal_and_the_whole_past_of_a_layer(name):
    model = network()
    found = gradients(BY_SIGNAL[name](LOSS), model)
    same(found, gradients(rv.online(LOSS, eligibility=exact(), signal=SIGNALS[name]), model))
    exactly = gradients(rv.bptt(LOSS), model)
    same(found.layers[2], exactly.layers[2])
    hidden = ravel_pytree(found.layers[:2])[0]
    assert bool(jnp.all(hidden == 0)) == (name == "shallow")


def own_weights(model):
    """Draws, in place of random feedback, the weights that stand there."""
    weights = [layer.synapses["dendrite"].weight for layer in model.layers]
    return lambda key, shape: next(w for w in weights if w.shape == shape)


def test_feedback_alignment_by_the_weights_themselves_is_backpropagation_through_time():
    model = network()
    found = gradients(feedback_alignment(LOSS, draw=own_weights(model)), model)
    same(found, gradients(rv.bptt(LOSS), model))


def test_random_feedback_turns_hidden_gradients_and_leaves_the_output_layer():
    model = network()
    found, exactly = (gradients(rule(LOSS), model) for rule in (feedback_alignment, rv.bptt))
    same(found.layers[2], exactly.layers[2])
    for one, two in zip(found.layers[:2], exactly.layers[:2], strict=True):
        assert cosine(one, two) < 0.95
    other = gradients(feedback_alignment(LOSS, feedback=jr.key(7)), model)
    assert cosine(other.layers[0], found.layers[0]) < 0.95


def ones(weights):
    return jnp.ones_like(weights[0])


def constant(weights):
    return 3 * ones(weights)


def graded(weights):
    return 1 + jnp.arange(weights.shape[1]) / 3


@pytest.mark.parametrize("rule", [grapes, local_grapes])
def test_importance_of_one_is_backpropagation_through_time(rule):
    model = network()
    same(gradients(rule(LOSS, modulation=ones), model), gradients(rv.bptt(LOSS), model))


def test_equal_importance_compounds_with_depth_and_not_with_time():
    model = network()
    plain = gradients(rv.bptt(LOSS), model).layers
    propagating = gradients(grapes(LOSS, modulation=constant), model).layers
    local = gradients(local_grapes(LOSS, modulation=constant), model).layers
    for number, (ours, once) in enumerate(((9, 3), (3, 3), (1, 1))):
        scaled = [jax.tree.map(lambda g, f=f: f * g, plain[number]) for f in (ours, once)]
        same(propagating[number], scaled[0])
        # What units share stays: the decay of the whole layer.
        same(local[number].synapses, scaled[1].synapses)


@pytest.mark.parametrize("kind", [rv.SNU.soft, rv.LSTM])
def test_the_factor_scales_the_learning_signal_and_leaves_the_traces(kind):
    """With traces of the exact influence: the signal times the factors, and no more."""
    model = network(rv.recurrent(kind(UNITS)))

    def scaled(now):
        value, (hidden, output) = signals.exact(now)
        return value, [hidden * graded(jnp.ones((1, UNITS))), output]

    expected = gradients(rv.online(LOSS, eligibility=exact(), signal=scaled), model)
    same(gradients(grapes(LOSS, modulation=graded), model), expected)


def test_local_importance_scales_what_each_unit_learns():
    model = network()
    found, plain = (
        gradients(rule, model) for rule in (local_grapes(LOSS, modulation=graded), rv.bptt(LOSS))
    )
    for one, two in zip(found.layers[:2], plain.layers[:2], strict=True):
        factors = graded(jnp.ones((1, one.neuron.bias.size)))
        for part in ("synapses", "recurrent"):
            rows = getattr(two, part)["dendrite"].weight * factors[:, None]
            same(getattr(one, part)["dendrite"].weight, rows)
        same(one.neuron.bias, two.neuron.bias * factors)
    same(found.layers[2], plain.layers[2])


def test_importance_counts_all_weights_that_reach_a_unit():
    seen = []

    def watched(weights):
        seen.append(weights.shape)
        return clipped_importance(weights)

    model = network()
    grapes(LOSS, modulation=watched)(model, batch(), None)
    assert seen == [(WIDTH + UNITS, UNITS), (UNITS + UNITS + 1, UNITS + 1)]


def test_a_control_is_not_importance():
    model = network()
    found, mean, plain = (
        gradients(rule, model).layers[0]
        for rule in (
            grapes(LOSS),
            grapes(LOSS, modulation=mean_of(clipped_importance)),
            rv.bptt(LOSS),
        )
    )
    assert cosine(mean, plain) > cosine(found, plain) > 0.5
    assert cosine(found, plain) < 0.99999


def test_importance_of_other_connections_is_refused():
    dense = Dense(jnp.ones((UNITS, WIDTH)))
    hidden = Layer(rv.SNU(UNITS), {"dendrite": FeedbackAligned(dense, dense)}, name="odd")
    with pytest.raises(TypeError, match=r"odd: importance .*got FeedbackAligned\. Put `Grapes`"):
        grapes(LOSS)(network(hidden), batch(), None)


@pytest.mark.parametrize("name", ["fa", "dfa", "grapes"])
def test_a_key_changes_nothing_where_nothing_is_drawn(name):
    model = network()
    rule = catalogue[name](LOSS)
    same(gradients(rule, model, jr.key(3)), gradients(rule, model))
