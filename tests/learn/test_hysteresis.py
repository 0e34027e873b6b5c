"""Hidden weights, what shows of them, and learning through it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier as rv
from ranvier.convert import with_shown_weights
from ranvier.core import Batch
from ranvier.learn import trinary_hysteresis
from ranvier.nets import Chain, Layer
from ranvier.neurons import Readout, ThresholdUnit, surrogates
from ranvier.synapses import Convolution, Dense, Scale, Series, SumPooling, Trinary


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**16), width=st.floats(0, 0.3))
def test_what_shows_follows_with_hysteresis(seed, width):
    """A loop over single weights and updates, in the words of the rule."""
    draw = np.random.default_rng(seed)
    hidden = draw.uniform(-1, 1, 30).astype(np.float32)
    synapse = Trinary(Dense(jnp.asarray(hidden[None])))
    rule = trinary_hysteresis(width)
    shown = np.clip(np.round(hidden), -1, 1)
    for _ in range(15):
        change = draw.normal(0, 0.3, 30).astype(np.float32)
        updates = eqx.tree_at(
            lambda s: (s.synapse.weight, s.shown),
            synapse,
            (jnp.asarray(change[None]), jnp.ones((1, 30))),
        )
        given, _ = rule.update(updates, rule.init(synapse), synapse)
        synapse = optax.apply_updates(synapse, given)
        hidden = np.clip(hidden + change, -1, 1)
        for k, h in enumerate(hidden):
            if abs(abs(h) - 0.5 - width) < 1e-5 or abs(abs(h) - 0.5 + width) < 1e-5:
                shown[k] = synapse.shown[0, k]  # on the edge, to rounding
            elif abs(h) > 0.5 + width:
                shown[k] = np.sign(h)
            elif abs(h) < 0.5 - width:
                shown[k] = 0
        np.testing.assert_allclose(synapse.synapse.weight[0], hidden, atol=1e-6)
        np.testing.assert_array_equal(synapse.shown[0], shown)
    assert set(np.unique(synapse.shown)) <= {-1, 0, 1}


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_the_gradient_of_what_shows_is_that_of_what_is_hidden(kind):
    within = (
        Dense.random(6, 4, key=jr.key(0))
        if kind == "dense"
        else Convolution.random((5, 5, 1), 3, 3, key=jr.key(0))
    )
    synapse, z = Trinary(within), jr.normal(jr.key(1), (2, *within.in_shape))
    loss = lambda s: jnp.sin(s(z)).sum()  # noqa: E731
    np.testing.assert_allclose(synapse(z), synapse.plain(z), rtol=1e-6)
    found = jax.grad(loss)(synapse)
    np.testing.assert_allclose(
        found.synapse.weight, jax.grad(loss)(synapse.plain).weight, rtol=1e-5, atol=1e-6
    )
    assert not found.shown.any()


def test_a_network_learns_in_three_values():
    """Parity of two of eight inputs, which one layer cannot tell."""
    draw = np.random.default_rng(0)
    x = draw.integers(0, 2, (256, 8)).astype(np.float32)
    wanted = np.eye(2, dtype=np.float32)[(x[:, 0] != x[:, 1]).astype(int)]
    batch = Batch(x[None], wanted[None], np.ones((1, 256), np.float32))
    h = surrogates.triangle(height=1.0)
    spread = jr.uniform(jr.key(9), (64,), minval=-1.0, maxval=1.0)
    hidden = ThresholdUnit(64, threshold=spread, h=h)
    keys = jr.split(jr.key(1))

    def wide(key, shape):
        return jr.uniform(key, shape, minval=-1.0, maxval=1.0)

    first = Series(Trinary(Dense.random(8, 64, key=keys[0], init=wide)), Scale(0.5 * jnp.ones(64)))
    second = Series(Trinary(Dense.random(64, 2, key=keys[1], init=wide)), Scale(0.2 * jnp.ones(2)))
    net = Chain([Layer(hidden, {"dendrite": first}), Layer(Readout(2), {"dendrite": second})])
    optimiser = optax.chain(optax.adam(0.01), trinary_hysteresis())
    rule = rv.bptt(rv.losses.categorical, activity=rv.losses.rate_cost(1e-4, 0.0))
    net, _ = rv.fit(net, lambda epoch: [batch], rule, optimiser, epochs=250)
    plain = with_shown_weights(net)
    answers = rv.run(plain, x[None])[1][0]
    assert (answers.argmax(-1) == wanted.argmax(-1)).mean() > 0.95
    for layer in plain.layers:
        weight = layer.synapses["dendrite"].synapses[0].weight
        assert set(np.unique(weight)) == {-1, 0, 1}
    np.testing.assert_allclose(answers, rv.run(net, x[None])[1][0], rtol=1e-5, atol=1e-5)


def test_what_means_nothing_is_refused():
    with pytest.raises(ValueError, match=r"width is 0.5, expected 0 to below 0.5"):
        trinary_hysteresis(0.5)
    with pytest.raises(ValueError, match="give the parameters"):
        trinary_hysteresis().update(jnp.ones(2), optax.EmptyState())
    with pytest.raises(TypeError, match="Trinary: got a SumPooling, expected Dense or Convolution"):
        Trinary(SumPooling((4, 1), 2))
    with pytest.raises(ValueError, match="has no Trinary synapse"):
        with_shown_weights(Dense(jnp.ones((1, 1))))
