"""Dropout: whole without a key, right on average with one, refused where it makes no sense."""

import jax
import jax.numpy as jnp
import jax.random as jr
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.synapses import Dense, Dropout, VariationalDropout


def test_without_a_key_the_connections_are_whole():
    dense = Dense.random(5, 3, key=jr.key(0))
    z = jr.normal(jr.key(1), (4, 5))
    assert jnp.array_equal(Dropout(dense, 0.4)(z), dense(z))


def test_silenced_units_are_made_up_for_on_average():
    dense, rate, draws = Dense(jnp.eye(6)), 0.3, 20_000
    z = jnp.linspace(0.5, 2.0, 6)
    heard = Dropout(dense, rate)(jnp.broadcast_to(z, (draws, 6)), key=jr.key(2))
    assert jnp.all((heard == 0) | jnp.isclose(heard, z / (1 - rate)))
    # Five standard errors in six units: false alarm below 4e-6.
    error = z * (rate / (1 - rate) / draws) ** 0.5
    assert jnp.all(jnp.abs(heard.mean(0) - z) < 5 * error)


def test_step_by_step_draws_the_same_masks():
    net = rv.chain(4, rv.SNU(6), rv.Readout(3), key=jr.key(0))
    import equinox as eqx

    net = eqx.tree_at(
        lambda m: m.layers[1].synapses["dendrite"], net, replace_fn=lambda s: Dropout(s, 0.5)
    )
    xs = jr.bernoulli(jr.key(1), 0.5, (7, 2, 4)).astype(float)
    whole, steps = (rv.run(net, xs, key=jr.key(3), chunk=c)[1] for c in (None, 1))
    assert jnp.allclose(whole, steps, atol=1e-6)
    assert not jnp.allclose(whole, rv.run(net, xs)[1], atol=1e-3)


@pytest.mark.parametrize("kind", [Dropout, VariationalDropout])
@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_a_rate_that_is_no_probability_is_refused(kind, rate):
    with pytest.raises(ValueError, match=f"{kind.__name__}.*expected at least 0 and below 1"):
        kind(Dense(jnp.eye(2)), rate)


def test_online_rules_name_the_layer_that_they_cannot_trace():
    layer = rv.layer(2, rv.SNU(2), key=jr.key(0), name="hidden")
    layer = rv.nets.Layer(
        layer.neuron, {"dendrite": Dropout(Dense(jnp.eye(2)), 0.1)}, name="hidden"
    )
    batch = Batch(jnp.ones((3, 1, 2)), jnp.ones((3, 1, 2)), jnp.ones((3, 1)))
    with pytest.raises(TypeError, match="hidden: online rules keep one trace per weight"):
        rv.online(rv.losses.squared_error)(layer, batch, jax.random.key(0))


def test_one_mask_is_held_for_a_whole_sequence():
    dense, rate, draws = Dense(jnp.eye(6)), 0.3, 20_000
    synapse = VariationalDropout(dense, rate)
    zs = jnp.broadcast_to(jnp.linspace(0.5, 2.0, 6), (3, draws, 6))
    _, heard = synapse.over_time(synapse.init((draws,)), zs, keys=jr.split(jr.key(2), 3))
    assert jnp.array_equal(heard, jnp.broadcast_to(heard[0], heard.shape))
    # Five standard errors in six units: false alarm below 4e-6.
    error = zs[0, 0] * (rate / (1 - rate) / draws) ** 0.5
    assert jnp.all(jnp.abs(heard[0].mean(0) - zs[0, 0]) < 5 * error)
    assert jnp.array_equal(synapse.over_time(synapse.init((draws,)), zs)[1], zs)
