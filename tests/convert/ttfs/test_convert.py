import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.convert.relu import normal_form
from ranvier.convert.ttfs import (
    alpha_mapping,
    certify,
    identity_mapping,
    scaled,
    to_spike_times,
    windows_of,
    with_windows,
)
from ranvier.convert.ttfs._mappings import sums
from ranvier.nets import cast
from ranvier.nets.ttfs import connected, propagate
from tests.convert.relu.networks import NETWORKS, logits_of, samples

pytestmark = pytest.mark.usefixtures("float64")
every_network = pytest.mark.parametrize("name", NETWORKS)
both = pytest.mark.parametrize("mapping", [identity_mapping, alpha_mapping])


@functools.cache
def converted(name, mapping, low=0.0, high=1.0):
    graph = NETWORKS[name](seed=4)
    u = samples(graph, 12, low=low, high=high)
    return graph, u, to_spike_times(graph, u, mapping=mapping, input_range=(low, high))


@both
@every_network
@pytest.mark.parametrize("low, high", [(0.0, 1.0), (-3.0, 3.0)])
def test_the_answers_are_those_of_the_graph(name, mapping, low, high):
    graph, u, found = converted(name, mapping, low, high)
    proof = found.certificate
    assert proof.agreement == 1 and proof.differing == () and proof.beyond == ()
    assert proof.largest_logit_error < 1e-10
    logits = found.network.logits(jnp.asarray((u - low) / (high - low)))
    wanted = logits_of(graph, u)
    assert proof.largest_logit_error == pytest.approx(float(abs(logits - wanted).max()), abs=1e-12)
    np.testing.assert_allclose(logits, wanted, atol=1e-10)


@both
@every_network
def test_spikes_are_the_rectified_units_above_zero(name, mapping):
    graph, u, found = converted(name, mapping)
    _, states, _ = graph.history(graph.init((len(u),)), jnp.asarray(u)[None])
    for layer in found.certificate.layers:
        assert layer.spikes == layer.active
        if layer.name in states:
            assert layer.spikes == int((states[layer.name].y > 0).sum())
    assert 0.05 < found.certificate.spikes_per_neuron < 0.95
    assert found.certificate.spikes_per_neuron == found.certificate.active_fraction


@both
@every_network
def test_every_spike_lies_within_its_window(name, mapping):
    _, u, found = converted(name, mapping)
    for part, times in found.network.times(jnp.asarray(u)).items():
        assert times.min() >= 0 and times.max() <= found.network.windows[part]


@both
@every_network
def test_membranes_driven_spike_by_spike_say_the_same(name, mapping):
    """The formula is not used: spikes are sorted, and the first crossing is looked for."""
    _, u, found = converted(name, mapping)
    matrices = connected(found.network)
    times, logits = found.network.times(jnp.asarray(u)), found.network.logits(jnp.asarray(u))
    for k in range(3):
        done = propagate(found.network, u[k], matrices=matrices)
        np.testing.assert_allclose(done.logits, logits[k], atol=1e-10)
        for layer, arrivals in done.layers.items():
            np.testing.assert_allclose(arrivals.times, np.ravel(times[layer][k]), atol=1e-10)
            assert arrivals.spikes == int((times[layer][k] < found.network.windows[layer]).sum())
            assert arrivals.beyond == 0


def test_operations_are_the_fan_out_of_every_spike():
    _, u, found = converted("perceptron", identity_mapping)
    done = propagate(found.network, u[0])
    spikes = [np.sum(u[0] > 0), *(layer.spikes for layer in done.layers.values())]
    assert done.operations == np.dot(spikes, [9, 7, 5])


def test_a_membrane_integrated_in_small_steps_crosses_at_the_same_time():
    """The neuron's own equation, by Euler steps, without sorting anything."""
    _, u, found = converted("perceptron", alpha_mapping)
    network, x = found.network, u[0]
    units = network.network.units["relu 0"]
    weight = np.asarray(units.ways[0].synapses[0].weight)
    slope, window = network.slopes["relu 0"], float(network.windows["relu 0"])
    threshold = slope * window - units.bias + 1.0
    step, v = 1e-5, np.zeros(len(slope))
    crossed = np.full(len(slope), window)
    for n in range(int((1 + window) / step)):
        now = n * step
        if now >= 1:
            fresh = (v >= threshold) & (crossed == window)
            crossed[fresh] = now - 1
        # Who has not spiked when the window begins is taken as spiking then.
        arrived = (1 - x <= now) & ((x > 0) | (now >= 1))
        v = v + step * (1.0 + weight @ arrived)
    np.testing.assert_allclose(crossed, network.times(jnp.asarray(x))["relu 0"], atol=5e-5)


def test_sums_of_weights_are_scaled_below_one():
    network = normal_form(NETWORKS["residual"](seed=4), input_range=(-3.0, 3.0))
    assert max(sums(units).max() for units in network.units.values()) > 0.99
    assert min(sums(units).min() for units in network.units.values()) < -5
    after = scaled(network, lowest=-5.0)
    for units in after.units.values():
        assert sums(units).max() <= 0.99 + 1e-12 and sums(units).min() >= -5 - 1e-12
    x = jnp.asarray(samples(NETWORKS["residual"]()))
    np.testing.assert_allclose(after.logits(x), network.logits(x), atol=1e-11)


def test_without_scaling_a_membrane_would_fall():
    network = normal_form(NETWORKS["residual"](seed=4), input_range=(-3.0, 3.0))
    slopes = [1 / (1 - sums(units)) for units in network.units.values()]
    assert min(slope.min() for slope in slopes) < 0
    assert min(np.min(s) for s in alpha_mapping(network).slopes.values()) > 0


def test_windows_are_the_largest_activity_and_a_margin():
    _, u, found = converted("convolutional", identity_mapping)
    values = found.rectified.activities(jnp.asarray(u))
    for name in found.rectified.units:
        assert found.network.windows[name] == pytest.approx(1.5 * float(values[name].max()))
    assert found.network.windows["pool"] == found.network.windows["relu two"]
    ends = [found.network.windows[name] for name in found.rectified.units]
    assert found.certificate.latency == pytest.approx(1 + sum(ends))


def test_short_windows_clip_and_the_certificate_says_where():
    graph, u, found = converted("perceptron", identity_mapping)
    one = certify(graph, found.rectified, found.network, u)
    assert one.beyond == ()
    windows = windows_of(found.rectified, u, margin=-0.7)
    short = with_windows(found.network, windows)
    proof = certify(graph, found.rectified, short, u)
    assert proof.latency < one.latency and len(proof.beyond) > 0
    assert proof.largest_logit_error > 0.01
    clipped = [layer for layer in proof.layers if layer.largest > layer.window]
    assert [layer.name for layer in clipped] == ["relu 0", "relu 1"]
    assert sum(layer.beyond for layer in proof.layers) >= len(proof.beyond)
    times, wrong = short.times(jnp.asarray(u)), set()
    for name in clipped:
        full = np.asarray(found.rectified.activities(jnp.asarray(u))[name.name])
        wrong |= set(np.flatnonzero((full > float(windows[name.name])).any(-1)).tolist())
        assert times[name.name].min() == 0
    assert set(proof.beyond) & wrong
    for sample in proof.differing:
        assert "above the window of" in sample.why and sample.sample in proof.beyond
        assert sample.margin > 0


def test_a_quantile_of_activities_sets_shorter_windows():
    _, u, found = converted("perceptron", identity_mapping)
    half = windows_of(found.rectified, u, margin=0.0, quantile=0.5)
    values = np.asarray(found.rectified.activities(jnp.asarray(u))["relu 0"])
    assert half["relu 0"] == pytest.approx(np.median(values[values > 0]))


def test_membranes_may_rise_above_their_threshold_before_the_window():
    """Why a neuron has to wait for its window: what is inhibitory may come last."""
    from ranvier.nets import Graph
    from ranvier.neurons import ReLU
    from ranvier.synapses import Dense

    graph = Graph(
        {"w": Dense(jnp.array([[4.0, -8.0]])), "relu": ReLU(1)},
        [("input", "w"), ("w", "relu"), ("relu", "output")],
    )
    found = to_spike_times(graph, np.array([[0.3, 0.1]]))
    windows = {"input": 1.0, "relu": 0.5}
    done = propagate(with_windows(found.network, windows), np.array([1.0, 0.49]))
    assert done.layers["relu"].early == 1 and done.layers["relu"].spikes == 1
    assert done.layers["relu"].times[0] == pytest.approx(0.5 - (4 - 8 * 0.49))


def test_single_precision_stays_close_in_thirty_layers():
    """Times count from the beginning of each window, so that depth costs no digits."""
    graph, u, found = converted("deep perceptron", identity_mapping)
    with jax.enable_x64(False):
        single = found.network.logits(jnp.asarray(u, jnp.float32))
        assert single.dtype == jnp.float32
    wanted = logits_of(graph, u)
    assert abs(single - wanted).max() < 2e-5 * abs(wanted).max()


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda u: u[:, :-1], "shape"),
        (lambda u: u[:0], "shape"),
        (lambda u: np.where(np.arange(len(u))[:, None] == 3, np.nan, u), "sample 3"),
        (lambda u: np.where(np.arange(len(u))[:, None] == 5, 255.0, u), "sample 5"),
    ],
)
def test_samples_that_do_not_fit_are_refused(change, said):
    graph = NETWORKS["perceptron"]()
    with pytest.raises(ValueError, match=said):
        to_spike_times(graph, change(samples(graph)))


@pytest.mark.parametrize("settings", [{"margin": -1.0}, {"quantile": 0.0}, {"quantile": 1.5}])
def test_windows_without_length_are_refused(settings):
    graph = NETWORKS["perceptron"]()
    with pytest.raises(ValueError, match="windows"):
        windows_of(normal_form(graph), samples(graph), **settings)


def test_wrong_windows_are_refused():
    _, _, found = converted("perceptron", identity_mapping)
    with pytest.raises(ValueError, match="names"):
        with_windows(found.network, {"input": np.array(1.0)})
    with pytest.raises(ValueError, match="'relu 0'"):
        with_windows(found.network, {**found.network.windows, "relu 0": np.array(0.0)})


@pytest.mark.parametrize("x", [np.zeros(3), np.full(12, 2.0)])
def test_an_input_that_does_not_fit_is_refused(x):
    _, _, found = converted("perceptron", identity_mapping)
    with pytest.raises(ValueError, match="input"):
        propagate(found.network, x)


@pytest.mark.parametrize("alpha", [0.0, -1.0])
def test_a_current_that_does_not_charge_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha"):
        alpha_mapping(normal_form(NETWORKS["perceptron"]()), alpha=alpha)


def test_weights_of_single_precision_are_compared_in_double():
    graph = cast(NETWORKS["convolutional"](seed=4), jnp.float32)
    u = samples(graph)
    assert to_spike_times(graph, u).certificate.largest_logit_error < 1e-12
