"""The certificate against loops, the counter of the metrics room, and the graphs themselves."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.convert.rate import Percentile, certify, reached, to_rates
from ranvier.metrics import operations_per_example
from ranvier.nets import observe
from ranvier.nets.ttfs import Way
from ranvier.neurons import ReLU
from ranvier.synapses import AveragePooling, Convolution, Dense, Flatten, Scale, matrix_of
from tests.convert.relu.networks import NETWORKS, Drawn, line, logits_of, perceptron, samples

pytestmark = pytest.mark.usefixtures("float64")
LARGEST = Percentile(100.0)


@pytest.fixture(scope="module")
def certified():
    with jax.enable_x64(True):
        graph = NETWORKS["convolutional"](seed=4)
        u = samples(graph, count=8)
        labels = np.arange(8) % 10
        rates = to_rates(graph, u, normalisation=Percentile(98.0))
        found = certify(rates, u, steps=30, labels=labels, batch=4)
        return graph, u, labels, rates, found


def test_answers_are_those_of_both_networks(certified):
    graph, u, labels, rates, found = certified
    spiking, source = np.asarray(rates.logits(u, 30)), logits_of(graph, u)
    same = spiking.argmax(-1) == source.argmax(-1)
    assert found.agreeing == tuple(same.sum(1)) and found.agreement == same[-1].mean()
    assert found.right == tuple((spiking.argmax(-1) == labels).sum(1))
    assert found.source_right == (source.argmax(-1) == labels).sum()
    np.testing.assert_allclose(found.logit_error, np.abs(spiking[-1] - source).mean(), rtol=1e-9)
    assert [one.sample for one in found.differing] == np.flatnonzero(~same[-1]).tolist()


def test_layers_are_told_as_they_are(certified):
    _, u, _, rates, found = certified
    xs = rates.encode(u, 30)
    _, states, _ = rates.graph.history(rates.graph.init((8,)), xs)
    wanted = rates.activities(u)
    for layer in found.layers:
        y = np.asarray(states[layer.name].y)
        activity = np.asarray(wanted[layer.name]) / layer.scale
        missed = np.abs(y.mean(0) - activity)
        assert layer.spikes == y.sum() and layer.neurons == y[0, 0].size
        np.testing.assert_allclose(
            [layer.error, layer.largest_error, layer.clipped],
            [missed.mean(), missed.max(), (activity > 1).mean()],
            rtol=1e-9,
        )
        assert 0 < layer.clipped < 0.05
        assert layer.identity < 1e-13
    total = sum(layer.spikes for layer in found.layers)
    assert found.spikes_per_neuron == total / 8 / found.neurons


def test_the_identity_fails_where_the_reset_loses_charge():
    graph = perceptron(seed=3)
    found = certify(to_rates(graph, samples(graph), reset="zero"), samples(graph), steps=20)
    assert max(layer.identity for layer in found.layers) > 0.01


def test_gates_hand_on_what_passes_them_whatever_their_estimate():
    from ranvier.synapses import ExponentialAverage

    graph = NETWORKS["residual"](seed=4)
    u = samples(graph, count=4)
    found = certify(to_rates(graph, u, estimate=ExponentialAverage(5.0)), u, steps=20)
    assert all(layer.identity < 1e-13 for layer in found.layers)


@pytest.mark.parametrize("inputs", ["analogue", "poisson"])
def test_operations_are_those_that_the_metrics_count(inputs):
    """Without pools, and zeros among the weights; numbers count once instead of every step."""
    graph = perceptron(seed=5)
    weight = graph.nodes["dense 1"].weight.at[1::2, ::3].set(0.0)
    nodes = graph.nodes | {"dense 1": Dense(weight)}
    graph = type(graph)(nodes, graph.edges)
    u, steps = samples(graph, count=6), 11
    u[:, 3] = 0.0
    rates = to_rates(graph, u, inputs=inputs)
    key = jr.key(3)
    found = certify(rates, u, steps=steps, key=key).operations
    xs = rates.encode(u, steps, key=jr.fold_in(key, 0))
    counted = operations_per_example(observe(rates.graph, xs))
    assert found.accumulates == counted.effective_acs
    assert found.input_macs * steps == counted.effective_macs
    static = operations_per_example(observe(graph, jnp.asarray(u)[None]))
    assert found.source_macs == static.dense
    assert found.source_effective_macs == static.effective_macs + static.effective_acs
    assert (found.input_macs == 0) == (inputs == "poisson")


@pytest.mark.parametrize("name", ["convolutional", "residual"])
def test_products_of_the_source_are_those_behind_its_pools(name):
    graph = NETWORKS[name](seed=5)
    u = samples(graph, count=6)
    u[:, 2] = 0.0
    found = certify(to_rates(graph, u), u, steps=1).operations
    static = operations_per_example(observe(graph, jnp.asarray(u)[None]))
    assert found.source_macs == static.dense
    # What normalisation moves away from zero in the graph is a bias in the normal form.
    assert found.source_effective_macs <= static.effective_macs + static.effective_acs


def test_events_pass_pools_to_every_weight_that_is_there():
    """Through the product of their matrices, of which no entry counts more than its ways."""
    d = Drawn(0)
    convolution = d.convolution((6, 6, 2), 3, padding=1)
    weight = convolution.weight.at[0, 1].set(0.0)
    convolution = Convolution(weight, (6, 6), padding=1)
    pool = AveragePooling((6, 6, 3), 2)
    dense = d.dense(4, 27)
    events = np.random.default_rng(0).integers(0, 5, (6, 6, 2)).astype(float)
    kernel = (matrix_of(convolution) != 0).astype(float)
    assert reached([Way("x", (convolution,))], {"x": events}) == (kernel @ events.ravel()).sum()
    through = (matrix_of(pool) != 0).astype(float)
    sent = np.random.default_rng(1).integers(0, 5, (6, 6, 3)).astype(float)
    wanted = 4 * (through @ sent.ravel()).sum()
    assert reached([Way("x", (pool, Flatten(pool.shape), dense))], {"x": sent}) == wanted


def test_a_way_around_a_layer_costs_one_operation_per_spike():
    assert reached([Way("x", ()), Way("x", (Scale(jnp.ones(3)),))], {"x": np.arange(3.0)}) == 6


def test_it_is_told_in_words(certified):
    told = str(certified[-1])
    assert "of 8 samples get the same class after 30 steps" in told
    assert "'relu three': rates miss activities by" in told


def test_samples_and_labels_that_do_not_fit_are_refused():
    graph = perceptron()
    rates = to_rates(graph, samples(graph))
    with pytest.raises(ValueError, match=r"samples have shape \(20, 3\)"):
        certify(rates, samples(graph)[:, :3], steps=4)
    with pytest.raises(ValueError, match=r"labels have shape \(3,\), expected \(20,\)"):
        certify(rates, samples(graph), steps=4, labels=[1, 2, 3])


def test_a_network_that_differs_says_where_and_why():
    """One step is too few for eleven units that share one threshold's worth of charge."""
    d = Drawn(1)
    graph = line(("w", d.dense(11, 6)), ("relu", ReLU(11)), ("out", d.dense(5, 11)))
    u = samples(graph, count=60)
    found = certify(to_rates(graph, u, normalisation=Percentile(60.0)), u, steps=1)
    assert found.agreeing[0] == 60 - len(found.differing) < 60
    first = found.differing[0]
    source = logits_of(graph, u)[first.sample]
    assert source.argmax() == first.source != first.spiking
    np.testing.assert_allclose(first.margin, source[first.source] - source[first.spiking])
    assert "too few steps, or activities above the scale of 'relu'" in first.why
