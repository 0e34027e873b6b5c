"""Runs from spike to spike, against the same neurons on a fine grid of time."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import Chain, Layer
from ranvier.nets.continuous import (
    SpikeTimes,
    fire,
    first_spikes,
    ordered_spikes,
    spike_counts,
    times_of_trains,
)
from ranvier.neurons import AlphaKernel, CurrentLIF
from ranvier.synapses import Delayed, Dense, Silent
from tests.nets.continuous.networks import (
    DURATION_MS,
    EXAMPLES,
    HIDDEN,
    INPUTS,
    input_times,
    layer,
    network,
    on_grid,
    unit,
)

pytestmark = pytest.mark.usefixtures("float64")
run = eqx.filter_jit(fire)


def fired(net, times, most_spikes=40):
    return run(net, ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=most_spikes)


def per_unit(spikes, example, units):
    """The spikes of each unit, in order."""
    times, who = (np.asarray(a[example]) for a in spikes)
    return [times[(who == u) & np.isfinite(times)] for u in range(units)]


CASES = {
    "two currents": {},
    "one current": {"taus": (20.0, 5.0, 5.0)},
    "as slow as the membrane": {"taus": (20.0, 20.0, 5.0)},
    "own potentials": {"reset_potential": -0.4, "resting_potential": 0.2},
    "recurrent": {"recurrent": True},
}


@pytest.mark.parametrize("case", CASES)
def test_spikes_are_those_of_a_grid_that_is_fine_enough(case):
    """Steps of 2 us: every spike within 40 us, largest potentials and areas alike."""
    step, settings = 0.002, CASES[case]
    times = jnp.round(input_times(3) / step) * step
    hidden, _ = fired(network(3, **settings), times)
    fine = network(3, **settings, time_step_ms=step, reset="subtract").layers[0]
    steps = round(DURATION_MS / step)

    @eqx.filter_jit
    def on_fine_grid(fine):
        _, states = fine.history(fine.init((EXAMPLES,)), on_grid(times, steps, step))
        return states.y, states.v.max(0), states.v.sum(0) * step

    y, highest, area = on_fine_grid(fine)
    total = 0
    for example in range(EXAMPLES):
        for number, own in enumerate(per_unit(hidden.spikes, example, HIDDEN)):
            expected = step * np.flatnonzero(np.asarray(y[:, example, number]))
            np.testing.assert_allclose(own, expected, atol=0.04)
            total += len(own)
    assert total > 15
    silent = np.asarray(spike_counts(hidden.spikes, HIDDEN)) == 0
    np.testing.assert_allclose(hidden.highest[silent], highest[silent], atol=1e-3)
    np.testing.assert_allclose(hidden.highest[~silent], 1.0)
    np.testing.assert_allclose(hidden.area, area, atol=0.05)


def test_a_layer_sees_the_spikes_of_the_layer_below():
    net, times = network(1), input_times(1)
    both = fired(net, times)
    (below,) = run(net.layers[0], ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=40)
    (above,) = run(net.layers[1], below.spikes, duration_ms=DURATION_MS, most_spikes=40)
    assert int(jnp.isfinite(both[1].spikes.times_ms).sum()) > 3
    np.testing.assert_array_equal(both[1].spikes.times_ms, above.spikes.times_ms)


def test_what_has_no_meaning_without_a_grid_changes_nothing():
    """Both resets, both orders of input, and the time step."""
    times = input_times()
    expected = fired(network(), times)
    other = {"reset": "subtract", "input_time": "after_update", "time_step_ms": 0.1}
    for one, two in zip(expected, fired(network(**other), times), strict=True):
        assert jax.tree.all(jax.tree.map(np.array_equal, one, two))


def test_neither_the_order_of_input_nor_empty_places_matter():
    net, times = network(), input_times()
    ordered = ordered_spikes(times)
    assert (jnp.diff(ordered.times_ms, axis=1) >= 0).all()
    later = jnp.full((EXAMPLES, 3), jnp.inf)
    padded = SpikeTimes(
        jnp.concatenate([ordered.times_ms, later], 1),
        jnp.concatenate([ordered.units, jnp.zeros((EXAMPLES, 3), int)], 1),
    )
    one, two = (
        run(net, spikes, duration_ms=DURATION_MS, most_spikes=40) for spikes in (ordered, padded)
    )
    np.testing.assert_allclose(one[1].spikes.times_ms, two[1].spikes.times_ms, rtol=1e-14)


def test_spikes_at_the_same_time_act_together():
    """Two of weight one are one of weight two."""
    pair = Layer(unit(1), {"excitatory": Dense(jnp.full((1, 2), 6.0)), "inhibitory": Silent(2, 1)})
    single = Layer(
        unit(1), {"excitatory": Dense(jnp.full((1, 1), 12.0)), "inhibitory": Silent(1, 1)}
    )
    (two,) = fired(pair, jnp.full((1, 2), 3.0))
    (one,) = fired(single, jnp.full((1, 1), 3.0))
    assert int(spike_counts(one.spikes, 1)[0, 0]) > 1
    np.testing.assert_allclose(two.spikes.times_ms, one.spikes.times_ms, rtol=1e-12)


def test_what_comes_after_the_end_is_not_heard():
    net, times = network(), input_times()
    short, cut = (
        run(net, ordered_spikes(t), duration_ms=20.0, most_spikes=40)
        for t in (times, jnp.where(times <= 20.0, times, jnp.inf))
    )
    assert (
        float(
            jnp.max(jnp.where(jnp.isfinite(short[0].spikes.times_ms), short[0].spikes.times_ms, 0))
        )
        <= 20
    )
    for one, two in zip(jax.tree.leaves(short), jax.tree.leaves(cut), strict=True):
        np.testing.assert_array_equal(one, two)


def test_without_input_nothing_happens():
    hidden, output = fired(network(resting_potential=0.25), jnp.full((1, INPUTS), jnp.inf))
    assert not jnp.isfinite(output.spikes.times_ms).any()
    np.testing.assert_allclose(hidden.highest, 0.25)
    np.testing.assert_allclose(hidden.area, 0.25 * DURATION_MS)


def test_single_precision_gives_the_same_spikes():
    net, times = network(), input_times()
    exact = fired(net, times)
    single = jax.tree.map(lambda a: a.astype(jnp.float32) if eqx.is_array(a) else a, net)
    rough = fired(single, times.astype(jnp.float32))
    assert rough[0].spikes.times_ms.dtype == jnp.float32
    for one, two in zip(exact, rough, strict=True):
        np.testing.assert_allclose(one.spikes.times_ms, two.spikes.times_ms, rtol=1e-4)


# Reading


def test_first_spikes_and_counts():
    inf = math.inf
    times = jnp.array([[[5.0, 2.0], [inf, inf], [7.0, inf]]])
    spikes = ordered_spikes(times)
    assert spikes.units[0, :3].tolist() == [0, 0, 2]
    assert first_spikes(spikes, 3, otherwise_ms=9.0).tolist() == [[2.0, 9.0, 7.0]]
    assert spike_counts(spikes, 3).tolist() == [[2, 0, 1]]
    # What did not fire is moved through what stands in its place alone.
    slopes = jax.grad(
        lambda t, o: first_spikes(ordered_spikes(t), 3, otherwise_ms=o).sum(), (0, 1)
    )(times, jnp.full((1, 3), 9.0))
    assert slopes[0][0].tolist() == [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    assert slopes[1].tolist() == [[0.0, 1.0, 0.0]]


def test_trains_become_times():
    step = 0.5
    trains = np.random.default_rng(0).random((30, 2, 4)) < 0.2
    spikes = times_of_trains(trains.astype(float), time_step_ms=step)
    back = np.zeros(trains.shape, bool)
    for example in range(2):
        for time, who in zip(*(np.asarray(a[example]) for a in spikes), strict=True):
            if np.isfinite(time):
                back[round(time / step), example, who] = True
    np.testing.assert_array_equal(back, trains)
    with pytest.raises(ValueError, match=r"with values \[2\].*expected 0 and 1"):
        times_of_trains(np.full((2, 1, 1), 2), time_step_ms=step)
    with pytest.raises(ValueError, match=r"got times of shape \(3,\), expected \[B, units\]"):
        ordered_spikes(jnp.ones(3))


# Refusals


def test_spikes_without_room_are_told_and_counted():
    net, times = network(), input_times()
    counts = np.asarray(spike_counts(fired(net, times)[0].spikes, HIDDEN))
    most = int(counts.max())
    fire(net.layers[0], ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=most)
    lacking = (counts == most).sum()
    words = f"layer .CurrentLIF.: there was room for {most - 1} spikes, and more came.*"
    with pytest.raises(RuntimeError, match=words + f"with {lacking} of {counts.size} units"):
        fire(net, ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=most - 1)
    with pytest.raises(RuntimeError, match=words):
        jax.block_until_ready(fired(net.layers[0], times, most_spikes=most - 1))
    grouped = network(recurrent=True)
    with pytest.raises(RuntimeError, match=r"room for 6 spikes.*with 2 of 2 examples"):
        fire(grouped, ordered_spikes(times), duration_ms=DURATION_MS, most_spikes=1)


@pytest.mark.parametrize(
    ("neuron", "error", "words"),
    [
        (rv.LIF(3), TypeError, r"got a LIF, expected a CurrentLIF"),
        (
            CurrentLIF(3, inhibitory=AlphaKernel(5.0)),
            TypeError,
            "inhibitory kernel is an AlphaKernel, expected an ExponentialKernel",
        ),
        (
            CurrentLIF(3, threshold=jnp.ones(3)),
            TypeError,
            r"threshold is an array, which learns.*rules.event_prop",
        ),
        (CurrentLIF(3, detach_reset=True), ValueError, "detach_reset is True"),
        (
            CurrentLIF(3, resting_potential=1.5),
            ValueError,
            "resting_potential is 1.5, expected less",
        ),
    ],
)
def test_neurons_that_cannot_run_without_a_grid_are_refused(neuron, error, words):
    net = rv.chain(INPUTS, neuron, key=jax.random.key(0))
    with pytest.raises(error, match=rf"layer 1 \({type(neuron).__name__}\): .*{words}"):
        fire(net, ordered_spikes(input_times()), duration_ms=9.0, most_spikes=4)


def test_what_else_does_not_fit_is_refused():
    net, spikes = network(), ordered_spikes(input_times())
    with pytest.raises(ValueError, match="fire: duration_ms is 0, expected more than 0"):
        fire(net, spikes, duration_ms=0, most_spikes=4)
    with pytest.raises(ValueError, match="fire: most_spikes is 0, expected more than 0"):
        fire(net, spikes, duration_ms=9.0, most_spikes=0)
    with pytest.raises(ValueError, match="most_spikes has 3 numbers for 2 layers"):
        fire(net, spikes, duration_ms=9.0, most_spikes=(1, 2, 3))
    with pytest.raises(ValueError, match="a spike is from unit 4, but there are 4 inputs"):
        fire(net, spikes._replace(units=spikes.units + 1), duration_ms=9.0, most_spikes=4)
    with pytest.raises(
        ValueError, match=r"got times of shape \(2, 12\) and units of shape \(2, 3\)"
    ):
        fire(net, spikes._replace(units=spikes.units[:, :3]), duration_ms=9.0, most_spikes=4)
    delayed = layer(jax.random.key(0), INPUTS, unit(3), mean=1.0)
    delayed = eqx.tree_at(
        lambda one: one.synapses["excitatory"], delayed, replace_fn=lambda s: Delayed(s, 2)
    )
    with pytest.raises(
        TypeError, match="the synapse onto 'excitatory' is a Delayed, expected Dense"
    ):
        fire(delayed, spikes, duration_ms=9.0, most_spikes=4)
    silent = Layer(unit(3), {port: Silent(INPUTS, 3) for port in ("excitatory", "inhibitory")})
    with pytest.raises(TypeError, match="no port has weights from the input"):
        fire(silent, spikes, duration_ms=9.0, most_spikes=4)
    with pytest.raises(TypeError, match="cell 1 is a Chain; expected layers"):
        fire(Chain((net,)), spikes, duration_ms=9.0, most_spikes=4)
