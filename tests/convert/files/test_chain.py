"""Layers of ranvier as a graph: the same numbers, bit by bit or nearly."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.convert.files import from_chain
from ranvier.nets import Chain, Layer, Residual
from ranvier.neurons import RNN, Readout, ReLU
from ranvier.synapses import (
    AveragePooling,
    BatchMaximum,
    Bias,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    MaximumPooling,
    Scale,
    Series,
    Transpose,
)
from tests.convert.files.forward import run

K = jr.split(jr.key(0), 8)


def drawn(neuron, key):
    """The neuron with biases of its own."""
    return eqx.tree_at(lambda n: n.bias, neuron, jr.normal(key, neuron.bias.shape))


def convolutional() -> Chain:
    edges = Convolution.random((9, 8, 2), 3, 3, padding="same", key=K[0])
    pooling = MaximumPooling(edges.shape, 2)
    shapes = Series(pooling, Dropout(Convolution.random(pooling.shape, 4, 2, key=K[1]), 0.5))
    average = AveragePooling(shapes.shape, (1, 3))
    row = Series(average, Flatten(average.shape))
    last = Series(row, Dense.random(row.shape[0], 5, key=K[2]))
    rnn = RNN(edges.shape, g=jax.nn.relu)
    return Chain(
        [
            Layer(drawn(rnn, K[3]), {"dendrite": edges}, name="edges"),
            Layer(ReLU(shapes.shape), {"dendrite": shapes}, name="shapes"),
            Layer(drawn(Readout(5), K[4]), {"dendrite": last}, name="out"),
        ]
    )


def test_a_convolutional_chain(float64):
    chain = convolutional()
    read = from_chain(chain)
    assert read.network.neurons == ("edges_relu", "shapes_relu")
    assert any("Dropout does nothing" in note for note in read.notes)
    x = jr.normal(K[5], (4, 9, 8, 2))
    y = chain(chain.init((4,)), x)[1]
    np.testing.assert_allclose(run(read, x), y, rtol=1e-12, atol=1e-12)


def test_a_residual_chain(float64):
    chain = rv.chain(4, ReLU(4), Residual(rv.layer(4, ReLU(4), key=K[0])), Readout(2), key=K[1])
    x = jr.normal(K[2], (3, 4))
    y = chain(chain.init((3,)), x)[1]
    np.testing.assert_allclose(run(from_chain(chain), x), y, rtol=1e-12)


def test_rows_that_were_transposed_lose_the_detour(float64):
    """As `from_torch` makes them: the weights behind take over the order."""
    turned = Transpose((3, 2, 4), (2, 0, 1))
    parts = [turned, Flatten(turned.shape), Scale(jr.normal(K[0], (24,)))]
    parts += [Bias(jr.normal(K[1], (24,))), Dense.random(24, 3, key=K[2])]
    layer = Layer(ReLU(3), {"dendrite": Series(*parts)})
    read = from_chain(layer)
    assert not any(isinstance(node, Transpose) for node in read.network.nodes.values())
    x = jr.normal(K[3], (5, 3, 2, 4))
    y = layer(layer.init((5,)), x)[1]
    np.testing.assert_allclose(run(read, x), y, rtol=1e-12, atol=1e-12)


REFUSED = {
    "a spiking neuron": (
        lambda: rv.layer(3, rv.LIF(2), key=K[0]),
        r"'layer' \(LIF\): expected RNN",
    ),
    "another function": (lambda: rv.layer(3, RNN(2), key=K[0]), r"\(RNN\): expected RNN\(g=jax"),
    "a loop": (lambda: rv.chain(3, rv.recurrent(ReLU(2)), key=K[0]).layers[0], "is recurrent"),
    "another join": (
        lambda: Residual(rv.layer(3, ReLU(3), key=K[0]), "iand"),
        "a Residual joins by 'iand'",
    ),
    "a synapse without weights to fold": (
        lambda: Layer(ReLU(3), {"dendrite": BatchMaximum(3)}),
        "has a BatchMaximum, expected AveragePooling",
    ),
}


@pytest.mark.parametrize(("cell", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(cell, words):
    with pytest.raises(ValueError, match=words):
        from_chain(Chain([cell()]))


def test_a_lone_readout_is_its_synapse():
    read = from_chain(rv.chain(3, Readout(2), key=K[0]))
    assert list(read.network.nodes) == ["layer 1"]
    assert jnp.shape(read.network.nodes["layer 1"].weight) == (2, 3)
