"""Rates against activities: the identity, the table of errors, what is refused."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.convert.rate import ModelBased, Percentile, ThresholdBalancing, to_rates
from ranvier.convert.rate._spiking import spiking
from ranvier.core import Synapse
from ranvier.nets import Graph
from ranvier.nets.ttfs import Pool
from ranvier.neurons import IF, LIF, QCFS, ReLU
from ranvier.synapses import (
    Convolution,
    Dense,
    FiniteAverage,
    MaximumPooling,
    Scale,
    SpikeCount,
)
from tests.convert.relu.networks import NETWORKS, Drawn, line, logits_of, perceptron, samples

pytestmark = pytest.mark.usefixtures("float64")
SHALLOW = [name for name in NETWORKS if name != "deep perceptron"]
every_network = pytest.mark.parametrize("name", SHALLOW)
LARGEST = Percentile(100.0)


def history(rates, u, steps, key=None):
    xs = rates.encode(u, steps, key=key)
    graph = rates.graph
    return jax.jit(lambda x: graph.history(graph.init(x.shape[1:2]), x))(xs)


class Extremum(Synapse):
    """The maximum, or the minimum, that a gate stands for."""

    pool: Pool
    in_shape = property(lambda self: self.pool.pooling.in_shape)
    in_size = property(lambda self: self.pool.pooling.in_size)
    shape = property(lambda self: self.pool.shape)

    def __call__(self, z, *, key=None):
        return self.pool(z)


@every_network
def test_normalisation_leaves_the_logits_and_so_the_argmax(name):
    """With rectified units for neurons and maxima for gates it is the scaled source."""
    graph = NETWORKS[name](seed=3)
    u = samples(graph)
    rates = to_rates(graph, u, normalisation=Percentile(97.0))
    made = spiking(rates.form, rates.scales, lambda _, shape: ReLU(shape), SpikeCount())
    parts = dict(zip(rates.form.names, rates.form.parts, strict=True))
    pools = {n: Extremum(part) for n, part in parts.items() if isinstance(part, Pool)}
    scaled = Graph(made.nodes | pools, made.edges)
    _, states, found = scaled.history(scaled.init((len(u),)), rates.encode(u, 1))
    np.testing.assert_allclose(found[0], logits_of(graph, u), rtol=0, atol=1e-12)
    wanted = rates.activities(u)
    assert all(scale != 1 for unit, scale in rates.scales.items() if unit != "input")
    for unit in rates.form.units:
        np.testing.assert_allclose(
            states[unit].y[0] * rates.scales[unit], wanted[unit], rtol=0, atol=1e-12
        )


@every_network
@pytest.mark.parametrize("inputs, reset", [("analogue", "subtract"), ("poisson", "signed")])
def test_in_every_layer_the_rate_misses_the_current_by_what_the_membrane_gained(
    name, inputs, reset
):
    """`rate = a - (v(T) - v(0)) / T`, with `a` the mean current; to machine precision."""
    graph, steps = NETWORKS[name](seed=2), 37
    u = samples(graph, count=5)
    rates = to_rates(graph, u, inputs=inputs, reset=reset)
    key = jr.key(0) if inputs == "poisson" else None
    xs = rates.encode(u, steps, key=key)
    last, states, _ = history(rates, u, steps, key)
    values = {"input": xs.mean(0)}
    values |= {n: s.y.mean(0) * rates.scales[n] for n, s in states.items() if n != "logits"}
    for unit, part in zip(rates.form.names, rates.form.parts, strict=True):
        if unit not in states:  # a gate
            gate = rates.graph.nodes[unit]
            spikes = states[part.source].y
            passed = gate.over_time(gate.init((5,)), spikes)[1]
            values[unit] = passed.mean(0) * rates.scales[unit]
            continue
        current = part.current(values) / rates.scales[unit]
        gained = (last[unit].v - 0.5) / steps
        rate = states[unit].y.mean(0)
        assert rate.max() > 0.5
        np.testing.assert_allclose(rate, current - gained, rtol=0, atol=1e-13)
    logits = rates.form.output.current(values)
    np.testing.assert_allclose(last["logits"].s / steps, logits, rtol=0, atol=1e-12)


@functools.cache
def errors(reset, start, percent):
    """Mean distance of rate and activity over the scale, layer by layer, over 16..1024 steps."""
    with jax.enable_x64(True):
        graph = perceptron(seed=1, sizes=(50, 200, 200, 200, 200, 10))
        u = samples(graph, count=8)
        rates = to_rates(graph, u, reset=reset, start=start, normalisation=Percentile(percent))
        wanted = rates.activities(u)
        _, states, _ = history(rates, u, 1024)
        found = {}
        for number in range(4):
            name = f"relu {number}"
            count = np.cumsum(np.asarray(states[name].y), 0)
            found[number + 1] = [
                float(np.abs(count[t - 1] / t - wanted[name] / rates.scales[name]).mean())
                for t in (16, 64, 256, 1024)
            ]
        return found


def slope(missed):
    return float(np.polyfit(np.log([16, 64, 256, 1024]), np.log(missed), 1)[0])


@pytest.mark.parametrize("start", [0.0, 0.5])
@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_the_error_falls_as_one_over_the_steps(layer, start):
    assert -1.05 < slope(errors("subtract", start, 100.0)[layer]) < -0.93


def test_a_start_at_half_the_threshold_halves_the_error():
    """Of one layer exactly in the mean, of deep ones by less; the table says 0.62."""
    whole, half = (errors("subtract", start, 100.0) for start in (0.0, 0.5))
    for at in range(4):
        assert 0.4 < half[1][at] / whole[1][at] < 0.6
        assert half[4][at] / whole[4][at] < 0.8


def test_depth_adds_the_errors_of_layers():
    found = errors("subtract", 0.0, 100.0)
    assert found[1][2] < found[2][2] < found[3][2] < found[4][2] < 4 * found[1][2]


def test_of_a_reset_to_zero_the_error_stays():
    missed = errors("zero", 0.0, 100.0)[4]
    assert slope(missed) > -0.1
    assert missed[-1] > 20 * errors("subtract", 0.0, 100.0)[4][-1]


def test_clipping_stays_too():
    cut = errors("subtract", 0.5, 97.0)[4]
    assert cut[-1] > 3 * errors("subtract", 0.5, 100.0)[4][-1]


def test_a_reset_to_zero_rounds_the_interval_up():
    drive = jnp.linspace(0.03, 1.0, 40)[:, None]
    graph = line(
        ("w", Dense(jnp.ones((1, 1)))), ("relu", ReLU(1)), ("out", Dense(jnp.ones((1, 1))))
    )
    rates = to_rates(graph, drive, reset="zero", start=0.0, normalisation=LARGEST)
    steps = 1000
    found = history(rates, drive, steps)[1]["relu"].y.mean(0)
    # At the threshold it does not fire, so that one over the drive is rounded up strictly.
    intervals = np.floor(1 / np.asarray(drive) + 1e-9) + 1
    np.testing.assert_allclose(found, 1 / intervals, atol=1 / steps)


@pytest.mark.parametrize("name", ["convolutional", "residual"])
def test_after_many_steps_it_answers_as_its_source(name):
    graph = NETWORKS[name](seed=4)
    u = samples(graph, count=10)
    rates = to_rates(graph, u, normalisation=LARGEST)
    found = rates.logits(u, 200)[-1]
    wanted = logits_of(graph, u)
    assert np.abs(found - wanted).max() < 0.02 * np.ptp(wanted)
    first, second = np.sort(wanted, -1)[:, [-1, -2]].T
    clear = first - second > 0.04 * np.ptp(wanted)
    assert clear.sum() > 3
    np.testing.assert_array_equal(found.argmax(-1)[clear], wanted.argmax(-1)[clear])


def test_drawn_spikes_add_their_own_variance():
    """Of a rate x over T steps: x (1 - x) / T, seen through one weight; 4000 units of one draw."""
    graph = line(
        ("w", Scale(jnp.ones(4000))), ("relu", ReLU(4000)), ("out", Dense(jnp.ones((1, 4000))))
    )
    u, steps = jnp.full((1, 4000), 0.3), 50
    rates = to_rates(graph, jnp.ones((1, 4000)), inputs="poisson", normalisation=LARGEST, start=0.5)
    spikes = history(rates, u, steps, jr.key(1))[1]["relu"].y.mean(0)
    assert abs(float(spikes.mean()) - 0.3) < 4 * (0.21 / steps / 4000) ** 0.5 + 0.5 / steps
    # A variance of 4000 draws has a standard error of 2.2 per cent.
    assert abs(float(spikes.var()) / (0.3 * 0.7 / steps) - 1) < 0.1


def test_inputs_of_any_range_are_scaled():
    graph = NETWORKS["residual"](seed=5)
    u = samples(graph, low=-3.0, high=3.0)
    rates = to_rates(graph, u, input_range=(-3.0, 3.0), normalisation=LARGEST)
    wanted = logits_of(graph, u)
    assert np.abs(rates.logits(u, 100)[-1] - wanted).max() < 0.05 * np.ptp(wanted)


def test_ways_that_meet_are_in_the_units_of_one_threshold():
    """The identity shortcut of a residual network is a factor: its source's scale over its own."""
    graph = NETWORKS["residual"](seed=5)
    rates = to_rates(graph, samples(graph))
    shortcut = rates.graph.nodes["relu 0 to relu 2"]
    factor = rates.scales["relu 0"] / rates.scales["relu 2"]
    np.testing.assert_allclose(shortcut.scale, factor, rtol=1e-12)


def test_the_gate_goes_by_the_estimate_that_is_chosen():
    graph = NETWORKS["residual"](seed=5)
    rates = to_rates(graph, samples(graph), estimate=FiniteAverage(7))
    assert rates.graph.nodes["pool"].estimate == FiniteAverage(7)


# Scales


def test_the_model_based_scale_is_a_bound_that_can_be_reached():
    """One layer: at the input that is one where a weight is positive, zero elsewhere."""
    d = Drawn(0)
    dense = d.dense(6, 9)
    graph = line(("dense", dense), ("relu", ReLU(6)), ("out", d.dense(2, 6)))
    corners = (np.asarray(dense.weight) > 0).astype(float)
    rates = to_rates(graph, corners, normalisation=ModelBased())
    most = float(rates.activities(corners)["relu"].max())
    np.testing.assert_allclose(float(rates.scales["relu"]), most, rtol=1e-12)


def test_no_activity_exceeds_the_model_based_scale():
    graph = NETWORKS["residual"](seed=6)
    rates = to_rates(graph, samples(graph), normalisation=ModelBased())
    found = rates.activities(samples(graph, count=200, seed=9))
    for unit in rates.form.units:
        assert float(found[unit].max()) <= float(rates.scales[unit])


def test_percentiles_say_over_what():
    d = Drawn(0)
    graph = line(("dense", d.dense(40, 9)), ("relu", ReLU(40)), ("out", d.dense(2, 40)))
    u = samples(graph, count=50)
    activity = np.asarray(to_rates(graph, u).activities(u)["relu"])
    for over, counted in (("positive", activity[activity > 0]), ("all", activity)):
        scale = to_rates(graph, u, normalisation=Percentile(90.0, over=over)).scales["relu"]
        np.testing.assert_allclose(scale, np.percentile(counted, 90.0), rtol=1e-12)


def test_threshold_balancing_takes_the_largest_charge_of_a_step():
    """Of the first layer with currents that stay: the largest current before rectification."""
    graph = perceptron(seed=3)
    u = samples(graph)
    rates = to_rates(graph, u, normalisation=ThresholdBalancing(60))
    first = rates.form.units["relu 0"].current({"input": jnp.asarray(u)})
    np.testing.assert_allclose(rates.scales["relu 0"], first.max(), rtol=1e-9)
    # The charge of a step swings around its mean, so that the scale is above the activity.
    assert rates.scales["relu 1"] > rates.activities(u)["relu 1"].max()
    drawn = to_rates(
        graph, u, inputs="poisson", normalisation=ThresholdBalancing(60, key=jr.key(0))
    )
    assert drawn.scales["relu 0"] > rates.scales["relu 0"]


# Levels


def quantised(seed, levels, sizes=(12, 9, 7, 5)):
    graph = perceptron(seed, sizes)
    nodes = {
        name: QCFS(node.shape, levels=levels, ceiling=jnp.asarray(1.2 + 0.3 * number))
        if isinstance(node, ReLU)
        else node
        for number, (name, node) in enumerate(graph.nodes.items())
    }
    return Graph(nodes, graph.edges)


@pytest.mark.parametrize("levels", [1, 4, 8])
def test_one_quantised_layer_is_exact_after_as_many_steps_as_it_has_levels(levels):
    graph = quantised(0, levels, (12, 30, 5))
    u = samples(graph, count=100)
    rates = to_rates(graph, u)
    assert rates.graph.nodes["relu 0"].starting_potential == 0.5
    last, states, _ = history(rates, u, levels)
    found = states["relu 0"].y.mean(0) * rates.scales["relu 0"]
    wanted = rates.activities(u)["relu 0"]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)
    assert 1 < len(np.unique(np.round(wanted, 9))) <= levels + 1
    np.testing.assert_allclose(last["logits"].s / levels, logits_of(graph, u), rtol=0, atol=1e-12)


def test_activities_of_a_quantised_network_are_quantised():
    graph = quantised(1, 4)
    u = samples(graph)
    rates = to_rates(graph, u)
    _, states, logits = graph.history(graph.init((len(u),)), jnp.asarray(u)[None])
    found = rates.activities(u)
    for name in rates.form.units:
        np.testing.assert_allclose(found[name], states[name].y[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(rates.form.output.current(found), logits[0], rtol=0, atol=1e-12)


def test_signed_spikes_take_back_what_unevenness_sent_too_early():
    """Deep, with silence at the end, so that every charge has arrived: counts are those of QCFS."""
    graph = quantised(2, 8, (12, 40, 40, 40, 5))
    u = samples(graph, count=50)
    wrong = {}
    for reset in ("subtract", "signed"):
        rates = to_rates(graph, u, reset=reset)
        found = history(rates, u, 8)[1]["relu 2"].y.mean(0)
        wanted = rates.activities(u)["relu 2"] / rates.scales["relu 2"]
        wrong[reset] = float(np.abs(found - wanted).mean())
    assert wrong["signed"] < 0.8 * wrong["subtract"]


# Refusals


def said(graph, u, **settings):
    with pytest.raises(ValueError) as error:
        to_rates(graph, u, **settings)
    return str(error.value)


def test_samples_that_do_not_fit_are_refused():
    graph = perceptron()
    u = samples(graph)
    assert "the samples have shape (20, 11), expected at least one" in said(graph, u[:, :11])
    assert "expected at least one" in said(graph, u[:0])
    assert "expected 0.0 to 1.0. Scale the input as in training" in said(graph, 255 * u)
    broken = u.copy()
    broken[3, 2] = np.nan
    assert "sample 3 (and 0 more) goes from nan to nan" in said(graph, broken)


def test_what_cannot_be_converted_is_named():
    d = Drawn(0)
    dense, out = ("dense", d.dense(4, 3)), ("out", d.dense(2, 4))
    u = np.full((2, 3), 0.5)
    assert "'spikes' is a LIF" in said(line(dense, ("spikes", LIF(4)), out), u)
    broken = Dense(jnp.full((4, 3), jnp.nan))
    assert "'dense' (Dense): 12 of 12 values" in said(
        line(("dense", broken), ("relu", ReLU(4)), out), u
    )
    dead = Dense(-jnp.ones((4, 3)))
    assert "'relu' has the scale 0.0: no unit of it is active on the 2 samples" in said(
        line(("dense", dead), ("relu", ReLU(4)), out), u
    )
    mixed = line(dense, ("relu", ReLU(4)), ("more", d.dense(4, 4)), ("few", QCFS(4)), out)
    assert "'relu' is a plain rectified unit, but ['few'] are QCFS" in said(mixed, u)
    few = line(dense, ("few", QCFS(4)), out)
    assert "'few' is a QCFS, whose ceiling is its scale" in said(few, u, normalisation=LARGEST)
    late = line(
        ("one", Convolution(jnp.ones((1, 1, 1, 2)), (4, 4))),
        ("top", MaximumPooling((4, 4, 2), 4)),
        ("few", QCFS((1, 1, 2))),
    )
    assert "'few' is a QCFS that rectifies nothing of its own" in said(late, np.ones((1, 4, 4, 1)))
    assert "reset is 'substract'. Did you mean 'subtract'" in said(few, u, reset="substract")


def test_spikes_are_not_drawn_without_a_key():
    graph = perceptron()
    rates = to_rates(graph, samples(graph), inputs="poisson")
    with pytest.raises(ValueError, match="spikes are drawn by a key"):
        rates.encode(samples(graph), 10)
    with pytest.raises(ValueError, match="steps is 0, expected at least 1"):
        rates.encode(samples(graph), 0)


def test_single_precision_will_do():
    with jax.enable_x64(False):
        graph = NETWORKS["convolutional"](seed=2)
        u = samples(graph, count=5).astype(np.float32)
        rates = to_rates(graph, u)
        arrays = jax.tree.leaves(eqx.filter(rates.graph, eqx.is_array))
        assert {array.dtype for array in arrays} == {np.dtype("float32")}
        assert rates.logits(u, 3).dtype == np.float32
        assert isinstance(rates.graph.nodes["relu one"], IF)
