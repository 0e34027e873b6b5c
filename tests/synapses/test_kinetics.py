"""Kinetics against their closed forms: value, peak and area of every kernel."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from ranvier.core import Kinetics
from ranvier.synapses import (
    NMDA,
    Alpha,
    Conductance,
    Delta,
    DoubleExponential,
    Exponential,
    Rectangular,
    RisingState,
)

pytestmark = pytest.mark.usefixtures("float64")


def response(kinetics: Kinetics, steps: int, arriving=None, v=None):
    """The current at every step; one spike in the first, if nothing else is said."""
    if arriving is None:
        arriving = jnp.zeros((steps, 1)).at[0].set(1.0)

    def body(state, arriving):
        state = kinetics.step(state, arriving)
        return state, kinetics.current(state, v)

    return jax.lax.scan(body, kinetics.init(arriving[0]), arriving)[1]


def exponential(t, tau):
    return np.exp(-t / tau)


def alpha(t, tau):
    return t / tau * np.exp(-t / tau)


def double(t, rise, decay):
    return decay / (decay - rise) * (np.exp(-t / decay) - np.exp(-t / rise))


@pytest.mark.parametrize("time_step_ms", [0.1, 0.5, 3.0])
@pytest.mark.parametrize(
    ("make", "kernel"),
    [
        (lambda dt: Exponential(5.0, time_step_ms=dt), lambda t: exponential(t, 5.0)),
        (
            lambda dt: Alpha(4.0, time_step_ms=dt, normalisation="unit_jump"),
            lambda t: alpha(t, 4.0),
        ),
        (
            lambda dt: DoubleExponential(1.0, 6.0, time_step_ms=dt, normalisation="unit_jump"),
            lambda t: double(t, 1.0, 6.0),
        ),
    ],
    ids=["exponential", "alpha", "double"],
)
def test_a_spike_gives_the_kernel_without_an_error_in_time(make, kernel, time_step_ms):
    """Arrivals are added after the decay: the first value is the kernel at zero."""
    found = response(make(time_step_ms), 60)[:, 0]
    np.testing.assert_allclose(found, kernel(time_step_ms * np.arange(60)), rtol=1e-12, atol=1e-15)


def test_a_pulse_acts_once():
    arriving = jnp.array([0.0, 2.0, 0.0, -1.0])[:, None]
    assert response(Delta(), 4, arriving).tolist() == arriving.tolist()


@pytest.mark.parametrize("tau_ms", [2.0, 10.0])
@pytest.mark.parametrize(
    ("kind", "normalisation", "area", "peak"),
    [
        (Exponential, "unit_jump", lambda tau: tau, lambda tau: 1.0),
        (Exponential, "unit_peak", lambda tau: tau, lambda tau: 1.0),
        (Exponential, "unit_area", lambda tau: 1.0, lambda tau: 1 / tau),
        (Alpha, "unit_jump", lambda tau: tau, lambda tau: 1 / math.e),
        (Alpha, "unit_peak", lambda tau: math.e * tau, lambda tau: 1.0),
        (Alpha, "unit_area", lambda tau: 1.0, lambda tau: 1 / (math.e * tau)),
    ],
)
def test_normalisations_of_one_constant(kind, normalisation, area, peak, tau_ms):
    dt = 0.01
    course = kind(tau_ms, time_step_ms=dt, normalisation=normalisation)
    found = response(course, 40_000)[:, 0]
    # The trapezoidal rule errs by (dt / tau)^2 / 12, 2e-6.
    np.testing.assert_allclose(np.trapezoid(found, dx=dt), area(tau_ms), rtol=3e-6)
    np.testing.assert_allclose(found.max(), peak(tau_ms), rtol=1e-9)
    assert int(found.argmax()) * dt == pytest.approx(0.0 if kind is Exponential else tau_ms)


@pytest.mark.parametrize(("rise_ms", "decay_ms"), [(1.0, 4.0), (2.0, 100.0), (3.0, 3.0)])
def test_normalisations_of_two_constants(rise_ms, decay_ms):
    dt, steps = 0.05, 40_000
    for name, area in (("unit_jump", decay_ms), ("unit_area", 1.0)):
        course = DoubleExponential(rise_ms, decay_ms, time_step_ms=dt, normalisation=name)
        np.testing.assert_allclose(response(course, steps)[:, 0].sum() * dt, area, rtol=3e-4)
    course = DoubleExponential(rise_ms, decay_ms, time_step_ms=dt)
    found = response(course, steps)[:, 0]
    assert abs(float(found.max()) - 1) < (dt / rise_ms) ** 2 / 8
    expected = (
        rise_ms
        if rise_ms == decay_ms
        else math.log(decay_ms / rise_ms) * decay_ms * rise_ms / (decay_ms - rise_ms)
    )
    assert float(course.peak_ms) == pytest.approx(expected, rel=1e-14)
    assert abs(int(found.argmax()) * dt - expected) <= dt


@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-9, 1e-6, 1e-4, 5e-3, 1e-2])
def test_nearly_equal_constants_lose_no_digits(apart, learned):
    """Against the series of the kernel in the difference of the rates, to its fourth power."""
    rise = 3.0
    decay = rise * (1 + apart)
    given = (jnp.full(1, rise), jnp.full(1, decay)) if learned else (rise, decay)
    course = DoubleExponential(*given, time_step_ms=0.5, normalisation="unit_jump")
    t = 0.5 * np.arange(40)
    z = t * (1 / decay - 1 / rise)
    series = 1 + z / 2 * (1 + z / 3 * (1 + z / 4 * (1 + z / 5 * (1 + z / 6 * (1 + z / 7)))))
    np.testing.assert_allclose(
        response(course, 40)[:, 0], t / rise * np.exp(-t / decay) * series, rtol=2e-12
    )


@pytest.mark.parametrize("normalisation", ["unit_jump", "unit_peak", "unit_area"])
def test_equal_constants_are_the_alpha_function(normalisation):
    one, two = (
        response(course, 50)
        for course in (
            Alpha(7.0, normalisation=normalisation),
            DoubleExponential(7.0, 7.0, normalisation=normalisation),
        )
    )
    np.testing.assert_allclose(one, two, rtol=1e-13)


def test_spikes_add_up():
    """One state per unit holds any number of synapses: linear, and the same at any time."""
    course = DoubleExponential(1.0, 4.0, time_step_ms=0.5)
    arriving = jnp.zeros((40, 1)).at[jnp.array([0, 3, 17])].set(jnp.array([[1.0], [2.0], [-0.5]]))
    one = response(course, 40)
    expected = (
        one + 2 * jnp.roll(one, 3, 0).at[:3].set(0) - 0.5 * jnp.roll(one, 17, 0).at[:17].set(0)
    )
    np.testing.assert_allclose(response(course, 40, arriving), expected, rtol=1e-12, atol=1e-14)


def test_campbells_theorem():
    """Poisson spikes through an exponential: mean nu w tau, variance nu w^2 tau / 2.

    With spikes drawn per step the sums over the kernel are geometric; the tolerances are six
    standard errors, by 4000 independent units: false alarm below 1e-8.
    """
    rate, weight, tau, dt, units = 0.2, 1.5, 5.0, 0.1, 4000
    counts = jax.random.poisson(jax.random.key(0), rate * dt, (600, units)).astype(float)
    found = np.asarray(response(Exponential(tau, time_step_ms=dt), 600, weight * counts)[-1])
    left = math.exp(-dt / tau)
    mean, variance = (
        weight**p * rate * dt / (1 - left**p) * (1 - left ** (600 * p)) for p in (1, 2)
    )
    assert mean == pytest.approx(rate * weight * tau, rel=0.02)
    assert variance == pytest.approx(rate * weight**2 * tau / 2, rel=0.03)
    assert abs(found.mean() - mean) < 6 * (variance / units) ** 0.5
    # Of a Poisson sum: the fourth cumulant is nu w^4 tau / 4.
    error = ((rate * weight**4 * tau / 4 + 2 * variance**2) / units) ** 0.5
    assert abs(found.var() - variance) < 6 * error


KINETICS = {
    "delta": lambda: Delta(),
    "exponential": lambda: Exponential(5.0),
    "exponential, learned area": lambda: Exponential(
        jnp.array([3.0, 5.0]), normalisation="unit_area"
    ),
    "alpha, learned": lambda: Alpha(jnp.array([3.0, 5.0])),
    "double, learned, equal or not": lambda: DoubleExponential(
        jnp.array([3.0, 5.0]), jnp.array([3.0, 9.0])
    ),
    "double, learned, nearly equal": lambda: DoubleExponential(
        jnp.array([3.0, 5.0]), jnp.array([3.0001, 5.001]), normalisation="unit_area"
    ),
    "conductance": lambda: Conductance(Exponential(5.0), reversal_mV=jnp.array([-80.0, 0.0])),
    "nmda": lambda: NMDA(DoubleExponential(2.0, jnp.array([50.0, 100.0]))),
    "nmda without magnesium": lambda: NMDA(Exponential(5.0), magnesium_mM=0.0),
}


@pytest.mark.parametrize("name", KINETICS)
def test_derivatives(name):
    """Forward mode, reverse mode and central differences."""
    parameters, static = eqx.partition(KINETICS[name](), eqx.is_inexact_array)
    arriving = jax.random.uniform(jax.random.key(1), (7, 2))
    start = (parameters, arriving, jnp.array([-60.0, -20.0]))
    flat, rebuild = ravel_pytree(start)

    def currents(flat):
        parameters, arriving, v = rebuild(flat)
        return response(eqx.combine(parameters, static), 7, arriving, v).ravel()

    forward, reverse = jax.jit(lambda f: (jax.jacfwd(currents)(f), jax.jacrev(currents)(f)))(flat)
    assert jnp.isfinite(forward).all() and forward.any()
    np.testing.assert_allclose(forward, reverse, rtol=1e-12, atol=1e-13)
    nudges = 1e-5 * jnp.eye(flat.size)
    measured = jax.vmap(lambda d: (currents(flat + d) - currents(flat - d)) / 2e-5)(nudges).T
    np.testing.assert_allclose(forward, measured, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", KINETICS)
def test_states_are_as_what_they_are_made_like(name):
    kinetics = KINETICS[name]()
    single = eqx.tree_at(
        jax.tree.leaves,
        kinetics,
        replace_fn=lambda a: a.astype(jnp.float32) if eqx.is_inexact_array(a) else a,
    )
    for like in (jnp.ones((3, 2), jnp.float32), jnp.ones(2, jnp.float32)):
        before = single.init(like)
        after = single.step(before, 0.5 * like)
        for leaf in jax.tree.leaves((before, after, single.current(after, like))):
            assert leaf.shape == like.shape and leaf.dtype == like.dtype
        assert not any(leaf.any() for leaf in jax.tree.leaves(before))
        # A port that nothing drives gets a plain zero.
        for leaf in jax.tree.leaves(single.step(before, 0.0)):
            assert leaf.shape == like.shape and not leaf.any()


# Conductances


def test_a_conductance_drives_towards_its_reversal_potential():
    course = Conductance(Exponential(5.0), reversal_mV=-80.0)
    state = course.step(course.init(jnp.zeros(3)), jnp.full(3, 2.0))
    v = jnp.array([-80.0, -65.0, -90.0])
    assert course.current(state, v).tolist() == [0, -30, 20]
    assert course.needs_voltage and not Exponential(5.0).needs_voltage
    assert not course.memoryless and Conductance(Delta(), reversal_mV=0.0).memoryless


def test_the_magnesium_block():
    """Half open at ln(Mg / 3.57) / 0.062; closed at rest; the textbook's values."""
    receptor = NMDA(Delta())
    half = math.log(1 / 3.57) / 0.062
    assert float(receptor.unblocked(jnp.array(half))) == pytest.approx(0.5, abs=1e-15)
    v = np.array([-80.0, -70.0, -20.0, 0.0, 40.0])
    np.testing.assert_allclose(
        receptor.unblocked(jnp.asarray(v)), 1 / (1 + np.exp(-0.062 * v) / 3.57), rtol=1e-13
    )
    assert (NMDA(Delta(), magnesium_mM=0.0).unblocked(jnp.asarray(v)) == 1).all()
    more = NMDA(Delta(), magnesium_mM=2.0).unblocked(jnp.asarray(v))
    assert (more < receptor.unblocked(jnp.asarray(v))).all()
    far = receptor.unblocked(jnp.array([-1e6, 1e6]))
    assert far.tolist() == [0, 1]


def test_the_current_of_nmda_is_largest_at_a_middle_voltage():
    """Its negative slope: from rest, depolarisation makes it stronger, until the battery wins."""
    receptor = NMDA(Delta())
    v = jnp.linspace(-90.0, 0.0, 901)
    current = receptor.current(jnp.ones_like(v), v)
    at = float(v[int(current.argmax())])
    # Where d/dv [B(v) v] = 0: 1 + 0.062 v (1 - B(v)) = 0.
    assert abs(1 + 0.062 * at * (1 - float(receptor.unblocked(jnp.array(at))))) < 0.01
    assert -40 < at < -15


# What does not fit


@pytest.mark.parametrize("kind", [Exponential, Alpha])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_constants_that_are_not_positive(kind, value):
    with pytest.raises(ValueError, match=rf"{kind.__name__}: tau_ms is {value}, expected more"):
        kind(value)
    with pytest.raises(ValueError, match=rf"{kind.__name__}: time_step_ms is {value}"):
        kind(5.0, time_step_ms=value)


def test_a_rise_slower_than_the_decay():
    with pytest.raises(ValueError, match=r"rise_ms is 5.0, longer than decay_ms = 2.0. Exchange"):
        DoubleExponential(5.0, 2.0)
    with pytest.raises(ValueError, match=r"DoubleExponential: rise_ms is 0, expected more than 0"):
        DoubleExponential(0, 2.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda name: Exponential(5.0, normalisation=name),
        lambda name: Alpha(5.0, normalisation=name),
        lambda name: DoubleExponential(1.0, 5.0, normalisation=name),
    ],
)
def test_an_unknown_normalisation(make):
    with pytest.raises(ValueError, match=r"normalisation is 'unit_aera'. Did you mean 'unit_area'"):
        make("unit_aera")


def test_a_conductance_of_a_conductance():
    inner = Conductance(Exponential(5.0), reversal_mV=0.0)
    with pytest.raises(ValueError, match="Conductance: its time course is a Conductance, which"):
        Conductance(inner, reversal_mV=0.0)
    with pytest.raises(ValueError, match="NMDA: its time course is a Conductance, which depends"):
        NMDA(inner)
    with pytest.raises(ValueError, match=r"magnesium_mM is -1.0, expected 0 or more"):
        NMDA(Delta(), magnesium_mM=-1.0)


def test_the_step_of_a_conductance_is_that_of_its_time_course():
    for made in (
        Conductance(Alpha(5.0, time_step_ms=0.2), reversal_mV=0.0),
        NMDA(Alpha(5.0, time_step_ms=0.2)),
    ):
        assert made.time_step_ms == 0.2
        assert isinstance(made.init(jnp.zeros(1)), RisingState)
    assert not hasattr(NMDA(Delta()), "time_step_ms")


@pytest.mark.parametrize("time_step_ms", [0.5, 1.0, 2.0])
def test_a_rectangular_current_lasts_for_its_duration(time_step_ms):
    steps = round(4 / time_step_ms)
    found = response(Rectangular(4.0, time_step_ms=time_step_ms), 2 * steps)
    np.testing.assert_array_equal(found[:, 0], [1.0] * steps + [0.0] * steps)


def test_rectangular_currents_add_up():
    arriving = jnp.array([[1.0], [0.0], [2.0], [0.0], [0.0]])
    found = response(Rectangular(3.0), 5, arriving)
    np.testing.assert_array_equal(found[:, 0], [1.0, 1.0, 3.0, 2.0, 2.0])


def test_a_rectangle_needs_whole_steps():
    with pytest.raises(ValueError, match="whole number of time steps"):
        Rectangular(2.5)
    with pytest.raises(ValueError, match="duration_ms"):
        Rectangular(0.0)
