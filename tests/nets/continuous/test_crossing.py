"""The next crossing against closed forms, and against a search that looks everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import lambertw

from ranvier.nets.continuous._crossing import first_crossing, root, turns
from ranvier.nets.continuous._membrane import Charge, Membrane, after, area, potential, response

pytestmark = pytest.mark.usefixtures("float64")
MANY = 1000


def charges(currents, seed=0):
    """Membranes below a threshold of one, currents of either sign."""
    random = np.random.default_rng(seed)
    v = random.uniform(-1, 1, MANY)
    i = random.normal(1.0, 3.0, (currents, MANY)) * random.choice(
        [0, 1], (currents, MANY), p=[0.1, 0.9]
    )
    return Charge(jnp.asarray(v), jnp.asarray(i)), jnp.asarray(random.uniform(0, 60, MANY))


@jax.jit(static_argnums=0)
def crossing(membrane, charge, within):
    turning = turns(membrane, charge, within)
    return jnp.stack(turning), first_crossing(membrane, charge, within, turning)


def found(membrane, charge, within):
    return tuple(np.asarray(a) for a in crossing(membrane, charge, within))


def test_the_closed_form_of_a_membrane_twice_as_slow_as_its_current():
    """A quadratic in exp(-t / 2 tau_s)."""
    membrane = Membrane(20.0, (10.0,), 0.0, 1.0, 0.0)
    charge, within = charges(1)
    _, times = found(membrane, charge, within)
    v, i = np.asarray(charge.v), np.asarray(charge.i[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        x = ((v + i) + np.sqrt((v + i) ** 2 - 4 * i)) / (2 * i)
        expected = -20.0 * np.log(x)
    expected = np.where((expected > 0) & (expected <= within) & (i > 0), expected, np.inf)
    assert 100 < np.isfinite(times).sum() < MANY - 100
    np.testing.assert_allclose(times, expected, rtol=1e-11)


def test_the_closed_form_of_equal_time_constants():
    """Lambert's W, on its upper branch."""
    membrane = Membrane(15.0, (15.0,), 0.0, 1.0, 0.0)
    charge, within = charges(1, seed=1)
    _, times = found(membrane, charge, within)
    v, i = np.asarray(charge.v), np.asarray(charge.i[0])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        argument = -np.exp(-v / i) / i
        expected = 15.0 * (-v / i - lambertw(argument).real)
    real = (i > 0) & (argument >= -np.exp(-1)) & (expected > 0) & (expected <= within)
    assert real.sum() > 100
    np.testing.assert_allclose(times, np.where(real, expected, np.inf), rtol=1e-9)


@pytest.mark.parametrize(
    "currents", [(5.0,), (40.0,), (20.0,), (5.0, 10.0), (30.0, 2.0), (5.0, 20.0)]
)
def test_no_crossing_is_missed_and_none_is_late(currents):
    """Against 2001 points of each course: before the time found all are below, at it one."""
    membrane = Membrane(20.0, currents, 0.0, 1.0, 0.0)
    charge, within = charges(len(currents), seed=2)
    _, times = found(membrane, charge, within)
    finite = np.isfinite(times)
    assert finite.sum() > 50
    at = np.asarray(potential(membrane, charge, jnp.where(finite, times, 0.0)))
    np.testing.assert_allclose(at[finite], 1.0, rtol=1e-12)

    @jax.jit
    def highest(until):
        def body(most, part):
            return jnp.maximum(most, potential(membrane, charge, part * until)), None

        return jax.lax.scan(body, charge.v, jnp.linspace(0, 1, 2001))[0]

    before = jnp.where(finite, times * (1 - 1e-9), within)
    assert np.asarray(highest(before)).max() <= 1.0


def test_a_crossing_however_short_is_seen():
    """The threshold a billionth below the peak, with one current and with two."""
    for currents, i in (((5.0,), [[6.0]]), ((5.0, 10.0), [[9.0], [-2.0]])):
        charge, within = Charge(jnp.zeros(1), jnp.array(i)), jnp.full(1, 50.0)
        low = Membrane(20.0, currents, 0.0, 100.0, 0.0)
        turning, _ = found(low, charge, within)
        peak = float(max(potential(low, charge, jnp.asarray(t))[0] for t in turning))
        for below, crosses in ((1e-9, True), (-1e-9, False)):
            membrane = low._replace(threshold=peak * (1 - below))
            assert np.isfinite(found(membrane, charge, within)[1][0]) == crosses


@pytest.mark.parametrize("currents", [(5.0,), (20.0,), (5.0, 10.0)])
def test_the_membrane_turns_where_it_is_said_to(currents):
    """The largest and the least value of a course are at its turns or at its ends."""
    membrane = Membrane(20.0, currents, 0.0, 1.0, 0.0)
    charge, within = charges(len(currents), seed=3)
    turning, _ = found(membrane, charge, within)
    parts = np.linspace(0, 1, 501)[:, None] * np.asarray(within)
    course = np.asarray(jax.vmap(lambda t: potential(membrane, charge, t))(jnp.asarray(parts)))
    known = [np.asarray(potential(membrane, charge, jnp.asarray(t))) for t in (*turning, within)]
    known = np.stack([np.asarray(charge.v), *known])
    assert (course.max(0) <= known.max(0) + 1e-12).all()
    assert (course.min(0) >= known.min(0) - 1e-12).all()
    assert (np.sort(turning, 0) == turning).all() and (turning <= np.asarray(within)).all()


@pytest.mark.parametrize("current_ms", [2.0, 19.9999, 20.0, 20.0001, 900.0])
def test_what_a_current_does_to_the_membrane(current_ms):
    """Against the integral by which it is defined, at any two time constants."""
    nodes, factors = np.polynomial.legendre.leggauss(60)
    for elapsed in (1e-6, 0.3, 25.0, 300.0):
        u = elapsed * (nodes + 1) / 2
        kernel = np.exp(-(elapsed - u) / 20.0) * np.exp(-u / current_ms) / 20.0
        expected = (factors * kernel).sum() * elapsed / 2
        # Sixty nodes follow three hundred ms of an exponential of two to six digits.
        tolerance = 1e-12 if elapsed < 100 else 1e-5
        assert float(response(20.0, current_ms, elapsed)) == pytest.approx(expected, rel=tolerance)


def test_long_stretches_of_single_precision_do_not_overflow():
    found = response(2.0, 200.0, jnp.float32(1000.0))
    assert float(found) == pytest.approx(np.exp(-5.0) * 200 / 198, rel=1e-5)


def test_the_area_is_the_integral():
    membrane = Membrane(20.0, (5.0, 10.0), 0.0, 1.0, 0.0)
    charge = Charge(jnp.array([0.3]), jnp.array([[2.0], [-1.0]]))
    times = jnp.linspace(0, 30, 10_001)
    course = jax.vmap(lambda t: potential(membrane, charge, t[None])[0])(times)
    found = area(membrane, charge, after(membrane, charge, jnp.full(1, 30.0)), jnp.full(1, 30.0))
    assert float(found[0]) == pytest.approx(float(jnp.trapezoid(course, times)), rel=1e-7)


def test_roots_are_found_whatever_the_function():
    """Flat where the search begins, steep, and one whose Newton steps lead nowhere."""
    functions = {
        "flat": (lambda x: (x**9 - 1e-9, 9 * x**8), 0.1),
        "steep": (lambda x: (jnp.expm1(50 * (x - 0.7)), 50 * jnp.exp(50 * (x - 0.7))), 0.7),
        "arctangent": (
            lambda x: (jnp.arctan(1e3 * (x - 0.3)), 1e3 / (1 + 1e6 * (x - 0.3) ** 2)),
            0.3,
        ),
        "no slope": (lambda x: (x - 0.4, jnp.zeros_like(x)), 0.4),
    }
    for name, (function, expected) in functions.items():
        found = root(function, jnp.zeros(1), jnp.ones(1), jnp.ones(1, bool))
        assert float(found[0]) == pytest.approx(expected, rel=1e-9), name
