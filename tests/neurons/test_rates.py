"""Rates of gates against their published formulas and tables."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import SquidRates, TraubMilesRates

pytestmark = pytest.mark.usefixtures("float64")
V = np.array([-120.0, -77.3, -65.0, -54.1, -41.7, -10.0, 3.0, 48.0])


def squid(v):
    e = np.exp
    return [
        (0.1 * (v + 40) / (1 - e(-(v + 40) / 10)), 4 * e(-(v + 65) / 18)),
        (0.07 * e(-(v + 65) / 20), 1 / (1 + e(-(v + 35) / 10))),
        (0.01 * (v + 55) / (1 - e(-(v + 55) / 10)), 0.125 * e(-(v + 65) / 80)),
    ]


def pyramidal(v, shift):
    e, u = np.exp, v - shift
    return [
        (0.32 * (13 - u) / (e((13 - u) / 4) - 1), 0.28 * (u - 40) / (e((u - 40) / 5) - 1)),
        (0.128 * e((17 - u) / 18), 4 / (1 + e((40 - u) / 5))),
        (0.032 * (15 - u) / (e((15 - u) / 5) - 1), 0.5 * e((10 - u) / 40)),
    ]


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (SquidRates(), squid(V)),
        (TraubMilesRates(), pyramidal(V, -63.0)),
        (TraubMilesRates(-55.0), pyramidal(V, -55.0)),
    ],
    ids=["squid", "pyramidal", "pyramidal, shifted"],
)
def test_rates_are_the_published_formulas(rates, expected):
    for gate, formulas in zip(rates(jnp.asarray(V)), expected, strict=True):
        for found, formula in zip(gate, formulas, strict=True):
            np.testing.assert_allclose(found, formula, rtol=1e-11)


@pytest.mark.parametrize(
    ("rates", "gate", "rate", "at", "value", "slope"),
    [
        (SquidRates(), 0, 0, -40.0, 1.0, 0.05),
        (SquidRates(), 2, 0, -55.0, 0.1, 0.005),
        (TraubMilesRates(), 0, 0, -50.0, 1.28, 0.16),
        (TraubMilesRates(), 0, 1, -23.0, 1.4, -0.14),
        (TraubMilesRates(), 2, 0, -48.0, 0.16, 0.016),
    ],
)
def test_the_removable_singularities(rates, gate, rate, at, value, slope):
    """x / (e^x - 1) is 1 there, with slope -1/2."""

    def one(v):
        return rates(v)[gate][rate]

    near = np.array([0.0, 1e-9, 1e-5, 0.3, 0.5])
    found = eqx.filter_jit(jax.vmap(lambda v: (one(v), jax.grad(one)(v), jax.jacfwd(one)(v))))(
        at + near
    )
    assert [float(f[0]) for f in found] == pytest.approx([value, slope, slope], rel=1e-14)
    np.testing.assert_allclose(found[0], value + slope * near, rtol=1e-2)


def test_gates_at_the_resting_potential_of_the_squid():
    gates = [float(gate.open_fraction) for gate in SquidRates()(jnp.asarray(-64.996))]
    assert gates == pytest.approx([0.0530, 0.5960, 0.3177], abs=6e-5)
