"""Chains: how they are built, and in which order things happen within a step."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Cell, scan_steps
from ranvier.nets import Chain, Layer, parameter_count
from ranvier.synapses import Dense


class Delay(Cell):
    """A cell that is no layer: gives the last input, twice over."""

    in_size: int

    def init(self, batch=()):
        return jnp.zeros((*batch, self.in_size))

    def __call__(self, state, x, *, key=None):
        return x, jnp.concatenate([state, state], axis=-1)

    def over_time(self, state, xs, *, keys=None):
        return scan_steps(self, state, xs, keys=keys)


def test_a_layer_sees_the_output_below_in_the_same_step():
    one = Dense(jnp.ones((1, 1)))
    chain = Chain([Layer(rv.SNU(1, decay=0.0), {"dendrite": one}) for _ in range(3)])
    _, ys = rv.run(chain, jnp.array([[0.0], [2.0], [0.0]]))
    # A threshold of 1 is not exceeded by a spike of 1: the signal ends at the first layer.
    assert ys.tolist() == [[0], [0], [0]]
    low = Chain([Layer(rv.SNU(1, decay=0.0, threshold=0.5), {"dendrite": one}) for _ in range(3)])
    _, ys = rv.run(low, jnp.array([[0.0], [2.0], [0.0]]))
    assert ys.tolist() == [[0], [1], [0]]


def test_it_is_built_from_left_to_right():
    chain = rv.chain(7, rv.SNU(5), rv.recurrent(rv.GRU(4)), rv.Readout(2), key=jr.key(0))
    assert chain.in_size == 7
    assert [layer.name for layer in chain.layers] == ["layer 1", "layer 2", "layer 3"]
    assert [layer.in_size for layer in chain.layers] == [7, 5, 4]
    assert [bool(layer.recurrent) for layer in chain.layers] == [False, True, False]
    assert parameter_count(chain) == 7 * 5 + 5 + 3 * (5 * 4 + 4 * 4 + 4) + 4 * 2 + 2


def test_keys_draw_every_weight_anew():
    def built(key):
        chain = rv.chain(6, rv.recurrent(rv.LSTM(6)), rv.SNU(6), key=jr.key(key))
        return jax.tree.leaves(eqx.filter(chain, eqx.is_array))

    matrices = [w for w in built(0) if w.ndim == 2]
    assert len(matrices) == 9
    assert len({np.asarray(w).tobytes() for w in matrices}) == 9
    assert all(map(jnp.array_equal, built(0), built(0)))
    assert not any(
        jnp.array_equal(a, b) for a, b in zip(built(0), built(1), strict=True) if a.ndim == 2
    )


def test_finished_cells_give_their_width():
    """A chain, a layer or any other cell in the middle: what follows is built for its output."""
    inner = rv.chain(4, rv.SNU(6), key=jr.key(1))
    lone = rv.layer(3, rv.SNU(5), key=jr.key(2))
    chain = rv.chain(4, inner, rv.SNU(3), lone, Delay(5), rv.Readout(2), key=jr.key(0))
    assert chain.layers[1].in_size == 6
    assert chain.layers[4].in_size == 10
    _, ys = rv.run(chain, jnp.ones((8, 3, 4)))
    assert ys.shape == (8, 3, 2)


def test_a_finished_cell_for_another_width():
    lone = rv.layer(3, rv.SNU(5), key=jr.key(2), name="lone")
    words = r"part 2, lone \(SNU\), expects an input of width 3.* layer 1 \(SNU\), gives width 4"
    with pytest.raises(ValueError, match=words):
        rv.chain(7, rv.SNU(4), lone, key=jr.key(0))
    with pytest.raises(ValueError, match=r"part 1, lone .* width 3.* the input, gives width 7"):
        rv.chain(7, lone, key=jr.key(0))


def test_cells_that_disagree_are_both_named():
    bottom = rv.layer(4, rv.SNU(6), key=jr.key(0), name="bottom")
    top = rv.layer(5, rv.Readout(2), key=jr.key(1), name="top")
    words = (
        r"part 2 of a chain, top \(Readout\), expects .* width 5, but part 1, bottom \(SNU\), .* 6"
    )
    with pytest.raises(ValueError, match=words):
        Chain([bottom, top])
    with pytest.raises(
        ValueError, match=r"part 2 of a chain, top .* part 1, a Delay, gives width 8"
    ):
        Chain([Delay(4), top])


def test_no_cell_at_all():
    with pytest.raises(ValueError, match="at least one cell"):
        Chain([])
    with pytest.raises(ValueError, match="at least one cell"):
        rv.chain(4, key=jr.key(0))


def test_other_initialisers_by_layer():
    layer = rv.layer(3, rv.SNU(2), key=jr.key(0), init=lambda key, shape: jnp.full(shape, 0.5))
    assert (layer.synapses["dendrite"].weight == 0.5).all()


def test_a_wrong_width_names_the_layer():
    chain = rv.chain(4, rv.SNU(6), rv.Readout(2), key=jr.key(0))
    with pytest.raises(ValueError, match=r"layer 1 \(SNU\): got .*\(9, 5\), expected .* 4"):
        rv.run(chain, jnp.ones((9, 5)))
    with pytest.raises(ValueError, match=r"layer 1 \(SNU\)"):
        rv.record(chain, jnp.ones((9, 5)))
