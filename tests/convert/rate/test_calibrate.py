"""Corrections make rates better on samples that they were not measured on."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.convert.rate import (
    Percentile,
    certify,
    offset_shift,
    shift_biases,
    shift_potentials,
    to_rates,
)
from ranvier.neurons import ReLU
from tests.convert.rate.test_to_rates import quantised
from tests.convert.relu.networks import Drawn, line, logits_of, perceptron, samples

pytestmark = pytest.mark.usefixtures("float64")
STEPS = 8


@functools.cache
def deep():
    with jax.enable_x64(True):
        graph = perceptron(seed=1, sizes=(20, 60, 60, 60, 60, 8))
        u = samples(graph, count=150, seed=2)
        rates = to_rates(graph, u[:100], start=0.0, normalisation=Percentile(100.0))
        return graph, u, rates, certify(rates, u[100:], steps=STEPS)


@pytest.mark.parametrize("shift", [shift_biases, shift_potentials])
def test_a_shift_undoes_what_few_steps_take_from_all_samples(shift):
    """From a start at zero every rate is too low; the last layer's the most."""
    _, u, rates, before = deep()
    after = certify(shift(rates, u[:100], steps=STEPS), u[100:], steps=STEPS)
    assert after.logit_error < 0.5 * before.logit_error
    assert after.layers[-1].error < 0.75 * before.layers[-1].error


def test_after_the_shift_of_biases_the_mean_rates_are_right():
    """Of one layer that neither clips nor rectifies: the shift moves every rate by its size."""
    d = Drawn(0)
    dense = d.dense(5, 4)
    positive = eqx.tree_at(lambda s: s.weight, dense, jnp.abs(dense.weight))
    graph = line(("w", positive), ("relu", ReLU(5)), ("out", d.dense(3, 5)))
    u = samples(graph, count=400, low=0.2, high=0.8)
    rates = to_rates(graph, u, start=0.0, normalisation=Percentile(100.0))

    def bias(rates):
        ys = rates.graph.history(rates.graph.init((400,)), rates.encode(u, STEPS))[1]["relu"].y
        return np.asarray((rates.activities(u)["relu"] / rates.scales["relu"] - ys.mean(0)).mean(0))

    # Rounding down costs half a spike on average.
    np.testing.assert_allclose(bias(rates), 0.5 / STEPS, rtol=0.1)
    for shift in (shift_biases, shift_potentials):
        assert np.abs(bias(shift(rates, u, steps=STEPS))).max() < 0.05 / STEPS


def test_offset_spikes_are_taken_out():
    """Each neuron then sends what its own mean current asks for; few are left that do not."""
    graph = quantised(2, STEPS, (12, 40, 40, 40, 5))
    u = samples(graph, count=50)
    rates = to_rates(graph, u)
    xs = rates.encode(u, STEPS)
    wrong = {}
    for rounds in (0, 1, 2):
        state = rates.graph.init((50,)) if not rounds else offset_shift(rates, xs, rounds=rounds)
        last, states, _ = rates.graph.history(state, xs)
        missed = []
        for name in rates.form.units:
            sent = states[name].y.sum(0)
            charge = sent + last[name].v - state[name].v
            wanted = jnp.clip(jnp.floor(charge + 0.5), 0, STEPS)
            missed.append(float((sent != wanted).mean()))
        assert missed[0] == 0  # currents that stay arrive evenly
        wrong[rounds] = missed[-1]
    assert wrong[0] > 0.05
    assert wrong[2] <= wrong[1] < 0.1 * wrong[0]


def test_the_shifted_network_is_nearer_to_its_quantised_source():
    graph = quantised(2, STEPS, (12, 40, 40, 40, 5))
    u = samples(graph, count=80)
    rates = to_rates(graph, u)
    plain = certify(rates, u, steps=STEPS)
    shifted = certify(rates, u, steps=STEPS, start=eqx.Partial(offset_shift, rates))
    assert shifted.logit_error < 0.7 * plain.logit_error
    assert shifted.logit_error < 0.2 * np.ptp(logits_of(graph, u))


def test_what_cannot_be_shifted_is_refused():
    graph = perceptron()
    rates = to_rates(graph, samples(graph), reset="zero")
    xs = rates.encode(samples(graph), 4)
    with pytest.raises(ValueError, match="'relu 0' resets to zero"):
        offset_shift(rates, xs)
    with pytest.raises(ValueError, match="rounds is 0, expected at least 1"):
        offset_shift(rates, xs, rounds=0)
