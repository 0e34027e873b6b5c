"""EventProp on a grid against continuous time: the gap shrinks with the time step."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest
from jax.flatten_util import ravel_pytree

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import losses
from ranvier.learn.rules import event_prop, exact_event_prop
from ranvier.nets import Chain, Layer
from ranvier.nets.continuous import fire, first_spikes, ordered_spikes, spike_counts
from ranvier.neurons import CurrentLIF, Driven, ExponentialKernel, LeakyMembrane, Refractory
from ranvier.synapses import Delayed, Dense, Exponential
from tests.nets.continuous.networks import (
    DURATION_MS,
    EXAMPLES,
    HIDDEN,
    INPUTS,
    OUTPUTS,
    input_times,
    network,
    on_grid,
)

pytestmark = pytest.mark.usefixtures("float64")
STEPS_MS = (0.4, 0.1, 0.025)


def membranes(time_step_ms):
    """What a readout that never fires is on a grid: its membrane comes out."""
    return Driven(
        LeakyMembrane(OUTPUTS, tau_membrane_ms=20.0, time_step_ms=time_step_ms),
        {
            "excitatory": ("dendrite", Exponential(5.0, time_step_ms=time_step_ms)),
            "inhibitory": ("dendrite", Exponential(10.0, time_step_ms=time_step_ms)),
        },
    )


def on_the_grid(seed, time_step_ms, **settings):
    """The network with the readout of a grid."""
    hidden, output = network(
        seed, time_step_ms=time_step_ms, reset="subtract", readout=True, **settings
    ).layers
    return Chain((hidden, Layer(membranes(time_step_ms), output.synapses)))


def times_of(seed):
    """Times that are steps of every grid."""
    return jnp.floor(input_times(seed) / STEPS_MS[0]) * STEPS_MS[0]


def flat(tree):
    return ravel_pytree(eqx.filter(tree, eqx.is_inexact_array))[0]


def batch_of(seed, time_step_ms, target):
    steps = round(DURATION_MS / time_step_ms)
    x = on_grid(times_of(seed), steps, time_step_ms)
    return Batch(x, target, jnp.ones((steps, EXAMPLES)))


def gap(found, expected):
    return float(jnp.linalg.norm(found - expected) / jnp.linalg.norm(expected))


def order(gaps):
    """Of the error in the time step, over all pairs of neighbours and all networks."""
    gaps = np.asarray(gaps)
    return np.mean(np.log(gaps[:, :-1] / gaps[:, 1:])) / np.log(STEPS_MS[0] / STEPS_MS[1])


@pytest.mark.parametrize("recurrent", [False, True], ids=["feed-forward", "recurrent"])
def test_the_gap_to_the_exact_gradient_is_of_first_order(recurrent):
    """By the area under a readout, wherever the grid has as many spikes as there are."""
    weigh = jr.normal(jr.key(0), (EXAMPLES, OUTPUTS)) / DURATION_MS

    @eqx.filter_jit
    def exact(net, times):
        def loss(net):
            fired = fire(net, ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=30)
            return (weigh * fired[-1].area).sum(), spike_counts(fired[0].spikes, HIDDEN)

        gradient, counts = eqx.filter_grad(loss, has_aux=True)(net)
        return flat(gradient), counts

    @eqx.filter_jit
    def by_rule(net, data, time_step_ms):
        rule = event_prop(lambda y, w: (w * y).sum(-1), average=lambda mask: time_step_ms)
        return flat(rule(net, data, None)[1]), rv.run(net.layers[0], data.x)[1].sum(0)

    gaps = []
    for seed in range(6):
        settings = {"readout": True, "recurrent": recurrent}
        expected, counts = exact(network(seed, **settings), times_of(seed))
        row = []
        for step in STEPS_MS:
            target = jnp.broadcast_to(weigh, (round(DURATION_MS / step), *weigh.shape))
            net = on_the_grid(seed, step, recurrent=recurrent)
            found, seen = by_rule(net, batch_of(seed, step, target), step)
            row.append(gap(found, expected) if (seen == counts).all() else np.nan)
        if np.isfinite(row).all():
            gaps.append(row)
    assert len(gaps) >= 3
    assert 0.8 < order(gaps) < 1.2
    assert max(row[-1] for row in gaps) < 0.03


@pytest.mark.parametrize("seed", [1, 4])
def test_first_spikes_of_a_grid_learn_as_those_of_continuous_time(seed):
    target = jax.nn.one_hot(jnp.array([0, 2]), OUTPUTS)[None]
    loss, rows = losses.time_to_first_spike(3.0, late=0.01), []
    exact = exact_event_prop(
        loss,
        lambda fired: first_spikes(fired.spikes, OUTPUTS, otherwise_ms=DURATION_MS),
        duration_ms=DURATION_MS,
        most_spikes=30,
    )
    continuous = Batch(ordered_spikes(times_of(seed)), target, jnp.ones((1, EXAMPLES)))
    value, expected = eqx.filter_jit(exact)(network(seed), continuous, None)
    for step in STEPS_MS:
        net = network(seed, time_step_ms=step, reset="subtract")
        rule = event_prop(loss, decoding=losses.first_spike_times(step))
        found = eqx.filter_jit(rule)(net, batch_of(seed, step, target), None)
        rows.append((abs(float(found[0] - value)), gap(flat(found[1]), flat(expected))))
    for row in np.transpose(rows):
        assert row[-1] < 0.15 * row[0] and row[-1] < 0.03


def test_constants_of_the_neuron_learn():
    """Threshold, reset and time constants, against differences of the run without a grid."""
    step, seed = STEPS_MS[-1], 0
    start = {"tau": 20.0, "excitatory": 5.0, "inhibitory": 10.0, "threshold": 1.0, "reset": -0.2}

    def hidden(values, **settings):
        return CurrentLIF(
            HIDDEN,
            tau_membrane_ms=values["tau"],
            excitatory=ExponentialKernel(values["excitatory"]),
            inhibitory=ExponentialKernel(values["inhibitory"]),
            threshold=values["threshold"],
            reset_potential=values["reset"],
            **settings,
        )

    def area(values):
        first, last = network(seed, readout=True).layers
        net = Chain((Layer(hidden(values), first.synapses), last))
        spikes = ordered_spikes(times_of(seed))
        return fire(net, spikes, duration_ms=DURATION_MS, most_spikes=30)[-1].area.sum()

    first, last = on_the_grid(seed, step).layers
    # One number for all units, and one per unit.
    learned = {n: jnp.array(v) if n != "tau" else jnp.full(HIDDEN, v) for n, v in start.items()}
    neuron = hidden(learned, time_step_ms=step, reset="subtract")
    net = Chain((Layer(neuron, first.synapses), last))
    ones = jnp.ones((round(DURATION_MS / step), EXAMPLES, OUTPUTS))
    rule = event_prop(lambda y, w: (w * y).sum(-1), average=lambda mask: step)
    _, found = eqx.filter_jit(rule)(net, batch_of(seed, step, ones), None)
    unit = found.layers[0].neuron
    assert unit.tau_membrane_ms.shape == (HIDDEN,) and unit.threshold.shape == ()
    slopes = {
        "tau": unit.tau_membrane_ms.sum(),
        "excitatory": unit.excitatory.tau_ms,
        "inhibitory": unit.inhibitory.tau_ms,
        "threshold": unit.threshold,
        "reset": unit.reset_potential,
    }
    for name, slope in slopes.items():
        up, down = (area({**start, name: start[name] + s * 1e-4}) for s in (1, -1))
        assert float(slope) == pytest.approx(float(up - down) / 2e-4, rel=0.05), name


def test_a_delayed_synapse_delays_what_spikes_are_worth():
    """Two ms later, in continuous time: the spikes between the layers are moved by hand."""
    seed, delay = 2, 2.0

    def area(weights):
        first, last = eqx.combine(weights, constant).layers
        settings = {"duration_ms": DURATION_MS, "most_spikes": 30}
        (below,) = fire(first, ordered_spikes(times_of(seed)), **settings)
        later = below.spikes._replace(times_ms=below.spikes.times_ms + delay)
        return fire(last, later, **settings)[0].area.sum()

    weights, constant = eqx.partition(network(seed, readout=True), eqx.is_inexact_array)
    expected = flat(eqx.filter_jit(jax.grad(area))(weights))
    gaps = []
    for step in STEPS_MS:
        first, last = on_the_grid(seed, step).layers
        held = {port: Delayed(s, round(delay / step)) for port, s in last.synapses.items()}
        net = Chain((first, Layer(last.neuron, held)))
        ones = jnp.ones((round(DURATION_MS / step), EXAMPLES, OUTPUTS))
        rule = event_prop(lambda y, w: (w * y).sum(-1), average=lambda mask, step=step: step)
        found = eqx.filter_jit(rule)(net, batch_of(seed, step, ones), None)[1]
        gaps.append(gap(flat(found), expected))
    assert gaps[-1] < 0.15 * gaps[0] and gaps[-1] < 0.01


def test_kept_states_give_the_gradient_of_all_states():
    step = STEPS_MS[0]
    net = on_the_grid(0, step, recurrent=True)
    target = jr.normal(jr.key(2), (round(DURATION_MS / step), EXAMPLES, OUTPUTS))
    data = batch_of(0, step, target)
    pair = [
        eqx.filter_jit(event_prop(losses.squared_error, keep_every=k))(net, data, None)
        for k in (None, 7)
    ]
    assert float(pair[0][0]) == pytest.approx(float(pair[1][0]), rel=1e-12)
    assert float(jnp.abs(flat(pair[0][1])).max()) > 1e-4
    np.testing.assert_allclose(flat(pair[0][1]), flat(pair[1][1]), rtol=1e-9, atol=1e-13)


def test_the_run_is_that_of_the_network_itself():
    step = STEPS_MS[0]
    net = on_the_grid(0, step)
    data = batch_of(0, step, jnp.zeros((round(DURATION_MS / step), EXAMPLES, OUTPUTS)))
    by_rule, by_bptt = (
        make(losses.squared_error)(net, data, None) for make in (event_prop, rv.bptt)
    )
    assert float(by_rule[0]) == pytest.approx(float(by_bptt[0]), rel=1e-14)
    assert gap(flat(by_rule[1]), flat(by_bptt[1])) > 0.05


def test_without_spikes_it_is_backpropagation():
    net = rv.chain(INPUTS, rv.SNU.soft(5), rv.recurrent(rv.GRU(4)), rv.Readout(2), key=jr.key(0))
    x = jr.normal(jr.key(1), (9, 3, INPUTS))
    data = Batch(x, jnp.ones((9, 3, 2)), jnp.ones((9, 3)))
    one, two = (make(losses.squared_error)(net, data, None) for make in (event_prop, rv.bptt))
    np.testing.assert_array_equal(flat(one[1]), flat(two[1]))


@pytest.mark.parametrize(
    ("neuron", "words"),
    [
        (rv.LIF(3), r"layers\[0\].neuron is a LIF, whose spikes have no times"),
        (Refractory(CurrentLIF(3), 2.0), r"layers\[0\].neuron is a Refractory.*CurrentLIF"),
        (
            Driven(rv.LIF(3), {"a": ("dendrite", Exponential(2.0))}),
            r"layers\[0\].neuron is a Driven",
        ),
        (rv.SNU(3), r"layers\[0\].neuron is a SNU"),
    ],
)
def test_other_spiking_neurons_are_refused(neuron, words):
    net = rv.chain(INPUTS, neuron, rv.Readout(2), key=jr.key(0))
    data = Batch(jnp.ones((5, 1, INPUTS)), jnp.ones((5, 1, 2)), jnp.ones((5, 1)))
    with pytest.raises(TypeError, match=f"event_prop: {words}"):
        event_prop(losses.squared_error)(net, data, None)


@pytest.mark.parametrize("without_grid", [False, True], ids=["grid", "continuous"])
def test_output_neurons_learn_who_fires_first(without_grid):
    """Two patterns of latencies, three neurons: by `fit`, from chance to certainty."""
    step = 0.5
    times = jnp.array([[2.0, 4.0, 10.0, 12.0], [10.0, 12.0, 2.0, 4.0]])
    target = jax.nn.one_hot(jnp.array([0, 2]), OUTPUTS)[None]
    unit = CurrentLIF(
        OUTPUTS, inhibitory=ExponentialKernel(5.0), time_step_ms=step, reset="subtract"
    )
    first = {"excitatory": 3.0 + 0.1 * jr.normal(jr.key(0), (OUTPUTS, INPUTS))}
    synapses = {
        p: Dense(w) for p, w in {**first, "inhibitory": jnp.zeros((OUTPUTS, INPUTS))}.items()
    }
    net, loss = Chain((Layer(unit, synapses),)), losses.time_to_first_spike(1.0)
    if without_grid:
        data = Batch(ordered_spikes(times), target, jnp.ones((1, EXAMPLES)))

        def read(fired):
            return first_spikes(fired.spikes, OUTPUTS, otherwise_ms=40.0)

        rule = exact_event_prop(loss, read, duration_ms=30.0, most_spikes=20)
    else:
        data = Batch(on_grid(times[..., None], 60, step), target, jnp.ones((60, EXAMPLES)))
        rule = event_prop(loss, decoding=losses.first_spike_times(step))
    learned, history = rv.fit(net, lambda epoch: [data] * 10, rule, optax.adam(0.05), epochs=8)
    assert history.train[0] > 0.3 and history.train[-1] < 0.1
    spikes = ordered_spikes(times)
    (fired,) = fire(learned, spikes, duration_ms=30.0, most_spikes=20)
    assert first_spikes(fired.spikes, OUTPUTS, otherwise_ms=40.0).argmin(1).tolist() == [0, 2]


def test_first_spike_times_decode_and_move():
    spikes = jnp.zeros((6, 2, 2)).at[jnp.array([2, 4]), 0, 0].set(1.0).at[5, 1, 1].set(1.0)
    mask = jnp.ones((6, 2)).at[5:, 1].set(0.0)
    decode = losses.first_spike_times(0.5)
    times, counts = decode(spikes, mask)
    assert times.tolist() == [[[1.0, 3.0], [2.5, 2.5]]] and counts.tolist() == [[1.0, 1.0]]
    worth = jax.grad(lambda y: decode(y, mask)[0][0, 0, 0])(spikes)[:, 0, 0]
    # One step later is half a ms later; later spikes are not looked at.
    assert jnp.diff(worth).tolist() == [0.0, 0.0, 0.5, 0.0, 0.0]


def test_the_loss_of_first_spikes():
    """Against its formula, and against differences."""
    loss = losses.time_to_first_spike(2.0, late=0.01, late_tau_ms=10.0)
    times, target = jnp.array([[4.0, 3.0, 9.0]]), jnp.array([[0.0, 1.0, 0.0]])
    odds = np.exp(-np.asarray(times) / 2.0)
    expected = -np.log(odds[0, 1] / odds.sum()) + 0.01 * (np.exp(0.3) - 1)
    assert float(loss(times, target)[0]) == pytest.approx(expected)
    with pytest.raises(ValueError, match="time_to_first_spike: tau_ms is 0, expected more than 0"):
        losses.time_to_first_spike(0)
    with pytest.raises(ValueError, match="first_spike_times: time_step_ms is -1, expected more"):
        losses.first_spike_times(-1)
