"""SuperSpike against backpropagation with constant resets, and against its own equation."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import e_prop, local, losses, signals
from ranvier.learn.rules import super_spike
from ranvier.nets import Chain, Layer, spike_filter
from ranvier.neurons import (
    CurrentLIF,
    ExponentialKernel,
    Refractory,
    detach_resets,
    surrogates,
)
from ranvier.synapses import (
    NMDA,
    Alpha,
    Conductance,
    Dense,
    DoubleExponential,
    Exponential,
    OneToOne,
    Silent,
)
from tests.learn.test_rules import cosine, flat

pytestmark = pytest.mark.usefixtures("float64")
STEPS, EXAMPLES, INPUTS = 150, 2, 20
SQUARED = losses.squared_error


def unit(units, reset="subtract"):
    return CurrentLIF(
        units,
        tau_membrane_ms=10.0,
        excitatory=ExponentialKernel(5.0),
        reset=reset,
        h=surrogates.fast_sigmoid(10.0),
    )


def layer(width, neuron, key, size=0.6):
    units = neuron.shape[0]
    ports = {
        "excitatory": Dense(size * jr.normal(key, (units, width))),
        "inhibitory": Silent(width, units),
    }
    return Layer(neuron, ports)


def smooth(units, kinetics=None):
    return spike_filter(units, kinetics or DoubleExponential(5.0, 10.0))


def single(neuron=None, kinetics=None):
    neuron = neuron or unit(2)
    return Chain((layer(INPUTS, neuron, jr.key(0)), smooth(neuron.shape[0], kinetics)))


def deep(answers=2, hidden=8, seed=0):
    keys = jr.split(jr.key(seed), 2)
    above = layer(hidden, unit(answers), keys[1])
    return Chain((layer(INPUTS, unit(hidden), keys[0]), above, smooth(answers)))


def spikes(key, width, chance):
    return jr.bernoulli(jr.key(key), chance, (STEPS, EXAMPLES, width)).astype(float)


def batch(model):
    """Random inputs, and random spikes as the target, behind the model's own filter."""
    last = model.layers[-1]
    _, target = rv.run(last, spikes(2, last.in_size, 0.03))
    return Batch(spikes(1, INPUTS, 0.1), target, jnp.ones((STEPS, EXAMPLES)))


def found(*rules_and_models):
    """The gradient of each rule of its model, on the same batch."""
    data = batch(rules_and_models[0][1])
    return eqx.filter_jit(
        lambda: [rule(model, data, None)[1] for rule, model in rules_and_models]
    )()


def apart(one, two):
    one, two = flat(one), flat(two)
    return float(jnp.linalg.norm(one - two) / jnp.linalg.norm(two))


def weight(gradients, number):
    return gradients.layers[number].synapses["excitatory"].weight


KINDS = {
    "resets subtract": lambda: single(),
    "resets set": lambda: single(unit(2, "set")),
    "refractory": lambda: single(Refractory(unit(2), 5.0, held=())),
    "leaky integrate-and-fire": lambda: Chain(
        (rv.layer(INPUTS, rv.LIF(2, resistance=60.0), key=jr.key(0)), smooth(2))
    ),
    "filtered by an alpha function": lambda: single(kinetics=Alpha(5.0)),
    "filtered by one exponential": lambda: single(kinetics=Exponential(10.0)),
}


@pytest.mark.parametrize("name", KINDS)
def test_for_one_layer_it_is_backpropagation_with_constant_resets(name):
    model = KINDS[name]()
    assert float(rv.run(model.layers[0], batch(model).x)[1].sum()) > 5
    exact, own, without = found(
        (rv.bptt(SQUARED), model), (super_spike(), model), (rv.bptt(SQUARED), detach_resets(model))
    )
    assert jax.tree.structure(own) == jax.tree.structure(exact)
    assert apart(own, without) < 1e-12
    # What passes through resets is there, and dropped.
    assert apart(own, exact) > 1e-2


def test_it_is_its_equation():
    """The three convolutions, one after another, over all of time."""
    model, data = single(unit(1)), batch(single(unit(1)))
    # What one spike of weight one does to the membrane, below the threshold.
    bare = Layer(unit(1), {"excitatory": OneToOne(1), "inhibitory": Silent(1, 1)})
    (course,) = rv.record(bare, jnp.zeros((STEPS, 1)).at[0].set(1.0))
    assert not course.y.any()
    epsilon = np.asarray(course.v)[:, 0]
    # The kernel: a peak of one, at 10 ln 2 after the spike.
    t = np.arange(STEPS)
    alpha = 4 * (np.exp(-t / 10) - np.exp(-t / 5))

    (states,) = rv.record(model.layers[0], data.x)
    fired = np.asarray(states.y)[..., 0]
    before_reset = np.asarray(states.v)[..., 0] + fired
    slope = (1 + 10 * np.abs(before_reset - 1)) ** -2
    target = np.asarray(data.target)[..., 0]
    expected = np.zeros(INPUTS)
    for example in range(EXAMPLES):
        error = np.convolve(alpha, fired[:, example])[:STEPS] - target[:, example]
        for j in range(INPUTS):
            moved = np.convolve(epsilon, np.asarray(data.x)[:, example, j])[:STEPS]
            trace = np.convolve(alpha, slope[:, example] * moved)[:STEPS]
            expected[j] += (error * trace).sum() / (STEPS * EXAMPLES)
    (own,) = found((super_spike(), model))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(weight(own, 0)[0], expected, rtol=0, atol=1e-12 * scale)


def test_a_linear_readout_under_the_filter_leaves_e_prop_exact():
    """Hidden spikes, a dense readout, the filter: no time is lost on the way."""
    hidden = layer(INPUTS, unit(6), jr.key(0))
    model = Chain((hidden, rv.layer(6, rv.Readout(2), key=jr.key(1)), smooth(2)))
    exact, *others = found(
        (rv.bptt(SQUARED), detach_resets(model)), (e_prop(SQUARED), model), (super_spike(), model)
    )
    for other in others:
        assert apart(other, exact) < 1e-12


def test_symmetric_feedback_leaves_out_the_slopes_above():
    model = deep()
    exact, own, by_slopes = found(
        (rv.bptt(SQUARED), detach_resets(model)), (super_spike(), model), (e_prop(SQUARED), model)
    )
    assert apart(own.layers[1], exact.layers[1]) < 1e-12
    assert apart(own.layers[0], by_slopes.layers[0]) > 0.1
    # It is direct feedback through the weights above.
    above = model.layers[1].synapses["excitatory"].weight
    direct = signals.direct(jr.key(0), lambda key, shape: above)
    assert apart(found((super_spike(signal=direct), model))[0], own) < 1e-14


def test_symmetric_feedback_mostly_points_where_the_gradient_does():
    models = [deep(answers=1, seed=seed) for seed in range(8)]
    data = batch(models[0])

    @eqx.filter_jit
    def hidden(model):
        pairs = (rv.bptt(SQUARED), detach_resets(model)), (super_spike(), model)
        return [flat(rule(one, data, None)[1].layers[0]) for rule, one in pairs]

    cosines = [cosine(*hidden(model)) for model in models]
    assert np.median(cosines) > 0.7 and max(cosines) < 0.99999


def test_hidden_weights_learn_alone():
    """The output's weights stand still: what is learned came back along them."""
    model = deep(answers=1, hidden=20)
    data = Batch(*(array[:, :1] for array in batch(model)))
    rule, optimiser = super_spike(average=losses.per_sequence), optax.adamax(0.02, b1=0.0, b2=0.99)
    parameters, static = eqx.partition(model, eqx.is_inexact_array)

    def update(carry, _):
        parameters, state = carry
        distance, gradients = rule(eqx.combine(parameters, static), data, None)
        gradients = eqx.tree_at(lambda g: weight(g, 1), gradients, replace_fn=jnp.zeros_like)
        change, state = optimiser.update(gradients, state)
        return (eqx.apply_updates(parameters, change), state), distance

    start = (parameters, optimiser.init(parameters))
    (learned, _), course = eqx.filter_jit(lambda: jax.lax.scan(update, start, length=100))()
    assert (weight(learned, 1) == weight(parameters, 1)).all()
    assert float(course[-20:].mean()) < 0.5 * float(course[0])


def test_random_and_uniform_feedback_are_what_they_say():
    model = deep(answers=1)
    drawn, ones = (
        found((super_spike(signal=signals.direct(jr.key(3), draw)), model))[0]
        for draw in (signals.gaussian, signals.all_ones)
    )
    feedback = signals.feedback_matrix(jr.key(3), 0, (1, 8), signals.gaussian)
    # Each unit hears the one error, times a number of its own.
    np.testing.assert_allclose(weight(drawn, 0), feedback.T * weight(ones, 0), rtol=1e-10)
    assert apart(drawn.layers[1], ones.layers[1]) < 1e-14


def test_symmetric_feedback_of_deep_networks_is_the_product_of_weights():
    sizes, keys = (4, 5, 3, 2), jr.split(jr.key(0), 3)
    parts = [rv.layer(a, rv.RNN(b), key=k) for a, b, k in zip(sizes, sizes[1:], keys, strict=False)]
    chain, x = Chain(parts), jr.normal(jr.key(1), (6, 4))
    now = signals.Instant(
        chain, chain.init((6,)), x, x, lambda y: (y**3).sum(), jnp.ones(6), [None] * 3
    )
    _, (first, second, last) = signals.symmetric(now)
    one, two = (part.synapses["dendrite"].weight for part in parts[1:])
    np.testing.assert_allclose(last, 3 * rv.run(chain, x[None])[1][0] ** 2, rtol=1e-12)
    np.testing.assert_allclose(second, last @ two, rtol=1e-12)
    np.testing.assert_allclose(first, last @ two @ one, rtol=1e-12)


def test_what_is_masked_teaches_nothing():
    model = single()
    data = batch(model)
    mask = data.mask.at[50:].set(0.0)
    hidden = Batch(data.x, data.target.at[50:].set(jnp.nan), mask)
    short = Batch(*(array[:50] for array in data))
    pair = eqx.filter_jit(lambda: [super_spike()(model, d, None) for d in (hidden, short)])()
    assert float(pair[0][0]) == pytest.approx(float(pair[1][0]), rel=1e-13)
    assert apart(pair[0][1], pair[1][1]) < 1e-13


def test_networks_that_do_not_fit_are_refused():
    data = batch(single())
    readout = rv.chain(INPUTS, unit(2), rv.Readout(2), key=jr.key(0))
    words = r"super_spike: the last layer is a Readout, .*End the network with .*spike_filter"
    with pytest.raises(TypeError, match=words):
        super_spike()(readout, data, None)
    with pytest.raises(TypeError, match="super_spike: the last layer is a CurrentLIF"):
        super_spike()(single().layers[0], data, None)
    uneven = single(kinetics=Exponential(jnp.array([5.0, 10.0])))
    with pytest.raises(TypeError, match=r"constants of Exponential have shape \(2,\)"):
        super_spike()(uneven, data, None)
    with pytest.raises(TypeError, match="NMDA, which reads a membrane potential"):
        local(low_pass=NMDA(DoubleExponential(2.0, 100.0)))
    with pytest.raises(TypeError, match="reads a membrane potential"):
        local(low_pass=Conductance(Exponential(2.0), reversal_mV=0.0))
    past = rv.online(SQUARED, signal=signals.past_filter(signals.exact))
    with pytest.raises(TypeError, match="the last of 2 layers, layer 2, is to be reached one to"):
        past(readout, data, None)


def test_the_published_optimiser_is_one_of_optax():
    """RMaxProp divides by the root of a decaying maximum of squared gradients."""
    forget, rate = 0.9, 0.01
    optimiser = optax.adamax(rate, b1=0.0, b2=forget**0.5)
    gradients = jr.normal(jr.key(0), (20, 3))
    state, largest = optimiser.init(gradients[0]), jnp.zeros(3)
    for gradient in gradients:
        change, state = optimiser.update(gradient, state)
        largest = jnp.maximum(forget * largest, gradient**2)
        np.testing.assert_allclose(change, -rate * gradient / jnp.sqrt(largest), rtol=1e-6)


@pytest.mark.parametrize("shift", [0, 1, 7, 40])
def test_behind_the_filter_the_squared_error_is_the_distance_of_van_rossum(shift):
    """Of one spike and the same one later, closed form for an exponential kernel."""
    trains = jnp.zeros((2000, 2)).at[10, 0].set(1.0).at[10 + shift, 1].set(1.0)
    filtered = rv.run(smooth(2, Exponential(20.0)), trains)[1]
    distance = SQUARED(filtered[:, :1], filtered[:, 1:]).sum()
    expected = (1 - np.exp(-shift / 20)) / (1 - np.exp(-2 / 20))
    assert float(distance) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_in_a_filter_of_spikes_nothing_learns():
    assert not flat(smooth(3)).size
    assert isinstance(smooth(3).synapses["dendrite"], OneToOne)
