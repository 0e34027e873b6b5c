"""Mostafa's layers: simulated finely, by brute force over prefixes, and by finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ranvier as rv
from ranvier.encode import first_spike, spikes_at
from ranvier.nets.single_spike import (
    AtLevels,
    BySorting,
    MostafaLayer,
    SingleSpikeNetwork,
    clocked,
)

examples = st.integers(0, 2**31 - 1)
_run = jax.jit(lambda layer, z: layer(z))


def drawn(seed: int, units: int = 4, inputs: int = 12, dtype: type = np.float64):
    """Weights of both signs, some of whose sums stay below one, and times."""
    random = np.random.default_rng(seed)
    weight = random.normal(0.25, 0.5, (units, inputs)).astype(dtype)
    return weight, random.uniform(1, 6, inputs).astype(dtype)


def by_prefixes(weights: np.ndarray, z: np.ndarray) -> float:
    """The first prefix of the sorted inputs after which the unit fires before the next."""
    order = np.argsort(z)
    for count in range(1, len(z) + 1):
        heard = order[:count]
        excess = weights[heard].sum() - 1
        following = z[order[count]] if count < len(z) else np.inf
        if excess > 0:
            fires = (weights[heard] * z[heard]).sum() / excess
            if z[heard[-1]] <= fires <= following:
                return fires
    return np.inf


def potential(weights: np.ndarray, z: np.ndarray, at: np.ndarray) -> np.ndarray:
    """V at some z, as the integral of all currents so far."""
    heard = z <= at[:, None]
    return (weights * np.where(heard, 1 - z / at[:, None], 0)).sum(-1)


@given(examples)
@settings(max_examples=60, deadline=None)
def test_sorting_equals_brute_force_over_prefixes(seed):
    weight, z = drawn(seed, dtype=np.float32)
    expected = [by_prefixes(row.astype(np.float64), z.astype(np.float64)) for row in weight]
    np.testing.assert_allclose(_run(MostafaLayer(jnp.asarray(weight)), z), expected, rtol=1e-4)


def test_the_potential_is_one_when_it_fires_and_was_below_before(float64):
    fired = 0
    for seed in range(30):
        weight, z = drawn(seed)
        found = np.asarray(_run(MostafaLayer(jnp.asarray(weight)), z))
        for row, at in zip(weight, found, strict=True):
            end = at if np.isfinite(at) else 1e6
            grid = np.geomspace(1, end, 20_000)
            assert (potential(row, z, grid[:-1]) < 1 + 1e-9).all()
            if np.isfinite(at):
                assert potential(row, z, np.array([at]))[0] == pytest.approx(1, abs=1e-12)
                fired += 1
    assert 30 < fired < 115  # Of 120, so that silent units are among them.


def test_closed_form_is_what_integration_comes_to(float64):
    """Euler steps of dV/dt, with an error of the order of the step."""
    weight, z = drawn(3, units=40)
    found = np.log(np.asarray(MostafaLayer(jnp.asarray(weight))(jnp.asarray(z))))
    step, times = 1e-4, np.log(z)
    grid = np.arange(0, 2.5, step)
    arriving = np.where(grid[:, None] >= times, np.exp(-(grid[:, None] - times)), 0)
    for row, at in zip(weight, found, strict=True):
        current = arriving @ row
        v = np.cumsum(current) * step
        if at < 2.4:
            assert grid[np.argmax(v > 1)] == pytest.approx(at, abs=2e-3)
        elif at > 2.6:
            assert not (v > 1).any()
    assert (found < 2.4).sum() > 5 and (found > 2.6).sum() > 5


def test_times_are_those_of_the_neuron_stepped_through_time(float64):
    """`Refractory(Driven(IF))` comes to the closed form, first order in its step."""
    random = np.random.default_rng(0)
    layers = [MostafaLayer(jnp.asarray(random.uniform(0, 0.9, s))) for s in ((7, 9), (5, 7))]
    network = SingleSpikeNetwork(layers)
    times = random.uniform(0, 1, (3, 9)).round(2)
    expected = [np.log(z) for z in network.times(jnp.exp(jnp.asarray(times)))]
    errors = []
    for step in (0.01, 0.005):
        steps = round(4 / step)
        trains = spikes_at(jnp.asarray(times), steps, time_step_ms=step)
        states = rv.record(clocked(network, time_step_ms=step, steps=steps), trains)
        found = [first_spike(state.y, time_step_ms=step) for state in states]
        errors.append(max(np.abs(a - b).max() for a, b in zip(found, expected, strict=True)))
    assert errors[0] < 0.05 and 1.6 < errors[0] / errors[1] < 2.4


@pytest.mark.parametrize("causal", [BySorting(), AtLevels((1.0, 2.0, 4.0))], ids=["sort", "levels"])
def test_derivatives_by_weights_are_exact(float64, causal):
    random = np.random.default_rng(5)
    weight = random.normal(0.25, 0.4, (6, 12))
    z = random.choice([1.0, 2.0, 4.0], 12)
    layer = MostafaLayer(jnp.asarray(weight), causal=causal)
    found = np.asarray(layer(jnp.asarray(z)))
    fires = np.isfinite(found)
    assert 0 < fires.sum() < 6
    jacobian = np.asarray(
        jax.jacrev(lambda w: MostafaLayer(w, causal=causal)(jnp.asarray(z)))(layer.weight)
    )
    timed = jax.jit(lambda w: MostafaLayer(w, causal=causal)(jnp.asarray(z)))
    for unit in range(6):
        heard = np.asarray(z < found[unit])
        excess = weight[unit][heard].sum() - 1
        for one in range(12):
            expected = (z[one] - found[unit]) / excess if fires[unit] and heard[one] else 0.0
            assert jacobian[unit, unit, one] == pytest.approx(expected, rel=1e-10, abs=1e-12)
            if fires[unit]:
                nearby = [layer.weight.at[unit, one].add(d) for d in (1e-6, -1e-6)]
                up, down = (float(timed(w)[unit]) for w in nearby)
                assert jacobian[unit, unit, one] == pytest.approx((up - down) / 2e-6, abs=1e-5)
    # Nobody's time depends on another unit's weights.
    assert (jacobian[~np.eye(6, dtype=bool)] == 0).all()


def test_derivatives_by_times_are_exact(float64):
    weight, z = drawn(8, units=6)
    layer, z = MostafaLayer(jnp.asarray(weight)), jnp.asarray(z)
    found = np.asarray(layer(jnp.asarray(z)))
    fires = np.isfinite(found)
    assert 0 < fires.sum() < 6
    jacobian = np.asarray(jax.jacfwd(layer)(z))
    for one in range(12):
        up, down = (np.asarray(_run(layer, z.at[one].add(d))) for d in (1e-6, -1e-6))
        for unit in np.flatnonzero(fires):
            heard = np.asarray(z < found[unit])
            expected = weight[unit, one] / (weight[unit][heard].sum() - 1) if heard[one] else 0.0
            assert jacobian[unit, one] == pytest.approx(expected, rel=1e-10, abs=1e-12)
            assert jacobian[unit, one] == pytest.approx((up[unit] - down[unit]) / 2e-6, abs=1e-5)
    assert (jacobian[~fires] == 0).all()


@given(examples)
@settings(max_examples=30, deadline=None)
def test_levels_are_sorted_times(seed):
    random = np.random.default_rng(seed)
    weight = jnp.asarray(random.normal(0.2, 0.4, (5, 10)), jnp.float32)
    z = jnp.asarray(random.choice([1.0, 1.5, 6.0, np.inf], (3, 10)), jnp.float32)
    levels = MostafaLayer(weight, causal=AtLevels((1.0, 1.5, 6.0)))
    np.testing.assert_allclose(_run(levels, z), _run(MostafaLayer(weight), z), rtol=2e-4)


def test_between_levels_the_next_one_counts():
    weight = jnp.array([[1.5, 0.5]])
    levels = MostafaLayer(weight, causal=AtLevels((1.0, 2.0)))
    assert float(levels(jnp.array([1.3, 1.9]))[0]) == float(levels(jnp.array([2.0, 2.0]))[0])
    assert float(levels(jnp.array([1.0, 2.1]))[0]) == float(levels(jnp.array([1.0, jnp.inf]))[0])


def test_silence_goes_on_and_has_no_derivative(float64):
    """Inputs that never come, units that never fire: no number that is none anywhere."""
    layers = [
        MostafaLayer(jnp.array([[2.0, 0.0, 0.0], [0.5, 0.4, 0.05], [0.0, 0.0, 9.0]])),
        MostafaLayer(jnp.array([[2.0, 1.0, 1.0], [0.0, 4.0, 4.0]])),
    ]
    network = SingleSpikeNetwork(layers)
    z = jnp.array([1.0, 2.0, jnp.inf])
    hidden, outputs = network.times(z)
    assert hidden.tolist() == [2.0, np.inf, np.inf] and outputs.tolist() == [4.0, np.inf]

    def soon(weights, z):
        layers = [MostafaLayer(w) for w in weights]
        return jnp.exp(-SingleSpikeNetwork(layers).times(z)[-1]).sum()

    value, (by_weights, by_times) = jax.value_and_grad(soon, argnums=(0, 1))(
        [layer.weight for layer in layers], z
    )
    assert value == pytest.approx(np.exp(-4.0))
    for found in (*by_weights, by_times):
        assert np.isfinite(found).all()
    assert (np.asarray(by_weights[0])[1:] == 0).all() and by_weights[0][0, 0] != 0
    assert by_times.tolist()[1:] == [0.0, 0.0]


def test_a_sum_of_exactly_one_is_not_enough():
    layer = MostafaLayer(jnp.array([[1.0], [1.0 + 2**-20]]))
    found = layer(jnp.array([1.0]))
    assert np.isinf(found[0]) and float(found[1]) == pytest.approx(2**20, rel=0.1)


def test_leading_axes_are_examples():
    weight, _ = drawn(0, dtype=np.float32)
    z = jax.random.uniform(jax.random.key(0), (2, 3, 12), minval=1, maxval=6)
    layer = MostafaLayer(jnp.asarray(weight))
    np.testing.assert_allclose(layer(z)[1, 2], layer(z[1, 2]), rtol=1e-6)


def test_weights_at_the_start_add_up_to_what_was_asked():
    layer = MostafaLayer.random(500, 200, key=jax.random.key(0), total=3.0)
    # 200 sums of 500 uniform weights: the mean of the sums has a deviation of 0.0055.
    assert float(layer.weight.sum(-1).mean()) == pytest.approx(3.0, abs=0.03)
    assert layer.fired(jnp.array([1.0, jnp.inf])).tolist() == [True, False]
    assert layer.decide(jnp.ones(500), jnp.array([[3.0, 2.0], [jnp.inf] * 2])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MostafaLayer(jnp.ones(3)), r"weight has shape \(3,\), expected \[units, inputs\]"),
        (lambda: AtLevels(()), "expected one or more that rise"),
        (lambda: AtLevels((1.0, 1.0)), "expected one or more that rise"),
    ],
)
def test_what_cannot_be_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
