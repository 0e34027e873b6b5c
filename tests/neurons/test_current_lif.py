"""Synaptic currents against their exact solution, Campbell's theorem and a frozen network."""

import math

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.neurons import AlphaKernel, CurrentLIF, ExponentialKernel, Refractory, surrogates

pytestmark = pytest.mark.usefixtures("float64")
TAU, SILENT = 20.0, 1e6


def simulate(unit, excitatory, inhibitory=None):
    """Every state, from rest."""
    excitatory = jnp.asarray(excitatory, float)
    inhibitory = jnp.zeros_like(excitatory) if inhibitory is None else inhibitory

    def body(state, now):
        state = unit.step(state, *now)
        return state, state

    start = unit.init(excitatory.shape[1:-1])
    scan = jax.jit(lambda *currents: jax.lax.scan(body, start, currents)[1])
    return scan(excitatory, inhibitory)


def pulse(steps, weight=1.0):
    return np.eye(steps, 1) * weight


def exponential_psp(time, tau, tau_s):
    """The membrane after one spike into an exponential current."""
    if tau_s == tau:
        return time / tau * np.exp(-time / tau)
    return tau_s / (tau - tau_s) * (np.exp(-time / tau) - np.exp(-time / tau_s))


def alpha_psp(time, tau, tau_s):
    """The membrane after one spike into an alpha current."""
    if tau_s == tau:
        return math.e / 2 * (time / tau) ** 2 * np.exp(-time / tau)
    rate = 1 / tau_s - 1 / tau
    rise = np.exp(-time / tau) - (1 + rate * time) * np.exp(-time / tau_s)
    return math.e * rise / (tau * tau_s * rate**2)


PSP = {ExponentialKernel: exponential_psp, AlphaKernel: alpha_psp}


# One spike


@pytest.mark.parametrize("time_step_ms", [0.1, 1.0, 7.0])
@pytest.mark.parametrize("tau_s", [0.5, 5.0, 20.0, 80.0])
@pytest.mark.parametrize("kernel", PSP)
def test_one_spike_gives_the_exact_potential_whatever_the_step(kernel, tau_s, time_step_ms):
    unit = CurrentLIF(
        1, tau_membrane_ms=TAU, excitatory=kernel(tau_s), time_step_ms=time_step_ms, threshold=9.0
    )
    v = simulate(unit, pulse(60)).v[:, 0]
    time = time_step_ms * np.arange(1, 61)
    np.testing.assert_allclose(v, PSP[kernel](time, TAU, tau_s), rtol=0, atol=1e-12)


@pytest.mark.parametrize("apart", [1e-13, 1e-10, 1e-7, 1e-4, 1e-2, -1e-7, -1e-3])
@pytest.mark.parametrize("kernel", PSP)
def test_nearly_equal_time_constants_keep_their_digits(kernel, apart):
    """Against the solution for equal ones, from which it is away by the first order."""
    made = [
        CurrentLIF(1, tau_membrane_ms=TAU, excitatory=kernel(TAU * (1 + e)), threshold=9.0)
        for e in (0.0, apart)
    ]
    equal, near = (simulate(unit, pulse(60)).v[:, 0] for unit in made)
    time = np.arange(1, 61)
    np.testing.assert_allclose(equal, PSP[kernel](time, TAU, TAU), rtol=0, atol=1e-13)
    assert np.abs(near - equal).max() <= 1.5 * abs(apart) + 1e-14
    if abs(apart) >= 1e-4:
        expected = PSP[kernel](time, TAU, TAU * (1 + apart))
        np.testing.assert_allclose(near, expected, rtol=0, atol=1e-13 / apart**2 + 1e-12)


@pytest.mark.parametrize("kernel", PSP)
def test_the_gradient_by_the_time_constants(kernel):
    """Against central differences; the time constants are apart, equal, and nearly equal.

    The pseudo-derivative vanishes here, or the gradient would take the path through the reset.
    """
    settings = {"threshold": 9.0, "h": surrogates.boxcar()}

    def total(times):
        tau, tau_s = times
        unit = CurrentLIF(3, tau_membrane_ms=tau, excitatory=kernel(tau_s), **settings)

        def body(state, now):
            return unit.step(state, now, 0.0), None

        return jax.lax.scan(body, unit.init(), jnp.asarray(pulse(10)))[0].v

    at = jnp.stack([jnp.full(3, TAU), jnp.array([5.0, TAU, TAU + 1e-9])])
    slopes = jax.jit(jax.grad(lambda times: total(times).sum()))(at)
    value, h = jax.jit(total), 1e-3
    for which in (0, 1):
        moved = jnp.zeros((2, 1)).at[which].set(h)
        expected = (value(at + moved) - value(at - moved)) / (2 * h)
        np.testing.assert_allclose(slopes[which], expected, rtol=1e-6)


def test_the_alpha_current_peaks_at_its_weight():
    unit = CurrentLIF(1, excitatory=AlphaKernel(5.0), time_step_ms=0.5, threshold=9.0)
    current = simulate(unit, pulse(400, 0.7)).excitatory.value[:, 0]
    assert np.argmax(current) == 9 and current[9] == pytest.approx(0.7)
    assert current.sum() * 0.5 == pytest.approx(math.e * 0.7 * 5.0, rel=2e-3)


def test_currents_add_up_and_every_port_has_its_own_time():
    """The system is linear below the threshold."""
    unit = CurrentLIF(1, excitatory=ExponentialKernel(3.0), threshold=SILENT)
    rng = np.random.default_rng(0)
    arriving = rng.normal(size=(2, 50, 1))
    both = simulate(unit, *arriving).v[:, 0]
    lag = np.arange(1, 51)
    parts = zip(arriving[:, :, 0], (3.0, 10.0), strict=True)
    expected = sum(np.convolve(x, exponential_psp(lag, 20.0, tau))[:50] for x, tau in parts)
    np.testing.assert_allclose(both, expected, atol=1e-12)


@pytest.mark.parametrize("kernel", PSP)
def test_an_input_after_the_update_acts_one_step_later(kernel):
    rng = np.random.default_rng(1)
    arriving = rng.uniform(0, 2, size=(80, 1))
    before, after = (
        simulate(CurrentLIF(1, excitatory=kernel(5.0), input_time=time), arriving)
        for time in ("before_update", "after_update")
    )
    assert before.y.sum() > 3
    np.testing.assert_array_equal(after.y[1:], before.y[:-1])
    np.testing.assert_allclose(after.v[1:], before.v[:-1], atol=1e-14)
    # What the state shows is the current as the next step will find it.
    first = jax.tree.leaves(after.excitatory)[-1][0, 0]
    assert first == pytest.approx(arriving[0, 0] * (math.e if kernel is AlphaKernel else 1.0))


# Threshold and reset


def test_a_resting_potential_above_the_threshold_fires_on_its_own():
    """The closed form of the period, on the grid."""
    unit = CurrentLIF(1, threshold=-50.0, reset_potential=-60.0, resting_potential=-49.0)
    y = simulate(unit, np.zeros((400, 1))).y[:, 0]
    period = math.floor(TAU * math.log(11.0)) + 1
    assert np.flatnonzero(y).tolist() == list(range(0, 400, period))


def test_the_threshold_is_strict_and_every_reset_is_what_it_says():
    settings = {"threshold": 2.0, "reset_potential": 0.5, "resting_potential": 2.0}
    state = CurrentLIF(1, **settings).init()
    for reset, left in (("set", 0.5), ("subtract", 1.5)):
        unit = CurrentLIF(1, reset=reset, **settings)
        at, above = (
            unit.step(state._replace(v=jnp.array([v])), jnp.zeros(1), jnp.zeros(1))
            for v in (2.0, 2.0 + 1.0 / math.exp(-1 / 20))
        )
        assert at.y[0] == 0 and at.v[0] == 2.0
        assert above.y[0] == 1 and above.v[0] == pytest.approx(left, abs=1e-12)


def test_the_surrogate_sees_the_distance_in_units_of_the_way_from_reset():
    """Millivolts or volts: the same gradient per distance."""

    def slope(scale):
        unit = CurrentLIF(1, threshold=10.0 * scale, excitatory=ExponentialKernel(5.0))
        spike = jax.grad(lambda w: unit.step(unit.init(), w, jnp.zeros(1)).y[0])
        return float(spike(jnp.array([40.0 * scale]))[0])

    assert slope(1.0) == pytest.approx(slope(1e-3) * 1e-3, rel=1e-9)
    assert slope(1.0) > 0


# Campbell's theorem


def test_noise_of_poisson_spikes():
    """Mean and variance of current and membrane are those of shot noise.

    40,000 independent neurons, seed fixed. Each of the four estimates must lie within 4.5 of its
    own standard errors; for a right implementation and a free seed that fails with probability
    3e-5. The grid's sums are within 2 % of Campbell's integrals over continuous time.
    """
    count, steps, dt, tau_s, weight, rate_per_ms = 40_000, 700, 0.2, 5.0, 0.3, 0.8
    unit = CurrentLIF(count, excitatory=ExponentialKernel(tau_s), time_step_ms=dt, threshold=SILENT)

    def body(state, key):
        spikes = jr.poisson(key, rate_per_ms * dt, (count,)).astype(float)
        return unit.step(state, weight * spikes, 0.0), None

    end = jax.jit(lambda keys: jax.lax.scan(body, unit.init(), keys)[0])(jr.split(jr.key(7), steps))
    time = dt * np.arange(1, steps + 1)
    for found, response, variance in (
        (end.excitatory, np.exp(-time / tau_s), rate_per_ms * weight**2 * tau_s / 2),
        (
            end.v,
            exponential_psp(time, TAU, tau_s),
            rate_per_ms * weight**2 * tau_s**2 / (2 * (TAU + tau_s)),
        ),
    ):
        mean, power, fourth = (
            rate_per_ms * dt * np.sum((weight * response) ** n) for n in (1, 2, 4)
        )
        assert mean == pytest.approx(rate_per_ms * weight * tau_s, rel=0.021)
        assert power == pytest.approx(variance, rel=0.041)
        found = np.asarray(found)
        assert abs(found.mean() - mean) < 4.5 * math.sqrt(power / count)
        spread = math.sqrt((fourth + 2 * power**2) / count)
        assert abs(found.var() - power) < 4.5 * spread


# The frozen network


def test_a_network_of_400_spike_for_spike(real_data):
    """CUBA (Brette et al. 2007, benchmark 2) as Brian2 2.9 ran it, 300 ms: all 584 spikes."""
    frozen = np.load(real_data / "brian2_cuba400" / "cuba400.npz")
    size, excitatory = 400, 320
    unit = CurrentLIF(
        size,
        tau_membrane_ms=20.0,
        excitatory=ExponentialKernel(5.0),
        inhibitory=ExponentialKernel(10.0),
        time_step_ms=0.1,
        threshold=-50.0,
        reset_potential=-60.0,
        resting_potential=-49.0,
    )
    cell = Refractory(unit, period_ms=5.0)
    # Counts are whole numbers, so the order of a sum does not matter.
    links = np.zeros((size, size))
    np.add.at(links, (frozen["post"], frozen["pre"]), 1.0)
    excite, inhibit = links[:, :excitatory], links[:, excitatory:]

    def body(state, _):
        y = state.y
        new = cell.step(state, 1.62 * (excite @ y[:excitatory]), -9.0 * (inhibit @ y[excitatory:]))
        return new, (state.neuron.v[frozen["v_trace_neurons"]], new.y)

    start = cell.init()
    start = start._replace(neuron=start.neuron._replace(v=jnp.asarray(frozen["v0_mV"])))
    _, (v, y) = jax.jit(lambda s: jax.lax.scan(body, s, None, length=3000))(start)
    step, neuron = np.nonzero(np.asarray(y))
    assert len(step) == 584
    np.testing.assert_array_equal(step, frozen["spike_step"])
    np.testing.assert_array_equal(neuron, frozen["spike_i"])
    np.testing.assert_allclose(np.asarray(v).T[:, :1000], frozen["v_trace_mV"], atol=1e-9)


# Errors


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"CurrentLIF: tau_membrane_ms is 0, expected more than"):
        CurrentLIF(1, tau_membrane_ms=0)
    with pytest.raises(ValueError, match=r"CurrentLIF: time_step_ms is -1, expected more than"):
        CurrentLIF(1, time_step_ms=-1)
    with pytest.raises(ValueError, match=r"reset_potential is 1.5, expected less than threshold"):
        CurrentLIF(1, reset_potential=1.5)
    with pytest.raises(ValueError, match=r"input_time is 'before'. Did you mean 'before_update'"):
        CurrentLIF(1, input_time="before")
    with pytest.raises(ValueError, match=r"reset is 'substract'. Did you mean 'subtract'"):
        CurrentLIF(1, reset="substract")
    for kernel in PSP:
        with pytest.raises(ValueError, match=rf"{kernel.__name__}: tau_ms is nan, expected more"):
            kernel(float("nan"))
