"""Gated units against an independent implementation, and their counts of parameters."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import parameter_count

STEPS, EXAMPLES, WIDTH, UNITS = 9, 3, 4, 5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(layer, xs):
    W = {port: np.asarray(s.weight) for port, s in layer.synapses.items()}
    H = {port: np.asarray(s.weight) for port, s in layer.recurrent.items()}
    b = {port: np.asarray(getattr(layer.neuron, f"bias_{port}")) for port in layer.neuron.ports}
    c, y, outputs = np.zeros((EXAMPLES, UNITS)), np.zeros((EXAMPLES, UNITS)), []
    for x in xs:
        gate = {p: x @ W[p].T + (y @ H[p].T if H else 0) + b[p] for p in W}
        c = sigmoid(gate["forget"]) * c + sigmoid(gate["input"]) * np.tanh(gate["cell"])
        y = sigmoid(gate["output"]) * np.tanh(c)
        outputs.append(y)
    return np.stack(outputs)


def gru(layer, xs):
    W = {port: np.asarray(s.weight) for port, s in layer.synapses.items()}
    H = {port: np.asarray(s.weight) for port, s in layer.recurrent.items()}
    unit, y, outputs = layer.neuron, np.zeros((EXAMPLES, UNITS)), []

    def back(port):
        return y @ H[port].T if H else 0

    for x in xs:
        r = sigmoid(x @ W["reset"].T + back("reset") + np.asarray(unit.bias_reset))
        z = sigmoid(x @ W["update"].T + back("update") + np.asarray(unit.bias_update))
        inner = x @ W["candidate"].T + r * back("memory") + np.asarray(unit.bias_candidate)
        y = z * y + (1 - z) * np.tanh(inner)
        outputs.append(y)
    return np.stack(outputs)


def rnn(layer, xs):
    W, b = np.asarray(layer.synapses["dendrite"].weight), np.asarray(layer.neuron.bias)
    H = layer.recurrent and np.asarray(layer.recurrent["dendrite"].weight)
    y, outputs = np.zeros((EXAMPLES, UNITS)), []
    for x in xs:
        y = np.tanh(x @ W.T + (y @ H.T if len(H) else 0) + b)
        outputs.append(y)
    return np.stack(outputs)


@pytest.mark.parametrize("feedback", [True, False])
@pytest.mark.parametrize(
    ("kind", "reference"),
    [(rv.LSTM, lstm), (rv.GRU, gru), (rv.RNN, rnn)],
    ids=["lstm", "gru", "rnn"],
)
def test_against_numpy(kind, reference, feedback, float64):
    unit = rv.recurrent(kind(UNITS)) if feedback else kind(UNITS)
    layer = rv.layer(WIDTH, unit, key=jr.key(0))
    leaves, tree = jax.tree.flatten(layer)
    keys = jr.split(jr.key(1), len(leaves))
    # Biases too are drawn, or a swapped pair would go unseen.
    layer = jax.tree.unflatten(
        tree, [jr.normal(k, leaf.shape) * 0.7 for k, leaf in zip(keys, leaves, strict=True)]
    )
    xs = jr.normal(jr.key(2), (STEPS, EXAMPLES, WIDTH))
    _, ys = jax.jit(lambda xs: rv.run(layer, xs))(xs)
    expected = reference(layer, np.asarray(xs))
    np.testing.assert_allclose(ys, expected, rtol=1e-12, atol=1e-13)


def test_the_forget_bias():
    assert (rv.LSTM(3).bias_forget == 1).all()
    assert (rv.LSTM(3, forget_bias=-2).bias_forget == -2).all()


READOUT = 13_288


@pytest.mark.parametrize(
    ("unit", "count"),
    [
        (lambda: rv.SNU(150), 13_350),
        (lambda: rv.SNU.soft(150), 13_350),
        (lambda: rv.recurrent(rv.SNU(150)), 35_850),
        (lambda: rv.recurrent(rv.SNU(150, decay=jnp.full(150, 0.8))), 36_000),
        (lambda: rv.recurrent(rv.RNN(150)), 35_850),
        (lambda: rv.recurrent(rv.GRU(150)), 107_550),
        (lambda: rv.recurrent(rv.LSTM(150)), 143_400),
    ],
    ids=["SNU", "sSNU", "recurrent SNU", "learned decay", "RNN", "GRU", "LSTM"],
)
def test_published_counts_of_parameters(unit, count):
    model = rv.chain(88, unit(), rv.Readout(88), key=jr.key(0))
    hidden, readout = (parameter_count(layer) for layer in model.layers)
    assert (hidden, readout) == (count, READOUT)
    assert parameter_count(model) == count + READOUT
