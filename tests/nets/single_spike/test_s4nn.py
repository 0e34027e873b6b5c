"""S4NN layers: against a simulation step by step, and against the neuron that they solve for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier as rv
from ranvier.encode import first_spike, spikes_at
from ranvier.nets.single_spike import S4NNLayer, SingleSpikeNetwork, arrivals, clocked

LAST = 24
_run = jax.jit(lambda layer, times: layer(times))


def stepped(weight: np.ndarray, times: np.ndarray, threshold: float, last: int) -> np.ndarray:
    """Firing times by walking through time, one step after another."""
    found = np.full(len(weight), last)
    potential = np.zeros(len(weight))
    for step in range(last):
        for pixel in np.flatnonzero(times == step):
            potential = potential + weight[:, pixel]
        for unit in np.flatnonzero((potential > threshold) & (found == last)):
            found[unit] = min(step + 1, last)
    return found


# Whole numbers add up without rounding, whatever the order, so the times must be the same.
examples = st.integers(0, 2**31 - 1)


@given(examples)
@settings(max_examples=60, deadline=None)
def test_sorted_equals_stepped(seed):
    random = np.random.default_rng(seed)
    weight = random.integers(-40, 60, (5, 21)).astype(np.float32)
    # Few different times, so that many spikes arrive together.
    times = random.integers(0, LAST + 1, (3, 21)) // 3 * 3
    layer = S4NNLayer(jnp.asarray(weight), threshold=50.0, last=LAST)
    expected = [stepped(weight, one, 50.0, LAST) for one in times]
    np.testing.assert_array_equal(_run(layer, times), expected)


def test_times_of_layers_are_those_of_the_neuron_stepped_through_time():
    """`Refractory(IF)` with a delay between layers, by the runner of every other network."""
    random = np.random.default_rng(0)
    shapes = ((9, 20), (7, 9), (4, 7))
    layers = [
        S4NNLayer(jnp.asarray(random.integers(-30, 60, s).astype(np.float32)), last=LAST)
        for s in shapes
    ]
    network = SingleSpikeNetwork(layers)
    times = random.integers(0, LAST, (6, 20))
    trains = spikes_at(jnp.asarray(times, float), LAST, time_step_ms=1.0)
    states = rv.record(clocked(network, steps=LAST), trains)
    layers = network.times(jnp.asarray(times))
    for found, state in zip(layers, states, strict=True):
        stepped_times = first_spike(state.y, time_step_ms=1.0) + 1
        np.testing.assert_array_equal(found, jnp.minimum(stepped_times, LAST))
        assert state.y.sum(0).max() == 1
    silent = [float((found == LAST).mean()) for found in layers]
    assert max(silent) > 0.1 and max(silent) < 0.9


@given(examples)
@settings(max_examples=20, deadline=None)
def test_more_weight_never_delays(seed):
    random = np.random.default_rng(seed)
    weight = random.integers(-30, 60, (6, 21)).astype(np.float32)
    times = random.integers(0, LAST + 1, 21)
    more = weight.copy()
    more[:, random.integers(21)] += random.integers(1, 50)
    before, after = (
        _run(S4NNLayer(jnp.asarray(w), threshold=50.0, last=LAST), times[None])
        for w in (weight, more)
    )
    assert (np.asarray(after) <= np.asarray(before)).all()


def test_one_strong_input_is_followed_after_one_step():
    layer = S4NNLayer(jnp.array([[101.0, 0.0], [100.0, 0.0]]))
    # The threshold is strict.
    assert layer(jnp.array([17, 0])).tolist() == [18, 256]


def test_without_a_leak_all_times_shift_together():
    random = np.random.default_rng(1)
    layer = S4NNLayer(jnp.asarray(random.integers(0, 40, (8, 20)).astype(np.float32)))
    times = jnp.asarray(random.integers(0, 60, (5, 20)))
    before = layer(times)
    assert (before < 256).all()
    np.testing.assert_array_equal(layer(times + 100), before + 100)


def test_spikes_together_are_added_before_the_threshold_is_tested():
    layer = S4NNLayer(jnp.array([[150.0, -100.0]]))
    assert layer(jnp.array([5, 5])).tolist() == [256]
    assert layer(jnp.array([5, 6])).tolist() == [6]


def test_what_would_fire_at_the_end_is_silent():
    layer = S4NNLayer(jnp.array([[200.0]]), last=10)
    assert [layer(jnp.array([t])).tolist()[0] for t in (7, 8, 9, 10)] == [8, 9, 10, 10]
    assert layer.fired(jnp.array([9, 10])).tolist() == [True, False]


def test_leading_axes_are_examples():
    key = jax.random.key(0)
    layer = S4NNLayer.random(12, 5, key=key, high=40.0)
    times = jax.random.randint(key, (2, 3, 12), 0, 256)
    found = layer(times)
    assert found.shape == (2, 3, 5) and found.dtype == jnp.int32
    np.testing.assert_array_equal(found[1, 2], layer(times[1, 2]))


def test_the_first_output_decides_then_the_lower_number_then_the_potential():
    layer = S4NNLayer(jnp.eye(3) * 60, last=20)
    before = jnp.array([[1, 1, 1], [1, 1, 1], [17, 18, 17]])
    times = jnp.array([[9, 4, 5], [9, 4, 4], [20, 20, 20]])
    # Of the silent ones, the first and the third stand at 60, three steps before the last.
    assert layer.decide(before, times).tolist() == [1, 1, 0]
    assert layer.potential(before[2], 17).tolist() == [60.0, 0.0, 60.0]


def test_arrivals_are_in_order_of_time_then_of_input():
    times = jax.random.randint(jax.random.key(0), (4, 50), 0, 10)
    found = arrivals(times, 10)
    np.testing.assert_array_equal(found.order, np.argsort(times, -1, kind="stable"))
    np.testing.assert_array_equal(found.times, np.sort(times, -1))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: S4NNLayer(jnp.ones(3)), r"weight has shape \(3,\), expected \[units, inputs\]"),
        (lambda: S4NNLayer(jnp.ones((2, 3)), threshold=0.0), "threshold is 0.0, expected more"),
        (lambda: S4NNLayer(jnp.ones((2, 3)), last=3), "last is 3, expected more than 3 steps"),
        (lambda: arrivals(jnp.zeros(2**20, int), 4000), "more than 32 bits can number"),
    ],
)
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
