"""e-prop against published regression values, and against autodiff with the same paths cut."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import e_prop, e_prop_backwards, losses, signals
from ranvier.learn.eligibility import separate
from ranvier.learn.rules import reckon_e_prop
from ranvier.nets import Chain, Layer
from ranvier.neurons import ALIF, LeakyIntegrator, Refractory, detach_resets
from ranvier.synapses import Dense

pytestmark = pytest.mark.usefixtures("float64")


def network(w_in, w_rec, w_out, decay_out, hidden):
    """Hidden layer and leaky readout, whose weights carry the readout's gain."""
    return Chain(
        (
            Layer(hidden, {"dendrite": Dense(w_in)}, {"dendrite": Dense(w_rec)}),
            Layer(LeakyIntegrator(len(w_out), decay=decay_out), {"dendrite": Dense(w_out)}),
        )
    )


def of_weights(gradients):
    hidden, readout = gradients.layers
    return (
        hidden.synapses["dendrite"].weight,
        hidden.recurrent["dendrite"].weight,
        readout.synapses["dendrite"].weight,
    )


def without_own(weight):
    return weight * (1 - jnp.eye(len(weight)))


def single(array):
    return np.asarray(array, np.float32).astype(np.float64)


def test_pattern_generation_takes_the_published_course():
    """The loss of the first five updates in NEST's and the authors' code, to rounding."""
    random = np.random.RandomState(1)
    w_in = single(random.randn(100, 100).T / 10)
    w_rec = single(random.randn(100, 100).T / 10) * (1 - np.eye(100))
    w_out = single(random.randn(100, 1).T / 10)
    feedback = single(random.randn(100, 1) / 10)
    x = (random.rand(1000, 100) < 0.05).astype(float)
    x[0] = 0
    amplitudes, phases = random.uniform(0.5, 2, 4), random.uniform(0, 2 * np.pi, 4)
    target = sum(
        a * np.sin(np.linspace(p, p + 2 * np.pi * (1000 // period), 1000))
        for a, p, period in zip(amplitudes, phases, (1000, 500, 333, 200), strict=True)
    )
    target = target - target[0]
    target = (target / np.abs(target).max())[:, None, None]

    decay = float(np.exp(-1 / 30))
    hidden = ALIF(
        100, tau_membrane_ms=30.0, threshold=0.03, beta=0.0, gain=1 - decay, tau_adaptation_ms=1.0
    )
    batch = Batch(jnp.asarray(x)[:, None], jnp.asarray(target), jnp.ones((1000, 1)))
    rule = e_prop_backwards(
        losses.squared_error,
        feedback=jr.key(0),
        draw=lambda key, shape: (1 - decay) * jnp.asarray(feedback.T),
        average=losses.per_sequence,
        activity=losses.rate_cost(150.0, 0.01),
    )

    @jax.jit
    def learn(w_in, w_rec, w_out):
        model = network(w_in, w_rec, (1 - decay) * w_out, decay, hidden)
        _, ys = rv.run(model, batch.x)
        _, gradients = rule(model, batch, None)
        by_in, by_rec, by_out = of_weights(gradients)
        return losses.squared_error(ys, batch.target).sum(), (
            w_in - 1e-4 * by_in,
            w_rec - 1e-4 * without_own(by_rec),
            w_out - 1e-4 * (1 - decay) * by_out,
        )

    weights, course = (jnp.asarray(w_in), jnp.asarray(w_rec), jnp.asarray(w_out)), []
    for _ in range(5):
        loss, weights = learn(*weights)
        course.append(float(loss))
    published = [101.964356999041, 103.466731126205, 103.340607074771]
    published += [103.680244037686, 104.412775748752]
    np.testing.assert_allclose(course, published, rtol=1e-12)


def trials(random, count):
    """Evidence accumulation as the authors draw it: spikes `[T, B, 40]` and labels."""
    p = np.array([np.float32(0.3), 1 - np.float32(0.3)])
    which = random.choice([0, 1], count)
    chances = np.zeros((count, 2250, 40))
    labels = []
    for trial, index in enumerate(which):
        cues = random.choice([0, 1], 7, p=[p[index], p[1 - index]])
        labels.append(int(cues.sum() > 3))
        for number, cue in enumerate(cues):
            start = number * 150 + 50
            chances[trial, start : start + 100, 10 * cue : 10 * cue + 10] = 0.04
    chances[:, -150:, 20:30] = 0.04
    chances[:, :, 30:] = 0.01
    spikes = (chances > random.rand(chances.size).reshape(chances.shape)).astype(float)
    spikes[:, 0] = 0
    return jnp.asarray(spikes.swapaxes(0, 1)), np.array(labels)


PUBLISHED = {
    1: [0.741152550006, 0.740388187700, 0.665785233177, 0.663644193322, 0.729428962844],
    2: [0.702163370672, 0.735555303152, 0.740354864111, 0.683882815282, 0.707841122268],
}


@pytest.mark.parametrize("count", PUBLISHED)
def test_evidence_accumulation_takes_the_published_course(count):
    """Adaptive neurons, refractory periods, Adam: the loss of five updates, to rounding."""
    random = np.random.RandomState(1)
    w_in = single(random.randn(40, 100).T / np.sqrt(40))
    w_rec = single(random.randn(100, 100).T / 10) * (1 - np.eye(100))
    bound = np.sqrt(3 / 51)
    w_out = single(random.uniform(-bound, bound, (100, 2)).T)
    feedback = single(random.randn(100, 2))

    decay, alpha, rho = (float(np.exp(-1 / tau)) for tau in (20, 20, 2000))
    beta = jnp.where(jnp.arange(100) < 50, 0.0, 1.7 * (1 - rho) / (1 - alpha))
    adaptive = ALIF(100, tau_membrane_ms=20.0, tau_adaptation_ms=2000.0, threshold=0.6, beta=beta)
    hidden = Refractory(adaptive, 5.0, held=())
    mask = jnp.zeros((2250, count)).at[-150:].set(1.0)
    rule = e_prop_backwards(
        losses.categorical,
        feedback=jr.key(0),
        draw=lambda key, shape: (1 - decay) * jnp.asarray(feedback.T),
        activity=losses.rate_cost(1.0, 0.01),
    )

    @jax.jit
    def gradient(weights, spikes, target):
        model = network(weights[0], weights[1], (1 - decay) * weights[2], decay, hidden)
        batch = Batch(spikes, target, mask)
        _, ys = rv.run(model, spikes)
        loss = (losses.categorical(ys, target) * mask).sum() / mask.sum()
        by_in, by_rec, by_out = of_weights(rule(model, batch, None)[1])
        return loss, [by_in, without_own(by_rec), (1 - decay) * by_out]

    weights = [jnp.asarray(w) for w in (w_in, w_rec, w_out)]
    moments = [(jnp.zeros_like(w), jnp.zeros_like(w)) for w in weights]
    course = []
    for turn in range(1, 6):
        spikes, labels = trials(random, count)
        target = jnp.broadcast_to(jnp.eye(2)[labels], (2250, count, 2))
        loss, gradients = gradient(weights, spikes, target)
        course.append(float(loss))
        size = 5e-3 * np.sqrt(1 - 0.999**turn) / (1 - 0.9**turn)
        moments = [
            (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2)
            for (m, v), g in zip(moments, gradients, strict=True)
        ]
        weights = [
            w - size * m / (jnp.sqrt(v) + 1e-8) for w, (m, v) in zip(weights, moments, strict=True)
        ]
    np.testing.assert_allclose(course, PUBLISHED[count], rtol=2e-12)


def flat(tree):
    return ravel_pytree(eqx.filter(tree, eqx.is_inexact_array))[0]


def small(hidden, key=0, answers=2):
    keys = jr.split(jr.key(key), 3)
    units = hidden.shape[0]
    return network(
        jr.normal(keys[0], (units, 3)),
        without_own(jr.normal(keys[1], (units, units))) / np.sqrt(units),
        jr.normal(keys[2], (answers, units)),
        0.8,
        hidden,
    )


def some(steps=50, examples=2, answers=2):
    keys = jr.split(jr.key(9), 2)
    return Batch(
        jr.bernoulli(keys[0], 0.3, (steps, examples, 3)).astype(float),
        jax.nn.softmax(jr.normal(keys[1], (steps, examples, answers))),
        jnp.ones((steps, examples)).at[: steps // 2].set(0.0),
    )


def lsnn(**settings):
    beta = jnp.where(jnp.arange(8) < 4, 0.0, 0.07)
    return ALIF(8, tau_adaptation_ms=500.0, threshold=0.62, beta=beta, **settings)


HIDDEN = {
    "leaky integrate-and-fire": lambda: rv.LIF(
        8, reset="subtract", reset_time="next_update", resistance=20.0
    ),
    "half of the units adaptive": lsnn,
    "adaptive and refractory": lambda: Refractory(lsnn(), 2.0, held=()),
    "SNU": lambda: rv.SNU(8),
    "soft": lambda: rv.SNU.soft(8),
}


@pytest.mark.parametrize("random", [False, True], ids=["symmetric", "random"])
@pytest.mark.parametrize("name", HIDDEN)
def test_traces_give_what_backpropagation_with_cut_paths_gives(name, random):
    model, batch = small(HIDDEN[name]()), some()
    signal = signals.direct(jr.key(4)) if random else signals.exact
    feedback = jr.key(4) if random else None
    forward = e_prop(losses.categorical, signal=signal)
    backward = e_prop_backwards(losses.categorical, feedback=feedback)
    (one, g), (two, h), (_, full) = eqx.filter_jit(
        lambda: [r(model, batch, None) for r in (forward, backward, rv.bptt(losses.categorical))]
    )()
    assert jax.tree.structure(g) == jax.tree.structure(h) == jax.tree.structure(full)
    assert float(one) == pytest.approx(float(two), rel=1e-13)
    scale = float(jnp.abs(flat(full)).max())
    np.testing.assert_allclose(flat(g), flat(h), rtol=0, atol=1e-12 * scale)
    # What e-prop drops is there: its gradient of the hidden weights is another one.
    hidden, whole = flat(g.layers[0]), flat(full.layers[0])
    cosine = float(hidden @ whole / jnp.linalg.norm(hidden) / jnp.linalg.norm(whole))
    assert cosine < 0.9999
    # The readout's is exact.
    np.testing.assert_allclose(flat(g.layers[1]), flat(full.layers[1]), rtol=0, atol=1e-12 * scale)


def test_the_factorisation_is_exact_with_the_true_derivative_of_the_spikes():
    """Traces times the total derivative by the spikes is backpropagation's gradient."""
    unit = Refractory(lsnn(), 2.0, held=())
    model, batch = small(unit), some()
    hidden, readout = model.layers

    def error(nudges):
        def step(carry, at):
            (state, out), x, nudge = carry[0], at[0], at[1]
            fed = state.y + carry[1]
            arriving = hidden.synapses["dendrite"](x) + hidden.recurrent["dendrite"](fed)
            # A spike more lowers the membrane at the next step; adaptation does not see it.
            state = unit.step(state, arriving - 0.62 * carry[1])
            out, y = readout(out, state.y + nudge)
            return ((state, out), nudge), y

        start = (model.init((2,)), jnp.zeros((2, 8)))
        _, ys = jax.lax.scan(step, start, (batch.x, nudges))
        return (losses.categorical(ys, batch.target) * batch.mask).sum() / batch.mask.sum()

    by_spike = jax.grad(error)(jnp.zeros((50, 2, 8)))
    assert float(jnp.abs(by_spike).max()) > 1e-3

    def worth(y, given):
        return (y * given).sum(-1)

    given = Batch(batch.x, by_spike, jnp.ones((50, 2)))
    traced = e_prop(worth, average=lambda mask: 1.0)(hidden, given, None)[1]
    full = rv.bptt(losses.categorical)(model, batch, None)[1].layers[0]
    for group in ("synapses", "recurrent"):
        one, two = (getattr(g, group)["dendrite"].weight for g in (traced, full))
        np.testing.assert_allclose(one, two, rtol=0, atol=1e-13 * float(jnp.abs(two).max()))


def test_models_that_do_not_fit_are_refused():
    batch = some()
    deep = rv.chain(3, rv.SNU(4), rv.SNU(4), rv.Readout(2), key=jr.key(0))
    with pytest.raises(TypeError, match=r"one hidden layer and a readout.*got a Chain of 3"):
        e_prop_backwards(losses.categorical)(deep, batch, None)
    uneven = rv.chain(3, rv.SNU(4), LeakyIntegrator(2, decay=jnp.array([0.5, 0.6])), key=jr.key(0))
    with pytest.raises(TypeError, match=r"readout has decays of shape \(2,\)"):
        e_prop(losses.categorical)(uneven, batch, None)


def test_traces_kept_apart_are_those_per_weight_where_units_decay_alike():
    """Leaky integrate-and-fire units: equal. With adaptation, which is dropped: near, not equal."""
    plain = small(HIDDEN["leaky integrate-and-fire"]())
    adaptive = small(lsnn())
    for model, same in ((plain, True), (adaptive, False)):
        batch = some()
        one, two = (
            eqx.filter_jit(rule(losses.categorical))(model, batch, None)[1].layers[0]
            for rule in (reckon_e_prop, without_filter)
        )
        one, two = (g.synapses["dendrite"].weight for g in (one, two))
        gap = float(jnp.linalg.norm(one - two) / jnp.linalg.norm(two))
        assert gap < 1e-13 if same else 1e-4 < gap < 0.9


def without_filter(loss):
    """e-prop's traces without the readout's filter."""
    rule = rv.online(loss)
    return lambda model, batch, key: rule(detach_resets(model), batch, key)


def test_the_memory_of_traces_kept_apart_is_that_of_the_units():
    layer = rv.layer(7, rv.recurrent(rv.LIF(5)), key=jr.key(0))
    traces = separate().init(layer, (3,))
    assert [leaf.shape for leaf in jax.tree.leaves(traces)] == [(3, 7), (3, 5)]
