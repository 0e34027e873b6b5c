"""Equilibrium potentials against the published table."""

import pytest

from ranvier.neurons import nernst_potential_mV
from ranvier.neurons._nernst import BOLTZMANN_J_PER_K, ELEMENTARY_CHARGE_C

MAMMAL = [
    ("K", 5, 140, 1, -89.1),
    ("Na, little inside", 145, 5, 1, 90.0),
    ("Na, much inside", 145, 15, 1, 60.6),
    ("Cl, little inside", 110, 4, -1, -88.6),
    ("Cl, much inside", 110, 30, -1, -34.7),
    ("Ca, little outside", 1, 1e-4, 2, 123.1),
    ("Ca, much outside", 2, 1e-4, 2, 132.4),
]


@pytest.mark.parametrize(("outside", "inside", "valence", "expected"), [m[1:] for m in MAMMAL])
def test_ions_of_a_mammal_at_37_degrees(outside, inside, valence, expected):
    found = nernst_potential_mV(outside, inside, valence=valence)
    # The table rounds the thermal voltage to 26.73 mV first: 0.02 mV on the largest.
    assert found == pytest.approx(expected, abs=0.05 + 0.02)


@pytest.mark.parametrize(("outside", "inside", "expected"), [(20, 400, -75.7), (440, 50, 54.9)])
def test_ions_of_the_squid_at_20_degrees(outside, inside, expected):
    found = nernst_potential_mV(outside, inside, valence=1, temperature_C=20)
    assert round(found, 1) == expected


@pytest.mark.parametrize(("temperature", "expected"), [(20, 25.26), (37, 26.73)])
def test_the_thermal_voltage(temperature, expected):
    """An ion e times as dense outside, in other words."""
    found = nernst_potential_mV(2.718281828459045, 1, valence=1, temperature_C=temperature)
    assert round(found, 2) == expected
    kelvin = temperature + 273.15
    assert found == pytest.approx(1e3 * BOLTZMANN_J_PER_K * kelvin / ELEMENTARY_CHARGE_C)


def test_sides_and_sign():
    one = nernst_potential_mV(5, 140, valence=1)
    assert nernst_potential_mV(140, 5, valence=1) == pytest.approx(-one)
    assert nernst_potential_mV(5, 140, valence=-1) == pytest.approx(-one)
    assert nernst_potential_mV(5, 140, valence=2) == pytest.approx(one / 2)
    assert nernst_potential_mV(7, 7, valence=1) == 0


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"outside_mM is 0, expected more than 0"):
        nernst_potential_mV(0, 1, valence=1)
    with pytest.raises(ValueError, match=r"inside_mM is -1, expected more than 0"):
        nernst_potential_mV(1, -1, valence=1)
    with pytest.raises(ValueError, match=r"valence is 0, expected the charge of an ion"):
        nernst_potential_mV(1, 1, valence=0)
    with pytest.raises(ValueError, match=r"temperature_C is -300, expected more than -273[.]15"):
        nernst_potential_mV(1, 1, valence=1, temperature_C=-300)
