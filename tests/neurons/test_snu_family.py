"""The variants of the Spiking Neural Unit: their equations as plain loops, and their limits.

Layers with weights onto every port are held against the published sums written out in NumPy, so
that a current on the wrong port, or a step too late, shows.
"""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import Layer, parameter_count
from ranvier.neurons import (
    SNU,
    AdaptiveSNU,
    AxoAxonicSNU,
    AxoSomaticSNU,
    LateralInhibitionSNU,
    LearnedDecay,
)
from ranvier.synapses import BatchMaximum, Dense, LayerMaximum

STEPS, EXAMPLES, WIDTH, UNITS = 40, 3, 4, 5
FAMILY = [SNU, AdaptiveSNU, AxoSomaticSNU, AxoAxonicSNU, LateralInhibitionSNU]
VARIANTS = FAMILY[1:]
every_variant = pytest.mark.parametrize("kind", VARIANTS)
soft_or_not = pytest.mark.parametrize("soft", [False, True], ids=["spiking", "soft"])


@pytest.fixture(scope="module", autouse=True)
def double():
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


def inputs(seed=1, shape=(STEPS, EXAMPLES, WIDTH)):
    return jnp.asarray(np.random.default_rng(seed).uniform(-0.5, 1.5, shape))


@eqx.filter_jit
def states(layer, xs):
    (found,) = rv.record(layer, xs)
    return found


@eqx.filter_jit
def alone(unit, *currents):
    """A unit without a layer, one current `[T, ...]` per port; every state on the way."""
    start = unit.init(currents[0].shape[1:-1])

    def body(state, now):
        state = unit.step(state, *now)
        return state, state

    return jax.lax.scan(body, start, currents)[1]


def made(kind, soft, shape=UNITS, **settings):
    return (kind.soft if soft else kind)(shape, **settings)


# The equations, as loops


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def loop(kind, soft, layer, xs, *, decay, threshold, beta=0.0, rho=0.0, axon_bias=0.0, whole=False):
    """The published equations of a layer, over time, in NumPy."""
    h = sigmoid if soft else (lambda v: (v > 0).astype(float))
    W = {port: np.asarray(s.weight) for port, s in layer.synapses.items()}
    H = {p: np.asarray(s.weight) for p, s in layer.recurrent.items() if isinstance(s, Dense)}
    s = b = y = np.zeros((EXAMPLES, UNITS))
    outputs = []
    for x in np.asarray(xs):

        def current(port, x=x, y=y):
            fed_back = y @ H[port].T if port in H else 0.0
            return x @ W[port].T + fed_back

        reset = y
        if kind is LateralInhibitionSNU:
            reset = y.max() if whole else y.max(axis=1, keepdims=True)
        s = current("dendrite") + decay * s * (1 - reset)
        if kind is AdaptiveSNU:
            b = rho * b + (1 - rho) * y
        if kind is AxoSomaticSNU:
            b = rho * b + (1 - rho) * current("soma")
        y = h(s + beta * b - threshold)
        if kind is AxoAxonicSNU:
            y = y * sigmoid(current("axon") + axon_bias)
        outputs.append(y)
    return s, np.stack(outputs)


SETTINGS = {
    AdaptiveSNU: {"beta": -1.5, "rho": 0.8},
    AxoSomaticSNU: {"beta": 0.7, "rho": 0.8},
    AxoAxonicSNU: {"axon_bias": 0.3},
    LateralInhibitionSNU: {},
}


@every_variant
@soft_or_not
@pytest.mark.parametrize("feedback", [False, True], ids=["feed-forward", "recurrent"])
def test_a_layer_against_the_equations_written_out(kind, soft, feedback):
    settings = {"decay": 0.7, "threshold": 0.4, **SETTINGS[kind]}
    unit = made(kind, soft, **settings)
    layer = rv.layer(WIDTH, rv.recurrent(unit) if feedback else unit, key=jax.random.key(2))
    xs = inputs()
    s, y = loop(kind, soft, layer, xs, **settings)
    found = states(layer, xs)
    assert 0.05 < y.mean() < 0.95
    np.testing.assert_allclose(found.y, y, atol=1e-12)
    np.testing.assert_allclose(found.s[-1], s, atol=1e-12)


# Limits: each variant is a simpler unit somewhere


@soft_or_not
def test_axo_somatic_with_its_own_output_at_the_soma_is_the_adaptive_unit(soft):
    weights = {"dendrite": Dense.random(WIDTH, UNITS, key=jax.random.key(0))}
    settings = {"decay": 0.8, "threshold": 0.4, "beta": -1.0, "rho": 0.7}
    somatic = Layer(
        made(AxoSomaticSNU, soft, **settings),
        {**weights, "soma": Dense(jnp.zeros((UNITS, WIDTH)))},
        {"soma": Dense(jnp.eye(UNITS))},
    )
    adaptive = Layer(made(AdaptiveSNU, soft, **settings), weights)
    one, two = states(somatic, inputs()), states(adaptive, inputs())
    assert jnp.ptp(two.b) > 0.1
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


@soft_or_not
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (AdaptiveSNU, {"beta": 0.0}),
        (AxoSomaticSNU, {"beta": 0.0}),
        # sigmoid(50) is 1 in double precision.
        (AxoAxonicSNU, {"axon_bias": 50.0}),
    ],
)
def test_without_its_speciality_it_is_a_snu(kind, settings, soft):
    unit = made(kind, soft, threshold=0.4, decay=0.7, **settings)
    dendrite = inputs(shape=(STEPS, EXAMPLES, UNITS))
    others = [inputs(2, dendrite.shape)] if kind is AxoSomaticSNU else []
    others += [jnp.zeros_like(dendrite)] if kind is AxoAxonicSNU else []
    found = alone(unit, dendrite, *others)
    expected = alone(made(SNU, soft, threshold=0.4, decay=0.7), dendrite)
    assert 0.05 < expected.y.mean() < 0.95
    np.testing.assert_array_equal(found.s, expected.s)
    np.testing.assert_array_equal(found.y, expected.y)


@soft_or_not
@pytest.mark.parametrize("feedback", [False, True], ids=["feed-forward", "recurrent"])
def test_one_unit_that_inhibits_its_layer_is_a_snu(soft, feedback):
    def outputs(kind):
        unit = made(kind, soft, 1, threshold=0.4, decay=0.7)
        layer = rv.layer(WIDTH, rv.recurrent(unit) if feedback else unit, key=jax.random.key(1))
        return states(layer, inputs()).y

    expected = outputs(SNU)
    assert 0.05 < expected.mean() < 0.95
    np.testing.assert_array_equal(outputs(LateralInhibitionSNU), expected)


# The adapting threshold


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.95, 1.0])
def test_the_adaptation_of_a_unit_that_always_fires(rho):
    """b_t = 1 - rho^t, from a step before which it fired already."""
    unit = AdaptiveSNU(1, threshold=-10.0, rho=rho)
    state = unit.init()._replace(y=jnp.ones(1))
    for t in range(1, 30):
        state = unit.step(state, jnp.zeros(1))
        assert state.y == 1
        assert float(state.b[0]) == pytest.approx(1 - rho**t, abs=1e-14)


def test_the_adaptation_of_a_unit_that_stops_firing_decays():
    unit = AdaptiveSNU(1, threshold=10.0, rho=0.9)
    state = unit.init()._replace(b=jnp.ones(1))
    for t in range(1, 20):
        state = unit.step(state, jnp.zeros(1))
        assert float(state.b[0]) == pytest.approx(0.9**t, rel=1e-13)


def test_firing_raises_the_threshold_only_if_beta_is_negative():
    drive = inputs(shape=(200, 100))
    rates = [
        float(alone(AdaptiveSNU(100, beta=beta, rho=0.9), drive).y.mean())
        for beta in (-2.0, -1.0, 0.0, 0.5)
    ]
    assert rates[0] < rates[1] < rates[2] < rates[3]


def test_a_memoryless_adaptive_unit_fires_until_its_threshold_meets_the_current():
    """With d = 0 it fires while -beta b_t < I - threshold: here until b reaches a half."""
    rho = 0.9
    unit = AdaptiveSNU(1, threshold=1.0, decay=0.0, beta=-2.0, rho=rho)
    y = np.ravel(alone(unit, jnp.full((400, 1), 2.0)).y)
    first = next(t for t in range(1, 100) if 1 - rho ** (t - 1) >= 0.5)
    assert y[: first - 1].all() and not y[first - 1]
    # From then on the mean of b, which is that of y, is held at the same half.
    assert y[200:].mean() == pytest.approx(0.5, abs=0.03)


def test_a_current_at_the_soma_moves_the_threshold_and_not_the_membrane():
    unit = AxoSomaticSNU(2, rho=0.0, beta=1.0, decay=1.0)
    dendrite = jnp.full((5, 2), 0.3)
    soma = jnp.broadcast_to(jnp.array([0.0, -10.0]), (5, 2))
    found = alone(unit, dendrite, soma)
    assert found.y[:, 0].tolist() == [0, 0, 0, 1, 0]
    np.testing.assert_allclose(found.s[:, 1], 0.3 * np.arange(1, 6))


# The gate on the axon


def test_a_closed_axon_keeps_the_membrane():
    """What is not emitted does not reset: a closed gate makes a perfect integrator."""
    unit = AxoAxonicSNU(1, decay=1.0)
    found = alone(unit, jnp.full((10, 1), 0.5), jnp.full((10, 1), -1e3))
    assert not found.y.any()
    np.testing.assert_allclose(found.s[:, 0], 0.5 * np.arange(1, 11))


def test_a_spike_that_is_scaled_down_resets_in_part():
    unit = AxoAxonicSNU(1, decay=1.0)
    gate = np.log(3.0)  # sigmoid: 3/4
    found = alone(unit, jnp.array([[2.0], [0.0]]), jnp.full((2, 1), gate))
    assert float(found.y[0, 0]) == pytest.approx(0.75)
    assert float(found.s[1, 0]) == pytest.approx(0.5)


# Inhibition within the layer


def test_whoever_fires_resets_everyone():
    layer = Layer(
        LateralInhibitionSNU(3, decay=1.0),
        {"dendrite": Dense(jnp.eye(3))},
        {"inhibition": LayerMaximum(3)},
    )
    found = states(layer, jnp.broadcast_to(jnp.array([0.6, 0.4, 0.1]), (7, 1, 3)))
    # The first unit needs two steps; the others never get as far.
    assert found.y[:, 0].tolist() == [[0, 0, 0], [1, 0, 0]] * 3 + [[0, 0, 0]]
    np.testing.assert_allclose(found.s[:, 0, 1], [0.4, 0.8] * 3 + [0.4])


@soft_or_not
def test_examples_do_not_inhibit_each_other(soft):
    unit = made(LateralInhibitionSNU, soft, threshold=0.4)
    layer = rv.layer(WIDTH, rv.recurrent(unit), key=jax.random.key(0))
    xs, order = inputs(), jnp.array([2, 0, 1])
    together = states(layer, xs).y
    # Not even in the last place: a product of other rows would round alike.
    np.testing.assert_allclose(states(layer, xs[:, order]).y, together[:, order], atol=1e-14)
    for example in range(EXAMPLES):
        np.testing.assert_allclose(
            states(layer, xs[:, example]).y, together[:, example], atol=1e-14
        )


@soft_or_not
def test_the_batch_wide_maximum_of_the_toolkit(soft):
    """Spikes of one example reset the others, so an example alone does something else."""
    settings = {"threshold": 1.0, "decay": 0.9}
    layer = rv.layer(WIDTH, made(LateralInhibitionSNU, soft, **settings), key=jax.random.key(0))
    whole = eqx.tree_at(lambda m: m.recurrent["inhibition"], layer, BatchMaximum(UNITS))
    xs = inputs()
    s, y = loop(LateralInhibitionSNU, soft, whole, xs, **settings, whole=True)
    found = states(whole, xs)
    np.testing.assert_allclose(found.y, y, atol=1e-12)
    np.testing.assert_allclose(found.s[-1], s, atol=1e-12)
    by_itself = states(whole, xs[:, :1]).y
    assert jnp.abs(by_itself - found.y[:, :1]).max() > 1e-3
    np.testing.assert_allclose(by_itself, states(layer, xs).y[:, :1], atol=1e-14)


# The soft unit, wide open (the other limit stands with the SNU)


@pytest.mark.parametrize("kind", [SNU, AdaptiveSNU, AxoSomaticSNU, LateralInhibitionSNU])
def test_a_soft_unit_far_above_threshold_resets_perfectly(kind):
    unit = kind.soft(UNITS, threshold=-1e4, g=jax.nn.relu)
    shape = (STEPS, EXAMPLES, UNITS)
    currents = [inputs(seed, shape) for seed, _ in enumerate(unit.ports)]
    if kind is LateralInhibitionSNU:
        currents[1] = jnp.ones(shape)
    found = alone(unit, *currents)
    assert (found.y == 1).all()
    np.testing.assert_array_equal(found.s[1:], jax.nn.relu(currents[0])[1:])


# How many numbers learn

COUNTS = {
    # weights onto each port, times ports, and biases per unit
    SNU: (1, 1),
    AdaptiveSNU: (1, 1),
    AxoSomaticSNU: (2, 1),
    AxoAxonicSNU: (2, 2),
    LateralInhibitionSNU: (1, 1),
}


@soft_or_not
@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize(("m", "n"), [(88, 150), (3, 2)])
def test_parameter_counts(kind, soft, m, n):
    ports, biases = COUNTS[kind]
    unit = made(kind, soft, n)

    def count(neuron):
        return parameter_count(rv.layer(m, neuron, key=jax.random.key(0)))

    assert count(unit) == ports * n * m + biases * n
    assert count(rv.recurrent(unit)) == ports * n * (m + n) + biases * n
    learned = made(kind, soft, n, decay=LearnedDecay(0.8, n))
    assert count(learned) == count(unit) + n


def test_parameter_counts_of_the_published_layer():
    """88 to 150, without the readout."""

    def count(unit):
        return parameter_count(rv.layer(88, unit, key=jax.random.key(0)))

    assert count(SNU(150)) == 13_350
    assert count(rv.recurrent(SNU(150))) == count(rv.recurrent(rv.RNN(150))) == 35_850
    assert count(rv.recurrent(AxoSomaticSNU(150))) == 71_550
    assert count(rv.recurrent(AxoAxonicSNU(150))) == 71_700
    assert count(rv.recurrent(rv.GRU(150))) == 107_550
    assert count(rv.recurrent(rv.LSTM(150))) == 143_400


def test_the_network_of_the_phase_change_memory_experiment():
    """26,400 weights and 238 biases; a pair of devices per weight makes the 52,800 devices."""
    net = rv.chain(88, SNU(150), rv.Readout(88), key=jax.random.key(0))
    weights = sum(part.synapses["dendrite"].weight.size for part in net.layers)
    assert weights == 26_400 and 2 * weights == 52_800
    assert parameter_count(net) - weights == 238


@every_variant
@soft_or_not
def test_stacks_are_built_and_run_and_every_parameter_gets_a_gradient(kind, soft):
    parts = rv.recurrent(made(kind, soft, 6)), made(kind, soft, 5), rv.Readout(2)
    net = rv.chain(WIDTH, *parts, key=jax.random.key(0))
    xs = 2 * inputs()

    @eqx.filter_jit
    @functools.partial(eqx.filter_grad, has_aux=True)
    def slope(net):
        _, ys = rv.run(net, xs)
        return (ys**2).mean(), ys

    gradient, ys = slope(net)
    found = [g for g in jax.tree.leaves(gradient) if eqx.is_inexact_array(g)]
    assert ys.shape == (STEPS, EXAMPLES, 2)
    assert len(found) == len(jax.tree.leaves(eqx.filter(net, eqx.is_inexact_array)))
    assert all(jnp.isfinite(g).all() and g.any() for g in found)


# Choices and their refusal


@every_variant
@soft_or_not
def test_a_decay_outside_its_range(kind, soft):
    words = rf"{kind.__name__}: decay is 1.1, expected 0 \(memoryless\) to 1 \(no leak\)"
    with pytest.raises(ValueError, match=words):
        made(kind, soft, decay=1.1)
    with pytest.raises(ValueError, match=rf"{kind.__name__}: decay has shape \(2,\), expected"):
        made(kind, soft, 3, decay=jnp.full(2, 0.5))


@pytest.mark.parametrize("kind", [AdaptiveSNU, AxoSomaticSNU])
def test_an_adaptation_that_does_not_fit(kind):
    with pytest.raises(ValueError, match=rf"{kind.__name__}: rho is -0.1, expected 0"):
        kind(2, rho=-0.1)
    with pytest.raises(ValueError, match=rf"{kind.__name__}: beta has shape \(3,\), expected \(2,"):
        kind(2, beta=jnp.ones(3))


@every_variant
@pytest.mark.parametrize("shape", [0, (3, 0), 2.5, None])
def test_a_shape_that_is_none(kind, shape):
    with pytest.raises(ValueError, match=r"shape of a neuron is .*positive whole numbers"):
        kind(shape)


def test_numbers_stay_and_arrays_learn():
    def learning(unit):
        return len(jax.tree.leaves(eqx.filter(unit, eqx.is_inexact_array)))

    for kind in (AdaptiveSNU, AxoSomaticSNU):
        assert learning(kind(3)) == 1
        assert learning(kind(3, beta=1)) == 1 and isinstance(kind(3, beta=1).beta, float)
        assert learning(kind(3, beta=jnp.ones(3), rho=jnp.full(3, 0.5), decay=jnp.ones(3))) == 4
    assert learning(AxoAxonicSNU(3)) == 2
    assert (AxoAxonicSNU(3, threshold=0.25, axon_bias=2.0).bias_axon == 2).all()
