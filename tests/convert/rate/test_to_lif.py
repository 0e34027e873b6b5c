"""Leaky neurons fire at the rates that their smoothed units stand for."""

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.convert.rate import certify, shift_biases, to_lif
from ranvier.nets import Graph
from ranvier.neurons import Driven, ReLU, SoftLIF
from ranvier.synapses import Bias, Scale
from tests.convert.relu.networks import Drawn, line, logits_of, perceptron, samples


def one_layer(step_ms):
    drives = jnp.linspace(1.1, 8.0, 40)
    graph = line(
        ("w", Scale(drives)),
        ("unit", SoftLIF(40, smoothing=1e-4, amplitude_s=0.005)),
        ("out", Scale(jnp.ones(40))),
    )
    return graph, to_lif(graph, time_step_ms=step_ms)


@pytest.mark.parametrize("step_ms, worst", [(2.0, 0.06), (1.0, 0.02), (0.5, 0.01)])
def test_rates_are_those_of_the_exact_neuron_whatever_the_step(step_ms, worst):
    """Rounding every interval up to steps of 1 ms would miss 5 per cent at these currents."""
    graph, rates = one_layer(step_ms)
    u = jnp.ones((1, 40))
    steps, settled = round(2000 / step_ms), round(200 / step_ms)
    ys = rates.logits(u, steps)[:, 0] * jnp.arange(1, steps + 1)[:, None]
    found = (ys[-1] - ys[settled]) / (steps - 1 - settled)
    wanted = logits_of(graph, np.ones((1, 40)))[0]
    # A count over 1.8 s misses up to one spike.
    np.testing.assert_allclose(found, wanted, rtol=worst, atol=0.005 / 1.8)


def deep(seed=0):
    graph = perceptron(seed, (10, 40, 40, 5))
    nodes = {}
    for name, node in graph.nodes.items():
        if isinstance(node, ReLU):
            node = SoftLIF(node.shape, amplitude_s=0.01)
        elif isinstance(node, Bias):
            node = Bias(node.bias + 1.0, node.shape)
        nodes[name] = node
    return Graph(nodes, graph.edges)


def test_a_deep_network_answers_as_its_source():
    graph = deep()
    u = samples(graph, count=30)
    rates = to_lif(graph)
    assert isinstance(rates.graph.nodes["relu 0"], Driven)
    found = certify(rates, u, steps=400)
    assert found.agreement > 0.9
    assert found.logit_error < 0.05 * np.ptp(logits_of(graph, u))
    assert all(layer.identity is None and layer.error < 0.01 for layer in found.layers)
    early = certify(rates, u, steps=40)
    assert early.logit_error > 2 * found.logit_error


def test_the_first_steps_can_be_left_out_of_the_answer():
    graph = deep()
    u = samples(graph, count=30)
    rates = to_lif(graph)
    early, settled = (certify(rates, u, steps=60, settle=settle) for settle in (0, 20))
    sums = np.asarray(rates.logits(u, 60)) * np.arange(1, 61).reshape(-1, 1, 1)
    source = logits_of(graph, u)
    for found, answer in ((early, sums[-1] / 60), (settled, (sums[-1] - sums[19]) / 40)):
        np.testing.assert_allclose(found.logit_error, np.abs(answer - source).mean(), rtol=1e-4)
    assert settled.agreeing[:20] == early.agreeing[:20]
    with pytest.raises(ValueError, match="settle is 60, expected at least 0 and below 60"):
        certify(rates, u, steps=60, settle=60)


def test_leaky_neurons_are_not_shifted_as_if_they_added_up():
    rates = to_lif(deep())
    with pytest.raises(ValueError, match="'relu 0' is a Driven; expected IF or SignedIF"):
        shift_biases(rates, samples(rates.source), steps=4)


def test_its_activities_are_those_of_the_smoothed_units():
    graph = deep(1)
    u = jnp.asarray(samples(graph, count=4))
    _, states, _ = graph.history(graph.init((4,)), u[None])
    found = to_lif(graph).activities(u)
    for name in ("relu 0", "relu 1"):
        np.testing.assert_allclose(found[name], states[name].y[0], rtol=1e-5, atol=1e-6)


def test_what_has_no_rate_to_fire_at_is_refused():
    d = Drawn(0)
    with pytest.raises(ValueError, match="has no SoftLIF"):
        to_lif(perceptron())
    mixed = line(
        ("one", d.dense(4, 3)), ("soft", SoftLIF(4)), ("two", d.dense(4, 4)), ("relu", ReLU(4))
    )
    with pytest.raises(ValueError, match="'relu' is a plain rectified unit"):
        to_lif(mixed)
    many = line(("one", d.dense(4, 3)), ("soft", SoftLIF(4, refractory_ms=jnp.arange(1.0, 5.0))))
    with pytest.raises(ValueError, match="'soft' has refractory periods of 1 to 4 ms"):
        to_lif(many)
    with pytest.raises(ValueError, match=r"period_ms is 4.0, expected 0 or a whole number"):
        to_lif(deep(), time_step_ms=0.7)
