"""A plastic layer: the same numbers as by hand, through every runner, and what it refuses."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.learn.plasticity import Bounded, CoincidenceSTDP, PairSTDP, Plastic
from ranvier.nets import Layer
from ranvier.neurons import LSTM, LateralInhibitionSNU
from ranvier.synapses import Convolution, Dense, LayerMaximum, Series

KEY = jr.key(0)
SPIKES = (np.random.default_rng(0).random((40, 6)) < 0.3).astype(np.float32)


def layer(width=6, units=3):
    weight = jr.uniform(KEY, (units, width), minval=0.2, maxval=0.8)
    return Layer(rv.SNU(units, threshold=0.9), {"dendrite": Dense(weight)})


def test_a_run_is_what_one_does_by_hand():
    """Layer, rule, bound, in this order: the change of a step acts from the next one on."""
    cell = Plastic(layer(), CoincidenceSTDP(0.1, 0.05), memory=Bounded(0.1, 0.9))
    state, ys = eqx.filter_jit(rv.run)(cell, SPIKES)
    weight, membrane = np.asarray(cell.layer.synapses["dendrite"].weight), cell.layer.init()
    for x, y in zip(SPIKES, ys, strict=True):
        membrane, wanted = Layer(cell.layer.neuron, {"dendrite": Dense(jnp.asarray(weight))})(
            membrane, x
        )
        np.testing.assert_array_equal(y, wanted)
        change = np.outer(wanted, np.where(x > 0, 0.1, -0.05))
        weight = np.clip(weight + change, 0.1, 0.9).astype(np.float32)
    np.testing.assert_allclose(cell.memory.weight(state.held), weight, atol=1e-6)
    assert 0 < float(ys.sum()) < ys.size
    learned = cell.learned(state)
    np.testing.assert_array_equal(learned.synapses["dendrite"].weight, state.held)
    assert eqx.tree_equal(learned.neuron, cell.layer.neuron)


def test_runners_agree_and_a_run_goes_on():
    cell = Plastic(layer(), PairSTDP(0.2, 0.1))
    run = eqx.filter_jit(rv.run)
    whole, ys = run(cell, SPIKES)
    chunked = eqx.filter_jit(lambda xs: rv.run(cell, xs, chunk=7))(SPIKES)
    first, begun = run(cell, SPIKES[:25])
    on, ended = eqx.filter_jit(lambda xs, state: rv.run(cell, xs, state=state))(SPIKES[25:], first)
    for found, spikes in (chunked, (on, np.concatenate([begun, ended]))):
        np.testing.assert_array_equal(spikes, ys)
        np.testing.assert_allclose(found.held, whole.held, atol=1e-6)
    assert float(abs(whole.held - cell.init().held).max()) > 0.01


def test_without_plasticity_it_is_the_layer():
    cell = Plastic(layer(), CoincidenceSTDP(0.0, 0.0))
    run = eqx.filter_jit(rv.run)
    np.testing.assert_array_equal(run(cell, SPIKES)[1], run(cell.layer, SPIKES)[1])


def test_a_batch_shares_its_weights():
    cell = Plastic(layer(), CoincidenceSTDP(0.01, 0.005), memory=Bounded(-9.0, 9.0))
    xs = jnp.stack([SPIKES, SPIKES[::-1]], 1)
    state, ys = eqx.filter_jit(rv.run)(cell, xs)
    assert state.held.shape == (3, 6) and ys.shape == (40, 2, 3)
    wanted = jnp.where(xs > 0, 0.01, -0.005)
    moved = jnp.einsum("tbi,tbj->ij", ys, wanted)
    np.testing.assert_allclose(state.held - cell.init().held, moved, atol=1e-5)


def test_it_stands_in_a_chain_and_under_vmap():
    cell = Plastic(layer(), CoincidenceSTDP())
    net = rv.chain(6, cell, rv.Readout(2), key=KEY)
    assert eqx.filter_jit(rv.run)(net, SPIKES)[1].shape == (40, 2)

    def held(key):
        many = Plastic(layer(), CoincidenceSTDP(), key=key)
        return rv.run(many, SPIKES, key=key)[0].held

    assert jax.jit(jax.vmap(held))(jr.split(KEY, 4)).shape == (4, 3, 6)


def test_series_and_lateral_synapses_stay_as_they_are():
    weight = jr.uniform(KEY, (3, 6), minval=0.2, maxval=0.8)
    unit = LateralInhibitionSNU(3, threshold=0.9)
    synapse = Series(Dense(weight), LayerMaximum(3))
    cell = Plastic(
        Layer(unit, {"dendrite": synapse}, {"inhibition": LayerMaximum(3)}), CoincidenceSTDP()
    )
    state, ys = eqx.filter_jit(rv.run)(cell, SPIKES)
    assert float(ys.sum()) > 0
    after = cell.learned(state).synapses["dendrite"]
    assert isinstance(after, Series)
    np.testing.assert_array_equal(after.synapses[0].weight, state.held)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: rv.chain(2, rv.SNU(2), key=KEY), "got a Chain, expected a Layer"),
        (
            lambda: rv.layer(2, LSTM(3), key=KEY),
            r"layer has input synapses onto \['cell', 'forget', 'input', 'output'\], expected one",
        ),
        (
            lambda: Layer(
                rv.SNU((8, 2)), {"dendrite": Convolution.random((8, 1), 2, 1, key=KEY)}, name="ears"
            ),
            "the synapse of ears onto 'dendrite' is a Convolution, expected Dense",
        ),
        (
            lambda: Layer(
                rv.SNU(2),
                {"dendrite": Series(*(Dense.random(2, 2, key=KEY) for _ in range(2)))},
            ),
            "is a Series, expected Dense, or a Series that begins with its only Dense",
        ),
    ],
)
def test_what_it_cannot_handle_is_refused_by_name(make, words):
    with pytest.raises(TypeError, match=words):
        Plastic(make(), CoincidenceSTDP())


def test_bounds_must_rise():
    with pytest.raises(ValueError, match=r"low is 1\.0, expected less than high"):
        Bounded(1.0, 0.0)
